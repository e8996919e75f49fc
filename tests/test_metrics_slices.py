"""Slices against hand-drawn cases, scipy, and a bootstrap of packages."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, fisher_exact

from core.metrics.corrections import benjamini_hochberg, holm
from core.metrics.intervals import wilson
from core.metrics.slices import Slice, by_name, by_parts, compare, design_effect, rate_of

ALL = np.ones(20, bool)
FIRST = np.arange(20) < 10


def one(members: np.ndarray, pool: np.ndarray | None = None) -> Slice:
    return Slice("Drawn", "first", members, np.ones(len(members), bool) if pool is None else pool)


def test_a_hand_drawn_slice_has_four_errors_of_ten_and_its_rest_one() -> None:
    wrong = np.zeros(20, bool)
    wrong[[0, 1, 2, 3, 15]] = True
    row = compare(wrong, range(20), [one(FIRST)]).iloc[0]
    assert (10, 4, 0.4, 10, 1, 0.1) == tuple(
        row[["n", "errors", "rate", "rest_n", "rest_errors", "rest_rate"]].tolist()
    )
    assert pytest.approx(0.3) == row["difference"]


def test_the_interval_of_a_difference_agrees_with_newcombes_published_case() -> None:
    wrong = np.r_[np.arange(70) < 56, np.arange(80) < 48]  # 56 of 70 against 48 of 80
    row = compare(wrong, range(150), [one(np.arange(150) < 70)]).iloc[0]
    assert (0.0524, 0.3339) == (round(row["difference_low"], 4), round(row["difference_high"], 4))


def test_p_of_packages_with_one_row_is_fishers() -> None:
    wrong = np.zeros(20, bool)
    wrong[[0, 1, 2, 3, 15]] = True
    expected = fisher_exact([[4, 6], [1, 9]]).pvalue
    assert pytest.approx(expected) == compare(wrong, range(20), [one(FIRST)])["p"].iloc[0]


def test_rows_outside_the_pool_are_no_rest() -> None:
    wrong = np.arange(20) >= 15
    row = compare(wrong, range(20), [one(FIRST, pool=np.arange(20) < 15)]).iloc[0]
    assert (5, 0) == (row["rest_n"], row["rest_errors"])


def test_a_slice_of_too_few_packages_is_not_looked_at() -> None:
    found = compare(np.arange(20) < 3, range(20), [one(np.arange(20) < 4)])
    assert (0, 0) == (len(found), found.attrs["looks"])


def test_the_slice_that_is_worse_beyond_doubt_comes_first() -> None:
    wrong = np.arange(200) < 40
    small, large = (
        Slice("A", "small", np.arange(200) < 6, np.ones(200, bool)),
        Slice("B", "large", wrong, np.ones(200, bool)),
    )
    assert ["large", "small"] == compare(wrong, range(200), [small, large])["slice"].tolist()


def test_two_views_that_always_agree_count_as_one() -> None:
    wrong, packages = np.repeat(np.arange(10) < 3, 2), np.repeat(np.arange(10), 2)
    assert pytest.approx(2.0) == design_effect(wrong, packages)
    assert pytest.approx((0.3, *wilson(3, 10))) == rate_of(wrong, packages)


def test_rows_of_their_own_package_have_wilsons_interval() -> None:
    assert pytest.approx((0.3, *wilson(3, 10))) == rate_of(np.arange(10) < 3, np.arange(10))


def test_no_error_in_two_views_each_of_ten_packages_is_no_error_in_ten() -> None:
    assert pytest.approx((0.0, *wilson(0, 10))) == rate_of(np.zeros(20, bool), np.repeat(np.arange(10), 2))


def test_the_interval_agrees_with_a_bootstrap_that_resamples_packages() -> None:
    rng = np.random.default_rng(1)
    hard = rng.random(400) < 0.35
    wrong = (hard[:, None] & (rng.random((400, 2)) < 0.8)).ravel()
    inside = np.repeat(np.arange(400) < 150, 2)
    row = compare(wrong, np.repeat(np.arange(400), 2), [one(inside)], draws=1).iloc[0]
    pairs, drawn = wrong.reshape(400, 2).mean(axis=1), []
    for _ in range(2000):
        first, rest = rng.choice(pairs[:150], 150), rng.choice(pairs[150:], 250)
        drawn.append(first.mean() - rest.mean())
    assert (
        pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.01)
        == row[["difference_low", "difference_high"]].tolist()
    )


def test_the_permutation_test_keeps_its_level_where_views_agree() -> None:
    rng, small = np.random.default_rng(2), 0
    for _ in range(100):
        wrong = np.repeat(rng.random(60) < 0.3, 2)
        inside = np.repeat(rng.random(60) < 0.5, 2)
        small += compare(wrong, np.repeat(np.arange(60), 2), [one(inside)], draws=199)["p"].iloc[0] <= 0.1
    assert small <= 18  # a binomial of 100 and 0.1 exceeds it once in 200; taking rows as independent gives about 25


def test_the_permutation_test_sees_one_view_that_is_worse() -> None:
    wrong, side = np.tile([True, False], 20), np.tile([True, False], 20)
    assert compare(wrong, np.repeat(np.arange(20), 2), [one(side)], draws=999)["p"].iloc[0] < 0.01


def test_errors_are_moved_only_within_the_pool() -> None:
    wrong = np.repeat(np.arange(40) < 20, 2)  # every damaged package is wrong: no kind of damage is worse
    kind, pool = np.repeat(np.arange(40) < 10, 2), np.repeat(np.arange(40) < 20, 2)
    assert 1.0 == compare(wrong, np.repeat(np.arange(40), 2), [one(kind, pool)], draws=99)["p"].iloc[0]


def test_the_same_seed_gives_the_same_p() -> None:
    rng = np.random.default_rng(0)
    wrong, packages = rng.random(80) < 0.2, np.repeat(np.arange(40), 2)
    slices = [one(rng.random(80) < 0.5)]
    first, again = (compare(wrong, packages, slices, draws=99, seed=3)["p"].iloc[0] for _ in range(2))
    assert first == again


def test_names_are_slices_and_an_unknown_one_is_in_no_rest() -> None:
    slices = by_name("Product", ["a", "b", None, "a"])
    assert [("a", [True, False, False, True]), ("b", [False, True, False, False])] == [
        (found.name, found.members.tolist()) for found in slices
    ]
    assert [True, True, False, True] == slices[0].pool.tolist()


def test_eighty_numbers_become_quarters_with_readable_names() -> None:
    slices = by_parts("Sharpness", np.arange(80) / 100)
    assert [20, 20, 20, 20] == [int(found.members.sum()) for found in slices]
    assert "lowest quarter (below 0.20)" == slices[0].name
    assert "highest quarter (0.59 or more)" == slices[3].name


def test_thirty_numbers_become_thirds_with_their_unit() -> None:
    assert "middle third (10 to 19 %)" == by_parts("Size", np.arange(30.0), digits=0, unit=" %")[1].name


def test_borders_that_would_read_the_same_get_another_digit() -> None:
    assert "middle third (0.501 to 0.502)" == by_parts("Brightness", 0.5 + np.arange(30.0) / 10_000)[1].name


def test_a_column_that_never_changes_has_no_parts() -> None:
    assert [] == by_parts("Size", np.full(50, 3.0))


def test_a_column_of_nothing_has_no_parts() -> None:
    assert [] == by_parts("Yaw", np.full(50, np.nan))


def test_every_known_number_is_in_exactly_one_part() -> None:
    values = np.r_[np.random.default_rng(0).normal(size=100), [np.nan] * 5]
    assert (
        np.isfinite(values).astype(int).tolist()
        == sum(found.members.astype(int) for found in by_parts("X", values)).tolist()
    )


def test_holm_agrees_with_the_hand_drawn_case() -> None:
    assert pytest.approx([0.03, 0.06, 0.06]) == holm(np.array([0.01, 0.04, 0.03])).tolist()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_benjamini_hochberg_agrees_with_scipy(p: list[float]) -> None:
    assert pytest.approx(false_discovery_control(p, method="bh")) == benjamini_hochberg(np.array(p))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_holm_agrees_with_its_definition_step_by_step(p: list[float]) -> None:
    expected, largest = {}, 0.0
    for rank, at in enumerate(sorted(range(len(p)), key=lambda at: p[at])):
        largest = max(largest, min(1.0, (len(p) - rank) * p[at]))
        expected[at] = largest
    assert pytest.approx([expected[at] for at in range(len(p))]) == holm(np.array(p)).tolist()
