"""XRAI: evidence by region."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from core.attribution.method import METHODS, Map, Task
from core.attribution.regions import ranked, segments
from core.contracts import Progress, silent
from core.domain import Floats

PATH = 0.8
"""Share of the work, for the progress, that Integrated Gradients are."""


@METHODS.register("xrai")
class Xrai:
    """XRAI (Kapishnikov 1906.02825): Integrated Gradients, gathered over regions that hang together.

    The picture is cut into segments of several sizes; the one with the highest mean evidence is taken, then the next,
    until all pixels belong to one. Each pixel shows the mean of its region, so that the sum is that of Integrated
    Gradients. The paper averages a black and a white baseline and takes the strongest color; here the baseline is the
    chosen one, and the colors are summed.
    """

    title = "XRAI"
    signed = True
    steps: int | None = None
    baseline = True
    reference = "Kapishnikov et al., XRAI: Better Attributions Through Regions, arXiv 1906.02825"

    def fits(self, module: nn.Module) -> str | None:
        """Wherever Integrated Gradients apply."""
        return METHODS["integrated_gradients"]().fits(module)

    def __call__(self, task: Task, *, progress: Progress = silent) -> Map:
        """The map of one picture; its errors are those of the Integrated Gradients that it gathers."""

        def on_the_path(share: float, text: str) -> None:
            progress(PATH * share, text)

        fine: Map = METHODS["integrated_gradients"]()(task, progress=on_the_path)
        progress(PATH, "finding regions")
        picture = task.batch[0].permute(1, 2, 0).float().cpu().numpy()
        values, count = gathered(picture, fine.values.numpy())
        progress(1.0, f"{count} regions")
        note = f"One value for each of {count} regions; how they were cut depends on the picture, not on the network."
        return Map(torch.from_numpy(values), fine.completeness, fine.pixel_error, fine.steps, note)


def gathered(picture: Floats, values: Floats) -> tuple[Floats, int]:
    """(h, w) float32, each pixel the mean of `values` over its region of an (h, w, 3) picture; and how many regions."""
    means, count = np.zeros(values.size, np.float32), 0
    for pixels in ranked(segments(picture), values.ravel()):
        means[pixels] = values.ravel()[pixels].mean(dtype=np.float64)
        count += 1
    return means.reshape(values.shape), count
