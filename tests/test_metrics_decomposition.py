"""Bias and variance: cases to draw by hand, the definition word for word, and the identity."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.errors import BadInput
from core.metrics.decomposition import Estimate, decompose, difference, mean_of, net_of, share_of
from core.metrics.intervals import wilson

TRUTH = np.array([True, True, False, False])
SAID = np.array(
    [
        [True, False, False, True],
        [True, False, False, False],
        [True, False, True, False],
        [True, True, False, False],
        [True, False, False, False],
    ]
)
"""Five retrainings; the second package is missed by four of them, the others are mostly called right."""

calls = st.integers(2, 7).flatmap(
    lambda rows: st.lists(
        st.tuples(st.booleans(), st.lists(st.booleans(), min_size=rows, max_size=rows)), min_size=1, max_size=9
    )
)


def cases(drawn: list[tuple[bool, list[bool]]]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    return np.array([truth for truth, _ in drawn]), np.array([said for _, said in drawn]).T


def test_four_packages_by_hand() -> None:
    found = decompose(TRUTH, SAID)
    assert [0, 1, 0, 0] == found.bias.tolist()
    assert pytest.approx([0, 0.2, 0.2, 0.2]) == found.variance
    assert pytest.approx([0, 0.8, 0.2, 0.2]) == found.error
    assert pytest.approx([0, 0, 0.2, 0.2]) == found.harm
    assert pytest.approx([0, 0.2, 0, 0]) == found.help


@given(calls)
def test_the_error_is_bias_and_what_variance_adds_less_what_it_takes(drawn: list[tuple[bool, list[bool]]]) -> None:
    truth, said = cases(drawn)
    found = decompose(truth, said)
    assert pytest.approx((said != truth).mean()) == found.bias.mean() + found.net.mean()
    assert pytest.approx((said != truth).mean(axis=0)) == found.error


@given(calls)
def test_it_is_what_the_paper_defines(drawn: list[tuple[bool, list[bool]]]) -> None:
    truth, said = cases(drawn)
    found = decompose(truth, said)
    for at, true in enumerate(truth):
        counts = Counter(said[:, at].tolist())
        main, votes = counts.most_common(1)[0]
        if 2 * votes == len(said):
            assert (0.5, 0.5, 0.0) == (found.bias[at], found.variance[at], found.net[at])
            continue
        wrong, differs = float(main != true), sum(one != main for one in said[:, at]) / len(said)
        assert (wrong, pytest.approx(differs)) == (found.bias[at], found.variance[at])
        assert pytest.approx(differs if not wrong else -differs) == found.net[at]


def test_retrainings_that_all_agree_have_no_variance() -> None:
    found = decompose(TRUTH, np.tile([True, False, False, True], (20, 1)))
    assert [0, 1, 0, 1] == found.bias.tolist() == found.error.tolist()
    assert not found.variance.any()


def test_a_single_retraining_is_refused() -> None:
    with pytest.raises(BadInput, match="no variance"):
        decompose(TRUTH, SAID[:1])


def test_where_all_packages_are_alike_the_interval_is_wilsons() -> None:
    assert Estimate(0.0, *wilson(0, 40)) == mean_of(np.zeros(40))
    assert Estimate(1.0, *wilson(40, 40)) == mean_of(np.ones(40))


def test_a_share_of_packages_has_wilsons_interval() -> None:
    wrong = np.repeat([1.0, 0.0], [12, 28])
    assert Estimate(0.3, *wilson(12, 40)) == mean_of(wrong)


def test_one_wavering_package_makes_nobody_surer_than_none_does() -> None:
    none, one = mean_of(np.zeros(40)), mean_of(np.append(np.zeros(39), 0.05))
    assert none.high < one.high


def test_one_package_says_nearly_nothing() -> None:
    assert Estimate(1.0, *wilson(1, 1)) == mean_of(np.ones(1))


def test_no_package_has_no_mean() -> None:
    assert np.isnan([mean_of(np.zeros(0)).value, share_of(np.zeros(3), np.zeros(3)).low]).all()


def test_a_mean_is_covered_nineteen_times_of_twenty() -> None:
    rng = np.random.default_rng(0)
    found = [mean_of(rng.beta(1, 3, 40), seed=seed) for seed in range(200)]
    assert 0.9 <= np.mean([one.low <= 0.25 <= one.high for one in found]) <= 0.99


def test_a_share_counts_how_often_each_package_was_asked() -> None:
    wrong, asked = np.array([1.0, 3.0, 0.0, 0.0]), np.array([1.0, 9.0, 10.0, 0.0])
    found = share_of(wrong, asked)
    assert pytest.approx(0.2) == found.value
    assert 0 <= found.low < 0.2 < found.high <= 1


def test_packages_never_asked_change_nothing() -> None:
    wrong, asked = np.array([1.0, 0.0, 2.0]), np.array([2.0, 2.0, 4.0])
    more = share_of(np.append(wrong, [0.0, 0.0]), np.append(asked, [0.0, 0.0]))
    assert share_of(wrong, asked) == more


def test_a_difference_adds_the_squares_of_both_distances() -> None:
    found = difference(Estimate(0.5, 0.47, 0.56), Estimate(0.2, 0.12, 0.24))
    assert pytest.approx((0.3, 0.25, 0.4)) == (found.value, found.low, found.high)


def test_what_variance_adds_lies_in_its_interval() -> None:
    said = np.random.default_rng(0).random((20, 40)) < np.linspace(0.1, 0.9, 40)
    for found in (decompose(TRUTH, SAID), decompose(np.arange(40) > 25, said)):
        net = net_of(found)
        assert pytest.approx(found.net.mean()) == net.value
        assert -0.5 <= net.low < net.value < net.high <= 0.5


def test_no_variance_seen_on_few_packages_may_still_be_some() -> None:
    net = net_of(decompose(TRUTH, np.tile(TRUTH, (20, 1))))
    assert 0 == net.value
    assert pytest.approx(wilson(0, 4)[1] / 2) == net.high == -net.low


def test_a_variance_is_never_more_than_a_half() -> None:
    assert Estimate(0.5, wilson(40, 40)[0] / 2, 0.5) == mean_of(np.full(40, 0.5), most=0.5)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_the_interval_of_a_mean_holds_the_mean_and_stays_within_bounds(values: list[float]) -> None:
    found = mean_of(np.array(values))
    assert 0 <= found.low <= found.value + 1e-9 and found.value - 1e-9 <= found.high <= 1
