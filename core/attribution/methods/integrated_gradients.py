"""Integrated Gradients, by the engine."""

from __future__ import annotations

from torch import nn

from core.attribution.engine import integrated
from core.attribution.method import METHODS, Map, Task
from core.contracts import Progress, silent


@METHODS.register("integrated_gradients")
class IntegratedGradients:
    """Integrated Gradients (Sundararajan 1703.01365): gradients summed along the straight line from a baseline.

    The map adds up to the difference of the log-odds between picture and baseline; how well it does is the completeness
    error. How far single pixels are off is estimated beside it. Channels are summed.
    """

    title = "Integrated Gradients"
    signed = True
    steps: int | None = None
    baseline = True
    reference = "Sundararajan et al., Axiomatic Attribution for Deep Networks, arXiv 1703.01365"

    def fits(self, module: nn.Module) -> str | None:
        """Any differentiable network."""
        return None

    def __call__(self, task: Task, *, progress: Progress = silent) -> Map:
        """The map of one picture, see `core.attribution.engine.integrated`."""
        return integrated(task, progress=progress)
