"""Integrated Gradients, by captum."""

from __future__ import annotations

import torch
from captum.attr import IntegratedGradients as CaptumIntegratedGradients
from torch import Tensor, nn

from core.attribution.method import METHODS, Margin
from core.contracts import Progress, silent

CHUNK = 16
"""Pictures on the path in one forward pass; larger batches are slower on a CPU."""


@METHODS.register("integrated_gradients")
class IntegratedGradients:
    """Integrated Gradients (Sundararajan 1703.01365): gradients summed along the straight line from a baseline.

    The map adds up to the difference of the log-odds between picture and baseline; how well it does
    is the completeness error. Midpoint rule; channels are summed.
    """

    title = "Integrated Gradients"
    signed = True
    reference = "Sundararajan et al., Axiomatic Attribution for Deep Networks, arXiv 1703.01365"

    def fits(self, module: nn.Module) -> str | None:
        """Any differentiable network."""
        return None

    def __call__(
        self,
        module: nn.Module,
        batch: Tensor,
        baseline: Tensor,
        margin: Margin,
        *,
        steps: int,
        progress: Progress = silent,
    ) -> tuple[Tensor, float | None]:
        """(h, w) signed map of one picture, and its completeness error."""
        done = 0

        def forward(path: Tensor) -> Tensor:
            nonlocal done
            done += len(path)
            progress(min(1.0, done / steps), f"step {min(done, steps)} of {steps}")
            return margin(module(path))

        values = CaptumIntegratedGradients(forward).attribute(
            batch, baselines=baseline, n_steps=steps, method="riemann_middle", internal_batch_size=min(CHUNK, steps)
        )
        with torch.no_grad():
            difference = (margin(module(batch)) - margin(module(baseline))).item()
        error = abs(values.sum().item() - difference) / max(abs(difference), 1e-6)
        return values.sum(dim=1)[0].detach(), error
