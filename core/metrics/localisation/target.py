"""The region that a map is held against, prepared once for many maps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft2, rfft2
from scipy.ndimage import distance_transform_edt, find_objects, label

from core.domain import Mask
from core.errors import BadInput

TOLERANCE = 15.0
"""How far from the region the pointing game still counts a hit, pixels."""
KEPT = 0.5
"""Share of the region that must stay on the package where it is moved to: with more, a large one could hardly move."""

Box = tuple[slice, slice]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Target:
    """A region, and the pixels that count.

    Attributes:
        mask: (H, W) bool, the region, inside of `within`.
        within: (H, W) bool, the pixels that count at all, for example the package; None for the whole frame.
        empty: why there is no region, "" where there is one.
    """

    mask: Mask
    within: Mask | None = None
    empty: str = ""

    @classmethod
    def of(cls, mask: Mask, *, within: Mask | None = None, border: float = 0.0) -> Target:
        """A region to score maps against.

        Args:
            mask: (H, W) bool.
            within: (H, W) bool, for example the silhouette of the package; None for the whole frame.
            border: pixels so near to the border of the region, on either side, do not count: nobody draws it better.

        Raises:
            BadInput: the two have different sizes.
        """
        region = np.asarray(mask, bool)
        counted = None if within is None else np.asarray(within, bool)
        if region.ndim != 2 or (counted is not None and counted.shape != region.shape):
            raise BadInput("The region and the place where it counts differ in size.", "Take both from one picture.")
        if border > 0:
            clear = ~(grown(region, border) & ~grown(region, -border))
            counted = clear if counted is None else clear & counted
        inside = region if counted is None else region & counted
        return cls(inside, counted, _trouble(region, inside, counted))

    @cached_property
    def pixels(self) -> int:
        """N: how many pixels count."""
        return self.mask.size if self.within is None else int(self.within.sum())

    @cached_property
    def area(self) -> int:
        """K: how many of them are in the region."""
        return int(self.mask.sum())

    @property
    def share(self) -> float:
        """K / N."""
        return self.area / self.pixels if self.pixels else float("nan")

    @cached_property
    def where(self) -> NDArray[np.intp]:
        """(K,) flat places of the region."""
        return np.flatnonzero(self.mask)

    @cached_property
    def parts(self) -> NDArray[np.int32]:
        """(K,) which connected part each pixel of the region belongs to, from 0; neighbors touch at corners too."""
        box = around(self.mask)
        if box is None:
            return np.zeros(0, np.int32)
        named, _ = label(self.mask[box], structure=np.ones((3, 3)))
        return np.asarray(named[self.mask[box]] - 1, np.int32)

    @cached_property
    def boxes(self) -> list[Box]:
        """The rectangle around each connected part."""
        return list(find_objects(label(self.mask, structure=np.ones((3, 3)))[0]))

    @cached_property
    def near(self) -> Mask:
        """(H, W) bool: the region and what lies within `TOLERANCE` of it, as far as it counts."""
        wide = grown(self.mask, TOLERANCE)
        return wide if self.within is None else wide & self.within

    @cached_property
    def torus(self) -> Box:
        """The rectangle in which the region is moved around: that of the pixels that count."""
        height, width = self.mask.shape
        whole = (slice(0, height), slice(0, width))
        return whole if self.within is None else around(self.within) or whole

    @cached_property
    def spectrum(self) -> NDArray[np.complexfloating]:
        """Conjugate Fourier transform of the region on the torus."""
        return np.asarray(np.conj(rfft2(self.mask[self.torus].astype(np.float64))))

    @cached_property
    def overlap(self) -> Floats:
        """(h, w) how many pixels of the moved region count, by how far it is moved down and right on the torus."""
        if self.within is None:
            return np.full(self.mask.shape, float(self.area))
        place = self.within[self.torus].astype(np.float64)
        return np.asarray(np.rint(irfft2(rfft2(place) * self.spectrum, s=place.shape)), np.float64)

    @cached_property
    def moves(self) -> NDArray[np.intp]:
        """Flat places in `overlap` of the moves that leave enough of the region on the package."""
        return np.flatnonzero(self.overlap >= KEPT * self.area)


def grown(mask: Mask, by: float) -> Mask:
    """A region with everything within so many pixels of it; below zero, what is farther than that from the outside.

    Distances are Euclidean, between the centers of pixels. The edge of the frame is not the outside.
    """
    box = around(mask)
    if box is None or by == 0:
        return mask.copy()
    pad = int(np.ceil(abs(by))) + 1
    wide = tuple(slice(max(side.start - pad, 0), side.stop + pad) for side in box)
    part = mask[wide]
    result = np.zeros_like(mask)
    if by > 0:
        result[wide] = distance_transform_edt(~part) <= by
    else:
        result[wide] = part if part.all() else distance_transform_edt(part) > -by
    return result


def around(mask: Mask) -> Box | None:
    """The rectangle around a region, None where it is empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return None
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _trouble(region: Mask, inside: Mask, counted: Mask | None) -> str:
    if not region.any():
        return "The region is empty."
    if not inside.any():
        return "Nothing of the region counts: it lies off the package, or is all border."
    pixels = inside.size if counted is None else int(counted.sum())
    return "The region leaves nothing outside of it." if int(inside.sum()) == pixels else ""
