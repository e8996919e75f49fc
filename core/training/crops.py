"""Framed pictures in memory, augmented as they are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset
from torchvision.transforms import InterpolationMode, v2

from core.domain import Pixels
from core.training.recipes import Recipe


@dataclass(frozen=True, slots=True)
class Crops:
    """Framed pictures of a data set.

    Attributes:
        pixels: (N, h, w, 3) uint8 RGB.
        targets: (N,) int64, index of the class.
        packages: (N,) id of the package.
        views: (N,) name of the view.
    """

    pixels: Pixels
    targets: NDArray[np.int64]
    packages: NDArray[np.str_]
    views: NDArray[np.str_]

    def of(self, packages: Sequence[str]) -> Crops:
        """The pictures of some packages."""
        chosen = np.isin(self.packages, np.array(packages))
        return Crops(self.pixels[chosen], self.targets[chosen], self.packages[chosen], self.views[chosen])

    def __len__(self) -> int:
        """Number of pictures."""
        return len(self.targets)


def to_input(recipe: Recipe) -> v2.Compose:
    """uint8 (3, h, w) to float32, normalized."""
    return v2.Compose([v2.ToDtype(torch.float32, scale=True), v2.Normalize(list(recipe.mean), list(recipe.std))])


def augmentation(recipe: Recipe) -> v2.Compose:
    """Small motions, flips and changes of light: what differs from package to package without being damage."""
    return v2.Compose(
        [
            v2.RandomHorizontalFlip(recipe.flip),
            v2.RandomVerticalFlip(recipe.flip),
            v2.RandomAffine(
                recipe.rotation,
                (recipe.shift, recipe.shift),
                (1 - recipe.scale, 1 + recipe.scale),
                interpolation=InterpolationMode.BILINEAR,
                fill=128,
            ),
            v2.ColorJitter(brightness=recipe.light, contrast=recipe.light),
        ]
    )


class CropDataset(Dataset[tuple[Tensor, int]]):
    """Crops as (3, h, w) float32 tensors with their class."""

    def __init__(self, crops: Crops, recipe: Recipe, *, augment: bool) -> None:
        self._crops = crops
        self._transform = v2.Compose([augmentation(recipe), to_input(recipe)]) if augment else to_input(recipe)

    def __len__(self) -> int:
        """Number of pictures."""
        return len(self._crops)

    def __getitem__(self, at: int) -> tuple[Tensor, int]:
        """One picture, augmented anew at every call where augmentation is on."""
        picture = torch.from_numpy(self._crops.pixels[at]).permute(2, 0, 1)
        return self._transform(picture), int(self._crops.targets[at])
