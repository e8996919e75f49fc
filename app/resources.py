"""The cached doors into core: the only file with `st.cache_*`."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from app import closeups, packages, thumbnails
from app.closeups import Closeup
from app.selection import Selection
from core import study
from core.contracts import Classifier, Dataset, Progress, silent
from core.domain import DAMAGED, PACKAGE, Attribution, Floats, Package, Pixels, Prediction, Truth, View
from core.errors import CoreError
from core.figures import theme
from core.settings import settings

ANSWER = ("model", "view", "probability", "framing", "source")
SMOOTH = 0.8
"""Pixels by which the outline of a mask may leave the border: a close-up magnifies its stairs otherwise."""
_ONE_MAP_AT_A_TIME = Lock()


@st.cache_resource(max_entries=4, show_spinner="Reading the data set")
def dataset(root: str) -> Dataset:
    """The data set in a folder; raises `CoreError` where there is none."""
    return study.open_dataset(Path(root))


@st.cache_resource(show_spinner="Loading the models")
def checkpoints() -> tuple[dict[str, Classifier], dict[str, str]]:
    """Every model by name, and the refused checkpoints with their reasons."""
    return study.open_models()


def models(names: tuple[str, ...]) -> dict[str, Classifier]:
    """The named models, in this order; names nobody knows are left out."""
    found, _ = checkpoints()
    return {name: found[name] for name in names if name in found}


@st.cache_data(max_entries=4, show_spinner="Checking every file")
def inventory(root: str) -> pd.DataFrame:
    """Health of every file of the data set, see `study.inventory`."""
    return study.inventory(dataset(root))


@st.cache_data(max_entries=4, show_spinner=False)
def leaks(root: str) -> tuple[str, ...]:
    """What two splits of the data set share, see `study.leaks`."""
    return study.leaks(dataset(root), inventory(root))


def predictions(root: str, names: tuple[str, ...]) -> pd.DataFrame | None:
    """`study.PREDICTION_COLUMNS` of these models and the ensemble of all, None where they were not computed yet."""
    found = _predictions(root)
    return None if found is None else found[found["model"].isin([*names, *([study.ENSEMBLE] * (len(names) > 1))])]


@st.cache_data(max_entries=4, show_spinner="Looking for stored answers")
def _predictions(root: str) -> pd.DataFrame | None:
    return study.stored_predictions(dataset(root), checkpoints()[0])


def compute_predictions(root: str, *, progress: Progress) -> None:
    """Ask every model about the whole data set; `predictions` and `table` find the answers from then on."""
    study.predictions(dataset(root), checkpoints()[0], progress=progress)
    for door in (_predictions, table, _performance):
        door.clear()


@st.cache_data(max_entries=8, show_spinner=False)
def table(root: str, names: tuple[str, ...]) -> pd.DataFrame:
    """One row a package, see `packages.table`; without probabilities where nothing was computed yet."""
    return packages.table(dataset(root).index, predictions(root, names))


def thresholds(names: tuple[str, ...], threshold: float | None) -> dict[str, float]:
    """The threshold of each model and of the ensemble: the same for all, or each model's own from its card."""
    found = models(names)
    own = {name: float(model.card.threshold) for name, model in found.items()}
    return {name: threshold or own.get(name, 0.5) for name in (*found, study.ENSEMBLE)}


def performance(chosen: Selection, limits: Mapping[str, float]) -> dict[str, Any]:
    """How often the chosen models are right on the chosen split, see `study.performance`."""
    return _performance(chosen.data, chosen.models, chosen.split, tuple(limits.items()))


@st.cache_data(max_entries=64, show_spinner=False)
def _performance(
    root: str, names: tuple[str, ...], split: str | None, limits: tuple[tuple[str, float], ...]
) -> dict[str, Any]:
    found = predictions(root, names)
    if found is None:
        return {"models": {}}
    return study.performance(packages.of_split(found[found["label"].notna()], split), threshold=dict(limits))


def rates(chosen: Selection, limits: Mapping[str, float]) -> pd.DataFrame:
    """The same as one table, see `study.rates`; empty where no package has a known class."""
    return study.rates(performance(chosen, limits))


def measured() -> dict[str, pd.DataFrame]:
    """By data set, what the cards say the models reached in cross-validation, as `rates`."""
    found: dict[str, dict[str, Any]] = {}
    for name, model in checkpoints()[0].items():
        for dataset, parts in model.card.measured.items():
            views = {view: figures for view, figures in parts.items() if view != PACKAGE}
            found.setdefault(dataset, {})[name] = {PACKAGE: parts[PACKAGE], "views": views}
    return {dataset: study.rates({"models": models}) for dataset, models in found.items()}


def hues() -> dict[str, str]:
    """The fixed hue of every model, whichever are chosen."""
    return theme.hues(checkpoints()[0])


@st.cache_resource(max_entries=32, show_spinner=False)
def view(root: str, package: str, name: str) -> View:
    """One picture with its marked regions, decoded; raises `CoreError` where that fails."""
    return dataset(root).view(package, name)


class Known(NamedTuple):
    """What is known of a picture beyond its class.

    Attributes:
        truth: None where it is not known.
        outline: polygons around the damage, in 0..1 of the frame.
        twin: the same picture without the damage, None where there is none.
        problem: what of this cannot be read, "" where all is well.
    """

    truth: Truth | None = None
    outline: tuple[Floats, ...] = ()
    twin: View | None = None
    problem: str = ""


@st.cache_resource(max_entries=32, show_spinner=False)
def known(root: str, package: str, name: str) -> Known:
    """The damaged pixels and the twin of one picture; what cannot be read is said, and the picture stands."""
    found, problems = Known(), []
    try:
        if (truth := dataset(root).truth(package, name)) is not None:
            found = found._replace(truth=truth, outline=study.outlines(truth.mask, within=SMOOTH))
    except CoreError as error:
        problems.append(str(error))
    try:
        found = found._replace(twin=dataset(root).twin(package, name))
    except CoreError as error:
        problems.append(str(error))
    return found._replace(problem=" ".join(problems))


@st.cache_data(max_entries=256, show_spinner=False)
def without_damage(root: str, package: str, names: tuple[str, ...]) -> pd.DataFrame | None:
    """What the same networks say of a package as photographed and of its twins; None where a view has no twin.

    Returns:
        One row a model, fused: model, probability as photographed, without: probability of damaged without the damage.
    """
    views = dataset(root).load(package).views
    twins = {name: twin for name in views if (twin := known(root, package, name).twin) is not None}
    if not names or not twins or len(twins) < len(views):
        return None
    said = [_rows(study.predict(models(names), Package(package, pictures))) for pictures in (views, twins)]
    before, after = (rows[rows["view"] == PACKAGE].set_index("model")["probability"] for rows in said)
    return pd.DataFrame({"probability": before, "without": after}).rename_axis("model").reset_index()


def answers(root: str, package: str, names: tuple[str, ...]) -> pd.DataFrame:
    """What these models say of one package: the stored answers where there are any, otherwise asked now.

    Returns:
        One row an answer: model, view, probability, framing, source ("now" for those asked now).
    """
    stored = predictions(root, names)
    return (
        _asked_now(root, package, names) if stored is None else stored.loc[stored["package"] == package, list(ANSWER)]
    )


def crop_size(model: str) -> tuple[int, int]:
    """Height and width of what a model sees, pixels."""
    height, width = checkpoints()[0][model].card.input_size
    return int(height), int(width)


@st.cache_resource(max_entries=64, show_spinner=False)
def closeup(root: str, package: str, name: str, model: str) -> Closeup:
    """One view cut out upright as this model sees it, see `closeups.cut`."""
    also = known(root, package, name)
    return closeups.cut(view(root, package, name), checkpoints()[0][model], outline=also.outline, twin=also.twin)


@st.cache_data(max_entries=256, show_spinner="Asking every model")
def _asked_now(root: str, package: str, names: tuple[str, ...]) -> pd.DataFrame:
    return _rows(study.predict(models(names), dataset(root).load(package)) if names else ())


@st.cache_data(
    max_entries=16,
    show_spinner="Asking every model",
    hash_funcs={View: lambda view: (view.name, sha256(view.pixels).digest())},
)
def judge(views: tuple[View, ...], names: tuple[str, ...]) -> pd.DataFrame:
    """What these models say of pictures that are in no data set, as `answers`."""
    return _rows(study.predict(models(names), Package("upload", {view.name: view for view in views})))


def _rows(said: Iterable[Prediction]) -> pd.DataFrame:
    rows = [(one.model, one.view, one.probability(DAMAGED), one.framing, "now") for one in said]
    return pd.DataFrame(rows, columns=list(ANSWER))


def uploaded(name: str, data: bytes) -> Pixels:
    """Decode a picture that a person has sent; raises `CoreError` where it is too large or cannot be read."""
    return study.read_image_bytes(data, name)


def upload_limit() -> int:
    """Largest picture that may be sent, MB."""
    return settings().max_upload_mb


class Question(NamedTuple):
    """What a map answers: the picture, the model, and how it is computed."""

    root: str
    package: str
    view: str
    model: str
    steps: int
    baseline: str
    method: str = "integrated_gradients"


@st.cache_resource
def _maps() -> dict[Question, Attribution]:
    return {}


def attribution(asked: Question, *, progress: Progress = silent) -> Attribution:
    """What one model saw in one view, see `study.explain`; one is computed at a time and the last 96 are remembered."""
    with _ONE_MAP_AT_A_TIME:
        maps = _maps()
        if asked not in maps:
            maps[asked] = study.explain(
                dataset(asked.root),
                asked.package,
                asked.view,
                models((asked.model,))[asked.model],
                asked.method,
                steps=asked.steps,
                baseline=asked.baseline,
                progress=progress,
            )
            for oldest in list(maps)[:-96]:
                del maps[oldest]
        return maps[asked]


def remembered_attribution(asked: Question) -> Attribution | None:
    """The same map where it was computed before, otherwise None: never waits."""
    return _maps().get(asked)


class Small(NamedTuple):
    """A small picture as a `data:` address; "" and ready where it cannot be read."""

    address: str
    ready: bool


def small_pictures(root: str, wanted: list[tuple[str, str, str]], *, closeup: bool, seconds: float) -> list[Small]:
    """Thumbnails, from disk or made now.

    Args:
        root: of the data set.
        wanted: package, view and path of each picture.
        closeup: cut out as the models see it; the whole frame stands in until it is ready.
        seconds: how long new ones may be made; for those that are not ready, ask again.
    """
    until = time.monotonic() + seconds
    whole = [_small_picture(root, *one, until) for one in wanted]
    framed_by = next(iter(checkpoints()[0]), "") if closeup else ""
    if not framed_by:
        return whole
    cut = [_small_picture(root, *one, until, framed_by) for one in wanted]
    return [near if near.address else Small(far.address, near.ready) for near, far in zip(cut, whole, strict=True)]


def _small_picture(root: str, package: str, name: str, path: str, until: float, framed_by: str = "") -> Small:
    kind = f"cut out as {checkpoints()[0][framed_by].card.framing}" if framed_by else "whole"
    try:
        file = thumbnails.place(path, settings().cache, kind)
        if thumbnails.address(file) is None and time.monotonic() < until:
            _make_small(file, root, package, name, framed_by)
        ready = thumbnails.address(file)
    except OSError:
        return Small("", True)
    return Small(ready or "", ready is not None)


def _make_small(file: Path, root: str, package: str, name: str, framed_by: str) -> None:
    try:
        picture = dataset(root).view(package, name)
        shown = closeups.cut(picture, checkpoints()[0][framed_by]).view if framed_by else picture
    except CoreError:
        thumbnails.give_up(file)
    else:
        thumbnails.make(file, shown.pixels)


def forget() -> None:
    """Read everything again from disk."""
    for door in (dataset, checkpoints, inventory, leaks, _predictions, table, _performance):
        door.clear()
    for door in (view, known, without_damage, closeup, _asked_now, _maps):
        door.clear()
