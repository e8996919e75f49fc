"""From masks to polygons, and back."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from core.domain import AnnotatedRegion, Floats, Mask, Runs


def outlines(mask: Mask, *, within: float = 0.0) -> tuple[Floats, ...]:
    """The borders of a mask: one polygon around every part, and one around every hole in it.

    A polygon runs along the outer edges of the pixels and cuts the inner corners of a staircase. Filled by the
    even-odd rule, all of them together are the mask.

    Args:
        mask: (H, W) bool.
        within: how far a line may run from the border, pixels, so that it has fewer corners and no stairs.

    Returns:
        (K, 2) float32 each, x right and y down, both in [0, 1] of the frame; nothing for an empty mask.
    """
    doubled = np.kron(mask, np.ones((2, 2), np.uint8)).astype(np.uint8)  # even and odd tell the sides
    found, _ = cv2.findContours(doubled, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    size = np.array(mask.shape[::-1], np.float32)
    borders = (((points + 1) // 2).astype(np.float32) for points in found)
    return tuple((_simpler(border, within)[:, 0] / size).astype(np.float32) for border in borders)


def _simpler(border: Floats, within: float) -> Floats:
    fewer = cv2.approxPolyDP(border, within, True) if within else border
    return np.asarray(fewer if len(fewer) > 2 else border, np.float32)


def filled(polygons: Sequence[Floats], shape: tuple[int, int]) -> Mask:
    """The pixels whose centers lie inside of polygons, by the even-odd rule.

    A center on the border belongs to the area on its right: areas that share a border share no pixel. What lies outside
    of the frame is cut off.

    Args:
        polygons: (K, 2) each, x right and y down, in [0, 1] of the frame.
        shape: (height, width), pixels.

    Returns:
        (H, W) bool.
    """
    height, width = shape
    toggled = np.zeros((height, width + 1), np.int32)
    for polygon in polygons:
        ends = np.asarray(polygon, np.float64) * (width, height) - 0.5  # a center has whole numbers
        starts = np.roll(ends, 1, axis=0)
        upper, lower = np.minimum(starts, ends)[:, 1], np.maximum(starts, ends)[:, 1]
        first = np.clip(np.ceil(upper), 0, height).astype(np.int64)
        count = np.clip(np.ceil(lower), 0, height).astype(np.int64) - first
        edge = np.repeat(np.arange(len(ends)), count)
        row = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count) + first[edge]
        (x, y), (right, down) = starts[edge].T, (ends - starts)[edge].T
        column = np.clip(np.ceil(x + (row - y) * right / down), 0, width).astype(np.int64)
        np.add.at(toggled, (row, column), 1)
    return np.asarray(np.cumsum(toggled, axis=1)[:, :width] % 2 == 1, bool)


def pixels_of(region: AnnotatedRegion, shape: tuple[int, int]) -> Mask:
    """(H, W) bool: the pixels of a marked area in a picture of that height and width.

    A brush of another size, which a changed picture leaves behind, is stretched to the picture.
    """
    if region.polygon is not None:
        return filled([region.polygon], shape)
    assert region.brush is not None  # a marked area is one of the two
    mask = region.brush.mask
    if mask.shape == shape:
        return mask
    return np.asarray(cv2.resize(mask.astype(np.uint8), shape[::-1], interpolation=cv2.INTER_NEAREST) > 0, bool)


def box_of(region: AnnotatedRegion) -> tuple[float, float, float, float]:
    """(left, top, right, bottom) around a marked area, in [0, 1] of the frame; four zeros for an empty brush."""
    if region.polygon is not None:
        (left, top), (right, bottom) = region.polygon.min(axis=0), region.polygon.max(axis=0)
        return float(left), float(top), float(right), float(bottom)
    assert region.brush is not None  # a marked area is one of the two
    height, width = region.brush.shape
    rows, columns = np.nonzero(region.brush.mask)
    if not len(rows):
        return 0.0, 0.0, 0.0, 0.0
    return columns.min() / width, rows.min() / height, (columns.max() + 1) / width, (rows.max() + 1) / height


def is_box(region: AnnotatedRegion) -> bool:
    """Whether a marked area is an upright rectangle."""
    if region.polygon is None or len(region.polygon) != 4:
        return False
    left, top, right, bottom = box_of(region)
    corners = {(left, top), (right, top), (right, bottom), (left, bottom)}
    turned = np.roll(region.polygon, -1, axis=0)
    along = ((region.polygon == turned).sum(axis=1) == 1).all()  # every side runs along one axis
    return bool(along) and {(float(x), float(y)) for x, y in region.polygon} == corners


def boxed(left: float, top: float, right: float, bottom: float) -> Floats:
    """The four corners of an upright rectangle, clockwise from its top left."""
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float32)


def ellipse(center: Sequence[float], radii: Sequence[float]) -> NDArray[np.float64]:
    """(72, 2): corners of an upright ellipse, in whatever unit the center and the two radii are in."""
    around = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    circle = np.stack([np.cos(around), np.sin(around)], axis=1)
    return np.asarray(np.asarray(center) + circle * np.asarray(radii), np.float64)


def turned(corners: NDArray[np.float64], center: NDArray[np.float64], degrees: float) -> NDArray[np.float64]:
    """(K, 2) corners in pixels, turned around a center, clockwise as seen on the screen."""
    if not degrees:
        return corners
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.asarray((corners - center) @ np.array([[cos, sin], [-sin, cos]]) + center)


def painted(mask: Mask) -> AnnotatedRegion:
    """A marked area that is the pixels of a (H, W) mask."""
    return AnnotatedRegion(brush=Runs.of(mask))
