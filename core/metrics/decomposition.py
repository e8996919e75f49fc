"""What part of the errors another training would make again, and what part is luck: bias and variance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput
from core.metrics.calibration import mean_interval
from core.metrics.intervals import wilson

ALWAYS_WRONG = "always wrong"
COIN_FLIP = "coin flip"
ALWAYS_RIGHT = "always right"
FATES = {ALWAYS_WRONG: 0.9, COIN_FLIP: 0.1, ALWAYS_RIGHT: 0.0}
"""Fate of a package to the least share of retrainings that are wrong about it."""

Flags = NDArray[np.bool_]
Shares = NDArray[np.float64]
Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Decomposition:
    """The error of a way of training on some packages, taken apart (Domingos, AAAI 2000, 0/1 loss).

    Attributes:
        n: packages.
        retrainings: how many predictions each of them has.
        error: share of wrong predictions, mean over packages and retrainings.
        bias: share of packages that most retrainings are wrong about; 1/2 for a package on which they are split evenly.
        variance: how often a retraining differs from the most frequent answer, mean over packages.
        unbiased: the part of it that costs: on packages whose most frequent answer is right.
        biased: the part that helps: on packages whose most frequent answer is wrong.
        error_interval, variance_interval: 95 %, packages resampled (BCa); Wilson's where all packages are alike.
        bias_interval: 95 %, Wilson, of packages.
    """

    n: int
    retrainings: int
    error: float
    bias: float
    variance: float
    unbiased: float
    biased: float
    error_interval: Interval
    bias_interval: Interval
    variance_interval: Interval


def parts(truth: Flags, predicted: Flags) -> tuple[Shares, Shares]:
    """Bias and variance of each package.

    With the mode of the predictions as main prediction, B = [main != truth] and V = P(prediction != main). Where the
    two answers are equally frequent either could be the main one: B takes its expected value, 1/2.

    Args:
        truth: (N,) whether the package is damaged.
        predicted: (R, N) whether retraining r calls it so.

    Returns:
        (N,) B in {0, 1/2, 1}; (N,) V in [0, 1/2].
    """
    wrong = wrong_share(truth, predicted)
    bias = np.where(wrong == 0.5, 0.5, (wrong > 0.5).astype(np.float64))
    return bias, np.minimum(wrong, 1 - wrong)


def wrong_share(truth: Flags, predicted: Flags) -> Shares:
    """(N,) share of the retrainings that are wrong about each package."""
    return np.asarray((predicted != truth[None, :]).mean(axis=0), np.float64)


def decompose(truth: Flags, predicted: Flags, *, seed: int = 0) -> Decomposition:
    """Bias and variance over packages: error = mean(B) + mean(V where B = 0) - mean(V where B = 1), exactly.

    Domingos, A unified bias-variance decomposition and its applications, ICML (2000).

    Args:
        truth: (N,) whether the package is damaged.
        predicted: (R, N) whether retraining r calls it so; at least two retrainings, 20 or more for a figure that holds.
        seed: of the intervals.

    Raises:
        BadInput: no package, or fewer than two retrainings.
    """
    retrainings, n = predicted.shape
    if not n or retrainings < 2:
        raise BadInput(
            f"{retrainings} retrainings on {n} packages have no variance.", "Take 20 retrainings and labeled packages."
        )
    bias, variance = parts(truth, predicted)
    wrong = wrong_share(truth, predicted)
    return Decomposition(
        n=n,
        retrainings=retrainings,
        error=float(wrong.mean()),
        bias=float(bias.mean()),
        variance=float(variance.mean()),
        unbiased=float(((1 - bias) * variance).mean()),
        biased=float((bias * variance).mean()),
        error_interval=_interval(wrong, seed),
        bias_interval=wilson(float(bias.sum()), n),
        variance_interval=_interval(variance, seed),
    )


def _interval(values: Shares, seed: int) -> Interval:
    """Of a mean over packages; resampling would not move where all of them are alike."""
    found = mean_interval(values, seed=seed) if np.ptp(values) else None
    return found or wilson(float(values.sum()), len(values))


def fates(wrong: Shares) -> NDArray[np.str_]:
    """(N,) what becomes of each package when a network is trained again, from (N,) shares of wrong retrainings.

    >>> fates(np.array([0.9, 0.5, 0.1, 0.05])).tolist()
    ['always wrong', 'coin flip', 'coin flip', 'always right']
    """
    return np.select([wrong >= least for least in FATES.values()], list(FATES), ALWAYS_RIGHT)
