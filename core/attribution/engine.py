"""Gradients along a path, as fast as two cores give them, with the error of their sum."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.attribution.method import Map, Margin, Task
from core.attribution.preparation import Prepared, prepared
from core.contracts import Progress, silent
from core.memory import kept

CHUNK = 8
"""Pictures in one pass; on a CPU larger batches are slower, for the memory that each takes anew."""

COMPLETENESS = 0.01
PIXEL_ERROR = 0.02
"""What is exact enough: both errors of a map must be below."""

FIRST, LAST = 32, 256
"""Nodes of the first and of the last rule for a network with kinks."""
ORDERS = (10, 16, 24, 36, 54)
"""Orders of the Gauss-Legendre rules for a smooth network."""

GRADING = 1.5
"""Nodes lie at t^1.5 for t spread evenly: near a baseline without contrast most networks change fastest."""

Nodes = NDArray[np.float64]


def chunk(batch: Tensor) -> int:
    """Pictures in one pass where these lie."""
    return CHUNK if batch.device.type == "cpu" else 8 * CHUNK


def gradients(module: nn.Module, inputs: Tensor, margin: Margin, *, progress: Progress = silent) -> Tensor:
    """Gradient of the margin with respect to each input.

    Args:
        module: (B, 3, h, w) -> (B, C) logits, in evaluation mode.
        inputs: (N, 3, h, w) float32 normalized.
        margin: the quantity.
        progress: called after each chunk.

    Returns:
        (N, 3, h, w) float32.
    """
    net, size = prepared(module, inputs[:1]).whole, chunk(inputs)
    found = []
    with kept():
        for start in range(0, len(inputs), size):
            part = inputs[start : start + size].detach().requires_grad_()
            found.append(torch.autograd.grad(margin(net(part)).sum(), part)[0])
            progress(min(1.0, (start + size) / len(inputs)), f"pass {min(start + size, len(inputs))} of {len(inputs)}")
    return torch.cat(found)


def integrated(task: Task, *, progress: Progress = silent) -> Map:
    """Integrated Gradients from each baseline of a task, averaged, with the errors that are left.

    A network with kinks is walked with the trapezoidal rule in t, where the path is b + t^1.5 (x - b). Each rule
    doubles the nodes and keeps those that it has; the new ones alone are a midpoint rule, and half the distance between
    the two maps is sqrt(3) times the error of their mean where errors fall as 1 / n. A smooth network is walked with
    Gauss-Legendre rules, whose error is at most their distance from the rule before. Without `task.steps` it goes on
    until both errors are small enough, or to the last rule, which the note then says.

    Raises:
        whatever `progress` raises, which stops the work.
    """
    with kept():
        walk = _Walk(prepared(task.module, task.batch), task, progress)
        return walk.smooth() if walk.ready.smooth else walk.kinked()


@dataclass(slots=True)
class _Walk:
    """The straight paths from each baseline to one picture, in the space that the prepared network takes."""

    ready: Prepared
    task: Task
    progress: Progress
    starts: Tensor = field(init=False)
    ways: Tensor = field(init=False)
    rise: float = field(init=False)
    done: int = 0

    def __post_init__(self) -> None:
        with torch.no_grad():
            end, self.starts = self.ready.enter(self.task.batch), self.ready.enter(self.task.baseline)
            odds, base = (self.task.margin(self.ready.rest(one.clone())) for one in (end, self.starts))
        self.ways, self.rise = end - self.starts, float(odds.mean() - base.mean())

    def kinked(self) -> Map:
        """By trapezoidal rules, each with twice the nodes of the one before."""
        half = (self.task.steps or FIRST) // 2 + (self.task.steps or 0) % 2
        last = 2 * half if self.task.steps else LAST
        ends = np.arange(1, half + 1) / half  # at 0 the weight is 0
        old = self.summed(*_graded(ends, np.where(ends < 1, 1.0, 0.5)), of=2 * half)
        while True:
            new = self.summed(*_graded((np.arange(half) + 0.5) / half, np.ones(half)), of=2 * half)
            one, other = self.map_of(old), self.map_of(new)
            found = self.described((one + other) / 2, _apart(one, other) / math.sqrt(3))
            if _exact(found) or 2 * half >= last:
                return found
            old, half = (old + new) / 2, 2 * half

    def smooth(self) -> Map:
        """By Gauss-Legendre rules, each compared with the one before."""
        orders = (max(1, self.task.steps // 2), self.task.steps) if self.task.steps else ORDERS
        before: Tensor | None = None
        for order in orders:
            nodes, weights = np.polynomial.legendre.leggauss(order)
            now = self.map_of(self.summed((nodes + 1) / 2, weights / 2, of=order))
            found = self.described(now, None if before is None else 2 * _apart(now, before))
            if _exact(found):
                break
            before = now
        return found

    def summed(self, positions: Nodes, weights: Nodes, *, of: int) -> Tensor:
        """(K, F, h', w') gradients at positions in [0, 1] on each path, weighted and summed."""
        sums = []
        for start, way in zip(self.starts, self.ways, strict=True):
            total = torch.zeros_like(start)
            for at in range(0, len(positions), size := chunk(start)):
                total += self._chunk(start, way, positions[at : at + size], weights[at : at + size])
                self.done += len(positions[at : at + size])
                done = min(self.done, of * len(self.starts))
                self.progress(done / (of * len(self.starts)), f"step {done} of {of * len(self.starts)}")
            sums.append(total)
        return torch.stack(sums)

    def _chunk(self, start: Tensor, way: Tensor, positions: Nodes, weights: Nodes) -> Tensor:
        """(F, h', w') weighted sum of the gradients at some positions: autograd sums over what shares one leaf."""
        with torch.enable_grad():
            leaf = start[None].detach().requires_grad_()
            path = leaf + torch.as_tensor(positions).to(start).view(-1, 1, 1, 1) * way
            odds = self.task.margin(self.ready.rest(path.contiguous(memory_format=torch.channels_last)))
            found: Tensor = torch.autograd.grad(odds, leaf, torch.as_tensor(weights).to(odds))[0][0]
        return found

    def map_of(self, sums: Tensor) -> Tensor:
        """(h, w) map of summed gradients, the mean over the baselines."""
        slopes = self.ready.leave(sums, self.task.baseline)
        return ((self.task.batch - self.task.baseline) * slopes).sum(dim=1).mean(dim=0)

    def described(self, values: Tensor, error: float | None) -> Map:
        """A map with its errors."""
        missing = abs(float(values.sum()) - self.rise) / max(abs(self.rise), 1e-6)
        note = "" if self.task.steps else _note(missing, error, self.rise)
        return Map(values.float().cpu(), missing, error, self.done, note)


def _graded(nodes: Nodes, shares: Nodes) -> tuple[Nodes, Nodes]:
    """Where evenly spread nodes come to lie on the path, and their weights, which add to 1."""
    weights = shares * nodes ** (GRADING - 1)
    return nodes**GRADING, weights / weights.sum()


def _apart(one: Tensor, other: Tensor) -> float:
    """||one - other||_1 / (2 ||their mean||_1)."""
    return float((one - other).abs().sum() / (one + other).abs().sum().clamp(min=1e-30))


def _exact(found: Map) -> bool:
    if found.completeness is None or found.pixel_error is None:
        return False
    return found.completeness <= COMPLETENESS and found.pixel_error <= PIXEL_ERROR


def _note(missing: float, error: float | None, rise: float) -> str:
    """What a person must know of a map that is not exact enough; "" for one that is."""
    if error is not None and error > PIXEL_ERROR:
        return f"After the last step the pixels are still about {100 * error:.0f} % off."
    if missing > COMPLETENESS:
        return (
            f"The log-odds of picture and baseline differ by only {abs(rise):.2f}, while much speaks for and against: "
            "the sum of the map misses that difference by more than 1 %."
        )
    return ""
