"""Overlap over thresholds: of the pixels, of the boxes around them, and the threshold that is best in hindsight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects, label

from core.metrics.localisation.ranked import Held
from core.metrics.localisation.target import Box, around

THRESHOLDS = np.linspace(0.05, 0.95, 19)
"""Shares of the largest value."""
AT = 0.5
"""IoU from which a box is a hit."""

Floats = NDArray[np.float64]


class MaxBox(NamedTuple):
    """Share of pictures whose box is a hit, at the threshold that is best over all of them: an oracle."""

    value: float
    threshold: float


def iou_curve(held: Held, thresholds: Floats = THRESHOLDS) -> Floats:
    """(T,) IoU of the region and the pixels from each share of the largest value on; NaN without region, 0 without map.

    Args:
        held: the map and the region.
        thresholds: (T,) in (0, 1].
    """
    if held.target.empty:
        return np.full(len(thresholds), np.nan)
    if not held.ranked.peak:
        return np.zeros(len(thresholds))
    levels = (thresholds * held.ranked.peak).astype(held.ranked.order.dtype)
    hits = held.inside.size - np.searchsorted(held.inside, levels, "left")
    return np.asarray(hits / (held.ranked.reaching(levels) + held.target.area - hits), np.float64)


def boxes(held: Held, thresholds: Floats = THRESHOLDS) -> list[Box | None]:
    """The rectangle around the largest connected part of the pixels from each share of the largest value on.

    Choe et al., arXiv:2007.04178. A map that is zero or the same everywhere has none.
    """
    if held.ranked.reason:
        return [None] * len(thresholds)
    return [_largest(held.ranked.values >= share * held.ranked.peak) for share in thresholds]


def _largest(marked: NDArray[np.bool_]) -> Box | None:
    box = around(marked)
    if box is None:
        return None
    named, count = label(marked[box], structure=np.ones((3, 3)))
    if count == 1:
        return box
    down, right = find_objects(named)[int(np.bincount(named.ravel())[1:].argmax())]
    top, left = box[0].start, box[1].start
    return slice(top + down.start, top + down.stop), slice(left + right.start, left + right.stop)


def box_curve(held: Held, found: Sequence[Box | None]) -> Floats:
    """(T,) IoU of each of `boxes` with whichever box around a part of the region it fits best; NaN without region."""
    if held.target.empty:
        return np.full(len(found), np.nan)
    return np.array(
        [max((_iou(one, true) for true in held.target.boxes), default=0.0) if one else 0.0 for one in found]
    )


def box_chance(held: Held, found: Sequence[Box | None], *, at: float = AT, draws: int = 199, seed: int = 0) -> Floats:
    """(T,) how often each of `boxes` hits a box of the region that was put somewhere else on the package by chance."""
    rng, (down, right) = np.random.default_rng(seed), held.target.torus
    hits = np.zeros((len(found), draws), bool)
    for true in held.target.boxes:
        height, width = (side.stop - side.start for side in true)
        tops = down.start + rng.integers(0, max(down.stop - down.start - height, 0) + 1, draws)
        lefts = right.start + rng.integers(0, max(right.stop - right.start - width, 0) + 1, draws)
        hits |= [_ious(one, tops, lefts, height, width) >= at if one else np.zeros(draws, bool) for one in found]
    return np.asarray(hits.mean(axis=1), np.float64)


def max_box_accuracy(curves: Floats, thresholds: Floats = THRESHOLDS, *, at: float = AT) -> MaxBox:
    """MaxBoxAcc (Choe et al., arXiv:2007.04178): the best threshold is chosen with the truth at hand, an oracle.

    Args:
        curves: (n, T) of `box_curve`, one row a picture.
        thresholds: (T,) of the curves.
        at: IoU from which a box is a hit.
    """
    if not len(curves):
        return MaxBox(float("nan"), float("nan"))
    hits = (np.asarray(curves) >= at).mean(axis=0)
    best = int(hits.argmax())
    return MaxBox(float(hits[best]), float(thresholds[best]))


def _iou(one: Box, other: Box) -> float:
    (down, right) = other
    tops, lefts = np.array([down.start]), np.array([right.start])
    return float(_ious(one, tops, lefts, down.stop - down.start, right.stop - right.start)[0])


def _ious(one: Box, tops: NDArray[np.int64], lefts: NDArray[np.int64], height: int, width: int) -> Floats:
    """(D,) IoU of a box with boxes of one size at many places."""
    down, right = one
    tall = np.clip(np.minimum(down.stop, tops + height) - np.maximum(down.start, tops), 0, None)
    wide = np.clip(np.minimum(right.stop, lefts + width) - np.maximum(right.start, lefts), 0, None)
    area = (down.stop - down.start) * (right.stop - right.start)
    return np.asarray(tall * wide / (area + height * width - tall * wide), np.float64)
