"""Do the models look at the same place: their maps of one view, by one method, taken together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from core.domain import Attribution, Floats, Mask
from core.errors import BadInput
from core.metrics import consensus
from core.metrics.consensus import TOP, top

__all__ = ["TOP", "Together", "together", "top"]


@dataclass(frozen=True, slots=True)
class Together:
    """The maps of several models of one view, by one method.

    Attributes:
        models: their names.
        consensus: (H, W) float32, pixelwise median of the smoothed positive maps, each of mass 1.
        dissent: (H, W) float32, pixelwise standard deviation of the same.
        votes: (H, W) int, how many models have the pixel in their top 5 %.
        unanimous: share in [0, 1] of the pixels that any model has there, that all have there; NaN where none has any.
        chance: what `unanimous` would be, were the places of each model drawn at random.
    """

    models: tuple[str, ...]
    consensus: Floats
    dissent: Floats
    votes: NDArray[np.intp]
    unanimous: float
    chance: float


def together(maps: Sequence[Attribution], *, sigma: float = 2.0) -> Together:
    """What the maps of several models say together.

    Pixels count where at least one model looked: the rest of the frame would make every model agree on nothing.

    Args:
        maps: at least two, of the same package, view and method.
        sigma: of the Gaussian that smooths each map first, pixels of the frame.

    Raises:
        BadInput: there are fewer than two, or they answer different questions.
    """
    if len({(one.package, one.view, one.method) for one in maps}) != 1 or len(maps) < 2:
        raise BadInput("Agreement needs at least two maps of one view by one method.", "Choose a second model.")
    inside: Mask = np.logical_or.reduce([one.values != 0 for one in maps])
    smooth = np.stack([gaussian_filter(one.values, sigma) if sigma > 0 else one.values for one in maps])
    smooth *= inside
    votes = consensus.votes(smooth, inside=inside)
    counted = int((votes > 0).sum())
    return Together(
        tuple(one.model for one in maps),
        consensus.consensus(smooth).astype(np.float32),
        consensus.dissent(smooth).astype(np.float32),
        votes,
        int((votes == len(maps)).sum()) / counted if counted else float("nan"),
        TOP ** len(maps) / (1 - (1 - TOP) ** len(maps)),
    )
