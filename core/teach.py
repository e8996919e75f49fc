"""From a data set to a checkpoint: the one place where data sets, models and training meet."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit
from torch import nn

from core.contracts import Dataset, Progress, silent
from core.datasets.fingerprint import contents, fingerprint
from core.datasets.splits import Fold, Split, check_no_leak, holdout, split_packages
from core.domain import View
from core.errors import BadInput
from core.metrics.classification import summary
from core.models.backbones import build, check_architecture, hub_normalization, load_published, restore_batchnorm
from core.models.checkpoints import Card, Training, load_card
from core.models.classifier import TrainedClassifier, load_classifier, normalize, save_classifier
from core.models.framing import FRAMINGS, Framer
from core.models.framings.whole import WholeFrame
from core.models.fusion import log_odds
from core.settings import settings
from core.store.answers import write_answers
from core.study import inventory, open_dataset, positive_class
from core.training.crops import Crops
from core.training.crossval import CrossValidated, Round, cross_validate
from core.training.curves import save_curves
from core.training.fit import fit
from core.training.recipes import Recipe, recipe_for

SAMPLE = 30
"""Pictures per view from which a framing is learnt, or on which a known one is tried."""

KNOWN = 0.8
"""Share of the sample that a known framing must find to be used for a new data set."""


@dataclass(frozen=True, slots=True)
class Material:
    """A data set made ready for training.

    Attributes:
        index: one row a picture: package, view, label, sha256, framing (confidence).
        crops: the same pictures, framed.
        classes: in the order of the logits.
    """

    index: pd.DataFrame
    crops: Crops
    classes: tuple[str, ...]


def train(
    data: Path,
    *,
    arch: str,
    out: Path,
    weights: Path | None = None,
    pretrained: bool = True,
    framing: str = "auto",
    epochs: int | None = None,
    folds: int = 5,
    seed: int = 0,
    learning_rate: float | None = None,
    batch: int | None = None,
    input_size: tuple[int, int] | None = None,
    notes: str = "",
    progress: Progress = silent,
) -> Card:
    """Cross-validate, train on everything that is not a test split, and write a checkpoint.

    Args:
        data: folder of the data set; its test split is never touched.
        arch: any name in timm's model list.
        out: folder of the checkpoint; its last part is the name of the model.
        weights: file of published weights (safetensors) to start from, instead of the hub's.
        pretrained: start from the hub's ImageNet weights where no file is given; otherwise from random ones.
        framing: "auto", "whole", the name of a checkpoint whose framing fits, or a JSON file with marked corners.
        epochs, learning_rate, batch, input_size: instead of the architecture's recipe.
        folds: of the cross-validation, grouped by serial; 0 for none.
        seed: of splits, weights, order and augmentation.
        notes: for the card.
        progress: share of everything, and what is being done.

    Raises:
        CoreError: anything wrong with the data, the architecture or the weights.
    """
    check_architecture(arch)
    if weights is not None and not weights.is_file():
        raise BadInput(f"There is no weights file {weights}.", "Check the path given with --weights.")
    dataset = open_dataset(data)
    recipe = _recipe(
        arch, weights, pretrained, epochs=epochs, learning_rate=learning_rate, batch=batch, input_size=input_size
    )
    hashes = inventory(dataset, progress=_part(progress, 0.0, 0.03))
    index = _trainable(dataset, hashes)
    framer = _framer(framing, dataset, index, recipe.input_size)
    if isinstance(framer, WholeFrame):
        recipe = replace(recipe, flip=0.5)  # nothing says which way round these pictures lie
    material = _material(dataset, index, framer, _part(progress, 0.03, 0.1))
    start = _start(arch, weights, pretrained, len(material.classes), recipe)
    print_ = fingerprint(index)
    rounds = _rounds(material, folds, seed, print_, recipe.validation, out)
    work = settings().cache / "training" / _key(arch, weights, pretrained, recipe, print_, seed, folds, material.crops)
    answered = (
        cross_validate(
            start,
            material.crops,
            rounds,
            recipe,
            classes=len(material.classes),
            seed=seed,
            work=work,
            progress=_part(progress, 0.1, 0.85 if folds else 0.1),
        )
        if folds
        else None
    )
    final = _final_round(material, recipe.validation, seed)
    fitted = fit(
        start,
        material.crops.of(final.train),
        material.crops.of(final.held_out) if final.held_out else None,
        recipe,
        classes=len(material.classes),
        seed=seed,
        progress=_part(progress, 0.85 if folds else 0.1, 1.0),
    )
    card = Card(
        name=out.name,
        architecture=arch,
        input_size=recipe.input_size,
        mean=recipe.mean,
        std=recipe.std,
        framing={},
        classes=material.classes,
        positive=positive_class(material.classes),
        notes=notes,
        measured=_measured(material, answered) if answered else {},
        training=Training(
            dataset=dataset.name,
            fingerprint=print_,
            packages=index["package"].nunique(),
            images=len(index),
            validation_packages=len(final.held_out),
            start=_start_name(weights, pretrained),
            epochs=fitted.best_epoch,
            folds=folds,
            seed=seed,
            recipe=recipe.values(),
            seconds=round(fitted.seconds, 1),
        ),
    )
    card = save_classifier(out, TrainedClassifier(card, fitted.network, framer))
    if answered:
        write_answers(out, material.index.assign(fold=answered.fold, logits=answered.logits.tolist()))
    histories = [answered.history] if answered else []
    save_curves(pd.concat([*histories, fitted.history.assign(run="final")]), out / "curves", title=out.name)
    return card


def _part(progress: Progress, low: float, high: float) -> Progress:
    return lambda share, text: progress(low + (high - low) * share, text)


def _recipe(arch: str, weights: Path | None, pretrained: bool, **overrides: Any) -> Recipe:
    hub = hub_normalization(arch) if pretrained and weights is None else {}
    return recipe_for(arch, **(hub | overrides))


def _trainable(dataset: Dataset, hashes: pd.DataFrame) -> pd.DataFrame:
    """Readable pictures of known class outside the test split, with their hashes."""
    index = dataset.index.merge(hashes[["package", "view", "sha256", "reason"]], on=["package", "view"])
    index = index[(index["split"] != "test") & index["label"].notna() & (index["reason"] == "")]
    if index["label"].nunique() < 2:
        raise BadInput(
            f"{dataset.name} has pictures of {index['label'].nunique()} class outside its test split; training needs two or more.",
            "Add a folder for each class, for example damaged/ and intact/.",
        )
    return index.reset_index(drop=True)


def _framer(framing: str, dataset: Dataset, index: pd.DataFrame, size: tuple[int, int]) -> Framer:
    if framing == "auto":
        return _known_framer(dataset, index, size) or WholeFrame(size)
    if framing == "whole":
        return WholeFrame(size)
    if Path(framing).is_file():
        return _marked_framer(Path(framing), dataset, index, size)
    folder = settings().checkpoints / framing
    if not folder.is_dir():
        raise BadInput(
            f"There is no framing {framing!r}.",
            'Use "auto", "whole", the name of a checkpoint, or a JSON file of marks.',
        )
    return load_classifier(folder).framer


def _known_framer(dataset: Dataset, index: pd.DataFrame, size: tuple[int, int]) -> Framer | None:
    """The framing of a checkpoint at hand that finds the packages of this data set too."""
    sample = {
        view: _views(dataset, rows["package"].tolist()[:: max(1, len(rows) // 8)], view)
        for view, rows in index.groupby("view")
    }
    for folder in sorted(path.parent for path in settings().checkpoints.glob("*/card.json")):
        if load_card(folder).input_size == size:
            framer = load_classifier(folder).framer
            sure = [framer.locate(view).sure for views in sample.values() for view in views]
            if np.mean(sure) >= KNOWN:
                return framer
    return None


def _marked_framer(path: Path, dataset: Dataset, index: pd.DataFrame, size: tuple[int, int]) -> Framer:
    try:
        marks: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        references = {view: str(entry["package"]) for view, entry in marks.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(
            f"{path.name} is not a file of framing marks.",
            'It reads {VIEW: {"package": ID, "corners": [[x, y], ... 4]}}.',
        ) from error
    views = {}
    for view, reference in references.items():
        others = sorted(index.loc[(index["view"] == view) & (index["package"] != reference), "package"])
        views[view] = _views(dataset, [reference, *others[:: max(1, len(others) // SAMPLE)]], view)
    return FRAMINGS["pattern"].learn(views, size, marks)


def _views(dataset: Dataset, packages: Sequence[str], view: str) -> list[View]:
    return [dataset.view(package, view) for package in packages]


def _material(dataset: Dataset, index: pd.DataFrame, framer: Framer, progress: Progress) -> Material:
    classes = tuple(sorted(index["label"].unique()))
    pixels = np.empty((len(index), *framer.size, 3), np.uint8)
    confidence = np.empty(len(index))
    for at, (package, view) in enumerate(zip(index["package"], index["view"], strict=True)):
        picture = dataset.view(package, view)
        placement = framer.locate(picture)
        pixels[at], confidence[at] = placement.crop(picture.pixels), placement.confidence
        progress((at + 1) / len(index), f"framing picture {at + 1} of {len(index)}")
    targets = index["label"].map(classes.index).to_numpy(np.int64)
    crops = Crops(pixels, targets, index["package"].to_numpy(np.str_), index["view"].to_numpy(np.str_))
    return Material(index[["package", "view", "label", "sha256"]].assign(framing=confidence), crops, classes)


def _start(
    arch: str, weights: Path | None, pretrained: bool, classes: int, recipe: Recipe
) -> Callable[[Crops], nn.Module]:
    def start(crops: Crops) -> nn.Module:
        network = build(
            arch,
            classes=classes,
            size=recipe.input_size,
            dropout=recipe.dropout,
            pretrained=pretrained and weights is None,
        )
        if weights is not None:
            load_published(network, weights)
            few = crops.pixels[:: max(1, len(crops) // 64)]
            restore_batchnorm(network, normalize(recipe.mean, recipe.std, few))
        return network

    return start


def _start_name(weights: Path | None, pretrained: bool) -> str:
    return f"imagenet ({weights.stem})" if weights else "imagenet (hub)" if pretrained else "random"


def _rounds(material: Material, folds: int, seed: int, print_: str, share: float, out: Path) -> list[Round]:
    """Folds grouped by serial, stored beside the checkpoint and checked for leaks."""
    if not folds:
        return []
    split = Split(seed, split_packages(*_labeled(material.index), folds=folds, seed=seed), print_)
    split.save(out / "split.json")
    return [_round(material.index, fold, share, seed) for fold in split.folds]


def _round(index: pd.DataFrame, fold: Fold, share: float, seed: int) -> Round:
    check_no_leak(contents(index, fold.train), contents(index, fold.held_out))
    inner = holdout(*_labeled(index[index["package"].isin(fold.train)]), share=share, seed=seed)
    return Round(inner.train, inner.held_out, fold.held_out)


def _final_round(material: Material, share: float, seed: int) -> Fold:
    final = holdout(*_labeled(material.index), share=share, seed=seed)
    check_no_leak(contents(material.index, final.train), contents(material.index, final.held_out))
    return final


def _labeled(index: pd.DataFrame) -> tuple[list[str], list[str]]:
    return index["package"].tolist(), index["label"].tolist()


def _key(*parts: object) -> str:
    """Names the work of one training, so that a second start finds its finished folds."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.pixels.tobytes() if isinstance(part, Crops) else repr(part).encode())
    return digest.hexdigest()[:16]


def _measured(material: Material, answered: CrossValidated) -> dict[str, Any]:
    """Cross-validated figures per view and of the package (mean of the view logits)."""
    at = material.classes.index(positive_class(material.classes))
    frame = material.index.assign(margin=log_odds(answered.logits, at))
    fused = frame.groupby("package", as_index=False).agg(margin=("margin", "mean"), label=("label", "first"))
    groups: dict[str, pd.DataFrame] = {str(view): rows for view, rows in frame.groupby("view")}
    return {
        name: dict(summary((rows["label"] == material.classes[at]).to_numpy(), expit(rows["margin"].to_numpy()), 0.5))
        for name, rows in (groups | {"package": fused}).items()
    }
