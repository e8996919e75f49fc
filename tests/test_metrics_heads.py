"""Last layers that are trained again: what they learn from, and what they ignore."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize

from core.errors import BadInput
from core.metrics.heads import C, fit_head

ONCE = np.ones(40, int)


def features(seed: int = 0, *, count: int = 40) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Pictures whose first feature says a lot about damage, the second little, the third nothing at all."""
    rng = np.random.default_rng(seed)
    truth = np.arange(count) % 2 == 0
    seen = rng.normal(size=(count, 3)) * [1, 5, 0] + np.outer(truth, [2.0, 2.0, 0.0]) + [3, 0, 7]
    return seen, truth


def slow_twin(seen: NDArray[np.float64], truth: NDArray[np.bool_], times: NDArray[np.intp]) -> NDArray[np.float64]:
    """(N,) log-odds of the minimum of the penalized loss, written out with every picture repeated."""
    rows, damaged = np.repeat(seen, times, axis=0), np.repeat(truth, times)
    mean, scale = rows.mean(0), np.where(rows.std(0) > 1e-9, rows.std(0), 1)
    plain = (rows - mean) / scale
    balance = np.where(damaged, len(rows) / (2 * damaged.sum()), len(rows) / (2 * (~damaged).sum()))

    def loss(weights: NDArray[np.float64]) -> float:
        agreement = np.where(damaged, 1, -1) * (plain @ weights[:-1] + weights[-1])
        return float(C * (balance * np.logaddexp(0, -agreement)).sum() + (weights[:-1] ** 2).sum() / 2)

    found = minimize(loss, np.zeros(seen.shape[1] + 1), tol=1e-12).x
    return np.asarray((seen - mean) / scale @ found[:-1] + found[-1])


def test_a_head_is_the_minimum_of_the_penalized_loss() -> None:
    seen, truth = features()
    assert pytest.approx(slow_twin(seen, truth, ONCE), abs=1e-2) == fit_head(seen, truth, ONCE).log_odds(seen)


def test_a_picture_drawn_twice_counts_twice() -> None:
    seen, truth = features()
    times = np.random.default_rng(1).integers(0, 3, 40)
    often = np.repeat(np.arange(40), times)
    plain = fit_head(seen[often], truth[often], np.ones(len(often), int)).log_odds(seen)
    assert pytest.approx(plain, abs=1e-2) == fit_head(seen, truth, times).log_odds(seen)


def test_a_picture_that_was_not_drawn_is_not_looked_at() -> None:
    seen, truth = features()
    times = (np.arange(40) < 20).astype(int)
    changed = np.where(times[:, None] > 0, seen, 1e6)
    assert pytest.approx(fit_head(changed, truth, times).log_odds(seen)) == fit_head(seen, truth, times).log_odds(seen)


def test_both_classes_count_the_same() -> None:
    rng = np.random.default_rng(3)
    truth = np.arange(110) < 10
    seen = rng.normal(size=(110, 1)) + 2 * truth[:, None]
    assert pytest.approx(0, abs=0.5) == fit_head(seen, truth, np.ones(110, int)).log_odds(np.array([[1.0]]))[0]


def test_the_unit_of_a_feature_does_not_matter() -> None:
    seen, truth = features()
    scaled = fit_head(seen * 1000 + 5, truth, ONCE).log_odds(seen * 1000 + 5)
    assert pytest.approx(scaled, abs=1e-3) == fit_head(seen, truth, ONCE).log_odds(seen)


def test_a_feature_that_never_changes_is_borne() -> None:
    seen, truth = features()
    assert 0 == fit_head(seen, truth, ONCE).weights[2]


def test_one_class_alone_is_refused() -> None:
    seen, truth = features()
    with pytest.raises(BadInput, match="both classes"):
        fit_head(seen, truth, truth.astype(int))
