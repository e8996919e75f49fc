"""A map sorted once, and what a region holds of it: all that the metrics ask."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.domain import Mask
from core.errors import BadInput
from core.metrics.localisation.target import Target

EVEN = 1e-6
"""A map whose values differ by no more than this share of the largest is the same everywhere: the rest is rounding."""
ZERO = "The map is zero everywhere."
FLAT = "The map is the same everywhere."

Values = NDArray[np.floating]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Ranked:
    """The evidence for damage, sorted.

    Attributes:
        values: (H, W) floating >= 0; 0 where it does not count.
        order: (P,) ascending, the values above 0.
        pixels: N, how many pixels count.
        reason: what is wrong with the map, "" where nothing is.
    """

    values: Values
    order: Values
    pixels: int
    reason: str = ""

    @classmethod
    def of(cls, values: Values, *, within: Mask | None = None) -> Ranked:
        """Sort a map; what speaks against damage is no evidence for it, and becomes 0.

        Args:
            values: (H, W) floating, signed.
            within: (H, W) bool, the pixels that count; None for the whole frame.

        Raises:
            BadInput: the map is not finite, or has another size.
        """
        if values.ndim != 2 or (within is not None and within.shape != values.shape):
            raise BadInput("The map and the place where it counts differ in size.", "Take both in frame coordinates.")
        counted = values if within is None else values[within]
        if not np.isfinite(counted.sum(dtype=np.float64)):
            raise BadInput("The map is not finite.", "Explain the picture again, with another method.")
        order = np.sort(counted[counted > 0])
        if order.size == counted.size > 0 and order[-1] - order[0] <= EVEN * order[-1]:
            order = np.full_like(order, order[-1])
            even = np.full_like(values, order[-1])
            return cls(even if within is None else np.where(within, even, 0), order, counted.size, FLAT)
        positive = np.maximum(values, 0) if within is None else np.where(within, np.maximum(values, 0), 0)
        return cls(positive, order, counted.size, "" if order.size else ZERO)

    @cached_property
    def total(self) -> float:
        """Sum of the map."""
        return float(self.order.sum(dtype=np.float64))

    @property
    def peak(self) -> float:
        """The largest value, 0 where the map is zero."""
        return float(self.order[-1]) if self.order.size else 0.0

    def above(self, levels: Values) -> Floats:
        """(L,) how many pixels are higher than each level >= 0."""
        return np.asarray(self.order.size - np.searchsorted(self.order, levels, "right"), np.float64)

    def reaching(self, levels: Values) -> Floats:
        """(L,) how many pixels are at each level >= 0 or higher."""
        found = self.order.size - np.searchsorted(self.order, levels, "left")
        return np.where(levels > 0, found, self.pixels).astype(np.float64)

    def top(self, count: int) -> tuple[float, float]:
        """The level of the `count`-th highest pixel, and the share of the pixels at that level that is among them."""
        level = self.order[-count] if count <= self.order.size else self.order.dtype.type(0)
        (above,), (reaching,) = self.above(np.array([level])), self.reaching(np.array([level]))
        return float(level), float((count - above) / (reaching - above))


@dataclass(frozen=True, eq=False)
class Held:
    """A map held against a region; both count the same pixels."""

    ranked: Ranked
    target: Target

    @cached_property
    def inside(self) -> Values:
        """(K,) ascending, the values in the region."""
        return np.sort(self.ranked.values.ravel()[self.target.where])

    @cached_property
    def reaching(self) -> Floats:
        """(K,) how many pixels are as high as each of `inside`, or higher."""
        return self.ranked.reaching(self.inside)

    @cached_property
    def hits(self) -> Floats:
        """(K,) how many of those lie in the region."""
        return np.asarray(self.inside.size - np.searchsorted(self.inside, self.inside, "left"), np.float64)

    def outside(self, levels: Values) -> tuple[Floats, Floats]:
        """(L,) share of the pixels outside of the region that are above each level, and share that are at it."""
        count = self.target.pixels - self.target.area
        higher = self.inside.size - np.searchsorted(self.inside, levels, "right")
        reaching = self.inside.size - np.searchsorted(self.inside, levels, "left")
        above = (self.ranked.above(levels) - higher) / count
        return above, (self.ranked.reaching(levels) - reaching) / count - above

    def swept(self, levels: Values, most: float) -> float:
        """Mean over levels of the area, from 0 to `most`, under 'already found' against the share of false pixels.

        A pixel is found when the threshold falls to its level; of the pixels at its own level half come before it.
        """
        above, tied = self.outside(levels)
        passed = np.clip(most - above, 0, None)
        inside_tie = passed**2 / (2 * np.where(tied > 0, tied, 1))
        return float(np.where(passed < tied, inside_tie, passed - tied / 2).mean() / most)
