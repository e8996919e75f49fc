"""What did a model look at: one map, in the coordinates of the picture."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import torch
from scipy.special import expit
from torch import Tensor

from core.attribution.baselines import BASELINES, Ground, baseline_of
from core.attribution.heat import to_frame
from core.attribution.method import METHODS, Map, Margin, Task, log_odds_of
from core.contracts import AttributionMethod, Dataset, Progress, silent
from core.domain import Attribution, Floats, View
from core.errors import BadInput
from core.models.classifier import TrainedClassifier as Classifier
from core.models.framing import Placement

DEFAULT = "integrated_gradients"
"""The method that is asked where nobody chose."""

MOST_STEPS = 1000

_one_at_a_time = threading.Lock()
"""Two attribution jobs at once are slower than one after the other (see CONTRIBUTING)."""

__all__ = ["BASELINES", "DEFAULT", "Seen", "explain", "methods", "seen", "task_of"]


def methods() -> dict[str, type[AttributionMethod]]:
    """Every attribution method by name."""
    return {name: METHODS[name] for name in METHODS}


@dataclass(frozen=True, slots=True)
class Seen:
    """One view as one model sees it.

    Attributes:
        picture: the whole frame.
        placement: where the crop lies in it.
        batch: (1, 3, h, w) float32 normalized, the crop.
        twin: the same crop without the damage, None where the data set has none.
    """

    picture: View
    placement: Placement
    batch: Tensor
    twin: Tensor | None

    def in_frame(self, values: Tensor) -> Floats:
        """An (h, w) map of the crop in the coordinates of the frame, its sum kept."""
        return to_frame(values.numpy(), self.placement.transform, self.picture.pixels.shape[:2])


def seen(dataset: Dataset, package: str, view: str, model: Classifier) -> Seen:
    """One view as one model sees it.

    Raises:
        UnknownName: no such package or view.
        UnreadableImage: the picture or its twin cannot be decoded.
    """
    picture, twin = dataset.view(package, view), dataset.twin(package, view)
    placement = model.frame(picture)
    crops = [model.tensor([placement.crop(one.pixels)]) for one in (picture, twin) if one is not None]
    return Seen(picture, placement, crops[0], crops[1] if twin is not None else None)


def target_of(model: Classifier) -> Margin:
    """The log-odds of the class that a model looks for."""
    return log_odds_of(model.card.classes.index(model.card.positive))


def task_of(model: Classifier, seen: Seen, *, baseline: str = "blur", steps: int | None = None, seed: int = 0) -> Task:
    """What an attribution method is asked.

    Raises:
        UnknownName: no such baseline.
        BadInput: the picture has no twin.
    """
    black, white = (
        model.tensor([seen.placement.crop(seen.picture.pixels) * 0 + value])[0, :, 0, 0] for value in (0, 255)
    )
    ground = Ground(seen.batch, black, white, seen.twin, seed)
    return Task(model.module, seen.batch, baseline_of(baseline, ground), target_of(model), steps, seed)


def explain(
    dataset: Dataset,
    package: str,
    view: str,
    model: Classifier,
    method: str = DEFAULT,
    *,
    steps: int | None = None,
    baseline: str = "blur",
    seed: int = 0,
    progress: Progress = silent,
) -> Attribution:
    """What one model saw in one view, in frame coordinates, for the log-odds of damaged.

    Args:
        dataset: where the picture lies.
        package: its id.
        view: the camera.
        model: whose evidence.
        method: name in the registry of attribution methods.
        steps: evaluations on a path, or samples; None for as many as the method needs to be exact enough.
        baseline: one of `BASELINES`.
        seed: of whatever the method draws.
        progress: called along the path; an error raised in it stops the work.

    Raises:
        UnknownName: no such package, view, method or baseline.
        BadInput: the method does not apply to this network, the picture has no twin, or steps is not positive.
    """
    if steps is not None and not 1 <= steps <= MOST_STEPS:
        raise BadInput(f"{steps} steps make no path.", f"Take between 1 and {MOST_STEPS} steps.")
    explained = METHODS[method]()
    reason = explained.fits(model.module)
    if reason is not None:
        raise BadInput(f"{explained.title} does not apply to {model.name}: {reason}", "Choose another method.")
    looked = seen(dataset, package, view, model)
    task = task_of(model, looked, baseline=baseline, steps=steps, seed=seed)
    with _one_at_a_time:
        started = time.monotonic()
        found: Map = explained(task, progress=progress)
        seconds = time.monotonic() - started
    with torch.inference_mode():
        odds = task.margin(model.module(looked.batch) / model.card.temperature(view)).item()
    return Attribution(
        package,
        view,
        model.name,
        method,
        model.card.positive,
        looked.in_frame(found.values),
        found.completeness,
        float(expit(odds)),
        seconds,
        {"steps": steps or 0, "baseline": baseline, "seed": seed, "framing": looked.placement.confidence},
        found.pixel_error,
        found.steps,
        found.note,
    )
