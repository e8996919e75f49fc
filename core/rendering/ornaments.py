"""Small drawn signs, as polygons around the origin that are about one wide."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Polygon = NDArray[np.float64]
"""(N, 2) x right and y down."""


def _turned(points: Polygon, degrees: float) -> Polygon:
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return np.asarray(points @ turn, np.float64)


def _disc(radius: float, middle: tuple[float, float] = (0.0, 0.0)) -> Polygon:
    angle = np.linspace(0, 2 * np.pi, 60)
    return radius * np.stack([np.cos(angle), np.sin(angle)], axis=1) + middle


def _ring(outer: float, inner: float) -> Polygon:
    # The seam between the two circles has no width: an even-odd fill leaves the hole open.
    return np.concatenate([_disc(outer), _disc(inner)[::-1]])


def _petal(length: float, width: float, *, degrees: float, start: float = 0.0, height: float = 0.0) -> Polygon:
    along = np.linspace(0, 1, 40)
    side = width / 2 * np.sin(np.pi * along**0.8)
    outline = np.concatenate([np.stack([along, side], 1), np.stack([along, -side], 1)[::-1]])
    return np.asarray(_turned(outline * (length, 1) + (start, 0), degrees) + np.array((0, height)), np.float64)


def _arrow(degrees: float) -> Polygon:
    """One of the three arrows of the recycling sign: along one side of the triangle, head at its end."""
    outline = [(-0.3, 0.16), (0.1, 0.16), (0.1, 0.06), (0.32, 0.24), (0.1, 0.42), (0.1, 0.32), (-0.21, 0.32)]
    return _turned(np.array(outline, np.float64), degrees)


def _sprig() -> Sequence[Polygon]:
    """A stem, a leaf at its tip and three pairs that grow smaller towards it."""
    stem = np.array([(-0.018, 0.55), (0.018, 0.55), (0.008, -0.3), (-0.008, -0.3)])
    pairs = [(0.28, 0.46), (0.06, 0.4), (-0.15, 0.32)]
    leaves = [
        _petal(length, length * 0.4, degrees=-90 + side * 50, height=height)
        for height, length in pairs
        for side in (-1, 1)
    ]
    return [stem, *leaves, _petal(0.28, 0.13, degrees=-90, height=-0.27)]


def _halftone() -> Sequence[Polygon]:
    grid = [(column + row % 2 / 2, row * 0.866) for row in range(-6, 7) for column in range(-6, 7)]
    away = [(x, y, float(np.hypot(x, y))) for x, y in grid]
    return [_disc(0.052 * (1 - d / 5.6), (x * 0.1, y * 0.1)) for x, y, d in away if d < 4.6]


SIGNS: dict[str, Sequence[Polygon]] = {
    "sprig": _sprig(),
    "sun": [_disc(0.19)] + [_petal(0.28 - n % 2 * 0.08, 0.085, degrees=n * 22.5, start=0.24) for n in range(16)],
    "halftone": _halftone(),
    "rings": [_ring(0.5, 0.42), _ring(0.33, 0.27), _disc(0.15)],
    "recycle": [_arrow(angle) for angle in (0, 120, 240)],
    "child": [
        _ring(0.5, 0.42),
        _disc(0.11, (0, -0.16)),
        np.array([(-0.17, 0.3), (-0.13, -0.02), (0.13, -0.02), (0.17, 0.3)]),
        _turned(np.array([(-0.46, -0.035), (0.46, -0.035), (0.46, 0.035), (-0.46, 0.035)]), -45),
    ],
}
"""The signs, by name."""
