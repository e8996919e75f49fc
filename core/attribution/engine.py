"""Gradients of a network at many pictures, as fast as two cores give them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from core.attribution.method import Margin
from core.contracts import Progress, silent

CHUNK = 16
"""Pictures in one pass; larger batches are slower on a CPU, for the memory that each takes anew."""


def gradients(module: nn.Module, inputs: Tensor, margin: Margin, *, progress: Progress = silent) -> Tensor:
    """Gradient of the margin with respect to each input.

    Args:
        module: (B, 3, h, w) -> (B, C) logits.
        inputs: (N, 3, h, w) float32 normalized.
        margin: the quantity.
        progress: called after each chunk.

    Returns:
        (N, 3, h, w) float32.
    """
    found = []
    for start in range(0, len(inputs), CHUNK):
        part = inputs[start : start + CHUNK].detach().requires_grad_()
        found.append(torch.autograd.grad(margin(module(part)).sum(), part)[0])
        progress(min(1.0, (start + CHUNK) / len(inputs)), f"pass {min(start + CHUNK, len(inputs))} of {len(inputs)}")
    return torch.cat(found)
