"""SmoothGrad: the gradient without its noise."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from core.attribution.drawn import mean_of_halves, sampling_error
from core.attribution.method import METHODS, Map, Task
from core.contracts import Progress, silent

NOISE = 0.15
"""Standard deviation of the noise, of the range of the picture; the paper finds 10-20 % best."""


@METHODS.register("smooth_grad")
class SmoothGrad:
    """SmoothGrad (Smilkov 1706.03825): the mean gradient over noisy copies of the picture.

    Calmer than the gradient of the picture alone, which changes from pixel to pixel by chance. The noise is 15 % of the
    picture's range. Gradients are averaged with their sign, then shown as Saliency shows them: absolute, the largest of
    the three colors.
    """

    title = "SmoothGrad"
    signed = False
    steps: int | None = 50
    baseline = False
    reference = "Smilkov et al., SmoothGrad: Removing Noise by Adding Noise, arXiv 1706.03825"

    def fits(self, module: nn.Module) -> str | None:
        """Any differentiable network."""
        return None

    def __call__(self, task: Task, *, progress: Progress = silent) -> Map:
        """The map of one picture; its pixel error is that of drawing so few copies."""
        samples = task.steps or self.steps or 1
        generator = torch.Generator().manual_seed(task.seed)
        sigma = NOISE * (task.batch.max() - task.batch.min())

        def draw(start: int, stop: int) -> tuple[Tensor, float]:
            noise = torch.randn(stop - start, *task.batch.shape[1:], generator=generator)
            return task.batch + sigma * noise.to(task.batch), 1.0

        halves = mean_of_halves(task, samples, draw, progress)
        share = (samples + 1) // 2 / samples
        values = _strength(share * halves[0] + (1 - share) * halves[1])
        error = sampling_error(values, torch.stack([_strength(half) for half in halves]))
        return Map(values, pixel_error=error, steps=samples)


def _strength(slopes: Tensor) -> Tensor:
    return slopes.abs().amax(dim=0).float().cpu()
