"""The table of attribution methods, what one is given, what it gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from core.contracts import AttributionMethod
from core.registry import Registry

METHODS: Registry[type[AttributionMethod]] = Registry("attribution method", "core.attribution.methods")

Margin = Callable[[Tensor], Tensor]
"""(B, C) logits -> (B,) the quantity that is explained."""


@dataclass(frozen=True, slots=True)
class Task:
    """One picture, one network, one question.

    Attributes:
        module: (B, 3, h, w) float32 normalized -> (B, C) logits; in evaluation mode, never changed.
        batch: (1, 3, h, w), the picture.
        baseline: (K, 3, h, w), what "nothing to see" looks like; where K > 1 their maps are averaged.
        margin: the quantity to explain.
        steps: network evaluations on a path, or samples; None for as many as the method needs to be exact enough.
        seed: of whatever the method draws.
    """

    module: nn.Module
    batch: Tensor
    baseline: Tensor
    margin: Margin
    steps: int | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Map:
    """What a method found, in the coordinates of the network's input.

    Attributes:
        values: (h, w) float32, on the CPU; positive speaks for the target.
        completeness: |sum of the map - (F(x) - F(baseline))| / |F(x) - F(baseline)|; None where none is promised.
        pixel_error: estimated ||map - exact map||_1 / ||map||_1; None where the method has no exact map.
        steps: how often the network was evaluated.
        note: what a person must know to read the map, one sentence, "" where there is nothing.
    """

    values: Tensor
    completeness: float | None = None
    pixel_error: float | None = None
    steps: int = 1
    note: str = ""


def log_odds_of(at: int) -> Margin:
    """The quantity to explain: log-odds of one class against all others (not the softmax, which saturates)."""

    def margin(logits: Tensor) -> Tensor:
        others = torch.cat([logits[:, :at], logits[:, at + 1 :]], dim=1)
        return logits[:, at] - others.logsumexp(dim=1)

    return margin
