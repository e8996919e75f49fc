"""Whether a map points at this region rather than at any other place of the package."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft2, rfft2

from core.metrics.localisation.ranked import Ranked
from core.metrics.localisation.target import Target

DRAWS = 999

Floats = NDArray[np.float64]


def moved_means(ranked: Ranked, target: Target) -> Floats:
    """(h, w) mean of the map over the region, by how far the region is moved down and right on the torus.

    The torus is the rectangle around the pixels that count; what leaves on one side comes in on the other. All moves at
    once are one correlation, by Fourier transform.
    """
    place = ranked.values[target.torus].astype(np.float64)
    sums = irfft2(rfft2(place) * target.spectrum, s=place.shape)
    return np.asarray(sums / np.maximum(target.overlap, 1), np.float64)


def shift_p(ranked: Ranked, target: Target, *, draws: int = DRAWS, seed: int = 0) -> float:
    """P of so much evidence on the region, were the region anywhere on the package.

    p = (1 + #(moved >= in place)) / (draws + 1), over random moves that leave half of the region on the package, and
    with the mean over what is left; as valid as the assumption that damage may be anywhere on the package. For the
    relevance mass; ties count against the map, so that a map that is the same everywhere has p = 1.

    Args:
        ranked: the map.
        target: the region, counting the same pixels.
        draws: moves.
        seed: of the moves.

    Returns:
        In [1 / (draws + 1), 1]; NaN without a region, 1 where the map is zero or even.
    """
    if target.empty:
        return float("nan")
    if ranked.reason:
        return 1.0
    means = moved_means(ranked, target)
    drawn = means.ravel()[np.random.default_rng(seed).choice(target.moves, draws)]
    rounding = 1e-9 * float(np.abs(means).max())
    return float((1 + np.count_nonzero(drawn >= means[0, 0] - rounding)) / (draws + 1))
