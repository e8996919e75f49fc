"""Layer-CAM."""

from __future__ import annotations

from torch import Tensor, nn

from core.attribution.layers import Features, places, read_last, tried
from core.attribution.method import METHODS, Map, Task
from core.contracts import Progress, silent


@METHODS.register("layer_cam")
class LayerCam:
    """Layer-CAM (Jiang 2021): the last layer's channels, weighted place by place with their positive gradients.

    Sharper than Grad-CAM, which gives a channel one weight for the whole picture. As in the paper, only what speaks for
    the target is shown: negative gradients count as zero, negative places too. The layer is that of Grad-CAM, and the
    places are spread over their pixels in the same way.
    """

    title = "Layer-CAM"
    signed = False
    steps: int | None = None
    baseline = False
    reference = (
        "Jiang et al., LayerCAM: Exploring Hierarchical Class Activation Maps for Localization, "
        "IEEE Transactions on Image Processing 30, 2021"
    )

    def fits(self, module: nn.Module) -> str | None:
        """Networks with a layer that still knows places."""
        return tried(module, places)

    def __call__(self, task: Task, *, progress: Progress = silent) -> Map:
        """The map of one picture, see `core.attribution.layers.read_last`."""
        return read_last(task, weighted, progress)


def weighted(features: Features) -> Tensor:
    """(gh, gw) positive part of the sum of the channels, each times its positive gradient at the place."""
    return (features.gradients.relu() * features.activations).sum(dim=0).relu()
