"""How much of an error stays whatever a classifier was trained on, and how much is the luck of the draw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput
from core.metrics.intervals import bca, combined, wilson

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

DRAWS = 2000
FEW = 5
"""Where fewer packages than this differ from the usual one, draws know too little of what else may happen."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over packages with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Decomposition:
    """What happens to each package over R retrainings (Domingos, A unified bias-variance decomposition, AAAI 2000).

    The main prediction is what most retrainings say. For the 0/1 loss the mean error of a retraining is the mean of
    B + V where B = 0, and of B - V where B = 1: variance harms where the main prediction is right, and helps where it
    is wrong. Where as many say the one as the other, B takes its expected value 1/2, and the variance cancels out.

    Attributes:
        bias: (N,) B, 1 where the main prediction is wrong, 0 where it is right.
        variance: (N,) V in [0, 0.5], share of the retrainings that differ from the main prediction.
        error: (N,) share of the retrainings that are wrong.
    """

    bias: Floats
    variance: Floats
    error: Floats

    @property
    def harm(self) -> Floats:
        """(N,) what variance adds to the error, V where B = 0."""
        return (1 - self.bias) * self.variance

    @property
    def help(self) -> Floats:
        """(N,) what variance takes from the error, V where B = 1."""
        return self.bias * self.variance

    @property
    def net(self) -> Floats:
        """(N,) what is added less what is taken: error = mean(bias) + mean(net)."""
        return self.harm - self.help


def decompose(truth: Bools, said: Bools) -> Decomposition:
    """The bias and the variance of every package.

    Args:
        truth: (N,) whether it is damaged.
        said: (R, N) whether each retraining calls it so.

    Raises:
        BadInput: a single retraining, which has no variance.
    """
    if len(said) < 2:
        raise BadInput(f"{len(said)} retraining has no variance.", "Train at least twice; 20 times tell more.")
    wrong = np.asarray(said != truth[None, :], np.float64).mean(axis=0)
    bias = (wrong > 0.5) + 0.5 * (wrong == 0.5)
    return Decomposition(bias, np.minimum(wrong, 1 - wrong), wrong)


def mean_of(values: Floats, *, most: float = 1.0, seed: int = 0) -> Estimate:
    """Mean over packages of values in [0, `most`], 0.5 for a variance, with the interval of `share_of`."""
    found = share_of(values / most, np.ones(len(values)), seed=seed)
    return Estimate(most * found.value, most * found.low, most * found.high)


def share_of(parts: Floats, wholes: Floats, *, seed: int = 0) -> Estimate:
    """A ratio of sums over packages, in [0, 1], with a BCa interval that draws packages anew.

    Where fewer than `FEW` packages differ from the usual value, such draws would claim certainty from a handful. Then,
    and where all values are 0 or 1, it is Wilson's interval for so many packages: what varies less than 0 and 1 do is
    known better than it says, never worse.

    Args:
        parts: (N,) of each package, for example how often it was called wrong.
        wholes: (N,) how often it was called; packages that never were do not count.
        seed: of the draws.
    """
    asked = wholes > 0
    parts, wholes = parts[asked], wholes[asked]
    n = len(parts)
    if not n:
        return Estimate(np.nan, np.nan, np.nan)
    value = float(parts.sum() / wholes.sum())
    shares = parts / wholes
    if _few(shares) or np.isin(shares, (0, 1)).all():
        return Estimate(value, *wilson(value * n, n))
    drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=DRAWS)
    without = wholes.sum() - wholes
    left_out = (parts.sum() - parts) / np.where(without > 0, without, np.nan)
    found = bca((drawn @ parts) / (drawn @ wholes), value, left_out)
    return Estimate(value, *(found or wilson(value * n, n)))


def _few(values: Floats) -> bool:
    """Whether nearly all packages have the same value."""
    return len(values) - int(np.unique(values.round(9), return_counts=True)[1].max()) < FEW


def difference(one: Estimate, other: Estimate) -> Estimate:
    """One less the other, of packages or parts that are independent or counted as such.

    Square and add: Zou & Donner, Construction of confidence limits about effect measures, Statistics in Medicine 27
    (2008).
    """
    value = one.value - other.value
    lows, highs = [one.low - other.value, one.value - other.high], [one.high - other.value, one.value - other.low]
    return Estimate(value, *combined(value, lows, highs))


def net_of(found: Decomposition, *, seed: int = 0) -> Estimate:
    """Mean of what variance adds less what it takes, in [-0.5, 0.5].

    Packages are drawn anew (BCa); where few differ from the usual one, the interval is made of those of both parts.
    """
    net = found.net
    if not _few(net):
        shifted = mean_of(net + 0.5, seed=seed)
        return Estimate(shifted.value - 0.5, shifted.low - 0.5, shifted.high - 0.5)
    made = difference(*(mean_of(part, most=0.5, seed=seed) for part in (found.harm, found.help)))
    return Estimate(made.value, max(made.low, -0.5), min(made.high, 0.5))
