"""How sure a figure is: exact and score intervals of proportions, and the bootstrap over packages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import hypot, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, norm

Z95 = 1.959963984540054
"""The 97.5 % point of the normal distribution."""
DRAWS = 2000
Floats = NDArray[np.float64]


def wilson(k: float, n: float) -> tuple[float, float]:
    """95 % interval of a proportion.

    Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927).

    Args:
        k: how often it happened; a fraction where it is a sum of parts in [0, 1].
        n: of how many; a fraction where they do not all count as one.

    >>> [round(bound, 3) for bound in wilson(37, 40)]
    [0.801, 0.974]
    """
    if n == 0:
        return 0.0, 1.0
    p, z2 = k / n, Z95**2
    center = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return (0.0 if k == 0 else center - half), (1.0 if k == n else center + half)


def combined(value: float, lows: Sequence[float], highs: Sequence[float]) -> tuple[float, float]:
    """95 % interval of a figure made of independent proportions, from their own intervals (square and add).

    Zou & Donner, Construction of confidence limits about effect measures, Statistics in Medicine 27 (2008): the
    distances that each proportion alone can carry the figure are added as squares. It keeps its width where a
    proportion is 0 or 1, and resampling would not move.

    Args:
        value: the figure, rising with every proportion.
        lows: what it would be with each proportion alone at its lower end.
        highs: the same with upper ends.

    >>> [round(bound, 3) for bound in combined(0.5, [0.47, 0.46], [0.56, 0.58])]
    [0.45, 0.6]
    """
    return value - hypot(*(value - one for one in lows)), value + hypot(*(one - value for one in highs))


def clopper_pearson(k: int, n: int, *, confidence: float = 0.95) -> float:
    """One-sided upper bound of a proportion, exact.

    Clopper & Pearson, The use of confidence or fiducial limits, Biometrika 26 (1934).

    Args:
        k: how often it happened.
        n: of how many.
        confidence: that the true proportion lies below the bound.

    >>> round(clopper_pearson(0, 10), 3)
    0.259
    """
    return 1.0 if k >= n else float(beta.ppf(confidence, k + 1, n - k))


def bca(draws: Floats, value: float, left_out: Floats, weights: Floats | None = None) -> tuple[float, float] | None:
    """95 % interval from bootstrap draws, corrected for bias and skew (BCa).

    Efron, Better bootstrap confidence intervals, JASA 82 (1987).

    Args:
        draws: (B,) the figure on resampled packages; NaN where it is not defined.
        value: the figure on the packages.
        left_out: (K,) the figure without one package, for each kind of package.
        weights: (K,) how many packages of each kind there are; None for one each.

    Returns:
        Its ends; None where the figure, or nearly every draw of it, is not defined.
    """
    draws = draws[~np.isnan(draws)]
    if np.isnan(value) or len(draws) < 100:
        return None
    below = np.mean(draws < value) + np.mean(draws == value) / 2
    bias = norm.ppf(np.clip(below, 1 / (len(draws) + 1), 1 - 1 / (len(draws) + 1)))
    z = bias + norm.ppf([0.025, 0.975])
    points = norm.cdf(bias + z / (1 - _acceleration(left_out, weights) * z))
    low, high = np.quantile(draws, points)
    return float(low), float(high)


def _acceleration(left_out: Floats, weights: Floats | None) -> float:
    shares = np.ones(len(left_out)) if weights is None else np.asarray(weights, float)
    known = ~np.isnan(left_out) & (shares > 0)
    if not known.any():
        return 0.0
    values, shares = left_out[known], shares[known]
    from_mean = np.average(values, weights=shares) - values
    spread = float((shares * from_mean**2).sum())
    return 0.0 if spread < 1e-18 else float((shares * from_mean**3).sum() / (6 * spread**1.5))


def cells_interval(
    cells: Sequence[int], figure: Callable[[Floats], Floats], *, seed: int = 0, draws: int = DRAWS
) -> tuple[float, float] | None:
    """95 % BCa interval of a figure that depends on counts alone; packages are resampled, whatever their number.

    A package falls into one cell, so resampling packages is a multinomial draw of the cells: exact, and as fast for a
    million packages as for ten.

    Args:
        cells: (K,) how many packages fell into each cell.
        figure: (..., K) counts -> (...) values, NaN where not defined.
        seed: of the draws.
        draws: how many.
    """
    counts = np.asarray(cells, float)
    n = int(counts.sum())
    if not n:
        return None
    drawn = np.random.default_rng(seed).multinomial(n, counts / n, size=draws).astype(float)
    without = counts[None, :] - np.eye(len(counts))
    present = counts > 0
    return bca(figure(drawn), float(figure(counts)), figure(without[present]), counts[present])


def groups_interval(
    rows: Sequence[NDArray[np.int64]], figure: Callable[[NDArray[np.int64]], float], *, seed: int = 0, draws: int = 1000
) -> tuple[float, float] | None:
    """95 % BCa interval of any figure; packages are resampled with all their rows.

    Args:
        rows: of each package, the numbers of its rows.
        figure: row numbers, with repeats, to a value; NaN where not defined.
        seed: of the draws.
        draws: how many.
    """
    if not rows:
        return None
    rng, count = np.random.default_rng(seed), len(rows)
    drawn = np.array(
        [figure(np.concatenate([rows[at] for at in rng.integers(0, count, count)])) for _ in range(draws)], float
    )
    every = np.concatenate(list(rows))
    if count > 400:  # the jackknife of a large set moves nothing that can be seen
        return bca(drawn, figure(every), np.zeros(0))
    without = [
        np.concatenate([one for at, one in enumerate(rows) if at != gone] or [every[:0]]) for gone in range(count)
    ]
    return bca(drawn, figure(every), np.array([figure(one) if len(one) else np.nan for one in without], float))
