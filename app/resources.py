"""The cached doors into core: the only file with `st.cache_*`."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

import pandas as pd
import streamlit as st

from app import packages, thumbnails
from app.selection import Selection
from core import study
from core.contracts import Classifier, Dataset, Progress, silent
from core.domain import DAMAGED, Attribution, Package, Pixels, Prediction, View
from core.errors import BadInput, CoreError
from core.figures import rates as figures
from core.figures import theme
from core.settings import settings

ANSWER = ("model", "view", "probability", "framing", "source")
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
def predictions(root: str, names: tuple[str, ...]) -> pd.DataFrame | None:
    """`study.PREDICTION_COLUMNS` of these models (and the ensemble) where they were computed before, otherwise None."""
    return study.stored_predictions(dataset(root), models(names))


def compute_predictions(root: str, names: tuple[str, ...], *, progress: Progress) -> None:
    """Run these models on the whole data set; `predictions` and `table` find the answer from then on."""
    study.predictions(dataset(root), models(names), progress=progress)
    for door in (predictions, table, _performance):
        door.clear()


@st.cache_data(max_entries=4, show_spinner=False)
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
    """The same as one table, see `figures.rates.table`; empty where no package has a known class."""
    return figures.table(performance(chosen, limits))


def hues() -> dict[str, str]:
    """The fixed hue of every model, whichever are chosen."""
    return theme.hues(checkpoints()[0])


@st.cache_resource(max_entries=32, show_spinner=False)
def view(root: str, package: str, name: str) -> View:
    """One picture with its marked regions, decoded; raises `CoreError` where that fails."""
    return dataset(root).view(package, name)


def answers(root: str, package: str, names: tuple[str, ...]) -> pd.DataFrame:
    """What these models say of one package: the stored answers where there are any, otherwise asked now.

    Returns:
        One row an answer: model, view, probability, framing, source ("now" for those asked now).
    """
    stored = predictions(root, names)
    return _asked_now(root, package, names) if stored is None else stored.loc[stored["package"] == package, list(ANSWER)]


@st.cache_data(max_entries=256, show_spinner="Asking every model")
def _asked_now(root: str, package: str, names: tuple[str, ...]) -> pd.DataFrame:
    return _rows(study.predict(models(names), dataset(root).load(package)) if names else ())


@st.cache_data(max_entries=16, show_spinner="Asking every model", hash_funcs={View: lambda view: (view.name, sha256(view.pixels).digest())})
def judge(views: tuple[View, ...], names: tuple[str, ...]) -> pd.DataFrame:
    """What these models say of pictures that are in no data set, as `answers`."""
    return _rows(study.predict(models(names), Package("upload", {view.name: view for view in views})))


def _rows(said: Iterable[Prediction]) -> pd.DataFrame:
    rows = [(one.model, one.view, one.probability(DAMAGED), one.framing, "now") for one in said]
    return pd.DataFrame(rows, columns=list(ANSWER))


def uploaded(name: str, data: bytes) -> Pixels:
    """Decode a picture that a person has sent; raises `CoreError` where it is too large or cannot be read."""
    if len(data) > upload_limit() * 1_000_000:
        raise BadInput(f"{name} is larger than {upload_limit()} MB.", "Save it smaller, or raise SECONDLOOK_MAX_UPLOAD_MB.")
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"upload_view{Path(name).suffix}"
        file.write_bytes(data)
        (package,) = study.package_from_files([file])
    (view,) = package.views.values()
    return view.pixels


def upload_limit() -> int:
    """Largest picture that may be sent, MB."""
    return settings().max_upload_mb


@st.cache_resource
def _maps() -> dict[tuple[object, ...], Attribution]:
    return {}


def attribution(
    root: str, package: str, name: str, model: str, method: str = "integrated_gradients",
    *, steps: int = 32, baseline: str = "blur", progress: Progress = silent,
) -> Attribution:
    """What one model saw in one view, see `study.explain`; one is computed at a time and the last 96 are remembered."""
    key = (root, package, name, model, method, steps, baseline)
    with _ONE_MAP_AT_A_TIME:
        maps = _maps()
        if key not in maps:
            found = study.explain(
                dataset(root), package, name, models((model,))[model], method,
                steps=steps, baseline=baseline, progress=progress,
            )
            maps[key] = found
            for oldest in list(maps)[:-96]:
                del maps[oldest]
        return maps[key]


def remembered_attribution(
    root: str, package: str, name: str, model: str, method: str = "integrated_gradients",
    *, steps: int = 32, baseline: str = "blur",
) -> Attribution | None:
    """The same map where it was computed before, otherwise None: never waits."""
    return _maps().get((root, package, name, model, method, steps, baseline))


def small_pictures(root: str, wanted: list[tuple[str, str, str]], *, seconds: float = 0.8) -> list[str | None]:
    """Thumbnails as `data:` addresses, from disk or made now.

    Args:
        root: of the data set.
        wanted: package, view and path of each picture.
        seconds: how long new ones may be made; those that were not reached are None, so ask again.

    Returns:
        One address a picture, "" where the picture cannot be read.
    """
    until = time.monotonic() + seconds
    return [_small_picture(root, package, name, path, until) for package, name, path in wanted]


def _small_picture(root: str, package: str, name: str, path: str, until: float) -> str | None:
    try:
        file = thumbnails.place(path, settings().cache)
        ready = thumbnails.address(file)
        if ready is None and time.monotonic() < until:
            thumbnails.make(file, dataset(root).view(package, name).pixels)
            ready = thumbnails.address(file)
        return ready
    except (CoreError, OSError):
        return ""


def forget() -> None:
    """Read everything again from disk."""
    for door in (dataset, checkpoints, inventory, predictions, table, _performance, view, _asked_now, _maps):
        door.clear()
