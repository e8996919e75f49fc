"""What several maps of one picture say together: where they agree, where they do not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.domain import Mask
from core.errors import BadInput

TOP = 0.05
"""Share of the pixels that count as the strongest."""

Floats = NDArray[np.float64]


def to_mass_one(maps: NDArray[np.floating]) -> Floats:
    """(M, H, W) the positive part of each map divided by its sum; a map without positive values stays 0 everywhere."""
    positive = np.maximum(np.asarray(maps, np.float64), 0.0)
    mass = positive.sum(axis=(1, 2), keepdims=True)
    return np.asarray(np.divide(positive, mass, out=np.zeros_like(positive), where=mass > 0), np.float64)


def consensus(maps: NDArray[np.floating]) -> Floats:
    """What most maps agree on: the pixelwise median of their positive parts, each brought to mass 1.

    A place that fewer than half of the maps mark is 0; the result has a mass below 1 where they differ.

    Args:
        maps: (M, H, W), smoothed, positive speaks for the target.

    Raises:
        BadInput: there are fewer than two maps.
    """
    return np.asarray(np.median(to_mass_one(_several(maps)), axis=0), np.float64)


def dissent(maps: NDArray[np.floating]) -> Floats:
    """Where the maps differ: the pixelwise standard deviation (of M, not M - 1) of the same.

    Args:
        maps: as for `consensus`.

    Raises:
        BadInput: there are fewer than two maps.
    """
    return np.asarray(to_mass_one(_several(maps)).std(axis=0), np.float64)


def top(values: NDArray[np.floating], share: float = TOP, *, inside: Mask | None = None) -> Mask:
    """The strongest pixels of one map, (H, W) bool; pixels as strong as the last of them are among them too.

    Args:
        values: (H, W); only positive pixels can be among the strongest.
        share: of the pixels that count, in (0, 1].
        inside: (H, W) pixels that count, None for all.
    """
    counts = np.ones(values.shape, bool) if inside is None else inside
    wanted = round(share * int(counts.sum()))
    if not wanted:
        return np.zeros(values.shape, bool)
    among = values[counts]
    least = np.partition(among, among.size - wanted)[among.size - wanted]
    return np.asarray(counts & (values >= least) & (values > 0), np.bool_)


def votes(maps: NDArray[np.floating], share: float = TOP, *, inside: Mask | None = None) -> NDArray[np.intp]:
    """(H, W) how many of the maps have each pixel among their strongest, see `top`; 0 to M.

    Raises:
        BadInput: there are fewer than two maps.
    """
    return np.asarray(sum(top(one, share, inside=inside).astype(np.intp) for one in _several(maps)), np.intp)


def _several(maps: NDArray[np.floating]) -> NDArray[np.floating]:
    if maps.ndim != 3 or len(maps) < 2:
        raise BadInput("Agreement needs at least two maps of the same picture.", "Choose a second model.")
    return maps
