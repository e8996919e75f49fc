"""Ids in, values out: the one place where data sets, models, methods and metrics meet."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from scipy.special import expit

from core.contracts import Dataset, Progress, silent
from core.datasets import fingerprint as hashes
from core.datasets.images import read_image, read_image_bytes
from core.datasets.readers import open_dataset
from core.datasets.splits import check_no_leak
from core.domain import DAMAGED, HALF, INTACT, PACKAGE, Cut, Package, Prediction, View
from core.errors import BadInput, CoreError, Leak, UnreadableImage
from core.metrics.classification import Summary, summary
from core.metrics.curves import precision_recalls, rocs
from core.metrics.intervals import wilson
from core.metrics.rates import RATES, SCORES, rates
from core.models.classifier import TrainedClassifier as Classifier
from core.models.classifier import load_classifier
from core.models.framing import SURE, Placement
from core.models.fusion import decided, fuse, log_odds, softmax
from core.regions import outlines
from core.serials.card import CARD as READER
from core.settings import settings
from core.store.answers import read_answers
from core.store.frames import located, read_frame, write_frame

__all__ = [
    "ENSEMBLE",
    "EVIDENCE",
    "HALF",
    "PREDICTION_COLUMNS",
    "RATES",
    "SCORES",
    "SOURCES",
    "SURE",
    "Classifier",
    "fingerprint",
    "inventory",
    "leaks",
    "open_dataset",
    "open_models",
    "outlines",
    "package_from_files",
    "performance",
    "precision_recalls",
    "predict",
    "predictions",
    "rates",
    "read_image_bytes",
    "rocs",
    "run_name",
    "shaped",
    "stored_predictions",
    "stored_run",
    "trained_on",
    "wilson",
]

ENSEMBLE = "ensemble"
"""The row of all models together: the mean of their fused logits."""

PREDICTION_COLUMNS = (
    "package",  # id
    "view",  # "side", "top", ... or "package" (fused)
    "model",  # checkpoint name or "ensemble" (fused only)
    "label",  # truth, None where unknown
    "split",  # of the data set on disk
    "logit",  # float, log-odds of damaged, temperature applied
    "probability",  # float in [0, 1], of damaged
    "source",  # one of SOURCES
    "framing",  # float in [0, 1], how sure the framing was
)

SOURCES = {
    "unseen": "The model never saw the package.",
    "cross-validated": "The model was trained on the package; this is the answer of a fold's network that was not.",
    "training": "The model was trained on the package, and no fold's answer is kept: no evidence of quality.",
}
"""Where a prediction comes from, the most trustworthy first."""

EVIDENCE = ("unseen", "cross-validated")
"""Sources of answers that say something of quality: of networks that had not seen the package."""

SERIAL = 8
"""From this length on an id is a serial number, and not a running number that another data set uses too."""


def positive_class(classes: Sequence[str]) -> str:
    """The class that is looked for: damaged; otherwise the first that is not intact."""
    return DAMAGED if DAMAGED in classes else next((name for name in classes if name != INTACT), classes[0])


def inventory(dataset: Dataset, *, progress: Progress = silent) -> pd.DataFrame:
    """Content hash and health of every file, remembered on disk by path, size and time of change.

    Returns:
        One row a file: package, view, label, path, sha256, width, height, reason ("" where readable), size, mtime_ns.
    """
    name = inventory_name(dataset)
    known = read_frame(name)
    frame = hashes.inspect(dataset, known, progress)
    if known is None or not frame.equals(known):
        write_frame(name, frame)
    return frame


def leaks(dataset: Dataset, table: pd.DataFrame) -> tuple[str, ...]:
    """Pictures or packages that two splits of a data set share, one sentence a pair of splits; empty where all is well.

    Args:
        dataset: what is evaluated.
        table: its `inventory`.
    """
    packages = dataset.index.groupby("split")["package"].agg(set)
    found = []
    for one, other in combinations(sorted(packages.index), 2):
        try:
            check_no_leak(hashes.contents(table, packages[one]), hashes.contents(table, packages[other]))
        except Leak as error:
            found.append(f"Splits {one} and {other} leak. {error}")
    return tuple(found)


def run_name(kind: str, dataset: Dataset, models: Mapping[str, Classifier], *settings: object) -> str:
    """Name under which `core.store.frames` keeps what was computed of these pictures by these networks.

    Args:
        kind: of the run, its folder: "robustness".
        dataset: whose pictures.
        models: whose weights; what a card says besides (threshold, temperature) does not enter.
        settings: what else decides the result.
    """
    weights = sorted(model.card.weights_sha256 for model in models.values())
    splits = hashlib.sha256(dataset.index[["package", "split"]].to_csv().encode()).hexdigest()
    return f"{kind}/{_digest(hashes.fingerprint(inventory(dataset)), splits, *weights, *map(repr, settings))}"


def fingerprint(table: pd.DataFrame) -> str:
    """One hash of a data set, from its `inventory`: every picture, its label and its view."""
    return hashes.fingerprint(table)


def open_models(folder: Path | None = None) -> tuple[dict[str, Classifier], dict[str, str]]:
    """Every checkpoint of a folder, and the refused ones with the reason, by name."""
    opened: dict[str, Classifier] = {}
    refused: dict[str, str] = {}
    for path in sorted(path for path in (folder or settings().checkpoints).glob("*/") if _is_model(path)):
        try:
            opened[path.name] = load_classifier(path, device=_device())
        except CoreError as error:
            refused[path.name] = str(error)
    return opened, refused


def package_from_files(paths: Iterable[Path]) -> list[Package]:
    """Packages of pictures named <serial>_<view>.<ext>, grouped by serial; a name without a view is the view "image".

    Raises:
        BadInput: two pictures are the same view of the same package.
        UnreadableImage: a file cannot be decoded.
    """
    grouped: dict[str, dict[str, View]] = defaultdict(dict)
    for path in paths:
        serial, _, view = path.stem.rpartition("_")
        serial, view = (serial, view) if serial else (path.stem, "image")
        if view in grouped[serial]:
            raise BadInput(f"Two pictures of the view {view!r} of package {serial}.", "Give one picture per view.")
        grouped[serial][view] = View(view, read_image(path))
    return [Package(serial, views) for serial, views in grouped.items()]


def predict(models: Mapping[str, Classifier], package: Package) -> tuple[Prediction, ...]:
    """Every model on every view and fused, then the ensemble (fused)."""
    placements = _placements(models.values(), package)
    answers = [prediction for name, model in models.items() for prediction in model.predict(package, placements[name])]
    fused = [prediction for prediction in answers if prediction.view == PACKAGE]
    same = len({prediction.labels for prediction in fused}) == 1
    return (*answers, fuse(fused, model=ENSEMBLE)) if len(fused) > 1 and same else tuple(answers)


def predictions(dataset: Dataset, models: Mapping[str, Classifier], *, progress: Progress = silent) -> pd.DataFrame:
    """Every model on the whole data set, `PREDICTION_COLUMNS`; stored as a run and read back the next time.

    A package that a model was trained on is answered by the fold's network that had not seen it
    (found by the content of its pictures, not by name), so that errors on training data never pass
    for errors on new data.
    """
    stored = stored_predictions(dataset, models)
    if stored is not None:
        return stored
    table = inventory(dataset, progress=lambda share, text: progress(0.1 * share, text))
    if (shipped := read_frame(predictions_name(dataset, models, table))) is not None:
        return shipped
    frame = _predict_all(dataset, models, table, lambda share, text: progress(0.1 + 0.9 * share, text))
    write_frame(predictions_name(dataset, models, table), shaped(frame))
    return shaped(frame)


def stored_predictions(dataset: Dataset, models: Mapping[str, Classifier]) -> pd.DataFrame | None:
    """The run of `predictions` where it exists already, None otherwise: never computes."""
    name = stored_run(dataset, models)
    return None if name is None else read_frame(name)


def stored_run(dataset: Dataset, models: Mapping[str, Classifier]) -> str | None:
    """The name of that run, for questions asked of it on disk; None where it does not exist."""
    if read_frame(inventory_name(dataset)) is None:
        return None
    name = predictions_name(dataset, models, inventory(dataset))
    return None if located(name) is None else name


def shaped(frame: pd.DataFrame) -> pd.DataFrame:
    """Predictions with the columns that repeat few words as categories: a tenth of the memory, and faster."""
    return frame.astype(dict.fromkeys(("view", "model", "label", "split", "source"), "category"))


def performance(
    frame: pd.DataFrame, *, cuts: Cut | Mapping[str, Cut] = HALF, single: Mapping[str, Cut] | None = None
) -> dict[str, Any]:
    """Figures per model and view, and of the fused package, from a frame of `predictions`.

    Args:
        frame: `PREDICTION_COLUMNS`; packages without a known class are left out.
        cuts: where the models decide; one for all, or one per model (0.5 where missing).
        single: where they decide about single views; None for the same.

    Returns:
        {"models": {NAME: {"views": {VIEW: M}, "package": M}}, "ensemble": {"package": M}}, where M is
        `core.metrics.classification.Summary`; a single model is its own ensemble.
    """
    known = frame[frame["label"].notna()]
    found: dict[tuple[str, str], Summary] = {}
    for (model, view), rows in known.groupby(["model", "view"], observed=True):
        here = cuts if view == PACKAGE or single is None else single
        cut = here if isinstance(here, Cut) else here.get(str(model), HALF)
        found[str(model), str(view)] = summary(
            (rows["label"] != INTACT).to_numpy(), rows["probability"].to_numpy(), cut
        )
    return arranged(found)


def arranged(found: Mapping[tuple[str, str], Summary]) -> dict[str, Any]:
    """Summaries by model and view as `performance` returns them."""
    result: dict[str, Any] = {"models": {}}
    for (model, view), figures in found.items():
        if model == ENSEMBLE:
            result["ensemble"] = {PACKAGE: figures}
        else:
            entry = result["models"].setdefault(model, {"views": {}})
            (entry if view == PACKAGE else entry["views"])[view] = figures
    if len(result["models"]) == 1 and "ensemble" not in result:
        (single,) = result["models"].values()
        result["ensemble"] = {PACKAGE: single[PACKAGE]} if PACKAGE in single else {}
    return result


def _is_model(path: Path) -> bool:
    """Whether a folder is meant to be a checkpoint; the reader of serials lies beside them."""
    return not path.name.startswith(".") and not (path / READER).is_file()


def _device() -> str:
    wanted = settings().device
    return ("cuda" if torch.cuda.is_available() else "cpu") if wanted == "auto" else wanted


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:20]


def inventory_name(dataset: Dataset) -> str:
    """Under which name the `inventory` of a data set is stored."""
    return f"inventory/{_digest(str(dataset.root.resolve()), dataset.name)}"  # joined ones may share their root


def predictions_name(dataset: Dataset, models: Mapping[str, Classifier], table: pd.DataFrame) -> str:
    """Under which name the `predictions` of these models are stored, given the `inventory` of the data set."""
    cards = [model.card.model_dump_json() for model in models.values()]
    splits = hashlib.sha256(dataset.index[["package", "split"]].to_csv().encode()).hexdigest()
    return f"predictions/{_digest(hashes.fingerprint(table), splits, *sorted(cards))}"


def _placements(models: Iterable[Classifier], package: Package) -> dict[str, dict[str, Placement]]:
    """Placement by model and view; models that share a framing find the package once."""
    found: dict[str, dict[str, Placement]] = {}
    by_model = {}
    for model in models:
        key = repr(model.card.framing)
        if key not in found:
            found[key] = {name: model.frame(view) for name, view in package.views.items()}
        by_model[model.name] = found[key]
    return by_model


def _predict_all(
    dataset: Dataset, models: Mapping[str, Classifier], table: pd.DataFrame, progress: Progress
) -> pd.DataFrame:
    known = {name: _Known(model, table) for name, model in models.items()}
    truth = dataset.index.drop_duplicates("package").set_index("package")[["label", "split"]]
    readable = table[table["reason"] == ""]
    rows: list[dict[str, object]] = []
    groups = readable.groupby("package")["view"].apply(list)
    for number, (package, views) in enumerate(zip(groups.index.astype(str), groups, strict=True)):
        fact = {"label": truth.at[package, "label"], "split": truth.at[package, "split"]}
        rows += [row | fact for row in _answers(dataset, package, views, known)]
        progress((number + 1) / len(groups), f"package {number + 1} of {len(groups)}")
    return pd.DataFrame(rows, columns=list(PREDICTION_COLUMNS))


def _answers(dataset: Dataset, package: str, views: list[str], known: Mapping[str, _Known]) -> list[dict[str, object]]:
    fresh = {name: one.model for name, one in known.items() if not one.answers(package, views)}
    rows = [row for one in known.values() if one.answers(package, views) for row in one.rows(package, views)]
    if fresh:
        loaded = _load_readable(dataset, package, views)
        placements = _placements(fresh.values(), loaded)
        for name, model in fresh.items():
            source = known[name].source(package)
            rows += [
                _row(prediction, model.card.positive, source) for prediction in model.predict(loaded, placements[name])
            ]
    return rows + _ensemble(rows, len(known))


def _load_readable(dataset: Dataset, package: str, views: list[str]) -> Package:
    loaded = {}
    for view in views:
        try:
            loaded[view] = dataset.view(package, view)
        except UnreadableImage:
            continue
    return Package(package, loaded)


def _row(prediction: Prediction, positive: str, source: str) -> dict[str, object]:
    at = prediction.labels.index(positive)
    odds = float(log_odds(prediction.logits[None], at)[0])
    return {
        "package": prediction.package,
        "view": prediction.view,
        "model": prediction.model,
        "logit": odds,
        "probability": float(expit(odds)),
        "source": source,
        "framing": prediction.framing,
    }


def _ensemble(rows: list[dict[str, Any]], models: int) -> list[dict[str, object]]:
    """The mean of the fused log-odds; as trustworthy as the least trustworthy of them."""
    fused = [row for row in rows if row["view"] == PACKAGE]
    if models < 2 or len(fused) < models:
        return []
    odds = float(np.mean([row["logit"] for row in fused]))
    source = max((row["source"] for row in fused), key=list(SOURCES).index)
    framing = min(row["framing"] for row in fused)
    return [
        fused[0]
        | {"model": ENSEMBLE, "logit": odds, "probability": float(expit(odds)), "source": source, "framing": framing}
    ]


def trained_on(answers: pd.DataFrame, table: pd.DataFrame) -> set[str]:
    """Packages that a checkpoint was trained on, by their pixels or by their serial.

    An id long enough to be a serial number is the same package in another data set too.

    Args:
        answers: `core.store.answers.COLUMNS` of the checkpoint.
        table: an `inventory`.
    """
    serials = {package for package in answers["package"] if len(package) >= SERIAL}
    same = table["sha256"].isin(set(answers["sha256"])) | table["package"].isin(serials)
    return set(table.loc[same, "package"])


class _Known:
    """What a checkpoint keeps about the pictures it was trained on, found by their content."""

    def __init__(self, model: Classifier, table: pd.DataFrame) -> None:
        self.model = model
        answers = read_answers(model.folder)
        self._seen = trained_on(answers, table)
        kept = answers[answers["fold"] >= 0].drop_duplicates("sha256").set_index("sha256")
        here = table[table["sha256"].isin(kept.index)]
        self._kept = {
            (package, view): kept.loc[sha256]
            for package, view, sha256 in zip(here["package"], here["view"], here["sha256"], strict=True)
        }

    def answers(self, package: str, views: Sequence[str]) -> bool:
        """Whether a fold's network answered every view of the package."""
        return all((package, view) in self._kept for view in views)

    def source(self, package: str) -> str:
        """Of a fresh answer: whether any picture of the package was trained on."""
        return "training" if package in self._seen else "unseen"

    def rows(self, package: str, views: Sequence[str]) -> list[dict[str, object]]:
        """The kept answers, and their fusion."""
        card = self.model.card
        single = []
        for view in sorted(views):
            kept = self._kept[package, view]
            logits = np.asarray(kept["logits"], np.float32)
            single.append(
                Prediction(package, card.name, view, card.classes, logits, softmax(logits), float(kept["framing"]))
            )
        fold = int(self._kept[package, views[0]]["fold"])
        weights = card.fold_fusion[fold] if card.fold_fusion else {}
        said = decided(single, model=card.name, weights=weights, temperature=card.temperature, positive=card.positive)
        return [_row(one, card.positive, "cross-validated") for one in said]
