"""Finds lines of print in a picture by what print is: small dark marks of one height, side by side."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from core.domain import Floats, Pixels, frozen
from core.serials.rectifying import Gray, turned

STROKE = 9
"""Ink is thinner than this, pixels: what is wider is a face, an edge or a picture."""

TALL = (4.0, 40.0)
"""Heights of lines that are looked for, pixels."""

LONG = (2.4, 26.0)
"""Lengths of lines that are looked for, in their heights."""

STEEPEST = 0.62
"""Most that a line may rise, as a share of its length."""

LONGEST_RUN = 0.75
"""Pixels of ink in a row on end, as a share of the height of a line, on average."""

RUNS = 0.6
"""Such runs of ink that there are at least for each pixel of the length of a line."""

POINTS = 500
"""Pixels of ink that the rise of a line is measured with."""

MARGIN = 2.0
"""Pixels of paper that a line has at least before the frame ends; otherwise the frame cuts it off."""

PLACES = 13
"""Places along a line at which its bend is measured."""

BEND_REACH = 0.9
"""Ink so far to both sides counts at each of them, standard deviation in heights of the line."""

BENT = 0.12
"""Share of its height from which on a line is bent; the shapes of the letters alone make up to half of that."""

MOST = 24
"""Lines that are given at most, the most likely first."""

LARGEST = 1400
"""Wider pictures are halved until they are not: print that a camera of more pixels shows is larger too."""

BARS = (12, 192)
"""Height and width of the strip above a line in which bars are looked for."""

SAME_ROWS = 0.6
"""Share of the variance of such a strip that its columns explain, where it shows bars."""

THRESHOLDS = (14.0, 7.0)
"""Gray levels that ink is darker than the paper around it; the second is tried where the first finds nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """What may be a line of print.

    Attributes:
        corners: (4, 2) float32 pixels of the picture, clockwise from the top left, tight around the ink.
        marks: separate marks of ink in it.
        cut: whether the frame cuts it off.
        bend: (K,) float32 how far the line lies below the middle of its box at K places from its left end to its
            right one, pixels; None where it is straight.
    """

    corners: Floats
    marks: int
    cut: bool
    bend: Floats | None = None

    def __post_init__(self) -> None:
        frozen(self.corners)

    def turned(self) -> Candidate:
        """The same line, read upside down."""
        return replace(self, corners=turned(self.corners), bend=None if self.bend is None else self.bend[::-1])


class _Line(NamedTuple):
    """A line at the scale that it was looked for at; see `Candidate`."""

    likeness: float
    corners: Floats
    marks: int
    bend: Floats | None


def gray_of(pixels: Pixels) -> Gray:
    """(H, W) uint8 brightness of a picture."""
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY), np.uint8)


def candidates(gray: Gray, *, threshold: float = THRESHOLDS[0], light: bool = False) -> tuple[Candidate, ...]:
    """Lines of print, the most likely first.

    Args:
        gray: (H, W) uint8.
        threshold: gray levels that ink is darker than its paper.
        light: look for light print on dark paper instead.

    Returns:
        At most `MOST` of them. Nothing is known of what they say; edges and textures are among them.
    """
    halved = 0
    while gray.shape[1] >> halved > LARGEST:
        halved += 1
    if halved:
        gray = np.asarray(
            cv2.resize(gray, None, fx=0.5**halved, fy=0.5**halved, interpolation=cv2.INTER_AREA), np.uint8
        )
    ink = _ink(gray if not light else 255 - gray)
    mask = _marks((ink > threshold).astype(np.uint8))
    found = [one for one in _lines(mask, ink) if one is not None]
    found.sort(key=lambda one: -one.likeness)
    return tuple(_candidate(one, gray.shape, 2.0**halved) for one in found[:MOST])


def _ink(gray: Gray) -> NDArray[np.float32]:
    """How much darker a pixel is than the paper around it, gray levels."""
    paper = cv2.morphologyEx(gray, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (STROKE, STROKE)))
    return np.asarray(cv2.subtract(paper, gray), np.float32)


def _marks(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The ink without what is too large for a letter, or for a row of letters that touch."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    wide, tall, area = stats[:, 2], stats[:, 3], stats[:, 4]
    keep = (tall <= TALL[1]) & (wide <= TALL[1] * 8) & (area >= 3) & (area < 0.8 * wide * tall + 30)
    keep[0] = False
    return np.asarray(keep.astype(np.uint8)[labels])


def _lines(mask: NDArray[np.uint8], ink: NDArray[np.float32]) -> list[_Line | None]:
    joined = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((1, 9), np.uint8), borderType=cv2.BORDER_CONSTANT)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=4)
    wide, tall = stats[:, 2], stats[:, 3]
    starts = mask.astype(bool)
    starts[:, 1:] &= mask[:, :-1] == 0
    area = np.bincount(labels[mask > 0], minlength=count)
    runs = np.bincount(labels[starts], minlength=count)
    fits = (wide >= TALL[0] * LONG[0]) & (wide >= 1.2 * tall) & (tall <= TALL[1] + STEEPEST * wide) & (area >= 16)
    # The strokes of letters are crossed quickly from left to right, those of edges are not.
    fits &= (area <= np.maximum(LONGEST_RUN * tall, 5.0) * runs) & (runs >= RUNS * wide)
    fits[0] = False
    found = []
    for at in np.flatnonzero(fits):
        x, y, w, h = (int(value) for value in stats[at, :4])
        window = (slice(y, y + h), slice(x, x + w))
        own = mask[window] * (labels[window] == at)
        found.append(_line(own, ink[window], (float(x), float(y))))
    return found


def _line(own: NDArray[np.uint8], ink: NDArray[np.float32], corner: tuple[float, float]) -> _Line | None:
    """How likely it is print, its corners, and its marks; None where it is none."""
    ys, xs = np.nonzero(own)
    if len(xs) < 16:
        return None
    weights = ink[ys, xs]
    slope = _slope(xs, ys, weights)
    if abs(slope) > STEEPEST:
        return None
    bend = _bend(xs, ys - slope * xs, weights)
    rows = ys - slope * xs - (0 if bend is None else np.interp(xs, np.linspace(xs.min(), xs.max(), len(bend)), bend))
    low, high = _ends(rows, weights)
    tall, wide = high - low, float(xs.max() - xs.min() + 1)
    if not TALL[0] <= tall <= TALL[1] or not LONG[0] <= wide / tall <= LONG[1]:
        return None
    left, right = float(xs.min()), float(xs.max() + 1)
    marks = int(cv2.connectedComponents(own, connectivity=8)[0]) - 1
    box = np.array(
        [
            (left, low + slope * left),
            (right, low + slope * right),
            (right, high + slope * right),
            (left, high + slope * left),
        ]
    )
    return _Line(_likeness(own, tall, wide, marks), np.asarray(box + corner, np.float32), marks, bend)


def _bend(xs: NDArray[np.int64], rows: NDArray[np.float64], weights: NDArray[np.float32]) -> Floats | None:
    """How far the middle of the ink lies below that of the whole line, along it; None where it is straight."""
    low, high = _ends(rows, weights)
    tall = high - low
    if len(xs) < 60 or xs.max() - xs.min() < 4 * tall:
        return None
    places = np.linspace(xs.min(), xs.max(), PLACES)
    bend = _middles(xs, rows, weights, places, BEND_REACH * tall)
    if np.abs(bend).max() <= BENT * tall:
        return None
    for reach in (0.7, 0.55):  # what wide windows have smoothed away
        left = rows - np.interp(xs, places, bend)
        bend = bend + _middles(xs, left, weights, places, reach * tall)
    return np.asarray(bend, np.float32)


def _middles(
    xs: NDArray[np.int64],
    rows: NDArray[np.float64],
    weights: NDArray[np.float32],
    places: NDArray[np.float64],
    reach: float,
) -> NDArray[np.float64]:
    """Mean row of the ink around each place, less that of the whole line."""
    near = np.exp(-0.5 * ((xs - places[:, None]) / reach) ** 2) * weights
    middles = (near * rows).sum(axis=1) / np.maximum(near.sum(axis=1), 1e-6)
    return np.asarray(middles - np.median(middles), np.float64)


def _slope(xs: NDArray[np.int64], ys: NDArray[np.int64], weights: NDArray[np.float32]) -> float:
    """The rise of the base line: at it, the ink lies in the fewest rows."""
    some = slice(None, None, max(1, len(xs) // POINTS))
    best = 0.0
    for step, reach in ((0.04, STEEPEST), (0.008, 0.04)):
        slopes = best + np.arange(-reach, reach + step / 2, step)
        best = float(slopes[np.argmax(_crowded(ys[some] - slopes[:, None] * xs[some], weights[some]))])
    return best


def _crowded(rows: NDArray[np.float64], weights: NDArray[np.float32]) -> NDArray[np.float64]:
    """How much (S, N) marks share rows, for each of S ways to count rows."""
    whole = np.round(rows - rows.min(axis=1, keepdims=True)).astype(np.int64)
    most = int(whole.max()) + 1
    places = whole + most * np.arange(len(rows))[:, None]
    counts = np.bincount(places.ravel(), np.tile(weights, len(rows)), minlength=most * len(rows))
    return np.asarray((counts.reshape(len(rows), most) ** 2).sum(axis=1))


def _ends(rows: NDArray[np.float64], weights: NDArray[np.float32]) -> tuple[float, float]:
    """Where the line begins and ends from top to bottom; a few strays do not count."""
    base = rows.min()
    counts = np.bincount(np.round(rows - base).astype(np.int64), weights)
    inside = np.flatnonzero(counts > 0.12 * np.sort(counts)[-3:].mean())
    return float(base + inside[0]), float(base + inside[-1]) + 1.0


def _likeness(own: NDArray[np.uint8], tall: float, wide: float, marks: int) -> float:
    """The more strokes a line has for its length, and the longer it is, the likelier it is print."""
    crossed = float((own[:, 1:] > own[:, :-1]).sum()) / wide  # strokes in a row, for each height of the line
    filled = float(own.sum()) / (tall * wide)
    return min(crossed, 2.2) + 0.6 * min(wide / tall, 8) / 8 + 0.5 * min(marks * tall / wide, 1.0) - abs(filled - 0.42)


def _candidate(line: _Line, shape: tuple[int, ...], scale: float) -> Candidate:
    height, width = shape[:2]
    (left, top), (right, bottom) = line.corners.min(axis=0), line.corners.max(axis=0)
    cut = min(left, top, width - right, height - bottom) < MARGIN
    bend = None if line.bend is None else np.asarray(line.bend * scale, np.float32)
    return Candidate(np.asarray(line.corners * scale, np.float32), line.marks, bool(cut), bend)


def under_bars(gray: Gray, corners: Floats) -> bool:
    """Whether a line stands right under a barcode: then it is the number of the product, and no serial.

    Args:
        gray: (H, W) uint8.
        corners: (4, 2) float32 pixels of the line, clockwise from the top left as it is read.
    """
    left_top, right_top, right_bottom, left_bottom = np.asarray(corners, np.float64)
    up_left, up_right = left_top - left_bottom, right_top - right_bottom
    above = [left_top + 3.0 * up_left, right_top + 3.0 * up_right, right_top + 0.6 * up_right, left_top + 0.6 * up_left]
    target = np.array([(0, 0), (BARS[1], 0), (BARS[1], BARS[0]), (0, BARS[0])], np.float32)
    matrix = cv2.getPerspectiveTransform(np.asarray(above, np.float32), target)
    strip = cv2.warpPerspective(gray, matrix, (BARS[1], BARS[0]), borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    strip -= cv2.blur(strip, (25, BARS[0]), borderType=cv2.BORDER_REPLICATE)
    profile = strip.mean(axis=0)
    crossed = int((np.diff(np.sign(profile)) != 0).sum())
    return bool(profile.std() > 4.0 and profile.var() > SAME_ROWS * strip.var() and crossed >= 12)
