"""How sure a figure of several annotators is: packages are drawn anew, with everything that was said of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.metrics.intervals import bca

Floats = NDArray[np.float64]
Figure = Callable[[Floats], Floats]
"""(B, n) how often each package is drawn -> (B,) the figure, NaN where it is not defined."""

DRAWS = 2000
_BLOCK = 250


def interval(figure: Figure, packages: int, *, seed: int = 0, draws: int = DRAWS) -> tuple[float, float]:
    """95 % BCa interval of a figure, packages resampled.

    Args:
        figure: of how often each package is drawn.
        packages: how many there are.
        seed: of the draws.
        draws: how many.

    Returns:
        Its ends; twice NaN with fewer than two packages, or where the figure or nearly every draw of it is not defined.
    """
    if packages < 2:
        return float("nan"), float("nan")
    weights = np.random.default_rng(seed).multinomial(packages, np.full(packages, 1 / packages), draws).astype(float)
    drawn = np.concatenate([figure(weights[start : start + _BLOCK]) for start in range(0, draws, _BLOCK)])
    (value,) = figure(np.ones((1, packages)))
    found = bca(drawn, float(value), figure(1 - np.eye(packages)))
    return found or (float("nan"), float("nan"))


def ratio(above: Floats, below: Floats) -> Figure:
    """The figure sum(above) / sum(below) over packages: a mean, or a share.

    Args:
        above: (n,) what a package adds above the line.
        below: (n,) what it adds below, for example how many pictures it has.
    """
    return lambda weights: _over(weights @ np.asarray(above, float), weights @ np.asarray(below, float))


def _over(above: Floats, below: Floats) -> Floats:
    return np.asarray(np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0), np.float64)
