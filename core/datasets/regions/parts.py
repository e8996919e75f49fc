"""Painted areas as polygons without holes, for formats that know nothing else."""

from __future__ import annotations

import cv2
import numpy as np

from core.datasets.regions.sheet import Losses
from core.domain import AnnotatedRegion, Floats, Mask
from core.regions import outlines

OUTLINES = "Painted areas written as their outline"
SEVERAL = "Painted areas of several parts, written as one area a part"
HOLES = "Holes in painted areas, written as filled"
EMPTY = "Painted areas without a pixel, left out"


def outer(one: AnnotatedRegion, losses: Losses) -> list[Floats]:
    """The polygon of a marked area, or the outer outlines of the parts of a painted one; counts what that costs."""
    if one.polygon is not None:
        return [one.polygon]
    assert one.brush is not None  # a marked area is one of the two
    found = [outlines(part) for part in components(one.brush.mask)]
    losses[OUTLINES] += bool(found)
    losses[SEVERAL] += len(found) > 1
    losses[HOLES] += sum(len(polygons) - 1 for polygons in found)
    losses[EMPTY] += not found
    return [max(polygons, key=_area) for polygons in found]


def components(mask: Mask) -> list[Mask]:
    """The parts of a (H, W) mask that hang together, over corners too, from the top down."""
    count, numbers = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    return [np.asarray(numbers == at, bool) for at in range(1, count)]


def _area(polygon: Floats) -> float:
    x, y = polygon.astype(np.float64).T
    return abs(float(x @ np.roll(y, 1) - y @ np.roll(x, 1))) / 2
