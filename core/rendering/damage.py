"""What can happen to a carton: each kind as a displacement of its surface, a stain in its print, or a hole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from core.domain import Floats
from core.rendering.carton import Field, Size

LIGHT, HEAVY = (0.20, 0.05), (0.35, 0.05)
"""Mean and standard deviation of the strength of strokes on intact and on dented cartons."""

DEPTH = 34.0
"""A stroke of strength s is DEPTH s^2 deep, mm: 1.4 mm at 0.20, 4.2 mm at 0.35."""

Surface = Callable[[Floats], Floats]
"""(N, 3) points at rest -> (N,) float32."""


def nothing(points: Floats) -> Floats:
    """Zero everywhere, (N,)."""
    return np.zeros(len(points), np.float32)


@dataclass(frozen=True, slots=True)
class Harm:
    """One thing that happened to a carton.

    Attributes:
        kind: one of `KINDS`.
        severity: in [0, 1], comparable within a kind.
        facts: what it was drawn with, for the record.
        field: (N, 3) points at rest, mm -> (N, 3) displacements, mm.
        stain: (N, 3) points at rest -> (N,) how much of the print's light is swallowed, in [0, 1].
        hole: (N, 3) points at rest -> (N,) positive inside a hole in the top face.
    """

    kind: str
    severity: float
    facts: dict[str, Any]
    field: Field
    stain: Surface = nothing
    hole: Surface = nothing


@dataclass(frozen=True, slots=True)
class Stroke:
    """One pull of a soft brush over the top face, along a Bezier curve.

    Attributes:
        curve: (S, 2) float32 points of the curve, mm.
        radius: of the brush, mm.
        depth: at the middle of the stroke, mm.
        size: of the carton, mm.
        waves: unevenness, see `_ripple`.
    """

    curve: Floats
    radius: float
    depth: float
    size: Size
    waves: Floats

    def __call__(self, points: Floats) -> Floats:
        """(N, 3) displacements, mm: down on the top face, less and less down the walls, which bulge a little."""
        below = self.size[2] - points[:, 2]
        away, along = _distance(points[:, :2], self.curve)
        press = self.depth * _soft(away / self.radius) * (0.55 + 0.45 * np.sin(np.pi * along))
        press = press * (1 + 0.35 * _ripple(points, self.waves))
        moved = np.zeros_like(points)
        moved[:, 2] = -press * np.exp(-below / 14)
        bulge = 0.3 * press * np.exp(-(((below - 9) / 6) ** 2)) * (1 - np.exp(-((below / 3) ** 2)))
        moved[:, :2] += bulge[:, None] * _outward(points, self.size)
        return moved


def strokes(rng: Generator, size: Size, count: int, strength: tuple[float, float]) -> tuple[list[Stroke], list[float]]:
    """Strokes over the top face, and the strength of each.

    Args:
        rng: where the dice come from.
        size: of the carton, mm.
        count: how many.
        strength: mean and standard deviation.
    """
    strengths = [float(np.clip(rng.normal(*strength), 0.06, 0.6)) for _ in range(count)]
    return [_stroke(rng, size, one) for one in strengths], strengths


def together(fields: Sequence[Field]) -> Field:
    """The sum of several displacements; of none, no displacement."""
    return lambda points: sum((field(points) for field in fields), start=np.zeros_like(points))


def _stroke(rng: Generator, size: Size, strength: float) -> Stroke:
    half = np.array(size[:2]) / 2
    middle = rng.uniform(-0.85, 0.85, 2) * half
    angle, length, bend = rng.uniform(0, np.pi), rng.uniform(30, 75), rng.normal(0, 14, 2)
    ahead = np.array([np.cos(angle), np.sin(angle)])
    aside = np.array([-ahead[1], ahead[0]])
    along, across = np.array([-1 / 2, -1 / 6, 1 / 6, 1 / 2]) * length, np.array([0, *bend, 0])
    stops = middle + along[:, None] * ahead + across[:, None] * aside
    radius = float(rng.uniform(11, 19))
    return Stroke(_bezier(stops), radius, DEPTH * strength**2, size, _waves(rng, 22))


def _bezier(stops: NDArray[np.float64], samples: int = 48) -> Floats:
    t = np.linspace(0, 1, samples)[:, None]
    a, b, c, d = stops
    curve = (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
    return np.asarray(curve, np.float32)


def _distance(points: Floats, curve: Floats) -> tuple[Floats, Floats]:
    """(N,) distance to the nearest point of a curve, and where along it that lies, in [0, 1]."""
    away = ((points[:, None] - curve[None]) ** 2).sum(axis=2)
    nearest = away.argmin(axis=1)
    return np.sqrt(away[np.arange(len(points)), nearest]), (nearest / (len(curve) - 1)).astype(np.float32)


def _soft(share: Floats) -> Floats:
    """1 in the middle, 0 from 1 on, smooth at both ends."""
    return np.asarray((1 - np.clip(share, 0, 1) ** 2) ** 2, np.float32)


def _waves(rng: Generator, length: float, count: int = 5) -> Floats:
    """(count, 4) random plane waves: three components of the wave vector, rad/mm, and the phase."""
    directions = rng.normal(size=(count, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    vectors = directions * (2 * np.pi / (length * rng.uniform(0.6, 1.6, (count, 1))))
    return np.concatenate([vectors, rng.uniform(0, 2 * np.pi, (count, 1))], axis=1).astype(np.float32)


def _ripple(points: Floats, waves: Floats) -> Floats:
    """(N,) smooth noise of standard deviation about 0.7."""
    return np.asarray(np.sin(points @ waves[:, :3].T + waves[:, 3]).sum(axis=1) / np.sqrt(len(waves)), np.float32)


def _creases(points: Floats, waves: Floats) -> Floats:
    """(N,) folded noise with sharp valleys, in about [-1, 1]: how paper board crumples."""
    folded = np.abs(np.sin(points @ waves[:, :3].T + waves[:, 3])).mean(axis=1)
    return np.asarray(2 * (folded - 2 / np.pi), np.float32)


def _outward(points: Floats, size: Size) -> Floats:
    """(N, 2) horizontal direction out of the nearest wall, zero away from walls; a function of the place alone."""
    reach = np.array(size[:2], np.float32) / 2
    near = np.clip((np.abs(points[:, :2]) - (reach - 3)) / 3, 0, 1)
    return np.asarray(np.sign(points[:, :2]) * near, np.float32)


def _dent(rng: Generator, size: Size) -> Harm:
    """Heavy strokes over the top face."""
    brushes, strengths = strokes(rng, size, 3, HEAVY)
    severity = float(np.clip((max(strengths) - 0.15) / 0.4, 0.05, 1))
    return Harm("dent", severity, {"strength": [round(one, 3) for one in strengths]}, together(brushes))


def _crushed_corner(rng: Generator, size: Size) -> Harm:
    """One of the four upper corners, pushed in and crumpled."""
    severity = float(rng.uniform(0.25, 1))
    sign = rng.choice([-1.0, 1.0], 2)
    corner = np.array([sign[0] * size[0] / 2, sign[1] * size[1] / 2, size[2]], np.float32)
    push = np.array([-0.55 * sign[0], -0.55 * sign[1], -1.0], np.float32) * (4 + 9 * severity)
    field = _crush(corner, corner, push, 17 + 15 * severity, _waves(rng, 13, 4))
    return Harm("crushed corner", severity, {"corner": sign.astype(int).tolist()}, field)


def _crushed_edge(rng: Generator, size: Size) -> Harm:
    """A stretch of one of the four upper edges, pushed in and crumpled."""
    severity = float(rng.uniform(0.25, 1))
    axis, sign = int(rng.integers(2)), float(rng.choice([-1, 1]))
    half, inward = np.array(size[:2]) / 2, np.zeros(3)
    middle, reach = rng.uniform(-0.5, 0.5) * half[1 - axis], rng.uniform(7, 16)
    ends = np.zeros((2, 3))
    ends[:, axis], ends[:, 1 - axis], ends[:, 2] = sign * half[axis], (middle - reach, middle + reach), size[2]
    inward[axis] = -0.65 * sign
    push = (inward + np.array([0, 0, -1.0])) * (3.5 + 7.5 * severity)
    start, end = ends.astype(np.float32)
    field = _crush(start, end, push.astype(np.float32), 13 + 9 * severity, _waves(rng, 12, 4))
    return Harm("crushed edge", severity, {"axis": "xy"[axis], "side": int(sign)}, field)


def _crush(start: Floats, end: Floats, push: Floats, radius: float, waves: Floats) -> Field:
    """Pushes what lies within a radius of a line, with creases."""

    def field(points: Floats) -> Floats:
        line = end - start
        share = np.clip((points - start) @ line / max(float(line @ line), 1e-6), 0, 1)
        away = np.linalg.norm(points - (start + share[:, None] * line), axis=1)
        press = _soft(away / radius) * (1 + 0.22 * _creases(points, waves))
        return np.asarray(press[:, None] * push, np.float32)

    return field


def _puncture(rng: Generator, size: Size) -> Harm:
    """A hole torn into the top face, its rim pushed in."""
    severity = float(rng.uniform(0.25, 1))
    middle = rng.uniform(-0.7, 0.7, 2) * np.array(size[:2]) / 2
    angle, slim = rng.uniform(0, np.pi), rng.uniform(0.3, 0.9)
    radius, bumps = 4.5 + 6 * severity, rng.uniform(-1, 1, (2, 5))
    depth = 1.5 + 2.5 * severity

    def reach(points: Floats) -> Floats:
        """Distance from the middle, 1 on the rim."""
        x, y = (points[:, :2] - middle).T
        along, across = x * np.cos(angle) + y * np.sin(angle), (y * np.cos(angle) - x * np.sin(angle)) / slim
        turn = np.arctan2(across, along)
        rim = 1 + 0.09 * sum(
            a * np.sin(k * turn) + b * np.cos(k * turn) for k, a, b in zip((2, 3, 5, 8, 13), *bumps, strict=True)
        )
        return np.asarray(np.hypot(along, across) / (radius * rim), np.float32)

    def hole(points: Floats) -> Floats:
        return np.asarray(np.where(points[:, 2] > size[2] - 0.5, 1 - reach(points), -1), np.float32)

    def field(points: Floats) -> Floats:
        moved = np.zeros_like(points)
        moved[:, 2] = -depth * _soft(reach(points) / 2.2) * np.exp(-(size[2] - points[:, 2]) / 6)
        return moved

    return Harm("puncture", severity, {"radius": round(radius, 1)}, field, hole=hole)


def _stain(rng: Generator, size: Size) -> Harm:
    """Something wet on the top face, over the edges where it reaches them: darker print, swollen board."""
    severity = float(rng.uniform(0.25, 1))
    middle = np.array([*(rng.uniform(-0.8, 0.8, 2) * np.array(size[:2]) / 2), size[2]], np.float32)
    radius, dark = 11 + 13 * severity, 0.22 + 0.3 * severity
    coarse, fine = _waves(rng, 34), _waves(rng, 9)

    def depth(points: Floats) -> Floats:
        """Positive inside, mm from the rim."""
        shape = np.array([1, 1, 0.6], np.float32)
        away = np.linalg.norm((points - middle) * shape, axis=1)
        rim = radius * (1 + 0.28 * _ripple(points, coarse) + 0.06 * _ripple(points, fine))
        return np.asarray(rim - away, np.float32)

    def stain(points: Floats) -> Floats:
        inside = depth(points)
        rim = 0.45 * np.exp(-((inside - 1.2) ** 2) / 2.5)
        return np.asarray(dark * np.clip(inside / 1.5, 0, 1) * (0.75 + rim + 0.08 * _ripple(points, fine)), np.float32)

    def field(points: Floats) -> Floats:
        moved = np.zeros_like(points)
        moved[:, 2] = 0.5 * severity * np.clip(depth(points) / 5, 0, 1) * (0.6 + _ripple(points, fine))
        moved[:, 2] *= np.exp(-(size[2] - points[:, 2]) / 4)
        return moved

    return Harm("stain", severity, {"radius": round(float(radius), 1)}, field, stain)


KINDS: dict[str, Callable[[Generator, Size], Harm]] = {
    "dent": _dent,
    "crushed corner": _crushed_corner,
    "crushed edge": _crushed_edge,
    "puncture": _puncture,
    "stain": _stain,
}
"""How each kind of damage is drawn, by name."""
