"""The table of attribution methods, and the baselines they may start from."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torchvision.transforms.v2.functional import gaussian_blur

from core.contracts import AttributionMethod
from core.registry import Registry, unknown

METHODS: Registry[type[AttributionMethod]] = Registry("attribution method", "core.attribution.methods")

Margin = Callable[[Tensor], Tensor]
"""(B, C) logits -> (B,) the quantity that is explained."""


def blurred(batch: Tensor) -> Tensor:
    """The picture itself, blurred with a sigma of a tenth of its longer side."""
    sigma = 0.1 * max(batch.shape[-2:])
    size = [min(2 * int(2 * sigma) + 1, 2 * (side // 2) - 1) for side in reversed(batch.shape[-2:])]
    blurry: Tensor = gaussian_blur(batch, size, [sigma, sigma])
    return blurry


def mean_color(batch: Tensor) -> Tensor:
    """The mean color of the picture everywhere."""
    return batch.mean(dim=(2, 3), keepdim=True).expand_as(batch).contiguous()


def black(batch: Tensor) -> Tensor:
    """The darkest value that the picture holds, everywhere."""
    return batch.amin(dim=(1, 2, 3), keepdim=True).expand_as(batch).contiguous()


BASELINES: dict[str, Callable[[Tensor], Tensor]] = {"blur": blurred, "mean": mean_color, "black": black}


def baseline_of(name: str, batch: Tensor) -> Tensor:
    """(B, 3, h, w) baseline of a batch.

    Raises:
        UnknownName: with the nearest names.
    """
    if name not in BASELINES:
        raise unknown("baseline", name, tuple(BASELINES))
    return BASELINES[name](batch)


def log_odds_of(at: int) -> Margin:
    """The quantity to explain: log-odds of one class against all others (not the softmax, which saturates)."""

    def margin(logits: Tensor) -> Tensor:
        others = torch.cat([logits[:, :at], logits[:, at + 1 :]], dim=1)
        return logits[:, at] - others.logsumexp(dim=1)

    return margin
