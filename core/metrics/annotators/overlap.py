"""How far two regions of one picture cover each other, as a whole and damage by damage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array

from core.domain import Mask
from core.errors import BadInput

SAME = 0.5
"""From this IoU on, two people mean the same damage."""

Floats = NDArray[np.float64]


class Overlap(NamedTuple):
    """Two regions of one picture.

    Attributes:
        both, either: pixels in both, and in one or both.
        iou, dice: in [0, 1]; NaN where both are empty.
    """

    both: int
    either: int

    @property
    def iou(self) -> float:
        """Intersection over union (Jaccard)."""
        return self.both / self.either if self.either else float("nan")

    @property
    def dice(self) -> float:
        """Twice the intersection over the sum of the two areas."""
        return 2 * self.both / (self.both + self.either) if self.either else float("nan")


def overlap(one: Mask, other: Mask) -> Overlap:
    """How far two regions cover each other.

    Args:
        one: (H, W) bool.
        other: (H, W) bool.

    Raises:
        BadInput: the two have different sizes.
    """
    if one.shape != other.shape:
        raise BadInput("Two regions of one picture differ in size.", "Take both in frame coordinates.")
    both = int(np.count_nonzero(one & other))
    return Overlap(both, int(np.count_nonzero(one)) + int(np.count_nonzero(other)) - both)


class Matched(NamedTuple):
    """Which damages two people both have marked.

    Attributes:
        found: pairs of damages that are the same.
        only_one, only_other: damages that only the first, or only the second has marked.
    """

    found: int
    only_one: int
    only_other: int

    @property
    def f1(self) -> float:
        """2 found / (2 found + only one + only other), in [0, 1]; NaN where nobody marked anything."""
        marks = 2 * self.found + self.only_one + self.only_other
        return 2 * self.found / marks if marks else float("nan")


def matched(one: Sequence[Mask], other: Sequence[Mask], *, at: float = SAME) -> Matched:
    """Match the damages of two people, each at most once, so that as many as possible are the same.

    Of equally many pairs those with the largest IoU are taken (Kuhn, The Hungarian method for the assignment problem,
    Naval Research Logistics 2, 1955). Pairs below the limit are none. An empty area is a damage that matches nothing.

    Args:
        one: (H, W) bool each, one for every damage that the first marked.
        other: the same of the second.
        at: from this IoU on, in (0, 1], two are the same.

    Raises:
        BadInput: areas differ in size.
    """
    if not one or not other:
        return Matched(0, len(one), len(other))
    shares = np.array([[overlap(mine, theirs).iou for theirs in other] for mine in one])
    worth = np.where(np.nan_to_num(shares) >= at, 1 + np.nan_to_num(shares) / (2 * min(shares.shape)), 0.0)
    rows, columns = linear_sum_assignment(worth, maximize=True)
    found = int(np.count_nonzero(worth[rows, columns]))
    return Matched(found, len(one) - found, len(other) - found)


def distances(masks: Sequence[Mask]) -> Floats:
    """(n, n) 1 - IoU of every two regions, also of different pictures; 0 where both are empty.

    1 - IoU is a metric (Kosub, A note on the triangle inequality for the Jaccard distance, 2019).

    Args:
        masks: (H, W) bool each, all of one size.

    Raises:
        BadInput: they differ in size.
    """
    if len({mask.shape for mask in masks}) > 1:
        raise BadInput("Regions of one view differ in size.", "Bring them to one size first.")
    places = [np.flatnonzero(mask) for mask in masks]
    return of_places(places, masks[0].size if len(masks) else 0)


def of_places(places: Sequence[NDArray[np.intp]], pixels: int) -> Floats:
    """The same of regions as the flat places of their pixels, of so many in a picture: less to hold for many."""
    areas = np.array([len(one) for one in places], float)
    ends = np.concatenate([[0], np.cumsum(areas)]).astype(np.int64)
    where = np.concatenate([*places, np.zeros(0, np.intp)]).astype(np.int64)
    table = csr_array((np.ones(len(where)), where, ends), shape=(len(places), max(pixels, 1)))
    both = np.asarray((table @ table.T).todense(), float)
    either = areas[:, None] + areas - both
    return np.asarray(1 - np.divide(both, either, out=np.ones_like(both), where=either > 0), np.float64)
