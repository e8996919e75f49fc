"""Pictures by what networks see in them: flat maps of many numbers, and nearest neighbors."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.floating]
BLOCK = 2048
"""Rows compared at once with all others."""


@dataclass(frozen=True, slots=True)
class Flat:
    """Many numbers a row as two.

    Attributes:
        points: (N, 2) float64.
        kept: share of the variance that each of the two directions keeps; empty where distances are kept instead.
    """

    points: NDArray[np.float64]
    kept: tuple[float, ...] = ()


def standardized(features: Features) -> NDArray[np.float64]:
    """(N, F) with mean 0 and standard deviation 1 in each column; a column that never changes becomes 0.

    A missing value (NaN) becomes the mean.
    """
    values = np.asarray(features, np.float64)
    with np.errstate(invalid="ignore"):
        centered = np.nan_to_num(values - np.nan_to_num(np.nanmean(values, axis=0)))
    spread = centered.std(axis=0)
    return np.asarray(np.divide(centered, spread, out=np.zeros_like(centered), where=spread > 1e-9), np.float64)


def pca(features: Features) -> Flat:
    """The two directions in which rows differ most (Pearson 1901), from the covariance of the columns.

    The sign of each is such that its largest weight is positive, so that the same data give the same map.

    Args:
        features: (N, F); fewer than two rows or columns give zeros.
    """
    centered = np.asarray(features, np.float64) - np.mean(features, axis=0)
    values, vectors = np.linalg.eigh(centered.T @ centered)
    largest = vectors[:, ::-1][:, :2]
    largest = largest * np.sign(largest[np.abs(largest).argmax(axis=0), np.arange(largest.shape[1])])
    points = np.zeros((len(centered), 2))
    points[:, : largest.shape[1]] = centered @ largest
    total = float(values.sum())
    kept = tuple(max(float(value), 0.0) / total for value in values[::-1][:2]) if total > 0 else (0.0, 0.0)
    return Flat(points, kept)


def has_umap() -> bool:
    """Whether the library umap-learn is installed."""
    return find_spec("umap") is not None


def umap(features: Features, *, seed: int = 0, neighbors: int = 15) -> Flat:
    """Neighbors stay neighbors (McInnes et al. 1802.03426); distances between groups mean nothing.

    Args:
        features: (N, F), at least three rows.
        seed: the same seed gives the same map.
        neighbors: how many of them count.
    """
    from umap import UMAP  # optional and slow to import

    reach = min(neighbors, len(features) - 1)
    points = UMAP(n_neighbors=reach, random_state=seed, n_jobs=1).fit_transform(np.asarray(features, np.float32))
    return Flat(np.asarray(points, np.float64))


def cosine(one: Features, other: Features) -> NDArray[np.float64]:
    """(N, M) in [-1, 1]: cosine of the angle between each of N rows and each of M; 0 with a row of zeros."""
    return np.asarray(np.clip(_unit(one) @ _unit(other).T, -1.0, 1.0), np.float64)


def nearest(queries: Features, pool: Features, *, count: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """The rows of a pool that are most alike, by cosine.

    Args:
        queries: (N, F).
        pool: (M, F).
        count: how many for each, at most M.

    Returns:
        (N, count) numbers in the pool and (N, count) similarities, the most alike first.
    """
    count = min(count, len(pool))
    found = []
    for start in range(0, len(queries), BLOCK):
        alike = cosine(queries[start : start + BLOCK], pool)
        best = np.argsort(-alike, axis=1, kind="stable")[:, :count]
        found.append((best, np.take_along_axis(alike, best, axis=1)))
    if not found:
        return np.zeros((0, count), np.intp), np.zeros((0, count))
    return np.concatenate([best for best, _ in found]), np.concatenate([alike for _, alike in found])


def _unit(rows: Features) -> NDArray[np.float64]:
    rows = np.asarray(rows, np.float64)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0), np.float64)
