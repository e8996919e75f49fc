"""Grad-CAM, with its sign."""

from __future__ import annotations

from torch import Tensor, nn

from core.attribution.layers import Features, places, read_last, tried
from core.attribution.method import METHODS, Map, Task
from core.contracts import Progress, silent


@METHODS.register("grad_cam")
class GradCam:
    """Grad-CAM (Selvaraju 1610.02391): the last layer's channels, each weighted by its average gradient.

    Coarse and calm: it says in which places, not in which pixels. The paper keeps the positive part; here the sign is
    kept, and the positive part is the paper's map. The layer is the last one that still knows places; for transformers
    its tokens are laid out as the grid of patches. Each place is spread over its pixels, so that the sum is kept.
    """

    title = "Grad-CAM"
    signed = True
    steps: int | None = None
    baseline = False
    reference = "Selvaraju et al., Grad-CAM: Visual Explanations from Deep Networks, arXiv 1610.02391"

    def fits(self, module: nn.Module) -> str | None:
        """Networks with a layer that still knows places."""
        return tried(module, places)

    def __call__(self, task: Task, *, progress: Progress = silent) -> Map:
        """The map of one picture, see `core.attribution.layers.read_last`."""
        return read_last(task, weighted, progress)


def weighted(features: Features) -> Tensor:
    """(gh, gw) signed sum of the channels, each times the mean of its gradient over the places."""
    weights = features.gradients.mean(dim=(1, 2), keepdim=True)
    return (weights * features.activations).sum(dim=0)
