"""The cached doors into core: the only file with `st.cache_*`."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from app import closeups, overlays, packages, thumbnails
from app import report as contents
from app.closeups import Closeup
from app.selection import Selection
from core import study
from core.contracts import AnnotationStore, Classifier, CorrectionStore, Dataset, Progress, silent
from core.domain import (
    DAMAGED,
    ONE_VIEW,
    PACKAGE,
    Attribution,
    Correction,
    Cut,
    Floats,
    Mask,
    Package,
    Pixels,
    Prediction,
    Reading,
    Truth,
    View,
)
from core.errors import CoreError
from core.figures import theme
from core.figures.curves import Curve
from core.settings import settings
from core.studies import agreement as holding
from core.studies import annotation as noting
from core.studies import (
    annotators,
    comparison,
    corrections,
    economics,
    explanation,
    honeypots,
    identity,
    jointly,
    marking,
    patterns,
    resemblance,
    retraining,
)
from core.studies import calibration as calibrating
from core.studies import causes as causing
from core.studies import consensus as agreeing
from core.studies import consistency as likening
from core.studies import features as seeing
from core.studies import fusion as fusing
from core.studies import measures as measuring
from core.studies import performance as stored
from core.studies import promotion as promoting
from core.studies import reasons as reasoning
from core.studies import regions as sourcing
from core.studies import reviewing as reviews
from core.studies import robustness as withstanding
from core.studies import serials as printing
from core.studies import shares as sharing
from core.studies import shortcuts as leaning
from core.studies import stability as steady
from core.studies import trust as trusting
from core.studies.comparison import Compared

ANSWER = ("model", "view", "probability", "framing", "source")
SMOOTH = 0.8
"""Pixels by which the outline of a mask may leave the border: a close-up magnifies its stairs otherwise."""
MAPS = 192
"""Maps that are remembered, of 2 MB each: more than fit on a page, which would otherwise compute them for ever."""


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
    """`study.PREDICTION_COLUMNS` of these models and the ensemble of all, None where they were not computed yet.

    The frame is everybody's: never change it.
    """
    return None if run(root) is None else _predictions(root, names)


@st.cache_resource(max_entries=4, show_spinner="Looking for stored answers")
def _predictions(root: str, names: tuple[str, ...]) -> pd.DataFrame | None:
    found = study.stored_predictions(dataset(root), checkpoints()[0])
    chosen = [*names, *([study.ENSEMBLE] * (len(names) > 1))]
    return None if found is None else study.shaped(found[found["model"].isin(chosen)].astype({"model": str}))


def run(root: str) -> str | None:
    """Name of the stored run of predictions of all models, None where it was not computed yet."""
    found = _run(root)
    if found is None:
        _run.clear(root)  # it may be there the next time: once the files are checked, one that came along is found
    return found


@st.cache_data(max_entries=4, show_spinner="Looking for stored answers")
def _run(root: str) -> str | None:
    return study.stored_run(dataset(root), checkpoints()[0])


def compute_predictions(root: str, *, progress: Progress) -> None:
    """Ask every model about the whole data set; `predictions` and `table` find the answers from then on."""
    study.predictions(dataset(root), checkpoints()[0], progress=progress)
    for door in RUN_DOORS:
        door.clear()


def table(root: str, names: tuple[str, ...]) -> pd.DataFrame:
    """One row a package, see `packages.table`; without probabilities where nothing was computed yet.

    The table is everybody's: never change it.
    """
    return _table(root, names, run(root))


@st.cache_resource(max_entries=8, show_spinner=False)
def _table(root: str, names: tuple[str, ...], run: str | None) -> pd.DataFrame:
    return packages.table(dataset(root).index, None if run is None else predictions(root, names))


def cuts(names: tuple[str, ...], threshold: float | None, *, view: str = PACKAGE) -> dict[str, Cut]:
    """Where each model and the ensemble decide: at one threshold for all, or each by its policy, else its card.

    A policy decides about packages; about a single view the card's threshold does.
    """
    both = (*models(names), study.ENSEMBLE)
    if threshold is not None:
        return dict.fromkeys(both, Cut.at(threshold))
    own = economics.cuts(checkpoints()[0], view=view)
    return {name: own[name] for name in both if name in own}


def both_cuts(names: tuple[str, ...], threshold: float | None) -> tuple[dict[str, Cut], dict[str, Cut]]:
    """Where each decides about packages, and where about single views, see `cuts`."""
    return cuts(names, threshold), cuts(names, threshold, view=ONE_VIEW)


def performance(chosen: Selection, limits: Mapping[str, Cut]) -> dict[str, Any]:
    """How often the chosen models are right on the chosen split, see `study.performance`."""
    single = cuts(chosen.models, chosen.threshold, view=ONE_VIEW)
    return _performance(chosen.data, chosen.models, chosen.split, tuple(limits.items()), tuple(single.items()))


@st.cache_data(max_entries=64, show_spinner=False)
def _performance(
    root: str,
    names: tuple[str, ...],
    split: str | None,
    limits: tuple[tuple[str, Cut], ...],
    single: tuple[tuple[str, Cut], ...],
) -> dict[str, Any]:
    name = run(root)
    if name is None:
        return {"models": {}}
    cuts = {model: cut for model, cut in limits if model != study.ENSEMBLE or len(names) > 1}
    counts = stored.counted(name, cuts, single=dict(single), split=split)
    return stored.performance(counts, _rankings(root, names, split))


@st.cache_resource(max_entries=32, show_spinner=False)
def _rankings(root: str, names: tuple[str, ...], split: str | None) -> dict[tuple[str, str], Any]:
    """What no threshold changes, see `core.studies.performance.ranked`."""
    found = predictions(root, names)
    return {} if found is None else stored.ranked(packages.of_split(found, split))


@st.cache_data(max_entries=32, show_spinner=False)
def sources(root: str, split: str | None) -> dict[str, int]:
    """Packages with a known class by where their answers come from; empty where nothing was computed."""
    name = run(root)
    return {} if name is None else stored.sources(name, split=split)


def compared(chosen: Selection, view: str) -> Compared:
    """The chosen models side by side on the chosen split, see `core.studies.comparison`."""
    limits = cuts(chosen.models, chosen.threshold, view=view)
    return _compared(chosen.data, chosen.models, chosen.split, view, tuple(limits.items()))


@st.cache_resource(max_entries=32, show_spinner=False)
def _compared(
    root: str, names: tuple[str, ...], split: str | None, view: str, limits: tuple[tuple[str, Cut], ...]
) -> Compared:
    return comparison.compared(answered(root, names, split, view), dict(limits), view=view)


@st.cache_resource(max_entries=32, show_spinner=False)
def curves(root: str, names: tuple[str, ...], split: str | None, view: str) -> Curves:
    """ROC and precision-recall curves of the chosen models on a view."""
    known = answered(root, names, split, view)
    return Curves(study.rocs(known), study.precision_recalls(known))


@st.cache_resource(max_entries=32, show_spinner=False)
def answered(root: str, names: tuple[str, ...], split: str | None, view: str) -> pd.DataFrame:
    """The answers of the chosen models on one view of the packages with a known class.

    The frame is everybody's: never change it.
    """
    found = predictions(root, names)
    if found is None:
        return pd.DataFrame(columns=list(study.PREDICTION_COLUMNS))
    return packages.of_split(found[(found["view"] == view) & found["label"].notna()], split)


def rates(chosen: Selection, limits: Mapping[str, Cut]) -> pd.DataFrame:
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


class Curves(NamedTuple):
    """By model, see `study.rocs` and `study.precision_recalls`."""

    roc: Mapping[str, Curve]
    precision_recall: Mapping[str, Curve]


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
    method: str = explanation.DEFAULT
    steps: int | None = None
    baseline: str = "blur"


@st.cache_resource
def _maps() -> dict[Question, Attribution]:
    return {}


def attribution(asked: Question, *, progress: Progress = silent) -> Attribution:
    """What one model saw in one view, see `explanation.explain`, which makes one at a time; `MAPS` are remembered."""
    if (known := _maps().get(asked)) is not None:
        return known
    found = explanation.explain(
        dataset(asked.root),
        asked.package,
        asked.view,
        models((asked.model,))[asked.model],
        asked.method,
        steps=asked.steps,
        baseline=asked.baseline,
        progress=progress,
    )
    return _remembered(asked, found)


def stored_attribution(asked: Question) -> Attribution | None:
    """The same map where it is remembered or lies on disk, otherwise None: never computes."""
    if (known := _maps().get(asked)) is not None:
        return known
    how = explanation.How(asked.method, asked.steps, asked.baseline)
    model = models((asked.model,))[asked.model]
    found = explanation.stored_explanation(dataset(asked.root), asked.package, asked.view, model, how)
    return None if found is None else _remembered(asked, found)


def _remembered(asked: Question, found: Attribution) -> Attribution:
    """Remember a map, and forget the oldest beyond `MAPS`."""
    maps = _maps()
    maps[asked] = found
    for oldest in list(maps)[:-MAPS]:
        maps.pop(oldest, None)  # another session may have been quicker
    return found


def annotations() -> AnnotationStore:
    """Where the settings say that annotations are kept; raises `CoreError` where that cannot be reached."""
    return _annotations(settings().database_url)


@st.cache_resource(max_entries=2, show_spinner=False)
def _annotations(url: str) -> AnnotationStore:
    return noting.open_annotations(url)


@st.cache_data(max_entries=512, show_spinner="Looking for the package")
def package_box(root: str, package: str, name: str) -> marking.Box:
    """Around the package in one view, as the first model sees it, see `marking.package_box`."""
    return marking.package_box(dataset(root), package, name, next(iter(checkpoints()[0].values()), None))


def evidence(found: Mapping[Question, Attribution]) -> marking.Evidence:
    """The maps of one view, prepared to be scored at every stroke, see `marking.evidence`."""
    return _evidence(tuple(found), tuple(found.values()))


@st.cache_resource(max_entries=16, show_spinner=False)
def _evidence(asked: tuple[Question, ...], _found: tuple[Attribution, ...]) -> marking.Evidence:
    first = asked[0]
    maps = {one.model: one for one in _found}
    return marking.evidence(dataset(first.root), first.package, first.view, checkpoints()[0], maps)


@st.cache_data(max_entries=256, show_spinner=False)
def refusal(model: str, method: str) -> str:
    """Why a method does not apply to a model, "" where it does."""
    return explanation.methods()[method]().fits(checkpoints()[0][model].module) or ""


def together(known: Mapping[Question, Attribution], sigma: float) -> agreeing.Together:
    """What the maps of several models say together, see `agreeing.together`."""
    return _together(tuple(known), sigma, tuple(known.values()))


@st.cache_resource(max_entries=32, show_spinner=False)
def _together(asked: tuple[Question, ...], sigma: float, _found: tuple[Attribution, ...]) -> agreeing.Together:
    return agreeing.together(_found, sigma=sigma)


def shares(known: Mapping[Question, Attribution], sigma: float) -> sharing.Shares:
    """Which view carries the decision of one model, from its maps of all views, see `sharing.shares`."""
    return _shares(tuple(known), sigma, tuple(known.values()))


@st.cache_resource(max_entries=64, show_spinner=False)
def _shares(asked: tuple[Question, ...], sigma: float, _found: tuple[Attribution, ...]) -> sharing.Shares:
    return sharing.shares(checkpoints()[0][asked[0].model], {one.view: one for one in _found}, sigma=sigma)


def report(chosen: Selection) -> bytes:
    """Everything that is known of all models on the chosen split, as one HTML file, see `app.report`."""
    found = study.predictions(dataset(chosen.data), checkpoints()[0])
    opened, every = dataset(chosen.data), checkpoints()[0]
    limits, single = both_cuts(tuple(every), chosen.threshold)
    rows = packages.of_split(found, chosen.split)
    asked = contents.Asked(opened, every, chosen.split, rows, inventory(chosen.data), limits, single)
    return contents.html(asked, when=datetime.now(UTC)).encode()


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


@st.cache_resource(max_entries=2, show_spinner=False)
def measures(root: str) -> pd.DataFrame | None:
    """What was measured of every picture, see `measuring.measures`; None where it was not yet. Never change it."""
    return measuring.stored_measures(dataset(root), checkpoints()[0])


def compute_measures(root: str, *, progress: Progress) -> None:
    """Measure every picture; `measures` finds it from then on."""
    measuring.measures(dataset(root), checkpoints()[0], progress=progress)
    measures.clear()


@st.cache_resource(max_entries=2, show_spinner=False)
def features(root: str) -> pd.DataFrame | None:
    """What every network sees of every picture, see `seeing.features`; None where unknown yet. Never change it."""
    return seeing.stored_features(dataset(root), checkpoints()[0])


def compute_features(root: str, *, progress: Progress) -> None:
    """Let every network see every picture; `features` finds it from then on."""
    seeing.features(dataset(root), checkpoints()[0], progress=progress)
    features.clear()


@st.cache_resource(max_entries=64, show_spinner="Looking where errors gather")
def slices(root: str, split: str | None, model: str, view: str, limit: Cut, kind: str) -> patterns.Found:
    """Every slice of the measured pictures against its rest, see `patterns.slices`."""
    rows = patterns.answers(packages.of_split(_every(root), split), model=model, view=view, cut=limit)
    known = measures(root)
    assert known is not None, "measures come first"
    return patterns.slices(rows, dataset(root).index, known, kind=kind)


@st.cache_resource(max_entries=16, show_spinner="Drawing the map")
def package_map(root: str, split: str | None, model: str, view: str, limit: Cut, way: str) -> resemblance.PackageMap:
    """Every package as a point, see `resemblance.package_map`."""
    rows = patterns.answers(_every(root), model=model, view=view, cut=limit)
    return resemblance.package_map(_seen_as(root, model, view), dataset(root).index, rows, split=split, way=way)


def neighbors(root: str, package: str, model: str, view: str) -> pd.DataFrame:
    """The training packages that networks see most like this one, see `resemblance.neighbors_of`."""
    index = dataset(root).index
    parts = set(index["split"])
    among = index.loc[index["split"] == "train" if "train" in parts else index["split"].notna(), "package"].unique()
    return resemblance.neighbors_of(_seen_as(root, model, view), package, list(among))


@st.cache_resource(max_entries=8, show_spinner=False)
def _seen_as(root: str, model: str, view: str) -> pd.DataFrame:
    known = features(root)
    assert known is not None, "features come first"
    return resemblance.seen_as(known, model=model, view=view)


@st.cache_resource(max_entries=4, show_spinner="Comparing pictures")
def duplicates(root: str) -> resemblance.Alike:
    """Pictures of two splits that resemble each other, see `resemblance.duplicates`."""
    known = features(root)
    assert known is not None, "features come first"
    return resemblance.duplicates(known, dataset(root).index.drop_duplicates("package").set_index("package")["split"])


def suspects(chosen: Selection, model: str, limits: Mapping[str, Cut]) -> patterns.Suspects:
    """Packages whose label the networks contradict, see `patterns.suspects`."""
    return patterns.suspects(packages.of_split(_every(chosen.data), chosen.split), model=model, cuts=limits)


def calibration(chosen: Selection) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Figures and bins of calibration, see `calibrating.figures` and `reliabilities`; never change them."""
    return _calibration(chosen.data, chosen.models, chosen.split)


@st.cache_resource(max_entries=16, show_spinner="Holding words against deeds")
def _calibration(root: str, names: tuple[str, ...], split: str | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    found = predictions(root, names)
    assert found is not None, "predictions come first"
    rows = packages.of_split(found[found["label"].notna()], split)
    return calibrating.figures(rows), calibrating.reliabilities(rows)


@st.cache_resource(max_entries=16, show_spinner="Fitting temperatures")
def temperatures(root: str, model: str) -> calibrating.Calibrated:
    """Temperatures of one model, see `calibrating.fit`; raises `CoreError` where there are too few packages."""
    return calibrating.fit(_every(root), checkpoints()[0][model])


def fused(chosen: Selection, model: str, limit: Cut) -> fusing.Fused:
    """Every rule of fusion for one model on the chosen split, see `fusing.fused`."""
    return _fused(chosen.data, chosen.split, model, limit)


@st.cache_resource(max_entries=32, show_spinner="Fusing the views")
def _fused(root: str, split: str | None, model: str, limit: Cut) -> fusing.Fused:
    return fusing.fused(_every(root), model=model, cut=limit, split=split)


SPOILED = withstanding.SPOILED
"""Packages that a page spoils by itself; `secondlook robustness` takes all."""


@st.cache_resource(max_entries=2, show_spinner="Looking for stored answers")
def robustness(root: str) -> pd.DataFrame | None:
    """What all models say of spoiled pictures, of all packages or of `SPOILED`; None where none were. Never change."""
    data, every = dataset(root), checkpoints()[0]
    whole = withstanding.stored_robustness(data, every)
    few = withstanding.drawn(data, every, count=SPOILED)
    return withstanding.stored_robustness(data, every, packages=few) if whole is None else whole


def compute_robustness(root: str, *, progress: Progress) -> None:
    """Ask all models about `SPOILED` packages, spoiled in every way; `robustness` finds the answers from then on."""
    data, every = dataset(root), checkpoints()[0]
    few = withstanding.drawn(data, every, count=SPOILED)
    withstanding.robustness(data, every, packages=few, progress=progress)
    robustness.clear()
    _withstood.clear()


def withstood(chosen: Selection, view: str) -> pd.DataFrame:
    """Curves of the chosen models over the strengths of every corruption, see `withstanding.curves`."""
    limits = cuts(chosen.models, chosen.threshold, view=view)
    return _withstood(chosen.data, chosen.models, view, tuple(limits.items()))


@st.cache_resource(max_entries=32, show_spinner="Comparing with the clean pictures")
def _withstood(root: str, names: tuple[str, ...], view: str, limits: tuple[tuple[str, Cut], ...]) -> pd.DataFrame:
    found = robustness(root)
    assert found is not None, "robustness comes first"
    wanted = (*names, *([study.ENSEMBLE] * (len(names) > 1)))
    return withstanding.curves(found[found["model"].isin(wanted)], dict(limits), view=view)


@st.cache_resource(max_entries=16, show_spinner=False)
def spoiled(root: str, package: str, name: str, corruption: str) -> list[Pixels]:
    """One picture clean and at the five strengths, as the models were asked about it."""
    every = (0, *withstanding.STRENGTHS)
    picture = view(root, package, name)
    return [withstanding.spoiled(picture, package, corruption, strength).pixels for strength in every]


def strengths(corruption: str) -> list[str]:
    """What the strengths 0 to 5 of a corruption are: "clean", "2 %", ..."""
    return [withstanding.CORRUPTIONS[corruption].says(strength) for strength in (0, *withstanding.STRENGTHS)]


COMPARED, LOOKED = likening.PACKAGES, leaning.PACKAGES
"""Packages whose maps a page compares by itself, and on which it looks for shortcuts."""


@st.cache_resource(max_entries=2, show_spinner=False)
def consistency(root: str) -> pd.DataFrame | None:
    """The last comparison of maps, see `likening.consistency`; None where there is none. Never change it."""
    return likening.last(dataset(root), checkpoints()[0])


def compute_consistency(root: str, *, progress: Progress) -> None:
    """Compare the maps of all models on `COMPARED` packages; `consistency` finds it from then on."""
    data, every = dataset(root), checkpoints()[0]
    ids = likening.drawn(data, every, count=min(COMPARED, len(data.ids)))
    likening.consistency(data, every, packages=ids, progress=progress)
    for door in (consistency, _likenesses):
        door.clear()


def of_models(frame: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """Of a comparison of maps, what is about these models alone."""
    return frame[frame["model"].isin(names) & frame["other_model"].isin(names)]


def likenesses(chosen: Selection, measure: str, differs: str, fixed: str, view: str | None) -> pd.DataFrame:
    """How much the maps of the chosen models agree, see `likening.matrix`."""
    return _likenesses(chosen.data, chosen.models, measure, differs, fixed, view)


@st.cache_resource(max_entries=32, show_spinner="Drawing packages anew")
def _likenesses(
    root: str, names: tuple[str, ...], measure: str, differs: str, fixed: str, view: str | None
) -> pd.DataFrame:
    return likening.matrix(_compared_maps(root, names), measure, differs=differs, fixed=fixed, view=view)


def disputed(chosen: Selection, measure: str, method: str, view: str | None) -> pd.DataFrame:
    """Packages by how little the chosen models agree on them, see `likening.dissent`."""
    return likening.dissent(_compared_maps(chosen.data, chosen.models), measure, method=method, view=view)


def _compared_maps(root: str, names: tuple[str, ...]) -> pd.DataFrame:
    found = consistency(root)
    assert found is not None, "maps are compared first"
    return of_models(found, names)


@st.cache_resource(max_entries=2, show_spinner=False)
def shortcuts(root: str) -> pd.DataFrame | None:
    """The last look for shortcuts, see `leaning.shortcuts`; None where there is none. Never change it."""
    return leaning.last(dataset(root), checkpoints()[0])


def compute_shortcuts(root: str, *, progress: Progress) -> None:
    """See where the evidence of all models lies on `LOOKED` packages; `shortcuts` finds it from then on."""
    data, every = dataset(root), checkpoints()[0]
    ids = leaning.drawn(data, every, count=min(LOOKED, len(data.ids)))
    leaning.shortcuts(data, every, packages=ids, progress=progress)
    for door in (shortcuts, _leanings):
        door.clear()


def leanings(chosen: Selection, speaks: str, view: str | None) -> pd.DataFrame:
    """Shares of the evidence on every area, see `leaning.shares`."""
    return _leanings(chosen.data, chosen.models, speaks, view)


@st.cache_resource(max_entries=16, show_spinner="Drawing packages anew")
def _leanings(root: str, names: tuple[str, ...], speaks: str, view: str | None) -> pd.DataFrame:
    return leaning.shares(_looked(root, names), speaks=speaks, view=view)


def strayed(chosen: Selection, speaks: str, view: str | None) -> pd.DataFrame:
    """Packages by the evidence off them, see `leaning.elsewhere`."""
    return leaning.elsewhere(_looked(chosen.data, chosen.models), speaks=speaks, view=view)


def without(chosen: Selection) -> pd.DataFrame:
    """What the chosen models say when the damage is taken away, see `leaning.without_damage`."""
    return leaning.without_damage(_looked(chosen.data, chosen.models))


def _looked(root: str, names: tuple[str, ...]) -> pd.DataFrame:
    found = shortcuts(root)
    assert found is not None, "shortcuts are looked for first"
    return found[found["model"].isin(names)]


class Trusts(NamedTuple):
    """Whether maps can be trusted, see the functions of these names in `trusting`; never change them."""

    figures: pd.DataFrame
    cascades: pd.DataFrame
    verdicts: Mapping[tuple[str, str], trusting.Verdict]

    @staticmethod
    def of(table: pd.DataFrame, method: str, names: tuple[str, ...]) -> pd.DataFrame:
        """The rows of one method and of these models."""
        return table[(table["method"] == method) & table["model"].isin(names)]


@st.cache_resource(max_entries=2, show_spinner="Looking for tested maps")
def trusts(root: str) -> Trusts | None:
    """What was tested of the maps of all models, None where nothing was."""
    found = trusting.stored_trust(dataset(root), checkpoints()[0])
    if found is None:
        return None
    table = trusting.figures(found)
    return Trusts(table, trusting.cascades(found), trusting.verdicts(found, table))


def trusted(root: str, model: str, method: str) -> trusting.Verdict:
    """The verdict on one method's maps of one model; never computes."""
    found = trusts(root)
    known = None if found is None else found.verdicts.get((model, method))
    return known or trusting.Verdict(model, method)


def compute_trust(root: str, *, progress: Progress) -> None:
    """Test the maps of all models by the default method; `trusts` finds the verdicts from then on."""
    trusting.trust(dataset(root), checkpoints()[0], progress=progress)
    trusts.clear()


HELD = 8
"""Damaged packages whose maps a page holds against regions by itself; `secondlook agree` takes all."""
SMALL = 420
"""Width of a picture with its evidence in a gallery, pixels."""


INSIDE = tuple(sourcing.SOURCES)
"""Accounts that lie in the data set itself."""


def accounts(root: str) -> tuple[str, ...]:
    """Which accounts there are of where the damage is, see `sourcing.source_of`."""
    inside = tuple(name for name, one in _accounts(root).items() if one.known)
    with suppress(CoreError):  # where no database can be opened, nobody has drawn anything
        return (*inside, *sourcing.of_people_names(dataset(root), annotations()))
    return inside


def account(root: str, name: str) -> sourcing.Source:
    """One of them; what people drew is read anew, since they draw all the time."""
    return _accounts(root)[name] if name in INSIDE else sourcing.source_of(name, dataset(root), store=annotations)


@st.cache_resource(max_entries=4, show_spinner="Looking for known damage")
def _accounts(root: str) -> dict[str, sourcing.Source]:
    return {name: of(dataset(root)) for name, of in sourcing.SOURCES.items()}


def _own_account(root: str) -> sourcing.Source:
    return sourcing.of_store(dataset(root), annotations())


def agreement(root: str, *, name: str) -> pd.DataFrame | None:
    """How well the maps of all models lie on the regions of an account, see `holding.latest`; None where unknown."""
    return holding.latest(dataset(root), checkpoints()[0], source=account(root, name))


def compute_agreement(root: str, *, name: str, progress: Progress) -> None:
    """Hold the default maps of all models against the regions of `HELD` packages; `agreement` finds it from then on."""
    data, every, source = dataset(root), checkpoints()[0], account(root, name)
    ids = holding.drawn(data, every, source, count=HELD)
    holding.agreement(data, every, source=source, packages=ids, progress=progress)


def opinions(root: str, split: str | None) -> reviews.Opinions:
    """Everything that people said of a split of the data set, read anew: others say something all the time."""
    found, table = reviews.gathered(annotations(), dataset(root)), dataset(root).index
    return found if split is None else found.only(set(table.loc[table["split"] == split, "package"]))


class Agreed(NamedTuple):
    """How far people agree, see the functions of these names in `annotators` and `honeypots`; never change them."""

    overlaps: pd.DataFrame
    agreement: pd.DataFrame
    pairs: pd.DataFrame
    honeypots: pd.DataFrame


def agreed(said: reviews.Opinions) -> Agreed:
    """How far people agree with each other, and with what is known."""
    return _agreed(str(said.dataset.root), said.mark, said)


@st.cache_resource(max_entries=4, show_spinner="Comparing what people said")
def _agreed(root: str, mark: str, _said: reviews.Opinions) -> Agreed:
    found = annotators.overlaps(_said)
    measured = honeypots.figures(honeypots.measured(_said))
    return Agreed(found, annotators.agreement(_said, found), annotators.pairs(_said, found), measured)


def people(said: reviews.Opinions) -> pd.DataFrame:
    """What each person did, and what others say to it, see `annotators.annotators`."""
    return _people(str(said.dataset.root), said.marks, said)


@st.cache_resource(max_entries=4, show_spinner=False)
def _people(root: str, marks: tuple[str, str], _said: reviews.Opinions) -> pd.DataFrame:
    return annotators.annotators(_said, agreed(_said).overlaps)


def waiting(said: reviews.Opinions) -> pd.DataFrame:
    """Packages that wait for a reviewer, see `reviews.queue`."""
    return _waiting(str(said.dataset.root), said.marks, said)


@st.cache_resource(max_entries=4, show_spinner="Looking for what people dispute")
def _waiting(root: str, marks: tuple[str, str], _said: reviews.Opinions) -> pd.DataFrame:
    return reviews.queue(_said, agreed(_said).overlaps)


def consensus_region(said: reviews.Opinions, package: str, view: str) -> Mask:
    """What people say together of one view, see `jointly.together`."""
    return jointly.together(said, package, view)


@st.cache_data(max_entries=32, show_spinner="Drawing packages anew")
def leaderboard(found: pd.DataFrame) -> pd.DataFrame:
    """Every row of the leaderboard, see `holding.leaderboard`."""
    return holding.leaderboard(found)


@st.cache_data(max_entries=64, show_spinner="Swapping maps")
def differences(found: pd.DataFrame, metric: str, view: str) -> pd.DataFrame:
    """Which rows differ on the same pictures, see `holding.differences`; empty for the oracle of boxes."""
    return pd.DataFrame() if metric == holding.BOXES else holding.differences(found, metric, view=view)


def ceiling(root: str, metric: str, view: str) -> float | None:
    """What people reach among themselves by a metric, see `annotators.ceilings`; None where that is not known."""
    table = _ceilings(root, _own_account(root).mark)
    rows = table[(table["metric"] == metric) & (table["view"] == view)]
    return float(rows["value"].iloc[0]) if len(rows) else None


@st.cache_data(max_entries=4, show_spinner="Holding people against each other")
def _ceilings(root: str, mark: str) -> pd.DataFrame:
    opinions = annotators.gathered(annotations(), dataset(root))
    return annotators.ceilings(opinions, within=annotators.within(dataset(root), checkpoints()[0]))


def reasons(chosen: Selection, found: pd.DataFrame, view: str, limits: Mapping[str, Cut], tau: float) -> pd.DataFrame:
    """Whether each verdict is right and grounded, see `reasoning.reasons`; one view, or "package" for the fused one."""
    fused = predictions(chosen.data, chosen.models) if view == PACKAGE else None
    table = reasoning.reasons(found, limits, tau=tau, fused=fused)
    return table[table["view"] == view]


def grounded(table: pd.DataFrame) -> pd.DataFrame:
    """How often each model is right for the right reason, see `reasoning.rates`."""
    return reasoning.rates(table)


@st.cache_resource
def _lit() -> dict[tuple[Question, str, str], Small]:
    return {}


def evidence_pictures(wanted: Sequence[Question], name: str, *, seconds: float) -> dict[tuple[str, str], Small]:
    """Maps over their pictures with the damage outlined, by package and view; those already made, and some more.

    Args:
        wanted: whose evidence.
        name: of the account of where the damage is.
        seconds: how long new ones may be made; for those that are not ready, ask again.
    """
    until, source, known = time.monotonic() + seconds, account(wanted[0].root, name) if wanted else None, _lit()
    found = {}
    for asked in wanted:
        assert source is not None  # there is a question
        key = (asked, name, source.mark)
        if key not in known and time.monotonic() < until:
            known[key] = _evidence_picture(asked, source)
        found[asked.package, asked.view] = known.get(key, Small("", False))
    for oldest in list(known)[: -4 * MAPS]:
        del known[oldest]
    return found


def _evidence_picture(asked: Question, source: sourcing.Source) -> Small:
    try:
        picture, values = view(asked.root, asked.package, asked.view), attribution(asked).values
    except CoreError:
        return Small("", True)
    marked = (asked.package, asked.view) in source.known
    outline = study.outlines(source.region(asked.package, asked.view), within=SMOOTH) if marked else ()
    drawn = overlays.lit(picture.pixels, values, outline)
    return Small(thumbnails.data(drawn, width=SMALL), True)


LITTLE = (0.005, 0.03)
"""Share of the frame of a region that leaves room for others of its shape on the package."""


def small_region(root: str, name: str) -> str | None:
    """A package on which an account knows a small region in every view that it knows; None where there is none."""
    return _small_region(root, name, account(root, name).mark)


@st.cache_data(max_entries=8, show_spinner="Looking for a small region")
def _small_region(root: str, name: str, mark: str) -> str | None:
    source = account(root, name)
    tested = set(dataset(root).index.query("split == 'test'")["package"])
    for package in sorted({one for one, _ in source.known}, key=lambda one: (one not in tested, one)):
        views = [view for one, view in source.known if one == package]
        if all(LITTLE[0] <= source.region(package, view).mean() <= LITTLE[1] for view in views):
            return package
    return None


class Filling(NamedTuple):
    """A region that is filled: whose, in which picture, by which account, how, and which model is asked."""

    root: str
    package: str
    view: str
    model: str
    account: str
    fill: str


@st.cache_resource
def _effects() -> dict[tuple[Filling, str], causing.Effect]:
    return {}


def effect(asked: Filling, *, progress: Progress = silent) -> causing.Effect:
    """What filling the damage does, beside filling other places, see `causing.cause`; the last ones are remembered."""
    source, known = account(asked.root, asked.account), _effects()
    if (asked, source.mark) not in known:
        region, model = source.region(asked.package, asked.view), models((asked.model,))[asked.model]
        known[asked, source.mark] = causing.cause(
            dataset(asked.root), asked.package, asked.view, model, region, fill=asked.fill, progress=progress
        )
        for oldest in list(known)[:-48]:
            del known[oldest]
    return known[asked, source.mark]


def outline(mask: Mask) -> tuple[Floats, ...]:
    """Polygons around a mask, in 0..1 of the frame."""
    return study.outlines(mask, within=SMOOTH)


def remembered_effect(asked: Filling) -> causing.Effect | None:
    """The same where it was computed before, otherwise None: never waits."""
    return _effects().get((asked, account(asked.root, asked.account).mark))


def method_titles(among: Collection[str] | None = None) -> dict[str, str]:
    """Name to title of these attribution methods, or of all, the default one first."""
    titles = {name: one.title for name, one in explanation.methods().items() if among is None or name in among}
    return dict(sorted(titles.items(), key=lambda item: (item[0] != explanation.DEFAULT, item[1])))


@st.cache_data(max_entries=4, show_spinner=False)
def cannot_retrain(root: str) -> str:
    """Why there is too little to teach a network again on; "" where there is enough."""
    try:
        steady.pool(dataset(root))
    except CoreError as error:
        return f"{error.problem} {error.remedy}"
    return ""


@st.cache_resource(max_entries=2, show_spinner=False)
def stability(root: str) -> pd.DataFrame | None:
    """Every last layer taught again, see `steady.heads`; None where they were not yet. Never change it."""
    return steady.stored_heads(dataset(root), checkpoints()[0])


def compute_stability(root: str, *, progress: Progress) -> None:
    """Teach every last layer again; `stability` finds them from then on."""
    steady.heads(dataset(root), checkpoints()[0], progress=progress)
    for door in (stability, features, _stable, fates):
        door.clear()


@st.cache_resource(max_entries=2, show_spinner=False)
def retrained(root: str) -> pd.DataFrame | None:
    """Whole networks trained again, by `secondlook bias-variance --full`; None where none were. Never change it."""
    return retraining.stored_retrained(dataset(root), checkpoints()[0])


def stable(chosen: Selection, whole: bool) -> pd.DataFrame:
    """Bias and variance of the chosen models, see `steady.decompositions`."""
    found = _stable(chosen.data, whole)[0]
    return found[found["model"].isin(chosen.models)]


def learnt(chosen: Selection, whole: bool) -> pd.DataFrame:
    """Learning curves of the chosen models; of whole networks, errors of the bootstrap only."""
    found = _stable(chosen.data, whole)[1]
    return found[found["model"].isin(chosen.models)]


@st.cache_resource(max_entries=4, show_spinner="Taking errors apart")
def _stable(root: str, whole: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    found = _taught_again(root, whole)
    return steady.decompositions(found), steady.gaps(found) if whole else steady.learning(found)


@st.cache_resource(max_entries=32, show_spinner=False)
def fates(root: str, model: str, view: str, whole: bool) -> pd.DataFrame:
    """What becomes of every tested package when a model is taught again, see `steady.packages`."""
    return steady.packages(_taught_again(root, whole), model=model, view=view)


def _taught_again(root: str, whole: bool) -> pd.DataFrame:
    found = retrained(root) if whole else stability(root)
    assert found is not None, "retrainings come first"
    return found


@st.cache_resource(max_entries=2, show_spinner="Looking for readings")
def readings(root: str) -> pd.DataFrame | None:
    """What was read of every printed line, see `printing.read_all`; None where it was not yet. Never change it."""
    return printing.stored(dataset(root))


def compute_readings(root: str, *, progress: Progress) -> None:
    """Read every printed line; `readings` finds them from then on."""
    printing.read_all(dataset(root), progress=progress)
    for door in (readings, _identities):
        door.clear()


def correction_store() -> CorrectionStore:
    """Where the settings say that corrections are kept; raises `CoreError` where that cannot be reached."""
    return _correction_store(settings().database_url)


@st.cache_resource(max_entries=2, show_spinner=False)
def _correction_store(url: str) -> CorrectionStore:
    return corrections.open_corrections(url)


def corrected(root: str) -> tuple[Correction, ...]:
    """Everything that people said of the lines of a data set, read anew: others say something all the time."""
    return corrections.every(correction_store(), dataset(root), files=lambda _: inventory(root))


@st.cache_data(max_entries=4, show_spinner=False)
def has_serials(root: str) -> bool:
    """Whether the ids of a data set are serials, see `identity.serials`."""
    return identity.serials(dataset(root).ids)


def identities(root: str, said: Sequence[Correction], *, split: str | None = None) -> identity.Found:
    """Who every package of a split is, see `identity.identity`; readings come first. Never change it."""
    return _identities(root, split, "".join(one.id for one in said), tuple(said))


@st.cache_resource(max_entries=8, show_spinner="Holding readings against file names")
def _identities(root: str, split: str | None, mark: str, _said: tuple[Correction, ...]) -> identity.Found:
    if split is not None:
        index = dataset(root).index
        return _identities(root, None, mark, _said).only(index.loc[index["split"] == split, "package"])
    found = readings(root)
    assert found is not None, "readings come first"
    return identity.identity(dataset(root), found, _said)


def identity_sheet(root: str, found: identity.Found) -> pd.DataFrame:
    """The same as one table for a file, with the other lines of each package."""
    read = readings(root)
    assert read is not None, "readings come first"
    return identity.sheet(found, read)


LINE, TALL = 1200, 120
"""Width, at most, and height of the picture of a line, pixels: enough for a dense screen."""


def line_picture(root: str, reading: Reading) -> str:
    """A line, upright and enlarged, as a `data:` address; "" where none was found, or its picture cannot be read."""
    if reading.corners is None:
        return ""
    return _line_picture(root, reading.package, reading.view, reading.corners.tobytes(), reading)


@st.cache_data(max_entries=512, show_spinner=False)
def _line_picture(root: str, package: str, name: str, corners: bytes, _reading: Reading) -> str:
    try:
        cut = printing.crop(dataset(root), _reading, height=TALL)
    except CoreError:
        return ""
    return "" if cut is None else thumbnails.data(cut, width=LINE)


def designed(chosen: Selection, model: str, terms: economics.Terms) -> economics.Designed:
    """Thresholds of a model from the chosen split, see `economics.design`; raises `CoreError` where there are none."""
    found = checkpoints()[0].get(model)
    plain = Cut.at(float(found.card.threshold)) if found else study.HALF
    return _designed(chosen.data, chosen.models, chosen.split, model, terms, plain)


@st.cache_resource(max_entries=64, show_spinner=False)
def _designed(
    root: str, names: tuple[str, ...], split: str | None, model: str, terms: economics.Terms, plain: Cut
) -> economics.Designed:
    return economics.design(answered(root, names, split, PACKAGE), model, terms, plain=plain)


def policies() -> tuple[dict[str, economics.Policy], dict[str, str]]:
    """Saved policies, and why others are refused, see `economics.policies`; read anew, since others write them too."""
    return economics.policies(checkpoints()[0])


def stages(model: str) -> tuple[tuple[promoting.Stage, ...], tuple[str, ...]]:
    """Versions of a model, see `promoting.history`; read anew, since `secondlook promote` writes them too."""
    return promoting.history(model)


def policy(found: economics.Designed, chosen: Selection, *, when: datetime, note: str) -> economics.Policy:
    """A design as a policy, see `economics.policy`."""
    data, mark = dataset(chosen.data).name, _fingerprint(chosen.data)
    return economics.policy(
        found, checkpoints()[0], dataset=data, fingerprint=mark, split=chosen.split, when=when, note=note
    )


@st.cache_data(max_entries=4, show_spinner=False)
def _fingerprint(root: str) -> str:
    return study.fingerprint(inventory(root))


def _every(root: str) -> pd.DataFrame:
    """The answers of all models; a page asks for them with `states.need_predictions` first."""
    found = predictions(root, tuple(checkpoints()[0]))
    assert found is not None, "predictions come first"
    return found


RUN_DOORS = (_predictions, _run, _table, _performance, _rankings, sources, curves, answered, _compared,
             _calibration, temperatures, _fused, _designed, _fingerprint)  # fmt: skip
"""What a new run of predictions changes."""


def forget() -> None:
    """Read everything again from disk."""
    trusts.clear()
    for door in (measures, features, slices, package_map, _seen_as, duplicates, robustness, _withstood, spoiled):
        door.clear()
    for door in (consistency, _likenesses, shortcuts, _leanings, _accounts):
        door.clear()
    for door in (readings, has_serials, _identities, _line_picture):
        door.clear()
    for door in (cannot_retrain, stability, retrained, _stable, fates, _agreed, _people, _waiting):
        door.clear()
    for door in (dataset, checkpoints, inventory, leaks, *RUN_DOORS):
        door.clear()
    for door in (view, known, without_damage, closeup, _asked_now, _maps, refusal, _together, _shares):
        door.clear()
