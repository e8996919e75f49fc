"""From the pixels of a canvas to its window on the frame, to the frame in 0..1; and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""(K, 2) float64, x right and y down."""

MARGIN = 0.10
"""Around the package, of its larger side."""
LEVELS = {"Frame": 0.0, "Package": 1.0, "2 x": 2.0, "4 x": 4.0}
"""How close to look; 0 is the whole frame, 1 the package, 2 half of it."""
SHAPE = 1.5
"""Width to height of every window but the whole frame: the canvas keeps its size from package to package."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A canvas over a part of a frame.

    A point is where it is, not the pixel it lies in: (0, 0) is the upper left corner of the upper left pixel.

    Attributes:
        frame: (height, width), pixels of the picture.
        left, top, width, height: the part that the canvas shows, whole pixels of the picture.
        canvas: (height, width), pixels of the canvas.
    """

    frame: tuple[int, int]
    left: int
    top: int
    width: int
    height: int
    canvas: tuple[int, int]

    @property
    def scale(self) -> tuple[float, float]:
        """Pixels of the canvas for one of the frame, across and down: all but the same."""
        return self.canvas[1] / self.width, self.canvas[0] / self.height

    def to_frame(self, points: Points) -> Points:
        """Points of the canvas, in 0..1 of the frame; outside of it below 0 or above 1."""
        pixels = np.asarray(points, np.float64) / self.scale + (self.left, self.top)
        return np.asarray(pixels / (self.frame[1], self.frame[0]))

    def to_canvas(self, points: NDArray[np.floating]) -> Points:
        """Points in 0..1 of the frame, as pixels of the canvas."""
        pixels = np.asarray(points, np.float64) * (self.frame[1], self.frame[0])
        return np.asarray((pixels - (self.left, self.top)) * self.scale)


def opened(
    frame: tuple[int, int],
    box: tuple[float, float, float, float],
    *,
    width: int,
    level: str = "Package",
    at: tuple[float, float] | None = None,
) -> Sheet:
    """The canvas that looks so close at a package.

    Args:
        frame: (height, width), pixels of the picture.
        box: (left, top, right, bottom) around the package, pixels of the frame.
        width: of the canvas, pixels; a tall frame gets a narrower one.
        level: one of `LEVELS`.
        at: what shall be in the middle, in 0..1 of the frame; the middle of the package where None.
    """
    high, wide = frame
    left, top, right, bottom = box
    close = LEVELS[level]
    if not close:
        return Sheet(frame, 0, 0, wide, high, _canvas(width, wide, high))
    margin = MARGIN * max(right - left, bottom - top)
    across, down = right - left + 2 * margin, bottom - top + 2 * margin
    across, down = max(across, down * SHAPE) / close, max(down, across / SHAPE) / close
    across, down = min(max(round(across), 6), wide), min(max(round(down), 4), high)
    x, y = ((left + right) / 2, (top + bottom) / 2) if at is None else (at[0] * wide, at[1] * high)
    start = min(max(round(x - across / 2), 0), wide - across), min(max(round(y - down / 2), 0), high - down)
    return Sheet(frame, start[0], start[1], across, down, _canvas(width, across, down))


def _canvas(width: int, across: int, down: int) -> tuple[int, int]:
    """(height, width) of a canvas for a window: of the given width, unless it would be taller than wide."""
    scale = min(width / across, width / down)
    return max(round(down * scale), 1), max(round(across * scale), 1)
