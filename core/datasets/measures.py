"""What can be measured of one picture: how bright, how sharp, how large the package is, where and how it lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.domain import Floats, Mask, Pixels, Truth

MEASURES = {
    "brightness": ("Brightness", "mean luminance of the package, from 0 (black) to 1 (white)"),
    "contrast": ("Contrast", "standard deviation of the luminance of the package, from 0 to 0.5"),
    "sharpness": ("Sharpness", "variance of the Laplacian over the variance of the luminance, of the package"),
    "size": ("Size", "share of the frame that the package covers, in percent"),
    "x": ("Position across", "center of the package, in percent of the frame's width from the left"),
    "y": ("Position down", "center of the package, in percent of the frame's height from the top"),
    "yaw": ("Yaw", "turn of the package, in degrees"),
    "damage": ("Visible damage", "share of the package's picture that is damaged, in percent; known truth only"),
}
"""Column to title and meaning."""

PLACED = {
    "truth": "known from the data set's manifest",
    "framing": "measured where the framing found the package",
    "": "unknown, since nothing found the package in the picture",
}
"""Where size, position and yaw come from."""

EDGE = 3
"""Pixels of the package's border that are left out: its outline against the belt is not its sharpness."""


@dataclass(frozen=True, slots=True)
class Light:
    """How a package is lit and focused.

    Attributes:
        brightness, contrast, sharpness: as `MEASURES` says; NaN where no pixel belongs to the package, sharpness
            where all of them are alike too.
    """

    brightness: float
    contrast: float
    sharpness: float


def light(pixels: Pixels, inside: Mask) -> Light:
    """Brightness, contrast and sharpness of the pixels of a package.

    Sharpness is the variance of the Laplacian (Pech-Pacheco et al., Diatom autofocusing in brightfield microscopy,
    ICPR 2000), here over the variance of the luminance, so that a dim picture does not pass for a blurred one.

    Args:
        pixels: (H, W, 3) uint8.
        inside: (H, W) bool, where the package is.
    """
    gray = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    seen = _without_border(inside)
    if not seen.any():
        return Light(np.nan, np.nan, np.nan)
    spread = float(gray[seen].std())
    edges = float(cv2.Laplacian(gray, cv2.CV_32F)[seen].var())
    return Light(float(gray[seen].mean()), spread, edges / spread**2 if spread > 1e-6 else np.nan)


def _without_border(inside: Mask) -> Mask:
    """The package less its border, or with it where nothing would be left."""
    inner = cv2.erode(inside.astype(np.uint8), np.ones((2 * EDGE + 1, 2 * EDGE + 1), np.uint8)) > 0
    return np.asarray(inner if inner.any() else inside, bool)


def filled(polygons: Sequence[Floats], shape: tuple[int, int]) -> Mask:
    """(H, W) bool inside of polygons, each (K, 2) in 0..1 of the frame."""
    mask = np.zeros(shape, np.uint8)
    size = np.array([shape[1], shape[0]], np.float32)
    cv2.fillPoly(mask, [np.rint(polygon * size).astype(np.int32) for polygon in polygons], 1)
    return mask > 0


def place(inside: Mask) -> dict[str, float]:
    """Size, x and y of a package, in percent of the frame; NaN where there is none."""
    if not inside.any():
        return dict.fromkeys(("size", "x", "y"), np.nan)
    rows, columns = np.nonzero(inside)
    height, width = inside.shape
    return {
        "size": 100 * float(inside.mean()),
        "x": 100 * float(columns.mean() + 0.5) / width,
        "y": 100 * float(rows.mean() + 0.5) / height,
    }


def yaw_of(truth: Truth) -> float:
    """Turn of the package in degrees, where its maker wrote it down; NaN otherwise."""
    pose = truth.facts.get("pose")
    turn = pose.get("yaw") if isinstance(pose, Mapping) else None
    return float(turn) if isinstance(turn, int | float) else np.nan


def apparent_yaw(corners: NDArray[np.floating], shape: tuple[int, int]) -> float:
    """Direction of the crop's horizontal in the picture, in degrees, counterclockwise.

    For a camera that looks down obliquely it is not the turn of the package itself, but grows with it.

    Args:
        corners: (4, 2) in 0..1 of the frame, clockwise from the top left of the crop.
        shape: (H, W) of the frame.
    """
    top_left, top_right, bottom_right, bottom_left = corners * np.array([shape[1], shape[0]])
    across, down = (top_right + bottom_right - top_left - bottom_left) / 2
    return float(np.degrees(np.arctan2(-down, across)))


def turned(yaws: NDArray[np.floating]) -> NDArray[np.float64]:
    """(N,) degrees in [-180, 180): how much each differs from the usual one, the circular mean; NaN stays."""
    radians = np.radians(np.asarray(yaws, np.float64))
    usual = np.degrees(np.arctan2(np.nanmean(np.sin(radians)), np.nanmean(np.cos(radians)))) if len(yaws) else 0.0
    return np.asarray((yaws - usual + 180) % 360 - 180, np.float64)


def damaged_share(truth: Truth, inside: Mask) -> float:
    """Share of a damaged package's picture that is damaged, in percent; NaN of an intact one, or without an outline."""
    if not truth.damages or not inside.any():
        return np.nan
    return 100 * float((truth.mask & inside).sum()) / float(inside.sum())
