"""Regions of a picture that hang together, from coarse to fine, and which of them matter most."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from core.domain import Floats

SCALES = (50, 100, 150, 250, 500, 1200)
"""How coarse: six segmentations of the same picture, as in XRAI."""

SMOOTH = 0.8
"""Sigma in pixels before the segmentation."""

SMALLEST = 0.003
"""Share of the picture below which a segment is joined to a neighbor: 150 pixels of 224 x 224."""

RIM = 5 / 224
"""How far a segment reaches over its edge, as a share of the picture's side; evidence often lies on the edge."""

LEFT_OVER = 0.001
"""Share of the picture below which the rest of a region is not worth naming: 50 pixels of 224 x 224."""


def segments(picture: Floats) -> csr_array:
    """Overlapping segments (Felzenszwalb and Huttenlocher 2004) of all scales.

    Args:
        picture: (h, w, 3) float32, any range.

    Returns:
        (segments, h * w) float32 of 0 and 1: the pixels of each segment and of its rim.
    """
    from skimage.segmentation import felzenszwalb  # a third of a second that only this method should cost

    low, high = float(picture.min()), float(picture.max())
    even = (2 * (picture - low) / max(high - low, 1e-9) - 1).astype(np.float64)
    least = max(1, round(SMALLEST * picture[..., 0].size))
    cuts = [felzenszwalb(even, scale=scale, sigma=SMOOTH, min_size=least, channel_axis=-1) for scale in SCALES]
    reach = round(RIM * float(np.sqrt(picture[..., 0].size)))
    return vstack([_with_rims(labels.astype(np.int32), reach) for labels in cuts], format="csr")


def _with_rims(labels: NDArray[np.int32], reach: int) -> csr_array:
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    found = [np.flatnonzero(cv2.dilate((labels == one).astype(np.uint8), disk)) for one in np.unique(labels)]
    ends = np.cumsum([0] + [len(pixels) for pixels in found])
    ones = np.ones(int(ends[-1]), np.float32)
    return csr_array((ones, np.concatenate(found), ends), shape=(len(found), labels.size))


def ranked(regions: csr_array, values: Floats) -> Iterator[NDArray[np.int64]]:
    """The regions in the order of their mean value, each without the pixels of those before.

    The region whose free pixels have the highest mean is taken, its pixels are no longer free, and so on. Regions with
    hardly a free pixel left are passed over; what remains at the end comes last, as one.

    Args:
        regions: (segments, h * w) of 0 and 1.
        values: (h * w,) float.

    Yields:
        The numbers of the pixels of one region; each pixel occurs once.
    """
    free = np.ones(values.size, bool)
    of_pixel = regions.T.tocsr()
    sizes, sums = (np.asarray(regions @ what, np.float64) for what in (np.ones(values.size), values.astype(np.float64)))
    least = max(1.0, LEFT_OVER * values.size)
    while (sizes >= least).any():
        means = np.where(sizes >= least, sums / np.maximum(sizes, 1), -np.inf)
        best = int(means.argmax())
        pixels = regions.indices[regions.indptr[best] : regions.indptr[best + 1]]
        pixels = pixels[free[pixels]].astype(np.int64)
        free[pixels] = False
        touched = of_pixel[pixels]
        sizes -= touched.T @ np.ones(len(pixels))
        sums -= touched.T @ values[pixels].astype(np.float64)
        yield pixels
    rest = np.flatnonzero(free)
    if len(rest):
        yield rest
