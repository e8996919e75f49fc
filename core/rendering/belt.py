"""The line that packages lie on: a mat of slats with gaps, bars between the rows, a rail behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from core.domain import Floats, Pixels

Triangles = tuple[Floats, Floats]
"""(M, 3, 3) float32 corners, mm, and (M, 3, 2) float32 places on the belt's picture."""

ROW, SLAT = 60.0, 23.5
"""Pitch of the rows along y and of the slats along x, mm."""

LENGTH, WIDE, NARROW = 47.0, 20.5, 15.5
"""A slat is a trapezoid: length, and width at either end, mm; neighbors point opposite ways."""

BAR = 8.5
"""Width of the bar between two rows, mm."""

FIELD = (-250.0, 480.0, -420.0, 420.0)
"""What the mat covers, mm: x from, x to, y from, y to."""

TILE = 260.0
"""The belt's picture covers a square of this side, mm, and repeats."""

# Distance inwards from the outline, and height, of the edges around a slat, mm.
_RINGS = ((0.0, -9.0), (0.0, -0.9), (0.8, 0.0), (3.0, 0.0), (3.7, -0.8))


def mat(phase: float) -> Triangles:
    """Slats and bars, their upper side at z = 0.

    Args:
        phase: how far the belt has run, mm along y.
    """
    rng = np.random.default_rng(5)
    corners, places = zip(*_parts(phase, rng), strict=True)
    return np.concatenate(corners).astype(np.float32), np.concatenate(places).astype(np.float32)


def _parts(phase: float, rng: np.random.Generator) -> Iterator[Triangles]:
    left, right, near, far = FIELD
    first = int(np.floor((near - phase) / ROW))
    for row in range(first, int(np.ceil((far - phase) / ROW))):
        y = row * ROW + phase
        yield _placed(_bar(right - left), (left, y), rng)
        for column in range(int((right - left) / SLAT)):
            slat = _slat(column % 2 == 0)
            yield _placed(slat, (left + (column + 0.5) * SLAT, y + (ROW + BAR) / 2 - BAR / 2), rng)


def _placed(corners: Floats, at: tuple[float, float], rng: np.random.Generator) -> Triangles:
    """Moved to its place, with a part of the belt's picture of its own; hardly tilted, as nothing lies quite flat."""
    tilted = corners.copy()
    tilted[..., 2] += corners[..., 0] * rng.normal(0, 0.004) + rng.normal(0, 0.06)
    moved = tilted + np.array([*at, 0], np.float32)
    return moved, corners[..., :2] / TILE + rng.uniform(0, 1, 2).astype(np.float32)


@cache
def _slat(wide_first: bool) -> Floats:
    ends = (WIDE, NARROW) if wide_first else (NARROW, WIDE)
    return _stacked([_trapezoid(*ends, LENGTH, inset, height) for inset, height in _RINGS])


@cache
def _bar(length: float) -> Floats:
    rings = ((0.0, -9.0), (0.0, -1.4), (0.7, -0.7))
    outlines = [_trapezoid(length, length, BAR, inset, height) for inset, height in rings]
    return _stacked([ring + np.array([length / 2, 0, 0], np.float32) for ring in outlines])


def _trapezoid(first: float, second: float, length: float, inset: float, height: float) -> Floats:
    a, b, y = first / 2 - inset, second / 2 - inset, length / 2 - inset
    return np.array([[-a, -y, height], [a, -y, height], [b, y, height], [-b, y, height]], np.float32)


def _stacked(rings: Sequence[Floats]) -> Floats:
    """Walls between outlines of four corners that lie above each other, and a lid on the last."""
    walls = [
        _quad(low[k], low[(k + 1) % 4], high[(k + 1) % 4], high[k]) for low, high in pairwise(rings) for k in range(4)
    ]
    return np.concatenate([*walls, _quad(*rings[-1])])


def _quad(a: Floats, b: Floats, c: Floats, d: Floats) -> Floats:
    return np.stack([np.stack([a, b, c]), np.stack([a, c, d])])


@cache
def plastic() -> Pixels:
    """(1024, 1024, 3) uint8 picture of worn gray plastic, seamless: clouds, scratches along the run, specks of dirt."""
    rng = np.random.default_rng(11)
    size = 1024
    gray = np.full((size, size), 182.0)
    for sigma, amount in ((90, 9.0), (24, 6.0), (3, 2.2)):
        gray += amount * _clouds(rng, size, sigma)
    scratches = np.full((size, size), 128, np.uint8)
    for _ in range(420):
        x, y, length = (*rng.uniform(0, size, 2), rng.exponential(60))
        ends = (int(x), int(y)), (int(x + rng.normal(0, 0.12) * length), int(y + length))
        cv2.line(scratches, *ends, int(np.clip(128 + rng.normal(0, 40), 0, 255)), 1, cv2.LINE_AA)
    gray += (scratches.astype(np.float64) - 128) * 0.25
    specks = np.zeros((size, size), np.uint8)
    for _ in range(520):
        x, y = rng.integers(0, size, 2).tolist()
        axes = (int(1 + rng.exponential(0.9)), int(1 + rng.exponential(1.6)))
        angle, dark = float(rng.uniform(0, 180)), int(rng.uniform(60, 200))
        cv2.ellipse(specks, (x, y), axes, angle, 0, 360, dark, -1, cv2.LINE_AA)
    gray *= 1 - 0.75 * cv2.GaussianBlur(specks, (0, 0), 0.7) / 255
    tint = np.array([0.985, 0.995, 1.02])
    return np.asarray(np.clip(gray[..., None] * tint, 0, 255), np.uint8)


def _clouds(rng: np.random.Generator, size: int, sigma: float) -> NDArray[np.float64]:
    """(size, size) seamless noise of standard deviation 1 that changes over some sigma pixels."""
    coarse = 2 ** max(0, int(np.log2(sigma / 4)))  # slow noise needs few points; a power of two keeps it seamless
    small, around = size // coarse, 24
    noise = np.pad(rng.normal(size=(small, small)), around, mode="wrap")
    soft = cv2.GaussianBlur(noise, (0, 0), sigma / coarse)
    wide = cv2.resize(soft, None, fx=coarse, fy=coarse, interpolation=cv2.INTER_CUBIC)
    cut = wide[around * coarse :, around * coarse :][:size, :size]
    return np.asarray(cut / cut.std(), np.float64)


def block(low: Sequence[float], high: Sequence[float], bevel: float = 2.0) -> Floats:
    """(M, 3, 3) triangles of a beam along y with bevelled edges, between two opposite corners, mm."""
    (x0, y0, z0), (x1, y1, z1) = low, high
    b = bevel
    profile = [(x0, z0), (x1, z0), (x1, z1 - b), (x1 - b, z1), (x0 + b, z1), (x0, z1 - b)]
    sides = [
        _quad(*(np.array(p, np.float32) for p in ((ax, y1, az), (bx, y1, bz), (bx, y0, bz), (ax, y0, az))))
        for (ax, az), (bx, bz) in zip(profile, [*profile[1:], profile[0]], strict=True)
    ]
    return np.concatenate(sides)
