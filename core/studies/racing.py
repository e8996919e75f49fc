"""How fast is the engine: on the networks at hand, and on two well-known ones, beside captum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor, nn

from core.attribution.baselines import blurred
from core.attribution.method import Task, log_odds_of
from core.attribution.race import Race, race
from core.contracts import Dataset, Progress, silent
from core.models.backbones import build
from core.models.classifier import TrainedClassifier as Classifier
from core.studies.explanation import seen, task_of

__all__ = ["KNOWN", "Race", "races"]

KNOWN = ("resnet18", "efficientnet_b0")
"""Architectures that everybody has; with random weights, and BatchNorm that has seen the pictures."""


def races(
    dataset: Dataset,
    models: Mapping[str, Classifier],
    *,
    pictures: int = 2,
    rounds: int = 3,
    seed: int = 0,
    progress: Progress = silent,
) -> Iterator[tuple[str, Race]]:
    """The engine beside captum on each network, one after the other.

    Args:
        dataset: whose pictures; the first `pictures` of a draw.
        models: the networks at hand, by name.
        pictures: maps that each way makes in a round.
        rounds: how often each is timed.
        seed: of the draw, and of the random weights.
        progress: called between the maps.
    """
    rows = dataset.index.sample(n=min(pictures, len(dataset.index)), random_state=seed)
    places = list(zip(rows["package"], rows["view"], strict=True))
    count = len(models) + len(KNOWN)
    for at, (name, tasks) in enumerate(_tasks(dataset, models, places, seed)):

        def within(share: float, text: str, at: int = at, name: str = name) -> None:
            progress((at + share) / count, f"{name}: {text}")

        yield name, race(tasks, rounds=rounds, progress=within)


def _tasks(
    dataset: Dataset, models: Mapping[str, Classifier], places: Sequence[tuple[str, str]], seed: int
) -> Iterator[tuple[str, list[Task]]]:
    batches: list[Tensor] = []
    for name, model in models.items():
        tasks = [task_of(model, seen(dataset, package, view, model)) for package, view in places]
        batches = batches or [task.batch for task in tasks]
        yield name, tasks
    for architecture in KNOWN:
        module = _seasoned(architecture, batches, seed)
        ends = [(batch, blurred(batch)) for batch in batches]
        yield architecture, [Task(module, batch, baseline, log_odds_of(0)) for batch, baseline in ends]


def _seasoned(architecture: str, batches: Sequence[Tensor], seed: int) -> nn.Module:
    """With random weights, and the BatchNorm statistics of these pictures and their blurred ones."""
    torch.manual_seed(seed)
    height, width = batches[0].shape[-2:]
    module = build(architecture, classes=2, size=(height, width)).to(batches[0].device)
    with torch.no_grad():
        for _ in range(20):
            module.train()(torch.cat([*batches, *map(blurred, batches)]))
    return module.eval()
