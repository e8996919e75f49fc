"""The score of each person against the others: no map can be asked for more than people reach among themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from core.domain import Floats, Mask
from core.metrics.annotators.consensus import majority

Score = Callable[[Floats, Mask], float]
"""How well a (H, W) float32 map >= 0 points at a (H, W) region; NaN where there is no region."""
Join = Callable[[Sequence[Mask]], Mask]


def others(masks: Sequence[Mask], *, join: Join = majority) -> list[tuple[Mask, Mask]]:
    """Each person's region, and what all others say together; nothing with fewer than two people."""
    if len(masks) < 2:
        return []
    return [(own, join([one for other, one in enumerate(masks) if other != at])) for at, own in enumerate(masks)]


def left_out(masks: Sequence[Mask], score: Score, *, join: Join = majority) -> NDArray[np.float64]:
    """(R,) what each person's region scores, taken as a map, against what the others say together.

    The leave-one-annotator-out ceiling: in the mean, a map that scores more agrees with people better than they do
    with each other. NaN where the others have no region, and everywhere with fewer than two people.

    Args:
        masks: (H, W) bool, one a person, of one picture.
        score: of a map and a region.
        join: several regions to one; by majority, what remains of two people is where they meet.
    """
    found = [
        float(score(own.astype(np.float32), rest)) if rest.any() else float("nan")
        for own, rest in others(masks, join=join)
    ]
    return np.array(found or [np.nan] * len(masks), np.float64)
