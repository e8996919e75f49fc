"""From the network's crop to the frame, or back: maps that keep their sum."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.domain import Floats


def to_frame(values: Floats, transform: NDArray[np.float64], frame: tuple[int, int]) -> Floats:
    """Bring a map from crop to frame coordinates.

    Each frame pixel gets the map's value where it falls in the crop, times the area of crop it
    covers (the determinant of the transform's Jacobian), and the whole is scaled so that the sum
    over the frame is the sum of the part of the map that the frame shows.

    Args:
        values: (h, w) float32, signed.
        transform: (3, 3) homography, frame pixels to crop pixels.
        frame: (H, W) of the frame.

    Returns:
        (H, W) float32, zero outside the crop.
    """
    height, width = frame
    density = cv2.warpPerspective(values, np.linalg.inv(transform), (width, height), flags=cv2.INTER_LINEAR)
    moved = density * _area(transform, frame)
    seen = cv2.warpPerspective(np.ones(frame, np.float32), transform, (values.shape[1], values.shape[0]))
    wanted, got = float((values * (seen > 0.5)).sum()), float(moved.sum())
    if abs(got) > 1e-9 and 0.5 < wanted / got < 2.0:
        moved *= wanted / got
    return np.asarray(moved, np.float32)


def to_crop(values: Floats, transform: NDArray[np.float64], size: tuple[int, int]) -> Floats:
    """Bring a map from frame coordinates back to those of a crop: the inverse of `to_frame`, up to resampling.

    Args:
        values: (H, W) float32, signed.
        transform: (3, 3) homography, frame pixels to crop pixels.
        size: (h, w) of the crop.

    Returns:
        (h, w) float32: evidence a pixel of the crop, so that the sum is kept where the frame shows all of it.
    """
    density = np.asarray(values / _area(transform, values.shape[:2]), np.float32)
    return np.asarray(cv2.warpPerspective(density, transform, (size[1], size[0]), flags=cv2.INTER_LINEAR), np.float32)


def _area(transform: NDArray[np.float64], frame: tuple[int, int]) -> NDArray[np.float64]:
    """(H, W) crop area per frame pixel: |det J| of a homography is |det H| / |w|^3."""
    y, x = np.mgrid[0 : frame[0], 0 : frame[1]]
    w = transform[2, 0] * x + transform[2, 1] * y + transform[2, 2]
    return np.asarray(np.abs(np.linalg.det(transform)) / np.maximum(np.abs(w), 1e-9) ** 3, np.float64)
