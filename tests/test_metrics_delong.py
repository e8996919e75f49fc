"""AUROC with its uncertainty, against the definition by pairs."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from core.metrics.delong import covariance, difference, interval, newcombe

RNG = np.random.default_rng(0)
TRUTH = np.arange(40) < 17
ONE = np.round(RNG.normal(size=40) + TRUTH, 1)  # rounded, so that there are ties
OTHER = np.round(RNG.normal(size=40) + 0.5 * TRUTH + 0.4 * ONE, 1)


def pairs(score: NDArray[np.float64]) -> NDArray[np.float64]:
    """(m, n) 1 where a damaged package scores above an intact one, 0.5 for a tie."""
    above = score[TRUTH][:, None] - score[~TRUTH][None, :]
    return np.asarray((above > 0) + 0.5 * (above == 0), float)


def test_the_area_is_that_of_scikit_learn() -> None:
    areas, _ = covariance(TRUTH, [ONE, OTHER])
    assert pytest.approx([roc_auc_score(TRUTH, ONE), roc_auc_score(TRUTH, OTHER)]) == areas.tolist()


def test_the_covariance_is_the_one_of_the_paper() -> None:
    parts = [pairs(ONE), pairs(OTHER)]
    rows, columns = [part.mean(axis=1) for part in parts], [part.mean(axis=0) for part in parts]
    expected = np.cov(rows) / 17 + np.cov(columns) / 23
    assert np.allclose(expected, covariance(TRUTH, [ONE, OTHER])[1])


def test_a_model_does_not_differ_from_itself() -> None:
    gap, ends, p = difference(TRUTH, ONE, ONE)
    assert (0.0, True, 1.0) == (gap, bool(np.isnan(ends).all()), p)


def test_one_package_of_a_class_has_no_variance_of_its_own() -> None:
    truth, score = np.arange(21) < 1, np.array([10.5, *range(20)])
    areas, spread = covariance(truth, [score])
    assert newcombe(float(areas[0]), 1, 20) == interval(float(areas[0]), float(spread[0, 0]), 1, 20)
    assert np.isnan(difference(truth, score, -score)[2])


def test_a_perfect_model_and_a_perfectly_wrong_one_are_not_called_equal() -> None:
    gap, ends, p = difference(TRUTH, TRUTH * 1.0, TRUTH * -1.0)
    assert (1.0, True, True) == (gap, bool(np.isnan(ends).all()), bool(np.isnan(p)))


def test_the_difference_turns_round_with_the_models() -> None:
    gap, (low, high), p = difference(TRUTH, ONE, OTHER)
    assert (pytest.approx(-gap), (pytest.approx(-high), pytest.approx(-low)), pytest.approx(p)) == difference(
        TRUTH, OTHER, ONE
    )


def test_a_perfect_area_on_twenty_and_twenty_is_not_certain() -> None:
    low, high = interval(1.0, 0.0, 20, 20)
    assert (True, 1.0) == (0.85 < low < 0.95, high)


def test_the_interval_by_class_sizes_agrees_with_delong_where_both_apply() -> None:
    areas, spread = covariance(TRUTH, [ONE])
    by_scores, by_sizes = interval(float(areas[0]), float(spread[0, 0]), 17, 23), newcombe(float(areas[0]), 17, 23)
    assert pytest.approx(by_scores, abs=0.05) == by_sizes


def test_the_interval_holds_the_truth_nineteen_times_in_twenty() -> None:
    rng, hits = np.random.default_rng(5), 0
    truth = np.arange(60) < 30
    for _ in range(400):
        areas, spread = covariance(truth, [rng.normal(size=60) + truth])
        low, high = interval(float(areas[0]), float(spread[0, 0]), 30, 30)
        hits += low <= 0.7602499389065233 <= high  # P(N(1, 2) > 0)
    assert 0.91 < hits / 400 < 0.98
