"""Where a mask begins and ends, as polygons."""

from __future__ import annotations

import cv2
import numpy as np

from core.domain import Floats, Mask


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
