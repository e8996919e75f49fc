"""Whether models differ: by hand, and against slow twins."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest, chi2

from core.metrics.comparison import accuracy_difference, cochran, detectable, mcnemar


@pytest.mark.parametrize(("one", "other"), [(1, 3), (0, 6), (5, 5), (2, 11)])
def test_mcnemar_is_a_fair_coin_over_the_packages_that_differ(one: int, other: int) -> None:
    assert pytest.approx(binomtest(one, one + other, 0.5).pvalue) == mcnemar(one, other)


def test_models_that_never_differ_are_not_told_apart() -> None:
    assert 1.0 == mcnemar(0, 0)


def test_cochran_by_hand() -> None:
    right = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 1], [1, 1, 0]], bool)  # columns 4, 3, 1; rows 2, 1, 3, 2
    q = 2 * (3 * (16 + 9 + 1) - 64) / (3 * 8 - (4 + 1 + 9 + 4))
    assert (pytest.approx(q), pytest.approx(chi2.sf(q, 2))) == cochran(right)


def test_three_models_that_agree_everywhere_do_not_differ() -> None:
    assert (0.0, 1.0) == cochran(np.array([[1, 1, 1], [0, 0, 0]], bool))


def test_the_difference_of_accuracies_is_that_of_the_discordant_packages() -> None:
    gap, (low, high) = accuracy_difference(30, 6, 2, 2)
    assert (pytest.approx(0.1), True) == (gap, low < 0.1 < high)


def test_the_interval_of_the_difference_is_the_published_one() -> None:
    """Newcombe 1998, table I, example with cells 36, 12, 2, 0: method 10 gives 0.0569 to 0.3404."""
    _, (low, high) = accuracy_difference(36, 12, 2, 0)
    assert (pytest.approx(0.0569, abs=5e-4), pytest.approx(0.3404, abs=5e-4)) == (low, high)


def test_what_can_be_detected_is_detected_four_times_in_five() -> None:
    gap = detectable(200, 0.2)
    assert gap is not None
    share = (gap * 200 / 40 + 1) / 2
    wins = np.random.default_rng(0).binomial(40, share, size=4000)
    shown = np.mean([mcnemar(int(one), 40 - int(one)) < 0.05 for one in wins])
    assert pytest.approx(0.8, abs=0.03) == shown


def test_five_packages_that_differ_can_show_nothing() -> None:
    assert detectable(50, 0.1) is None
