"""The trivial maps: what anyone can draw without asking the network, and what a map must beat."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import sobel

from core.domain import Floats

SPREAD = 0.25
"""Sigma of the blob in the middle, of each side of the picture."""


def center(picture: Floats) -> Floats:
    """(h, w) a Gaussian in the middle: where a photographer puts things."""
    height, width = picture.shape[-2:]
    y, x = (np.arange(side) - (side - 1) / 2 for side in (height, width))
    away = (y[:, None] / (SPREAD * height)) ** 2 + (x[None, :] / (SPREAD * width)) ** 2
    return np.asarray(np.exp(-away / 2), np.float32)


def edges(picture: Floats) -> Floats:
    """(h, w) Sobel's gradient of the mean color of a (3, h, w) picture: where anything is to be seen."""
    gray = picture.mean(axis=0)
    return np.asarray(np.hypot(sobel(gray, 0), sobel(gray, 1)), np.float32)


def difference(picture: Floats, baseline: Floats) -> Floats:
    """(h, w) |x - b|, summed over the colors of (3, h, w): where the picture differs from what stands for nothing."""
    return np.asarray(np.abs(picture - baseline).sum(axis=0), np.float32)
