"""Input x Gradient."""

from __future__ import annotations

from torch import nn

from core.attribution.engine import gradients
from core.attribution.method import METHODS, Map, Task
from core.contracts import Progress, silent


@METHODS.register("input_x_gradient")
class InputXGradient:
    """Input x Gradient (Shrikumar 1605.01713): each pixel times its gradient, summed over the colors.

    What each pixel contributes if the network were a straight line through zero. Zero is the color that normalization
    takes to zero, about mid-gray: pixels of that color get nothing, whatever the network makes of them.
    """

    title = "Input x Gradient"
    signed = True
    steps: int | None = None
    baseline = False
    reference = "Shrikumar et al., Not Just a Black Box: Interpretable Deep Learning, arXiv 1605.01713"

    def fits(self, module: nn.Module) -> str | None:
        """Any differentiable network."""
        return None

    def __call__(self, task: Task, *, progress: Progress = silent) -> Map:
        """The map of one picture."""
        slopes = gradients(task.module, task.batch, task.margin, progress=progress)
        return Map(
            (slopes * task.batch)[0].sum(dim=0).float().cpu(),
            note="Pixels whose color normalization takes to zero, about mid-gray, get nothing.",
        )
