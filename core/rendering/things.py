"""What stands before the cameras, as triangles with a finish: the package, the mat, the rail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.domain import Floats, Pixels
from core.rendering import belt
from core.rendering.carton import Carton
from core.rendering.variation import Pose

Color = tuple[float, float, float]
Finish = Literal["print", "plastic", "steel", "matte"]


@dataclass(frozen=True, slots=True)
class Thing:
    """A surface.

    Attributes:
        name: unique in a scene.
        points: (N, 3) float32 in the world, mm.
        triangles: (T, 3) uint32.
        finish: how it reflects.
        color: linear RGB in [0, 1], or an sRGB picture that `uv` points into.
        uv: (N, 2) float32, x right and y down.
        normals: (N, 3) float32, None for flat triangles.
    """

    name: str
    points: Floats
    triangles: NDArray[np.uint32]
    finish: Finish
    color: Color | Pixels
    uv: Floats | None = None
    normals: Floats | None = None

    def flat_normals(self) -> Floats:
        """(T, 3) unit normals of the triangles."""
        a, b, c = (self.points[self.triangles[:, k]] for k in range(3))
        normal = np.cross(b - a, c - a)
        return np.asarray(normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12), np.float32)


@dataclass(frozen=True, slots=True)
class Model:
    """A carton in the world.

    Attributes:
        carton: its faces, in its own coordinates.
        pictures: of each face.
        pose: where it lies.
        torn: (T,) bool a face, which triangles are gone; a missing face has none.
    """

    carton: Carton
    pictures: Mapping[str, Pixels]
    pose: Pose
    torn: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)

    def world(self, points: Floats) -> Floats:
        """(N, 3) points of the carton in the world, mm."""
        return np.asarray(self.turned(points) + np.array([self.pose.x, self.pose.y, 0.15]), np.float32)

    def turned(self, vectors: Floats) -> Floats:
        """(N, 3) directions of the carton in the world."""
        angle = np.radians(self.pose.yaw)
        turn = np.array([[np.cos(angle), np.sin(angle), 0], [-np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
        return np.asarray(vectors @ turn, np.float32)

    def things(self, *, whole: bool = False) -> list[Thing]:
        """Its faces; `whole` closes the holes."""
        return [
            Thing(
                name,
                self.world(patch.points),
                patch.triangles if whole or name not in self.torn else patch.triangles[~self.torn[name]],
                "print",
                self.pictures[name],
                patch.uv,
                self.turned(patch.normals),
            )
            for name, patch in self.carton.items()
        ]


def line(phase: float) -> list[Thing]:
    """The mat, what lies under it, the rail behind it and the bed of the machine.

    Args:
        phase: how far the belt has run, mm.
    """
    corners, places = belt.mat(phase)
    mat = Thing("mat", corners.reshape(-1, 3), _soup(len(corners)), "plastic", belt.plastic(), places.reshape(-1, 2))
    return [mat, *(_thing(*row) for row in _SURROUNDINGS)]


_FEET = tuple(((-295.0, y, -6.0), (-280.0, y + 24, 8.0)) for y in (-430.0, -110.0, 210.0, 530.0))

# Name, beams between two corners (flat ones are plates), finish, color.
_SURROUNDINGS: tuple[tuple[str, Sequence[tuple[Sequence[float], Sequence[float]]], Finish, Color], ...] = (
    ("under", (((-330, -700, -12), (520, 700, -9)),), "matte", (0.03, 0.03, 0.03)),
    ("bed", (((-1600, -1600, -9), (-254, 1600, -5)),), "matte", (0.42, 0.43, 0.46)),
    ("rail", (((-300, -900, 8), (-276, 900, 34)),), "steel", (0.55, 0.55, 0.56)),
    ("lip", (((-276, -900, 5), (-264, 900, 15)),), "steel", (0.45, 0.45, 0.46)),
    ("feet", _FEET, "matte", (0.05, 0.05, 0.05)),
)


def _thing(name: str, beams: Sequence[tuple[Sequence[float], Sequence[float]]], finish: Finish, color: Color) -> Thing:
    triangles = np.concatenate([belt.block(low, high) for low, high in beams])
    return Thing(name, triangles.reshape(-1, 3), _soup(len(triangles)), finish, color)


def _soup(count: int) -> NDArray[np.uint32]:
    return np.arange(3 * count, dtype=np.uint32).reshape(-1, 3)
