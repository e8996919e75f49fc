"""Occlusion: cover a patch, ask again."""

from __future__ import annotations

from itertools import product

import torch
from torch import Tensor, nn

from core.attribution.engine import CHUNK
from core.attribution.forward import margins
from core.attribution.method import METHODS, Map, Task
from core.contracts import Progress, silent

PATCHES = 6
"""How many patches fit on the shorter side of the picture."""


@METHODS.register("occlusion")
class Occlusion:
    """Occlusion (Zeiler and Fergus 1311.2901): how much the log-odds fall when a patch is covered with the baseline.

    The only one that asks the network about real changes, not about gradients. The patch is a sixth of the shorter
    side, and moves by half of itself. A patch's fall is divided by its pixels, and a pixel gets the mean of the patches
    that cover it: the map of a network that weighs each pixel by itself adds up, but for its borders, as it does for
    Integrated Gradients. Several baselines, such as noise, take turns from patch to patch.
    """

    title = "Occlusion"
    signed = True
    steps: int | None = None
    baseline = True
    reference = "Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, arXiv 1311.2901"

    def fits(self, module: nn.Module) -> str | None:
        """Any network, also one without gradients."""
        return None

    def __call__(self, task: Task, *, progress: Progress = silent) -> Map:
        """The map of one picture."""
        side = max(1, round(min(task.batch.shape[2:]) / PATCHES))
        windows = list(product(*(_starts(length, side, max(1, side // 2)) for length in task.batch.shape[2:])))
        falls = _falls(task, windows, side, progress)
        total, count = torch.zeros(2, *task.batch.shape[2:], dtype=torch.float64)
        for (top, left), fall in zip(windows, falls.tolist(), strict=True):
            total[top : top + side, left : left + side] += fall / side**2
            count[top : top + side, left : left + side] += 1
        note = f"Covered with patches of {side} x {side} pixels: what is larger than a patch may be missed."
        return Map((total / count).float(), steps=len(windows) + 1, note=note)


def _starts(length: int, side: int, stride: int) -> list[int]:
    """Where the patches begin; the last one ends with the picture."""
    return [*range(0, length - side, stride), length - side]


def _falls(task: Task, windows: list[tuple[int, ...]], side: int, progress: Progress) -> Tensor:
    """(N,) by how much the margin falls with each patch covered."""
    whole, found = margins(task.module, task.batch, task.margin), []
    for start in range(0, len(windows), CHUNK):
        part = windows[start : start + CHUNK]
        covered = task.batch.repeat(len(part), 1, 1, 1)
        for at, (top, left) in enumerate(part):
            patch = (slice(None), slice(top, top + side), slice(left, left + side))
            covered[at][patch] = task.baseline[(start + at) % len(task.baseline)][patch]
        found.append(whole - margins(task.module, covered, task.margin))
        progress((start + len(part)) / len(windows), f"patch {start + len(part)} of {len(windows)}")
    return torch.cat(found).cpu()
