"""Means of many drawn gradients, and how far from the expectation they may be."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from core.attribution.engine import gradients
from core.attribution.method import Task
from core.contracts import Progress

AT_ONCE = 64
"""Pictures that are held in memory at a time."""

Draw = Callable[[int, int], tuple[Tensor, Tensor | float]]
"""Called with the first number of a sample and the last + 1; gives (n, 3, h, w) pictures, and what to multiply their
gradients with, (n, 3, h, w) or 1."""


def mean_of_halves(task: Task, samples: int, draw: Draw, progress: Progress) -> Tensor:
    """Mean of gradients times factors, over the even and over the odd samples.

    Args:
        task: whose network and margin.
        samples: how many.
        draw: gives the pictures and the factors.
        progress: called after each chunk with the share done.

    Returns:
        (2, 3, h, w); with one sample both halves are that one.
    """
    sums = torch.zeros(2, *task.batch.shape[1:], device=task.batch.device)
    for start in range(0, samples, AT_ONCE):
        stop = min(start + AT_ONCE, samples)

        def so_far(share: float, text: str, start: int = start, stop: int = stop) -> None:
            done = start + share * (stop - start)
            progress(done / samples, f"sample {round(done)} of {samples}")

        pictures, factors = draw(start, stop)
        found = gradients(task.module, pictures, task.margin, progress=so_far) * factors
        for half in (0, 1):
            sums[half] += found[(half - start) % 2 :: 2].sum(dim=0)
    counts = torch.tensor([(samples + 1) // 2, samples // 2], device=sums.device).view(2, 1, 1, 1)
    return sums / counts if samples > 1 else sums[:1].expand_as(sums)


def sampling_error(values: Tensor, halves: Tensor) -> float | None:
    """How far a mean of samples is from its expectation, as a share of it.

    The halves are independent, and each has twice the variance of their mean: half of their difference is as large as
    the error of the mean.

    Args:
        values: (h, w) map of all samples.
        halves: (2, h, w) maps of the even and the odd samples.

    Returns:
        ||one - other||_1 / (2 ||values||_1); None where the halves are the same, as with one sample.
    """
    apart = (halves[0] - halves[1]).abs().sum().item()
    size = 2 * values.abs().sum().item()
    return apart / size if apart > 0 and size > 0 else None
