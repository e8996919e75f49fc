"""Missing pixels filled in from their neighbors: the noisy linear imputation of ROAD."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.domain import Floats

SWEEPS = 10
"""Relaxations at each resolution."""
SMALLEST = 4
"""Pixels of the shorter side at the coarsest resolution."""
COARSE_SWEEPS = 40


def imputed(picture: Floats, missing: NDArray[np.bool_], *, noise: float = 0.0, seed: int = 0) -> Floats:
    """Fill in missing pixels so that each is the weighted mean of its neighbors, plus noise (Rong 2202.00449).

    The four direct neighbors weigh 1/6, the four diagonal ones 1/12; at the border the weights of those that exist are
    scaled to 1. The authors solve this sparse linear system exactly; here it is relaxed from coarse to fine, which is
    some ten times faster and stays within about a hundredth of the picture's range.

    Args:
        picture: (C, h, w) float32.
        missing: (K, h, w) bool; of each of K pictures at least one pixel is there.
        noise: standard deviation of the Gaussian noise on every filled pixel.
        seed: of the noise.

    Returns:
        (K, C, h, w) float32; pixels that are there are as they were.
    """
    gone = missing[:, None]
    known = np.where(gone, np.float32(0), picture[None].astype(np.float32))
    filled = _filled(known, (~gone).astype(np.float32))
    if noise:
        drawn = np.random.default_rng(seed).standard_normal(filled.shape, dtype=np.float32)
        filled += np.where(gone, np.float32(noise) * drawn, np.float32(0))
    return filled


def _filled(values: Floats, there: Floats) -> Floats:
    """Solve at half the size first, then relax.

    Args:
        values: (K, C, h, w), 0 where missing.
        there: (K, 1, h, w), 1 where known.
    """
    height, width = values.shape[-2:]
    if min(height, width) <= SMALLEST:
        start = values.sum(axis=(2, 3), keepdims=True) / np.maximum(there.sum(axis=(2, 3), keepdims=True), 1)
        return _relaxed(np.where(there > 0, values, start).astype(np.float32), there, COARSE_SWEEPS)
    count = _halved(there)
    means = _halved(values) / np.maximum(count, 1)
    coarse = _filled(means.astype(np.float32), (count > 0).astype(np.float32))
    start = _doubled(coarse)[..., :height, :width]
    return _relaxed(np.where(there > 0, values, start), there, SWEEPS)


def _relaxed(values: Floats, there: Floats, sweeps: int) -> Floats:
    """Jacobi sweeps of the linear system, damped; known pixels stay."""
    weight = _neighbors(np.ones((1, 1, *values.shape[-2:]), np.float32))
    step = np.where(there > 0, np.float32(0), np.float32(0.9)) / weight
    keep = np.where(there > 0, np.float32(1), np.float32(0.1))
    for _ in range(sweeps):
        values = np.asarray(keep * values + step * _neighbors(values), np.float32)
    return values


def _neighbors(values: Floats) -> Floats:
    """Sum of the eight neighbors: 2 for a direct one, 1 for a diagonal one; nothing lies beyond the border."""
    rows = 2 * values
    rows[..., 1:, :] += values[..., :-1, :]
    rows[..., :-1, :] += values[..., 1:, :]
    both = 2 * rows
    both[..., 1:] += rows[..., :-1]
    both[..., :-1] += rows[..., 1:]
    both -= 4 * values
    return np.asarray(both, np.float32)


def _halved(values: Floats) -> Floats:
    """Sums of blocks of 2 x 2; an odd side gets a row or column of zeros."""
    height, width = values.shape[-2:]
    even = np.pad(values, [(0, 0), (0, 0), (0, height % 2), (0, width % 2)])
    return np.asarray(even[..., ::2, ::2] + even[..., 1::2, ::2] + even[..., ::2, 1::2] + even[..., 1::2, 1::2])


def _doubled(values: Floats) -> Floats:
    """Twice the size, linear between the centers of the blocks."""
    for axis in (-2, -1):
        along = np.swapaxes(values, axis, -1)
        places = np.arange(along.shape[-1])
        finer = np.empty((*along.shape[:-1], 2 * len(places)), np.float32)
        finer[..., ::2] = 0.75 * along + 0.25 * along[..., np.maximum(places - 1, 0)]
        finer[..., 1::2] = 0.75 * along + 0.25 * along[..., np.minimum(places + 1, len(places) - 1)]
        values = np.swapaxes(finer, axis, -1)
    return values
