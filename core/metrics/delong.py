"""AUROC with its uncertainty, alone and between models that judged the same packages."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import norm, rankdata

from core.metrics.intervals import Z95

Floats = NDArray[np.float64]


def covariance(truth: NDArray[np.bool_], scores: Sequence[NDArray[np.floating]]) -> tuple[Floats, Floats]:
    """AUROC of M models on the same packages, and the covariance of their estimates.

    DeLong et al., Comparing the areas under two or more correlated ROC curves, Biometrics 44 (1988), with the ranks of
    Sun & Xu, Fast implementation of DeLong's algorithm, IEEE Signal Processing Letters 21 (2014).

    Args:
        truth: (N,) True where damaged; at least one of each class.
        scores: M arrays (N,), higher for damaged.

    Returns:
        (M,) AUROC, (M, M) covariance; zero where a class has one package.
    """
    truth = np.asarray(truth, bool)
    m, n = int(truth.sum()), int((~truth).sum())
    above, below = np.empty((len(scores), m)), np.empty((len(scores), n))
    for at, score in enumerate(np.asarray(one, float) for one in scores):
        ranks = rankdata(score)
        above[at] = (ranks[truth] - rankdata(score[truth])) / n
        below[at] = 1 - (ranks[~truth] - rankdata(score[~truth])) / m
    spread = _cov(above) / m + _cov(below) / n
    return above.mean(axis=1), spread


def _cov(parts: Floats) -> Floats:
    return np.atleast_2d(np.cov(parts)) if parts.shape[1] > 1 else np.zeros((len(parts), len(parts)))


def interval(area: float, variance: float, damaged: int, intact: int) -> tuple[float, float]:
    """95 % interval of one AUROC: DeLong's variance on the logit scale, Newcombe's where that cannot be told.

    Where every damaged package scores above every intact one DeLong's variance is 0, and an interval of no width would
    claim certainty from a handful; one package alone of a class has no variance at all. Newcombe, Confidence intervals
    for an effect size measure based on the Mann-Whitney statistic, part 2, Statistics in Medicine 25 (2006), method 5,
    has width there too.

    Args:
        area: the AUROC.
        variance: of its estimate, by `covariance`.
        damaged: packages, at least one.
        intact: packages, at least one.
    """
    if variance < 1e-12 or not 0 < area < 1 or min(damaged, intact) < 2:
        return newcombe(area, damaged, intact)
    half = Z95 * sqrt(variance) / (area * (1 - area))
    center = np.log(area / (1 - area))
    low, high = 1 / (1 + np.exp(-(center - half))), 1 / (1 + np.exp(-(center + half)))
    return float(low), float(high)


def newcombe(area: float, damaged: int, intact: int) -> tuple[float, float]:
    """95 % interval of an AUROC from its value and the class sizes alone (Newcombe 2006, method 5)."""
    spare = (damaged + intact) / 2 - 1

    def off(theta: float, sign: float) -> float:
        shape = 1 + spare * ((1 - theta) / (2 - theta) + theta / (1 + theta))
        spread = sqrt(max(theta * (1 - theta) * shape / (damaged * intact), 0.0))
        return theta + sign * Z95 * spread - area

    edge = 1e-6  # at 0 and 1 themselves the spread is 0, a root that says nothing
    low = 0.0 if area <= edge else float(brentq(off, 0.0, min(area, 1 - edge), args=(1.0,)))
    high = 1.0 if area >= 1 - edge else float(brentq(off, max(area, edge), 1.0, args=(-1.0,)))
    return low, high


def difference(
    truth: NDArray[np.bool_], one: NDArray[np.floating], other: NDArray[np.floating]
) -> tuple[float, tuple[float, float], float]:
    """AUROC of one model minus the other's, its 95 % interval, and p of no difference (DeLong, two-sided).

    Returns:
        Difference, interval, p. Where the estimates cannot vary, as between two perfect models, the ends are NaN and p
        is 1; where their variance cannot be told, with one package of a class or a perfect model against a perfectly
        wrong one, p is NaN too.
    """
    truth = np.asarray(truth, bool)
    areas, spread = covariance(truth, [one, other])
    gap = float(areas[0] - areas[1])
    error = sqrt(max(float(spread[0, 0] + spread[1, 1] - 2 * spread[0, 1]), 0.0))
    if error < 1e-9 or min(truth.sum(), (~truth).sum()) < 2:
        return gap, (np.nan, np.nan), 1.0 if gap == 0 else np.nan
    return gap, (gap - Z95 * error, gap + Z95 * error), float(2 * norm.sf(abs(gap) / error))
