"""Integrated Gradients, by captum."""

from __future__ import annotations

import torch
from captum.attr import IntegratedGradients as CaptumIntegratedGradients
from torch import Tensor, nn

from core.attribution.engine import CHUNK
from core.attribution.method import METHODS, Map, Task
from core.contracts import Progress, silent


@METHODS.register("integrated_gradients")
class IntegratedGradients:
    """Integrated Gradients (Sundararajan 1703.01365): gradients summed along the straight line from a baseline.

    The map adds up to the difference of the log-odds between picture and baseline; how well it does
    is the completeness error. Midpoint rule; channels are summed.
    """

    title = "Integrated Gradients"
    signed = True
    steps: int | None = 64
    baseline = True
    reference = "Sundararajan et al., Axiomatic Attribution for Deep Networks, arXiv 1703.01365"

    def fits(self, module: nn.Module) -> str | None:
        """Any differentiable network."""
        return None

    def __call__(self, task: Task, *, progress: Progress = silent) -> Map:
        """The map of one picture."""
        done, steps = 0, task.steps or 64

        def forward(path: Tensor) -> Tensor:
            nonlocal done
            done += len(path)
            progress(min(1.0, done / steps), f"step {min(done, steps)} of {steps}")
            return task.margin(task.module(path))

        values = CaptumIntegratedGradients(forward).attribute(
            task.batch,
            baselines=task.baseline,
            n_steps=steps,
            method="riemann_middle",
            internal_batch_size=min(CHUNK, steps),
        )
        with torch.no_grad():
            ends = [task.margin(task.module(end)).mean().item() for end in (task.batch, task.baseline)]
        difference = ends[0] - ends[1]
        error = abs(values.sum().item() - difference) / max(abs(difference), 1e-6)
        return Map(values.sum(dim=1)[0].detach().float().cpu(), completeness=error, steps=steps)
