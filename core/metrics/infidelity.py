"""(In)fidelity and sensitivity: whether a map adds up where pieces are taken away, and whether it holds still."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from core.domain import Floats
from core.metrics.faithfulness import Score, scored

SQUARES = 48
"""Pieces that are taken away, one at a time."""
SIDES = (0.1, 0.5)
"""Side of a piece, of the shorter side of the picture: the smallest and the largest."""
DRAWS = 3
RADIUS = 0.05
"""Of the noise, in units of the normalized picture: about three of 255 gray levels, as a camera has it."""


def infidelity(
    score: Score, picture: Floats, other: Floats, maps: Sequence[Floats], *, squares: int = SQUARES, seed: int = 0
) -> NDArray[np.float64]:
    """How badly each map foretells what the score loses where a square of the picture is taken away (Yeh 1901.09392).

    The paper's infidelity E[(I . map - (f(x) - f(x - I)))^2] with squares of random place and size that are replaced by
    `other`. It departs from the paper in two ways. The map's values already hold the difference to the baseline, so
    that I . map is its sum over the square. And each map is first scaled as suits it best, with a positive number, and
    the rest is divided by E[(f(x) - f(x - I))^2]: 0 is a map that foretells every loss, 1 one that says no more than an
    empty map, whatever its units.

    Args:
        score: of pictures.
        picture: (3, h, w) float32.
        other: (3, h, w) float32, what takes the place of a piece.
        maps: (h, w) each, signed; all are held against the same squares.
        squares: how many.
        seed: of places and sizes.

    Returns:
        (M,) in [0, 1]; NaN where no square changes the score.
    """
    pieces = _squares(picture.shape[-2:], squares, seed)
    found = scored(score, [picture, *(np.where(piece, other, picture) for piece in pieces)])
    lost = found[0] - found[1:]
    said = np.array([[float(np.asarray(one, np.float64)[piece].sum()) for piece in pieces] for one in maps])
    return np.array([_left(one, lost) for one in said])


def max_sensitivity(
    explain: Callable[[Floats], Floats], picture: Floats, values: Floats, *, radius: float = RADIUS,
    draws: int = DRAWS, seed: int = 0,
) -> tuple[float, list[Floats]]:  # fmt: skip
    """How far a map moves, of its own size, where the picture moves by a noise that nobody sees (Yeh 1901.09392).

    The largest ||map(x + d) - map(x)|| / ||map(x)|| over a few uniform draws of d in [-radius, radius]; the true
    maximum may be larger.

    Args:
        explain: (3, h, w) float32 picture -> (h, w) map.
        picture: (3, h, w) float32.
        values: (h, w), its map.
        radius: of the noise.
        draws: how many.
        seed: of the noise.

    Returns:
        The sensitivity, NaN of an empty map; and the map of each draw.
    """
    rng, size = np.random.default_rng(seed), float(np.linalg.norm(values))
    moved = [explain(picture + rng.uniform(-radius, radius, picture.shape).astype(np.float32)) for _ in range(draws)]
    far = max(float(np.linalg.norm(one.astype(np.float64) - values)) for one in moved)
    return (far / size if size else np.nan), moved


def _squares(shape: tuple[int, ...], count: int, seed: int) -> NDArray[np.bool_]:
    """(count, h, w) bool; each square lies wholly inside."""
    rng, (height, width) = np.random.default_rng(seed), shape
    y, x = np.mgrid[:height, :width]
    sides = np.maximum(1, np.round(rng.uniform(*SIDES, count) * min(shape))).astype(int)
    top, left = (np.floor(rng.random(count) * (end - sides + 1)).astype(int) for end in (height, width))
    corners = zip(top, left, sides, strict=True)
    return np.stack([(y >= t) & (y < t + side) & (x >= at) & (x < at + side) for t, at, side in corners])


def _left(said: NDArray[np.float64], lost: NDArray[np.float64]) -> float:
    """Share of the squared losses that the map does not foretell, scaled as suits it best."""
    total, own, both = float(lost @ lost), float(said @ said), float(said @ lost)
    if not total:
        return float("nan")
    return 1.0 if both <= 0 else max(0.0, 1.0 - both**2 / (own * total))
