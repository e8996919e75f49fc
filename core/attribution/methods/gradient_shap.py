"""GradientSHAP: expected gradients."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from core.attribution.drawn import mean_of_halves, sampling_error
from core.attribution.forward import margins
from core.attribution.method import METHODS, Map, Task
from core.contracts import Progress, silent

NOISE = 0.05
"""Standard deviation of the noise on a lone baseline, of the range of the picture."""

PATH = 0.8
"""Share of the work, for the progress, that the gradients are; the rest is the answers at the baselines."""


@METHODS.register("gradient_shap")
class GradientShap:
    """GradientSHAP (Erion 1906.10670): gradients at random points between the picture and random baselines.

    Integrated Gradients expected over a distribution of baselines, so that no single one decides. The distribution is
    the chosen baseline's pictures where it has several, such as noise; a lone picture is drawn with noise of 5 % of
    the picture's range. Points are drawn evenly: one in each of as many equal parts of the way as there are samples.
    """

    title = "GradientSHAP"
    signed = True
    steps: int | None = 64
    baseline = True
    reference = (
        "Erion et al., Improving Performance of Deep Learning Models with Axiomatic Attribution Priors and "
        "Expected Gradients, arXiv 1906.10670"
    )

    def fits(self, module: nn.Module) -> str | None:
        """Any differentiable network."""
        return None

    def __call__(self, task: Task, *, progress: Progress = silent) -> Map:
        """The map of one picture; its pixel error is that of drawing so few samples."""
        samples = task.steps or self.steps or 1
        generator = torch.Generator().manual_seed(task.seed)
        where = (torch.randperm(samples, generator=generator) + torch.rand(samples, generator=generator)) / samples
        start_from = drawn_baselines(task, samples, generator)

        def draw(start: int, stop: int) -> tuple[Tensor, Tensor]:
            away = task.batch - start_from[start:stop]
            return start_from[start:stop] + where[start:stop].view(-1, 1, 1, 1).to(away) * away, away

        def on_the_path(share: float, text: str) -> None:
            progress(PATH * share, text)

        def at_the_ends(share: float, text: str) -> None:
            progress(PATH + (1 - PATH) * share, text)

        halves = mean_of_halves(task, samples, draw, on_the_path).sum(dim=1).float().cpu()
        share = (samples + 1) // 2 / samples
        values = share * halves[0] + (1 - share) * halves[1]
        ends = margins(task.module, torch.cat([task.batch, start_from]), task.margin, progress=at_the_ends)
        difference = (ends[0] - ends[1:].mean()).item()
        completeness = abs(values.sum().item() - difference) / max(abs(difference), 1e-6)
        lone = "The baseline is drawn with noise of 5 % of the picture's range." if len(task.baseline) == 1 else ""
        return Map(values, completeness, sampling_error(values, halves), 2 * samples + 1, lone)


def drawn_baselines(task: Task, samples: int, generator: torch.Generator) -> Tensor:
    """(samples, 3, h, w) baselines: each of several as often as the others, or the lone one with noise."""
    if len(task.baseline) > 1:
        turn = torch.randperm(samples, generator=generator) % len(task.baseline)
        return task.baseline[turn.to(task.baseline.device)]
    noise = torch.randn(samples, *task.batch.shape[1:], generator=generator).to(task.batch)
    return task.baseline + NOISE * (task.batch.max() - task.batch.min()) * noise
