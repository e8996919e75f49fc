"""Perceptual hash: 64 bits of a picture that hardly change while it still shows the same."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.fft import dctn

from core.domain import Pixels

SIDE = 32
"""Pixels a side of what the hash is computed from: finer detail does not count."""

LOW = 8
"""Lowest frequencies kept in each direction; 8 x 8 = 64 bits."""

BITS = LOW * LOW

Hashes = NDArray[np.uint64]


def perceptual_hash(pixels: Pixels) -> np.uint64:
    """64 bits of a picture: which of its lowest frequencies lie above their median.

    The variant with the discrete cosine transform of Zauner, Implementation and Benchmarking of Perceptual Image Hash
    Functions (2010), section 3.2.1; the mean brightness does not enter the median. Two pictures of the same thing
    differ in few bits, unrelated ones in 32 on average. Pictures of one product before one camera are not unrelated:
    see `surprisingly_near`.

    Args:
        pixels: (H, W, 3) uint8, the package cut out upright: of a whole frame the hash would mostly be of the belt.
    """
    gray = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)
    small = np.asarray(cv2.resize(gray, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.float64)
    waves = dctn(small, norm="ortho")[:LOW, :LOW].ravel()
    bits = waves > np.median(waves[1:])
    return np.uint64(int("".join("01"[int(bit)] for bit in bits), 2))


def bits_apart(one: Hashes, other: Hashes) -> NDArray[np.uint8]:
    """(N, M) in 0..64: in how many bits each of N hashes differs from each of M."""
    return np.asarray(np.bitwise_count(one[:, None] ^ other[None, :]), np.uint8)


def surprisingly_near(nearest: NDArray[np.floating], *, spreads: float = 3.0) -> float:
    """Below this, a distance is nearer than the pictures of this set usually are to their nearest neighbor.

    The median of the nearest distances less some robust spreads (1.4826 times the median absolute deviation, which is
    one standard deviation of a normal distribution): where every picture resembles another one, little is surprising.

    Args:
        nearest: (N,) from each picture to the nearest one of another package, or their logarithms; NaN where there is
            none.
        spreads: how many; 3 of a normal distribution are one picture in 740.
    """
    known = nearest[np.isfinite(nearest)]
    if not len(known):
        return -np.inf
    middle = float(np.median(known))
    return middle - spreads * 1.4826 * float(np.median(np.abs(known - middle)))
