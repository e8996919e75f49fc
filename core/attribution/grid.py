"""From a coarse grid to the pixels: maps that keep their sum."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import interpolate


def spread(values: Tensor, size: tuple[int, int]) -> Tensor:
    """Spread a map of few places over many pixels.

    Each place hands its value out over the pixels near it, in the shares of linear interpolation between the centers
    of the places, so that the sum is kept exactly, whatever the signs. Where the sides are whole multiples this is
    bilinear interpolation divided by the number of pixels in a place.

    Args:
        values: (gh, gw) float, signed.
        size: (h, w), at least (gh, gw).

    Returns:
        (h, w) float32 on the CPU.
    """
    rows, columns = (_shares(places, pixels) for places, pixels in zip(values.shape, size, strict=True))
    return (rows.T @ values.detach().double().cpu() @ columns).float()


def _shares(places: int, pixels: int) -> Tensor:
    """(places, pixels) float64, what each pixel gets of each place; rows sum to 1."""
    near = interpolate(torch.eye(places, dtype=torch.float64)[None], size=pixels, mode="linear")[0]
    return near / near.sum(dim=1, keepdim=True)
