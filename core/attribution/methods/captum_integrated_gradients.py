"""Integrated Gradients, by captum: the reference that the engine is measured against."""

from __future__ import annotations

import torch
from captum.attr import IntegratedGradients as CaptumIntegratedGradients
from torch import Tensor, nn

from core.attribution.method import METHODS, Map, Task
from core.contracts import Progress, silent


@METHODS.register("captum_integrated_gradients")
class CaptumReference:
    """Integrated Gradients (Sundararajan 1703.01365) as captum computes them: Gauss-Legendre, 50 steps, 10 at a time.

    The independent reference for the map above, slower and without an estimate of the pixel error. Channels are summed;
    of several baselines, the mean of their maps.
    """

    title = "Integrated Gradients (captum)"
    signed = True
    steps: int | None = 50
    baseline = True
    reference = "Sundararajan et al., arXiv 1703.01365; Kokhlikyan et al., Captum, arXiv 2009.07896"

    def fits(self, module: nn.Module) -> str | None:
        """Any differentiable network."""
        return None

    def __call__(self, task: Task, *, progress: Progress = silent) -> Map:
        """The map of one picture."""
        steps = task.steps or 50
        total, done = steps * len(task.baseline), 0

        def forward(path: Tensor) -> Tensor:
            nonlocal done
            done = min(total, done + len(path))
            progress(done / total, f"step {done} of {total}")
            return task.margin(task.module(path))

        method = CaptumIntegratedGradients(forward)
        maps = [
            method.attribute(task.batch, baselines=start[None], n_steps=steps, internal_batch_size=min(10, steps))
            for start in task.baseline
        ]
        values = torch.cat(maps).detach().sum(dim=1).mean(dim=0)
        with torch.no_grad():
            here, there = (task.margin(task.module(end)).mean().item() for end in (task.batch, task.baseline))
        error = abs(values.sum().item() - (here - there)) / max(abs(here - there), 1e-6)
        return Map(values.float().cpu(), completeness=error, steps=total)
