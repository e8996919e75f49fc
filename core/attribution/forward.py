"""What a network answers to many pictures, a few at a time."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from core.attribution.engine import chunk
from core.attribution.method import Margin
from core.attribution.preparation import prepared
from core.contracts import Progress, silent


def margins(module: nn.Module, inputs: Tensor, margin: Margin, *, progress: Progress = silent) -> Tensor:
    """The margin of each picture, without gradients.

    Args:
        module: (B, 3, h, w) -> (B, C) logits.
        inputs: (N, 3, h, w) float32 normalized.
        margin: the quantity.
        progress: called after each chunk.

    Returns:
        (N,) float32.
    """
    found, fast, size = [], prepared(module, inputs[:1]).whole, chunk(inputs)
    for start in range(0, len(inputs), size):
        with torch.no_grad():
            part = inputs[start : start + size].contiguous(memory_format=torch.channels_last)
            found.append(margin(fast(part)))
        done = min(start + size, len(inputs))
        progress(done / len(inputs), f"picture {done} of {len(inputs)}")
    return torch.cat(found)
