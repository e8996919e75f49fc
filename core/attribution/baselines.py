"""The baselines: pictures in which there is nothing to see, from which a path may start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torchvision.transforms.v2.functional import gaussian_blur

from core.errors import BadInput
from core.registry import unknown

NOISES = 8
"""Pictures of noise whose maps are averaged."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a baseline is made of.

    Attributes:
        batch: (1, 3, h, w) float32 normalized, the picture.
        black, white: (3,) the two colors, normalized as the network wants them.
        twin: (1, 3, h, w) the same picture without the damage, None where there is none.
        seed: of the noise.
    """

    batch: Tensor
    black: Tensor
    white: Tensor
    twin: Tensor | None = None
    seed: int = 0


def blurred(batch: Tensor) -> Tensor:
    """(B, 3, h, w) pictures, blurred with a sigma of a tenth of their longer side."""
    blurry, sigma = batch, 0.1 * max(batch.shape[-2:])
    width, height = (min(2 * int(2 * sigma) + 1, 2 * (side // 2) - 1) for side in reversed(blurry.shape[-2:]))
    for size in ((width, 1), (1, height)):  # one direction after the other: the same, and a hundred times faster
        blurry = gaussian_blur(blurry, list(size), [sigma, sigma])
    return blurry


def blur(ground: Ground) -> Tensor:
    """The picture itself, blurred with a sigma of a tenth of its longer side: its colors without its details."""
    return blurred(ground.batch)


def mean_color(ground: Ground) -> Tensor:
    """The mean color of the picture everywhere."""
    return ground.batch.mean(dim=(2, 3), keepdim=True).expand_as(ground.batch).contiguous()


def black(ground: Ground) -> Tensor:
    """Black everywhere; dark damage cannot be seen against it."""
    return _even(ground, ground.black)


def white(ground: Ground) -> Tensor:
    """White everywhere; bright damage cannot be seen against it."""
    return _even(ground, ground.white)


def noise(ground: Ground) -> Tensor:
    """Eight pictures of Gaussian noise with the picture's mean and spread of each color; their maps are averaged."""
    generator = torch.Generator().manual_seed(ground.seed)
    drawn = torch.randn(NOISES, *ground.batch.shape[1:], generator=generator).to(ground.batch.device)
    return drawn * ground.batch.std(dim=(2, 3), keepdim=True) + ground.batch.mean(dim=(2, 3), keepdim=True)


def twin(ground: Ground) -> Tensor:
    """The same package rendered without its damage: all that differs is the damage."""
    if ground.twin is None:
        raise BadInput("This picture has no twin without the damage.", "Choose another baseline, for example blur.")
    return ground.twin


BASELINES: dict[str, Callable[[Ground], Tensor]] = {
    "blur": blur,
    "mean": mean_color,
    "black": black,
    "white": white,
    "noise": noise,
    "twin": twin,
}


def baseline_of(name: str, ground: Ground) -> Tensor:
    """(K, 3, h, w) baseline of a picture; K is 1 but for noise.

    Raises:
        UnknownName: with the nearest names.
        BadInput: the twin is wanted, and there is none.
    """
    check_baseline(name)
    return BASELINES[name](ground)


def check_baseline(name: str) -> None:
    """Refuse a name that no baseline has.

    Raises:
        UnknownName: with the nearest names.
    """
    if name not in BASELINES:
        raise unknown("baseline", name, tuple(BASELINES))


def _even(ground: Ground, color: Tensor) -> Tensor:
    return color.view(1, 3, 1, 1).to(ground.batch).expand_as(ground.batch).contiguous()
