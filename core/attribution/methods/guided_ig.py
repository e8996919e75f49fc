"""Guided Integrated Gradients."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from core.attribution.engine import gradients
from core.attribution.forward import margins
from core.attribution.method import METHODS, Map, Task
from core.contracts import Progress, silent

FRACTION = 0.25
"""Of the values of a picture, moved at a time: those with the smallest gradients."""

CORRIDOR = 0.02
"""How far a value may run ahead of the straight line, or fall behind, as a share of the way."""

FAR = 0.05
"""Completeness error from which a person is told."""

MISSED = (
    "The sum of the map misses the difference of the log-odds by more than 5 %: values move in leaps of up to 4 % of "
    "the way, which more steps do not make smaller."
)


@METHODS.register("guided_ig")
class GuidedIG:
    """Guided IG (Kapishnikov 2106.09788): Integrated Gradients along a path that avoids steep places.

    At each step the values that matter least move first, so that less noise is gathered on the way. As in the authors'
    program, a quarter of the values move at a time, and none strays more than 2 % from the straight line. They take the
    gradient at the start of each step, here it is the mean of start and end, which adds up better at the same cost.
    Several baselines are averaged.
    """

    title = "Guided IG"
    signed = True
    steps: int | None = 50
    baseline = True
    reference = "Kapishnikov et al., Guided Integrated Gradients, arXiv 2106.09788"

    def fits(self, module: nn.Module) -> str | None:
        """Any differentiable network."""
        return None

    def __call__(self, task: Task, *, progress: Progress = silent) -> Map:
        """The map of one picture."""
        steps = task.steps or self.steps or 1
        way = task.batch - task.baseline
        at, total = torch.zeros_like(way), torch.zeros_like(way)
        slopes = gradients(task.module, task.baseline, task.margin)
        for step in range(1, steps + 1):
            then = torch.stack([advanced(*one, step / steps) for one in zip(at, slopes.abs(), way.abs(), strict=True)])
            ahead = gradients(task.module, task.baseline + then * way, task.margin)
            total += (then - at) * way * (slopes + ahead) / 2
            at, slopes = then, ahead
            progress(step / steps, f"step {step} of {steps}")
        values = total.mean(dim=0).sum(dim=0).float().cpu()
        ends = margins(task.module, torch.cat([task.batch, task.baseline]), task.margin)
        difference = (ends[0] - ends[1:].mean()).item()
        completeness = abs(values.sum().item() - difference) / max(abs(difference), 1e-6)
        note = MISSED if completeness > FAR else ""
        return Map(values, completeness, note=note, steps=(steps + 2) * len(way) + 1)


def advanced(at: Tensor, steepness: Tensor, length: Tensor, share: float) -> Tensor:
    """One step on the way of one picture from its baseline.

    Args:
        at: (3, h, w) in [0, 1], how far each value has come.
        steepness: (3, h, w) absolute gradient there.
        length: (3, h, w) absolute difference between picture and baseline.
        share: of the whole length that must lie behind after the step, in [0, 1].

    Returns:
        (3, h, w) how far each value comes: at least `share` - CORRIDOR, at most `share` + CORRIDOR, the less steep ones
        further; the sum of lengths behind is `share` of all.
    """
    least, most = max(share - CORRIDOR, 0.0), min(share + CORRIDOR, 1.0)
    then = at.clamp(min=least)
    order = 1 + int(FRACTION * (at.numel() - 1))
    total = length.sum(dtype=torch.float64)
    while True:
        missing = share * total - (length * then).sum(dtype=torch.float64)
        waiting = steepness.masked_fill(then >= most, torch.inf)
        chosen = (waiting <= waiting.flatten().kthvalue(order).values) & (then < most)
        gain = (length * (most - then))[chosen].sum(dtype=torch.float64)
        if missing <= 1e-9 * total or not chosen.any():
            return then
        if gain > missing:
            part = (missing / gain).to(then)
            return torch.where(chosen, then + part * (most - then), then)
        then = then.masked_fill(chosen, most)
