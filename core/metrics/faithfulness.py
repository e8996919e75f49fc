"""Faithfulness of a map: what the score does as the pixels that the map calls relevant leave the picture, or enter."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.domain import Floats, frozen
from core.errors import BadInput
from core.metrics.imputation import imputed

Score = Callable[[Floats], NDArray[np.floating]]
"""(B, 3, h, w) float32 pictures -> (B,) their scores."""

STEPS = 12
"""Pictures along a curve."""
ROAD_STEPS = 8
MOST_REMOVED = 0.9
"""Share of the pixels that ROAD removes at most: from nothing, nothing can be filled in."""
BATCH = 16
NOISE = 0.01
"""Of ROAD's filling, in units of the normalized picture, as its authors have it."""


@dataclass(frozen=True, slots=True)
class Curve:
    """The score over the share of the pixels that were changed.

    Attributes:
        shares: (K,) float, rising from 0.
        scores: (K,) float.
    """

    shares: NDArray[np.float64]
    scores: NDArray[np.float64]

    def __post_init__(self) -> None:
        frozen(self.shares)
        frozen(self.scores)

    @property
    def area(self) -> float:
        """Below the curve, over its width: the mean score (trapezoids)."""
        return float(np.trapezoid(self.scores, self.shares) / (self.shares[-1] - self.shares[0]))


def ranks(values: Floats, *, least_first: bool = False, seed: int = 0) -> NDArray[np.int64]:
    """(h, w) place of each pixel in the order of relevance, 0 for the first; ties are ordered by chance.

    Args:
        values: (h, w) map, signed: the largest value is the most relevant.
        least_first: the least relevant first (LeRF) instead of the most relevant (MoRF).
        seed: of the order of ties.
    """
    if not np.isfinite(values).all():
        raise BadInput("A map holds values that are not finite.", "Compute it again, with more steps.")
    flat = np.asarray(values, np.float64).ravel()
    by = flat if least_first else -flat
    places = np.empty(flat.size, np.int64)
    places[np.lexsort((np.random.default_rng(seed).permutation(flat.size), by))] = np.arange(flat.size)
    return places.reshape(values.shape)


def shares(steps: int, *, most: float = 1.0) -> NDArray[np.float64]:
    """(steps + 1,) shares of the pixels from 0 to `most`, denser at the start: damage is a few percent of a picture."""
    return most * (np.arange(steps + 1) / steps) ** 2


def deletion(
    score: Score, picture: Floats, other: Floats, values: Floats, *, steps: int = STEPS, least_first: bool = False,
    seed: int = 0,
) -> Curve:  # fmt: skip
    """Deletion curve: pixels are replaced, the most relevant first (Petsiuk 1806.07421, RISE).

    A low area is good: what the map calls relevant was needed. Departs from the paper in three ways: the score is what
    the caller explains (here log-odds, not the softmax, which saturates), pixels are replaced by those of `other` (here
    the blurred picture, not gray), and shares are denser at the start. With the least relevant first it is the mirror
    image of `insertion`: the same pictures the other way round.

    Args:
        score: of pictures.
        picture: (3, h, w) float32.
        other: (3, h, w) float32, what takes the place of removed pixels.
        values: (h, w) map, signed.
        steps: of the curve.
        least_first: LeRF instead of MoRF.
        seed: of the order of ties.
    """
    return _replaced(score, picture, other, ranks(values, least_first=least_first, seed=seed), shares(steps))


def insertion(
    score: Score, picture: Floats, other: Floats, values: Floats, *, steps: int = STEPS, least_first: bool = False,
    seed: int = 0,
) -> Curve:  # fmt: skip
    """Insertion curve: pixels of the picture come into `other`, the most relevant first (Petsiuk 1806.07421, RISE).

    A high area is good: what the map calls relevant suffices. Arguments and departures as in `deletion`.
    """
    return _replaced(score, other, picture, ranks(values, least_first=least_first, seed=seed), shares(steps))


def road(
    score: Score, picture: Floats, values: Floats, *, steps: int = ROAD_STEPS, least_first: bool = False, seed: int = 0
) -> Curve:
    """Remove and debias: removed pixels are filled in from their neighbors, with a little noise (Rong 2202.00449).

    Filling in, rather than replacing by one color, keeps the shape of the removed part from telling the class. With the
    most relevant first a low area is good, with the least relevant first a high one. Departs from the paper in scoring
    by `score` rather than by accuracy, and in the shares, which are denser at the start.

    Args:
        score: of pictures.
        picture: (3, h, w) float32.
        values: (h, w) map, signed.
        steps: of the curve, from nothing removed to `MOST_REMOVED`.
        least_first: LeRF instead of MoRF.
        seed: of the noise, and of the order of ties.
    """
    places, parts = ranks(values, least_first=least_first, seed=seed), shares(steps, most=MOST_REMOVED)
    gone = np.stack([places < count for count in _counts(parts[1:], places.size)])
    filled = imputed(picture, gone, noise=NOISE, seed=seed)
    return Curve(parts, scored(score, [picture, *filled]))


def scored(score: Score, pictures: Iterable[Floats]) -> NDArray[np.float64]:
    """(N,) scores of (3, h, w) pictures, asked for in batches."""
    found: list[NDArray[np.float64]] = []
    batch: list[Floats] = []
    for picture in pictures:
        batch.append(picture)
        if len(batch) == BATCH:
            found.append(np.asarray(score(np.stack(batch)), np.float64))
            batch = []
    if batch:
        found.append(np.asarray(score(np.stack(batch)), np.float64))
    return np.concatenate(found)


def _replaced(
    score: Score, before: Floats, after: Floats, places: NDArray[np.int64], parts: NDArray[np.float64]
) -> Curve:
    if before.shape != after.shape or before.shape[-2:] != places.shape:
        raise BadInput("Picture, substitute and map differ in size.", "Give a (3, h, w) picture and an (h, w) map.")
    steps = (np.where(places < count, after, before) for count in _counts(parts, places.size))
    return Curve(parts, scored(score, steps))


def _counts(parts: NDArray[np.float64], pixels: int) -> list[int]:
    return [round(float(part) * pixels) for part in parts]
