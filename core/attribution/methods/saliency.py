"""Saliency: the gradient alone."""

from __future__ import annotations

from torch import nn

from core.attribution.engine import gradients
from core.attribution.method import METHODS, Map, Task
from core.contracts import Progress, silent


@METHODS.register("saliency")
class Saliency:
    """Saliency (Simonyan 1312.6034): how strongly the answer reacts to a small change of each pixel.

    The absolute gradient, the largest of the three colors. It has no sign: a positive gradient says that a brighter
    pixel would speak for the target, not that this pixel does.
    """

    title = "Saliency"
    signed = False
    steps: int | None = None
    baseline = False
    reference = "Simonyan et al., Deep Inside Convolutional Networks, arXiv 1312.6034"

    def fits(self, module: nn.Module) -> str | None:
        """Any differentiable network."""
        return None

    def __call__(self, task: Task, *, progress: Progress = silent) -> Map:
        """The map of one picture."""
        slopes = gradients(task.module, task.batch, task.margin, progress=progress)
        return Map(slopes[0].abs().amax(dim=0).float().cpu())
