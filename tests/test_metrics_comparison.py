"""Whether models differ: by hand, and against slow twins."""

from __future__ import annotations

from math import comb

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
    gap, rng = detectable(200, 0.2), np.random.default_rng(0)
    assert gap is not None
    cells = rng.multinomial(200, [0.8, (0.2 + gap) / 2, (0.2 - gap) / 2], size=3000)
    shown = np.mean([mcnemar(int(wins), int(losses)) < 0.05 for _, wins, losses in cells])
    assert pytest.approx(0.8, abs=0.03) == shown


def test_what_can_be_detected_agrees_with_counting_every_case() -> None:
    gap = detectable(30, 0.5)
    assert gap is not None
    share, power = (gap / 0.5 + 1) / 2, 0.0
    for pairs in range(31):
        for wins in range(pairs + 1):
            if mcnemar(wins, pairs - wins) < 0.05:
                chance = comb(30, pairs) * 0.5**30 * comb(pairs, wins)
                power += chance * share**wins * (1 - share) ** (pairs - wins)
    assert pytest.approx(0.8, abs=1e-6) == power


def test_the_more_packages_the_smaller_the_difference_that_shows() -> None:
    gaps = [detectable(n, 0.1) for n in (150, 1_000, 100_000, 10_000_000)]
    assert gaps == sorted(filter(None, gaps), reverse=True)


def test_models_that_differ_everywhere_can_be_told_apart() -> None:
    gap = detectable(50, 1.0)
    assert gap is not None and 0.3 < gap < 0.5


def test_five_packages_that_differ_can_show_nothing() -> None:
    assert detectable(50, 0.1) is None
