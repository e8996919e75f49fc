"""A carton as six finely divided faces that a field of displacements can dent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from core.domain import Floats

Size = tuple[float, float, float]
"""Length (x), width (y) and height (z), mm. A carton stands on z = 0, its middle over the origin."""

STEP = 0.9
"""Largest distance between neighboring points of a face, mm."""

ROUNDING = 0.9
"""Radius of the edges of an intact carton, mm."""

NEAR_EDGE = (0.0, 0.25, 0.55, 0.9)
"""Distances from an edge at which there are points as well, mm: they carry the rounding."""


Field = Callable[[Floats], Floats]
"""Where the points of a carton go: (N, 3) points at rest -> (N, 3) displacements, mm."""


@dataclass(frozen=True, slots=True)
class Patch:
    """One face of a carton.

    Attributes:
        rest: (N, 3) float32 points of the undamaged carton, mm.
        points: (N, 3) float32 the same, displaced.
        normals: (N, 3) float32 unit length, smooth across the edges.
        outward: (3,) float32 normal of the whole face.
        uv: (N, 2) float32 place on the face's picture, x right and y down, in [0, 1].
        triangles: (M, 3) uint32.
    """

    rest: Floats
    points: Floats
    normals: Floats
    outward: Floats
    uv: Floats
    triangles: NDArray[np.uint32]


Carton = Mapping[str, Patch]

# Origin, direction of image right and of image down of each face, in halves of the size, z from -1 to 1.
_AXES: dict[str, tuple[tuple[int, int, int], tuple[int, int, int], tuple[int, int, int]]] = {
    "top": ((-1, 1, 1), (1, 0, 0), (0, -1, 0)),
    "bottom": ((-1, -1, -1), (1, 0, 0), (0, 1, 0)),
    "front": ((-1, -1, 1), (1, 0, 0), (0, 0, -1)),
    "back": ((1, 1, 1), (-1, 0, 0), (0, 0, -1)),
    "end": ((1, -1, 1), (0, 1, 0), (0, 0, -1)),
    "tail": ((-1, 1, 1), (0, -1, 0), (0, 0, -1)),
}


@lru_cache(maxsize=8)
def carton(size: Size) -> Carton:
    """An undamaged carton, by name of the face (see `artwork.FACES`)."""
    faces = {name: _face(name, size) for name in _AXES}
    return _shaded(faces)


def displaced(intact: Carton, field: Field) -> Carton:
    """The carton with its points moved by a field, and shaded anew."""
    return _shaded(
        {
name: replace(patch, points=patch.points + field(patch.rest)) for name, patch in intact.items()
        }
    )


def on_face(patch: Patch, uv: Floats) -> Floats:
    """(K, 3) points of a face at (K, 2) places of its picture: the nearest of the face's own points."""
    away = ((patch.uv[None] - uv[:, None]) ** 2).sum(axis=2)
    return np.asarray(patch.points[away.argmin(axis=1)], np.float32)


def _face(name: str, size: Size) -> Patch:
    half = np.array([side / 2 for side in size], np.float32)
    origin, right, down = (np.array(axis, np.float32) for axis in _AXES[name])
    u, v = _lattice(float(abs(right) @ half) * 2), _lattice(float(abs(down) @ half) * 2)
    grid_v, grid_u = np.meshgrid(v, u, indexing="ij")
    uv = np.stack([grid_u.ravel(), grid_v.ravel()], axis=1).astype(np.float32)
    flat = np.asarray((origin + 2 * uv[:, :1] * right + 2 * uv[:, 1:] * down) * half, np.float32)
    rest = _rounded(flat, half) + np.array([0, 0, half[2]], np.float32)
    outward = np.cross(right, -down).astype(np.float32)
    return Patch(rest, rest, np.zeros_like(rest), outward, uv, _triangles(len(v), len(u)))


def _lattice(length: float) -> NDArray[np.float32]:
    """Places in [0, 1] along one side of a face, denser at its ends."""
    near = np.array(NEAR_EDGE) / length
    start = NEAR_EDGE[-1] / length
    inner = np.linspace(start, 1 - start, max(2, int(np.ceil(length / STEP))))
    return np.concatenate([near[:-1], inner, 1 - near[-2::-1]]).astype(np.float32)


def _rounded(points: Floats, half: Floats) -> Floats:
    core = np.clip(points, ROUNDING - half, half - ROUNDING)
    away = points - core
    length = np.linalg.norm(away, axis=1, keepdims=True)
    return np.asarray(core + away * (ROUNDING / np.maximum(length, ROUNDING)), np.float32)


def _triangles(rows: int, columns: int) -> NDArray[np.uint32]:
    """Two a cell, counterclockwise as seen from outside."""
    at = np.arange(rows * columns, dtype=np.uint32).reshape(rows, columns)
    a, b, c, d = at[:-1, :-1].ravel(), at[:-1, 1:].ravel(), at[1:, 1:].ravel(), at[1:, :-1].ravel()
    return np.concatenate([np.stack([a, d, c], axis=1), np.stack([a, c, b], axis=1)])


def _shaded(faces: Carton) -> Carton:
    """The carton with normals averaged over all triangles that meet in a point, across faces."""
    sizes = [len(patch.rest) for patch in faces.values()]
    starts = np.cumsum([0, *sizes[:-1]])
    points = np.concatenate([patch.points for patch in faces.values()]).astype(np.float64)
    triangles = np.concatenate([patch.triangles + start for patch, start in zip(faces.values(), starts, strict=True)])
    a, b, c = (points[triangles[:, k]] for k in range(3))
    same = _welded(tuple(patch.rest.tobytes() for patch in faces.values()))
    at = same[triangles].ravel()
    across = np.repeat(np.cross(b - a, c - a), 3, axis=0)
    total = np.stack([np.bincount(at, across[:, axis]) for axis in range(3)], axis=1)
    normals = (total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)).astype(np.float32)[same]
    parts = np.split(normals, starts[1:])
    return {name: replace(patch, normals=part) for (name, patch), part in zip(faces.items(), parts, strict=True)}


@lru_cache(maxsize=8)
def _welded(rest: tuple[bytes, ...]) -> NDArray[np.int64]:
    """Number of the place of every point: points of two faces on the same edge have the same."""
    points = np.frombuffer(b"".join(rest), np.float32).reshape(-1, 3)
    return np.asarray(np.unique(np.round(points, 3), axis=0, return_inverse=True)[1].ravel(), np.int64)
