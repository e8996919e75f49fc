"""Intervals: exact ones against their definition, resampled ones against slow twins."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom, bootstrap

from core.metrics.intervals import bca, cells_interval, clopper_pearson, combined, groups_interval, wilson


def accuracy(cells: NDArray[np.float64]) -> NDArray[np.float64]:
    """Counts of right and wrong to the share of right."""
    return np.asarray(cells[..., 0] / cells.sum(-1), np.float64)


@pytest.mark.parametrize(("k", "n"), [(0, 10), (1, 20), (7, 40)])
def test_at_the_upper_bound_so_few_would_be_seen_once_in_twenty(k: int, n: int) -> None:
    assert pytest.approx(0.05) == binom.cdf(k, n, clopper_pearson(k, n))


def test_no_misses_in_299_prove_one_in_a_hundred() -> None:
    assert (True, False) == (clopper_pearson(0, 299) <= 0.01, clopper_pearson(0, 298) <= 0.01)


def test_everything_missed_bounds_nothing() -> None:
    assert 1.0 == clopper_pearson(5, 5)


def test_resampling_cells_is_resampling_packages() -> None:
    right = np.array([1.0] * 70 + [0.0] * 30)
    slow = bootstrap((right,), np.mean, n_resamples=4000, method="BCa", random_state=np.random.default_rng(0))
    fast = cells_interval([70, 30], accuracy, draws=4000)
    assert pytest.approx(list(slow.confidence_interval), abs=0.011) == list(fast or ())


def test_cells_and_packages_agree_on_a_figure_of_counts() -> None:
    """F1 of 30 packages found, 8 false rejects, 6 escapes, among 80."""
    kind = np.repeat([0, 1, 2, 3], [30, 8, 6, 36])
    share = lambda tp, fp, fn: 2 * tp / (2 * tp + fp + fn)  # noqa: E731 - the same figure twice
    by_package = groups_interval(
        [np.array([at]) for at in range(80)],
        lambda rows: float(share(*np.bincount(kind[rows], minlength=4)[:3])),
        draws=10_000,
    )
    by_cell = cells_interval([30, 8, 6, 36], lambda cells: share(*np.moveaxis(cells, -1, 0)[:3]), draws=20_000)
    assert by_package is not None
    assert pytest.approx(by_package, abs=0.01) == by_cell


def test_square_and_add_of_one_proportion_is_its_own_interval() -> None:
    assert (pytest.approx(0.2), pytest.approx(0.6)) == combined(0.5, [0.2], [0.6])


def test_square_and_add_gives_newcombes_interval_of_a_difference() -> None:
    """Newcombe 1998 (unpaired, method 10), example a: 56 of 70 minus 48 of 80 is 0.2, 0.0524 to 0.3339."""
    (low, high), (other_low, other_high) = wilson(56, 70), wilson(48, 80)
    found = combined(0.2, [low - 0.6, 0.8 - other_high], [high - 0.6, 0.8 - other_low])
    assert (pytest.approx(0.0524, abs=5e-5), pytest.approx(0.3339, abs=5e-5)) == found


def test_groups_of_one_row_are_packages() -> None:
    values = np.random.default_rng(3).normal(size=50)
    slow = bootstrap((values,), np.mean, n_resamples=2000, method="BCa", random_state=np.random.default_rng(0))
    fast = groups_interval([np.array([at]) for at in range(50)], lambda rows: float(values[rows].mean()), draws=2000)
    assert pytest.approx(list(slow.confidence_interval), abs=0.04) == list(fast or ())


def test_rows_of_one_package_stay_together() -> None:
    """Two equal rows a package say no more than one: the interval must not shrink."""
    values = np.repeat(np.random.default_rng(4).normal(size=40), 2)
    mean = lambda rows: float(values[rows].mean())  # noqa: E731 - the same figure twice
    pairs = groups_interval([np.array([2 * at, 2 * at + 1]) for at in range(40)], mean)
    loose = groups_interval([np.array([at]) for at in range(80)], mean)
    assert pairs is not None and loose is not None
    assert 1.2 < (pairs[1] - pairs[0]) / (loose[1] - loose[0]) < 1.7


def test_no_packages_have_no_interval() -> None:
    assert (None, None) == (cells_interval([0, 0], accuracy), groups_interval([], lambda rows: 0.0))


def test_a_figure_that_is_hardly_ever_defined_has_no_interval() -> None:
    draws = np.full(1000, np.nan)
    draws[:20] = 0.5
    assert bca(draws, 0.5, np.zeros(3)) is None
