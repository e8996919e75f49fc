"""What did a model look at: maps in the coordinates of the picture, kept on disk by what they were made of."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core import attribution
from core.attribution.baselines import BASELINES, Ground, baseline_of, check_baseline
from core.attribution.heat import to_frame
from core.attribution.method import METHODS, Map, Margin, Task, log_odds_of
from core.contracts import AttributionMethod, Dataset, Progress, silent
from core.domain import Attribution, Floats, View
from core.errors import BadInput, CoreError
from core.models.classifier import TrainedClassifier as Classifier
from core.models.framing import Placement
from core.models.fusion import softmax
from core.settings import settings
from core.store.arrays import read_arrays, write_arrays
from core.store.bounded import touch, trim

DEFAULT = "integrated_gradients"
"""The method that is asked where nobody chose."""

MOST_STEPS = 1000
KIND = "maps"
REMEMBERED = 2048

_one_at_a_time = threading.Lock()
"""Two attribution jobs at once are slower than one after the other (see CONTRIBUTING)."""

__all__ = [
    "BASELINES",
    "DEFAULT",
    "Asked",
    "Seen",
    "explain",
    "explanations",
    "methods",
    "placed",
    "seen",
    "stored_explanation",
    "target_of",
    "task_of",
]


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
    placement = placed(dataset, package, picture, model)
    crops = [model.tensor([placement.crop(one.pixels)]) for one in (picture, twin) if one is not None]
    return Seen(picture, placement, crops[0], crops[1] if twin is not None else None)


_placements: dict[tuple[str, str], Placement] = {}
"""Of the last pictures, by their bytes and the framing that models share: finding a package takes longer than a map."""


def placed(dataset: Dataset, package: str, picture: View, model: Classifier) -> Placement:
    """Where the crop of a model lies in a picture of a data set; remembered, and shared by models of one framing."""
    key = (_bytes(dataset.file(package, picture.name).path), repr(model.card.framing))
    if key not in _placements:
        _placements[key] = model.frame(picture)
        for oldest in list(_placements)[:-REMEMBERED]:
            _placements.pop(oldest, None)  # another thread may have been quicker
    return _placements[key]


def target_of(model: Classifier) -> Margin:
    """The log-odds of the class that a model looks for."""
    return log_odds_of(model.card.classes.index(model.card.positive))


def task_of(model: Classifier, seen: Seen, *, baseline: str = "blur", steps: int | None = None, seed: int = 0) -> Task:
    """What an attribution method is asked.

    Raises:
        UnknownName: no such baseline.
        BadInput: the picture has no twin.
    """
    black, white = model.tensor([np.full((1, 1, 3), value, np.uint8) for value in (0, 255)])[:, :, 0, 0]
    ground = Ground(seen.batch, black, white, seen.twin, seed)
    return Task(model.module, seen.batch, baseline_of(baseline, ground), target_of(model), steps, seed)


class How(NamedTuple):
    """How a map is made: with the picture and the weights, all that decides it.

    Attributes:
        method: name in the registry of attribution methods.
        steps: evaluations on a path, or samples; None for as many as the method needs to be exact enough.
        baseline: one of `BASELINES`.
        seed: of whatever the method draws.
    """

    method: str = DEFAULT
    steps: int | None = None
    baseline: str = "blur"
    seed: int = 0

    def check(self) -> None:
        """Refuse what is no way to make a map.

        Raises:
            UnknownName: no such method or baseline.
            BadInput: steps is not positive, or too many.
        """
        METHODS[self.method]  # refuses an unknown name
        check_baseline(self.baseline)
        if self.steps is not None and not 1 <= self.steps <= MOST_STEPS:
            raise BadInput(f"{self.steps} steps make no path.", f"Take between 1 and {MOST_STEPS} steps.")


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

    A map that was made before of the same picture, weights and settings comes from disk.

    Args:
        dataset: where the picture lies.
        package: its id.
        view: the camera.
        model: whose evidence.
        method: name in the registry of attribution methods.
        steps: evaluations on a path, or samples; None for as many as the method needs to be exact enough.
        baseline: one of `BASELINES`.
        seed: of whatever the method draws.
        progress: called along the way; an error raised in it stops the work.

    Raises:
        UnknownName: no such package, view, method or baseline.
        BadInput: the method does not apply to this network, the picture has no twin, or steps is not positive.
    """
    how = How(method, steps, baseline, seed)
    how.check()
    name = _name(dataset, package, view, model, how)
    kept = _kept(name)
    if kept is None:
        with _one_at_a_time:
            kept = _kept(name) or _made(dataset, package, view, model, how, progress)
        write_arrays(name, kept)
        _keep_within_limit()
    return _attribution(kept, package, view, model, how)


def stored_explanation(
    dataset: Dataset, package: str, view: str, model: Classifier, how: How
) -> Attribution | None:
    """The same map where it was made before, None otherwise: never computes."""
    kept = _kept(_name(dataset, package, view, model, how))
    return None if kept is None else _attribution(kept, package, view, model, how)


class Asked(NamedTuple):
    """One map of many: of which view of which package, by which model, made how."""

    package: str
    view: str
    model: str
    how: How


def explanations(
    dataset: Dataset, models: Mapping[str, Classifier], asked: Iterable[Asked], *, progress: Progress = silent
) -> Iterator[tuple[Asked, Attribution | CoreError]]:
    """Many maps, each as soon as it is ready; what cannot be explained comes as the reason why not.

    Args:
        dataset: where the pictures lie.
        models: by name.
        asked: what to explain.
        progress: called before and along each map.
    """
    wanted = list(asked)
    for at, one in enumerate(wanted):

        def within(share: float, text: str, at: int = at, one: Asked = one) -> None:
            progress((at + share) / len(wanted), f"map {at + 1:,} of {len(wanted):,}, {one.model}: {text}")

        within(0.0, f"{one.package} {one.view}")
        try:
            yield one, explain(
                dataset, one.package, one.view, models[one.model], **one.how._asdict(), progress=within
            )
        except CoreError as error:
            yield one, error


Kept = Mapping[str, NDArray[Any]]
"""A map as it lies on disk: values, transform, frame, logits, and facts as JSON."""


def _made(dataset: Dataset, package: str, view: str, model: Classifier, how: How, progress: Progress) -> Kept:
    method = METHODS[how.method]()
    reason = method.fits(model.module)
    if reason is not None:
        raise BadInput(f"{method.title} does not apply to {model.name}: {reason}", "Choose another method.")
    looked = seen(dataset, package, view, model)
    task = task_of(model, looked, baseline=how.baseline, steps=how.steps, seed=how.seed)
    started = time.monotonic()
    found: Map = method(task, progress=progress)
    facts = {
        "seconds": time.monotonic() - started,
        "completeness": found.completeness,
        "pixel_error": found.pixel_error,
        "steps": found.steps,
        "note": found.note,
        "framing": looked.placement.confidence,
    }
    with torch.inference_mode():
        logits = model.module(looked.batch)[0].float().cpu().numpy()
    return {
        "values": found.values.numpy(),
        "transform": looked.placement.transform,
        "frame": np.array(looked.picture.pixels.shape[:2]),
        "logits": logits,
        "facts": np.array(json.dumps(facts)),
    }


def _attribution(kept: Kept, package: str, view: str, model: Classifier, how: How) -> Attribution:
    facts = json.loads(str(kept["facts"]))
    height, width = kept["frame"].tolist()
    chances = softmax(np.asarray(kept["logits"] / model.card.temperature(view), np.float32))
    return Attribution(
        package,
        view,
        model.name,
        how.method,
        model.card.positive,
        to_frame(kept["values"], kept["transform"], (height, width)),
        facts["completeness"],
        float(chances[model.card.classes.index(model.card.positive)]),
        facts["seconds"],
        {"steps": how.steps or 0, "baseline": how.baseline, "seed": how.seed, "framing": facts["framing"]},
        facts["pixel_error"],
        facts["steps"],
        facts["note"],
    )


def _name(dataset: Dataset, package: str, view: str, model: Classifier, how: How) -> str:
    """Where a map is kept: by the bytes of its picture and twin, the weights, what is done to the picture, and how."""
    file, card = dataset.file(package, view), model.card
    pictures = [_bytes(path) for path in (file.path, file.twin_path) if path is not None]
    seeing = (card.architecture, card.input_size, card.mean, card.std, card.classes, card.positive, card.framing)
    parts = (*pictures, card.weights_sha256, repr(seeing), repr(tuple(how)), _code())
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return f"{KIND}/{digest[:2]}/{digest[2:32]}"


def _bytes(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""  # opening it will say why; nothing is kept of a picture that cannot be read


@cache
def _code() -> str:
    """A hash of all code that makes maps: what another version made is not taken for ours."""
    folder = Path(attribution.__file__).parent
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(folder.rglob("*.py")))).hexdigest()


def _kept(name: str) -> Kept | None:
    kept = read_arrays(name)
    if kept is not None:
        touch(name)
    return kept


_written = 0


def _keep_within_limit() -> None:
    """Look at the folder with the first map that this process writes, and with every 32nd from then on."""
    global _written
    if _written % 32 == 0:
        trim(KIND, limit=settings().max_maps_mb * 1_000_000)
    _written += 1
