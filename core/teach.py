"""From a data set to a checkpoint: the one place where data sets, models and training meet."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit
from torch import nn

from core.contracts import Dataset, Progress, silent
from core.datasets.fingerprint import contents, fingerprint
from core.datasets.joined import open_joined
from core.datasets.splits import Fold, Split, check_no_leak, holdout, split_packages
from core.domain import DAMAGED, INTACT, PACKAGE, Cut, View
from core.errors import BadInput, Leak
from core.metrics.classification import summary
from core.models.backbones import (
    build,
    check_architecture,
    freeze,
    hub_normalization,
    load_published,
    load_trained,
    restore_batchnorm,
)
from core.models.checkpoints import CARD, Card, Training, Verdicts, sha256
from core.models.classifier import TrainedClassifier, load_classifier, normalize, save_classifier
from core.models.framing import FRAMINGS, Framer
from core.models.framings.whole import WholeFrame
from core.models.fusion import learn_weights, log_odds
from core.registry import unknown
from core.settings import settings
from core.store.answers import COLUMNS, read_answers, write_answers
from core.store.arrays import read_arrays, write_arrays
from core.study import inventory, open_models, positive_class, trained_on
from core.training.crops import Crops
from core.training.crossval import CrossValidated, Round, answer, cross_validate
from core.training.curves import save_curves
from core.training.fit import Fitted, fit
from core.training.kept import kept
from core.training.recipes import Recipe, changed, fine_tuned, recipe_for

SAMPLE = 30
"""Pictures per view from which a framing is learnt, or on which a known one is tried."""

KNOWN = 0.8
"""Share of the sample that a known framing must find to be used for a new data set."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to train, and from where.

    Attributes:
        arch: any name in timm's model list.
        weights: file of published weights (safetensors), or folder of a checkpoint, to start from instead of the hub's.
        pretrained: start from the hub's ImageNet weights where none are given; otherwise from random ones.
        framing: "auto", "whole", a checkpoint whose framing fits (name or folder), or a JSON file with marked corners.
        only: the one view to train on; None for one network that serves all views.
        folds: of the cross-validation, grouped by serial; 0 for none.
        seed: of splits, weights, order and augmentation.
        notes: for the card: what a user of the checkpoint should know.
        changes: fields of `Recipe` to take instead of the architecture's own; None changes nothing.
    """

    arch: str
    weights: Path | None = None
    pretrained: bool = True
    framing: str = "auto"
    only: str | None = None
    folds: int = 5
    seed: int = 0
    notes: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What people call one package.

    Attributes:
        label: damaged or intact.
        annotators: who says so.
        annotations: ids of what they said.
    """

    label: str
    annotators: tuple[str, ...]
    annotations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Material:
    """A data set made ready for training.

    Attributes:
        name: of the data set, or of those that were joined.
        index: one row a picture: dataset, package, view, label, sha256, framing (confidence).
        crops: the same pictures, framed.
        classes: in the order of the logits.
        framer: what framed them.
        recipe: every hyperparameter.
        start: the checkpoint that the training starts from, None where it starts from anything else.
        verdicts: what people changed in the labels, None where nobody was asked.
    """

    name: str
    index: pd.DataFrame
    crops: Crops
    classes: tuple[str, ...]
    framer: Framer
    recipe: Recipe
    start: TrainedClassifier | None
    verdicts: Verdicts | None = None

    @property
    def share(self) -> float:
        """Of the training packages that are spared to choose the epoch."""
        return self.recipe.validation_share(self.index["package"].nunique())

    @property
    def fingerprint(self) -> str:
        """Hash over every picture, its label and its view."""
        return fingerprint(self.index)


def train(
    data: Path | Sequence[Path],
    plan: Plan,
    out: Path,
    *,
    verdicts: Mapping[str, Verdict] | None = None,
    progress: Progress = silent,
) -> Card:
    """Cross-validate, train on everything that is not a test split, and write a checkpoint.

    Args:
        data: folder of the data set, or several that are trained on together; their test splits are never touched.
        plan: what to train.
        out: folder of the checkpoint; its last part is the name of the model.
        verdicts: by package, what people call it, instead of or for want of the data set's label (`studies.verdicts`);
            those of a test split are passed over. None takes the labels as they are.
        progress: share of everything, and what is being done.

    Raises:
        CoreError: anything wrong with the data, the architecture or the weights.
    """
    check_architecture(plan.arch)
    start = _start_of(plan)
    dataset = open_joined([data] if isinstance(data, Path) else data)
    material = _prepare(dataset, plan, start, _part(progress, 0.0, 0.1), verdicts)
    last = 0.85 if plan.folds else 0.1
    work = settings().cache / "training" / _key(material, plan)
    answered = _cross_validated(material, plan, out, work, _part(progress, 0.1, last)) if plan.folds else None
    split = _final_split(material, plan.seed)

    def final() -> Fitted:
        return fit(
            _network(material, plan),
            material.crops.of(split.train),
            material.crops.of(split.held_out) if split.held_out else None,
            material.recipe,
            classes=len(material.classes),
            seed=plan.seed,
            progress=_part(progress, last, 1.0),
        )

    fitted = kept(work / "final.pt", final, _network(material, plan), material.crops.of(split.train))
    card = _card(material, plan, out.name, fitted, len(split.held_out))
    return _write(out, card, material, fitted, answered)


def again(
    card: Card,
    folder: Path | None,
    *,
    weights: Path | None = None,
    pretrained: bool = True,
    epochs: int | None = None,
    seed: int = 0,
) -> Plan:
    """The plan that a checkpoint was trained by, without its cross-validation.

    Its own recipe where a checkpoint is given to start from. From anything else the recipe of the architecture: what is
    right for a network that knows packages already, few epochs and frozen stages, is too little for one that does not.

    Args:
        card: of the checkpoint.
        folder: where it lies; its framing is used.
        weights: to start from, see `Plan`.
        pretrained: start from the hub's where none are given, unless the checkpoint started from random ones.
        epochs: instead of those of its recipe.
        seed: of the plan.
    """
    fields = recipe_for(card.architecture).values().keys() & card.training.recipe.keys()
    own = sorted(fields) if weights is not None and weights.is_dir() else ()
    changes = {name: card.training.recipe[name] for name in own}
    changes |= {"input_size": card.input_size, "mean": card.mean, "std": card.std}
    changes = {name: tuple(value) if isinstance(value, list) else value for name, value in changes.items()}
    return Plan(
        card.architecture,
        weights,
        pretrained=pretrained and weights is None and card.training.start != "random",
        framing="whole" if folder is None else str(folder),
        folds=0,
        seed=seed,
        changes=changes | ({"epochs": epochs} if epochs else {}),
    )


def prepared(dataset: Dataset, plan: Plan, *, progress: Progress = silent) -> Material:
    """Everything but its test split made ready for training; see `train` for what is refused."""
    check_architecture(plan.arch)
    start = _start_of(plan)
    if plan.pretrained:  # before the work, so that a hub out of reach is not said after it
        build(plan.arch, classes=2, size=_recipe(plan, start).input_size, pretrained=True)
    return _prepare(dataset, plan, start, progress)


def known(dataset: Dataset, material: Material, *, progress: Progress = silent) -> Crops:
    """Every readable picture of known class, those of the test split too, framed like the material."""
    hashes = inventory(dataset)
    index = dataset.index.merge(hashes[["package", "view", "sha256", "reason"]], on=["package", "view"])
    index = index[index["label"].isin(material.classes) & (index["reason"] == "")]
    others = index[~index["package"].isin(set(material.crops.packages))].reset_index(drop=True)
    if others.empty:
        return material.crops
    parts = material.crops, _framed(dataset, others, material.framer, progress)[0]
    names = ("pixels", "targets", "packages", "views")
    return Crops(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def once(
    material: Material, plan: Plan, packages: Sequence[str], asked: Crops, *, seed: int, progress: Progress = silent
) -> NDArray[np.float64]:
    """(N,) log-odds of damaged in pictures, by a network trained on some packages of the material.

    Args:
        material: of `prepared`.
        plan: the same.
        packages: to train on; one that is named twice counts twice.
        asked: (N,) pictures.
        seed: of weights, order and augmentation.
        progress: called after every epoch.
    """
    split = _spared(material.index[material.index["package"].isin(set(packages))], material.share, seed)
    crops, spared = material.crops, set(split.held_out)
    fitted = fit(
        _network(material, plan),
        crops.drawn([package for package in packages if package not in spared]),
        crops.of(split.held_out) if spared else None,
        material.recipe,
        classes=len(material.classes),
        seed=seed,
        progress=progress,
    )
    classes, logits = material.classes, answer(fitted.network, asked, material.recipe)
    if INTACT in classes:  # every other class is a damage
        return -log_odds(logits, classes.index(INTACT))
    return log_odds(logits, classes.index(positive_class(classes)))


def _start_of(plan: Plan) -> TrainedClassifier | None:
    """The checkpoint to start from, None for published or random weights.

    Raises:
        BadInput: there is nothing at that path, or a checkpoint of another architecture or input.
    """
    if plan.weights is None or plan.weights.is_file():
        return None
    if not plan.weights.is_dir():
        raise BadInput(f"There is no weights file {plan.weights}.", "Check the path given with --weights.")
    start = load_classifier(plan.weights)
    if start.card.architecture != plan.arch:
        raise BadInput(
            f"{start.name} is a {start.card.architecture}, not a {plan.arch}.",
            f"Give --arch {start.card.architecture}, or start from another checkpoint.",
        )
    if plan.changes.get("input_size") not in (None, start.card.input_size):
        height, width = start.card.input_size
        raise BadInput(
            f"{start.name} takes pictures of {height} x {width} pixels.",
            f"Give --input-size {height} {width}, or leave it out.",
        )
    return start


def _origin(plan: Plan, start: TrainedClassifier | None) -> str:
    """Where the weights come from, for the card."""
    if start is not None and start.folder is not None:
        folder = start.folder.resolve()
        return f"{folder.parent.name}/{folder.name} ({start.card.training.start})"
    return f"imagenet ({plan.weights.stem})" if plan.weights else "imagenet (hub)" if plan.pretrained else "random"


def _card(material: Material, plan: Plan, name: str, fitted: Fitted, validation_packages: int) -> Card:
    recipe = material.recipe
    return Card(
        name=name,
        architecture=plan.arch,
        input_size=recipe.input_size,
        mean=recipe.mean,
        std=recipe.std,
        framing={},
        classes=material.classes,
        positive=positive_class(material.classes),
        notes=plan.notes,
        training=Training(
            dataset=material.name,
            fingerprint=material.fingerprint,
            packages=material.index["package"].nunique(),
            images=len(material.index),
            validation_packages=validation_packages,
            start=_origin(plan, material.start),
            epochs=fitted.best_epoch,
            folds=plan.folds,
            seed=plan.seed,
            recipe=recipe.values(),
            seconds=round(fitted.seconds, 1),
            verdicts=material.verdicts,
        ),
    )


def _write(out: Path, card: Card, material: Material, fitted: Fitted, answered: CrossValidated | None) -> Card:
    """The checkpoint, what it was trained on with the folds' answers, and the curves."""
    histories = [fitted.history.assign(run="final")]
    answers = _answers(material, answered)
    if answered:
        card = judged(card, answers)
        histories.insert(0, answered.history)
    write_answers(out, pd.concat([answers, _seen_before(material)], ignore_index=True))
    save_curves(pd.concat(histories), out / "curves", title=card.name)
    return save_classifier(out, TrainedClassifier(card, fitted.network, material.framer))


def _answers(material: Material, answered: CrossValidated | None) -> pd.DataFrame:
    """Every picture trained on; without an answer where there was no cross-validation."""
    if answered is None:
        return _unanswered(material.index)
    return material.index.assign(fold=answered.fold, logits=answered.logits.tolist())[list(COLUMNS)]


def _unanswered(index: pd.DataFrame) -> pd.DataFrame:
    nothing = pd.Series([np.zeros(0)] * len(index), index=index.index, dtype=object)
    return index.assign(fold=-1, logits=nothing)[list(COLUMNS)]


def _seen_before(material: Material) -> pd.DataFrame:
    """What the start checkpoint was trained on, as far as it is not in this training."""
    if material.start is None:
        return pd.DataFrame(columns=list(COLUMNS))
    seen = read_answers(material.start.folder)
    seen = seen[~seen["sha256"].isin(set(material.index["sha256"]))]
    return _unanswered(seen.assign(dataset=seen["dataset"].replace("", material.start.card.training.dataset)))


def _prepare(
    dataset: Dataset,
    plan: Plan,
    start: TrainedClassifier | None,
    progress: Progress,
    verdicts: Mapping[str, Verdict] | None = None,
) -> Material:
    recipe = _recipe(plan, start)
    hashes = inventory(dataset, progress=_part(progress, 0.0, 0.3))
    labels = _labels(dataset, verdicts or {})
    index = _trainable(dataset, hashes, plan.only, labels)
    said = None if verdicts is None else _said(index, dataset.index, verdicts)
    if start is not None:
        _check_not_seen(start, dataset, hashes, set(index["package"]) if plan.folds else set())
    framer = _framer(plan.framing, dataset, index, recipe.input_size)
    if isinstance(framer, WholeFrame):
        recipe = replace(recipe, flip=0.5)  # nothing says which way round these pictures lie
    crops, confidence = _framed(dataset, index, framer, _part(progress, 0.3, 1.0))
    index = index[["dataset", "package", "view", "label", "sha256"]].assign(framing=confidence)
    return Material(dataset.name, index, crops, _classes(index), framer, recipe, start, said)


def _labels(dataset: Dataset, verdicts: Mapping[str, Verdict]) -> dict[str, str]:
    """Package to its label where a person's verdict takes the place of the data set's.

    A damaged package keeps the name that the data set has for its damage.

    Raises:
        BadInput: the data set tells several damages apart, and the verdict does not say which.
    """
    known = dataset.index.drop_duplicates("package").set_index("package")["label"].dropna().to_dict()
    damages = sorted(set(known.values()) - {INTACT}) or [DAMAGED]
    name = DAMAGED if DAMAGED in damages or len(damages) > 1 else damages[0]
    labels = {
        package: known[package] if one.label != INTACT and known.get(package, INTACT) != INTACT
        else INTACT if one.label == INTACT else name
        for package, one in verdicts.items()
    }  # fmt: skip
    unclear = sorted(package for package, label in labels.items() if label not in (INTACT, *damages))
    if unclear:
        raise BadInput(
            f"{len(unclear)} packages are called damaged, such as {', '.join(unclear[:5])}, but {dataset.name} tells "
            f"{', '.join(damages)} apart.",
            "Put them into the folder of their class, or train without --annotations.",
        )
    return labels


def _said(index: pd.DataFrame, table: pd.DataFrame, verdicts: Mapping[str, Verdict]) -> Verdicts:
    """What the verdicts changed in the packages that are trained on, for the card: counts, and no names."""
    now = index.drop_duplicates("package").set_index("package")["label"]
    before = table.drop_duplicates("package").set_index("package")["label"]
    used = [package for package in now.index if package in verdicts]
    said = sorted(f"{one} {package} {now[package]}" for package in used for one in verdicts[package].annotations)
    return Verdicts(
        packages=len(used),
        changed=sum(pd.notna(before[package]) and before[package] != now[package] for package in used),
        added=sum(bool(pd.isna(before[package])) for package in used),
        annotators=len({name for package in used for name in verdicts[package].annotators}),
        sha256=hashlib.sha256("\n".join(said).encode()).hexdigest(),
    )


def _recipe(plan: Plan, start: TrainedClassifier | None) -> Recipe:
    recipe = recipe_for(plan.arch)
    if start is not None:
        card = start.card
        recipe = changed(fine_tuned(recipe), input_size=card.input_size, mean=card.mean, std=card.std)
    elif plan.pretrained and plan.weights is None:
        recipe = changed(recipe, **hub_normalization(plan.arch))
    return changed(recipe, **plan.changes)


def _check_not_seen(
    start: TrainedClassifier, dataset: Dataset, hashes: pd.DataFrame, held_out: AbstractSet[str]
) -> None:
    """Refuse a start that knows packages which the new network is measured on.

    Raises:
        Leak: with the packages concerned.
    """
    known = read_answers(start.folder)
    if known.empty:
        raise Leak(f"{start.name} does not say which pictures it was trained on.", "Train it again to start from it.")
    seen, index = trained_on(known, hashes), dataset.index
    tested = sorted(seen & set(index.loc[index["split"] == "test", "package"]))
    if tested:
        raise Leak(
            f"{start.name} was trained on {len(tested)} packages of the test split, such as {', '.join(tested[:5])}.",
            "Start from a checkpoint trained on other packages.",
        )
    both = sorted(seen & held_out)
    if both:
        raise Leak(
            f"{start.name} was trained on {len(both)} packages that the folds hold out, such as {', '.join(both[:5])}.",
            "Start from a checkpoint trained on other packages, or do without figures: --folds 0.",
        )


def _classes(index: pd.DataFrame) -> tuple[str, ...]:
    return tuple(sorted(index["label"].unique()))


def _cross_validated(material: Material, plan: Plan, out: Path, work: Path, progress: Progress) -> CrossValidated:
    rounds = _rounds(material, plan, out)
    return cross_validate(
        _network(material, plan),
        material.crops,
        rounds,
        material.recipe,
        classes=len(material.classes),
        seed=plan.seed,
        work=work,
        progress=progress,
    )


def _part(progress: Progress, low: float, high: float) -> Progress:
    return lambda share, text: progress(low + (high - low) * share, text)


def _trainable(
    dataset: Dataset, hashes: pd.DataFrame, only: str | None, labels: Mapping[str, str]
) -> pd.DataFrame:
    """Readable pictures of known class outside the test split, with their hashes; of one view, where it is named.

    Labels by package take the place of those of the data set.
    """
    if only is not None and only not in dataset.view_names:
        raise unknown("view", only, dataset.view_names)
    test = dataset.index["split"] == "test"
    packages, tested = (set(dataset.index.loc[side, "package"]) for side in (~test, test))
    check_no_leak(contents(hashes, packages), contents(hashes, tested))
    index = dataset.index.merge(hashes[["package", "view", "sha256", "reason"]], on=["package", "view"])
    index = index if "dataset" in index else index.assign(dataset=dataset.name)
    index["label"] = index["package"].map(labels).fillna(index["label"]) if labels else index["label"]
    index = index[(index["split"] != "test") & index["label"].notna() & (index["reason"] == "")]
    if only is not None:
        index = index[index["view"] == only]
    if index["label"].nunique() < 2:
        raise BadInput(
            f"{dataset.name} has {index['label'].nunique()} class outside its test split; training needs two or more.",
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
    folder = Path(framing) if (Path(framing) / CARD).is_file() else settings().checkpoints / framing
    if not folder.is_dir():
        raise BadInput(
            f"There is no framing {framing!r}.",
            'Use "auto", "whole", the name or folder of a checkpoint, or a JSON file of marks.',
        )
    return load_classifier(folder).framer


def _known_framer(dataset: Dataset, index: pd.DataFrame, size: tuple[int, int]) -> Framer | None:
    """The framing of a checkpoint at hand that finds the packages of this data set too."""
    sample = {
        view: _views(dataset, rows["package"].tolist()[:: max(1, len(rows) // 8)], str(view))
        for view, rows in index.groupby("view")
    }
    models, _ = open_models()
    for framer in (model.framer for model in models.values() if model.card.input_size == size):
        if np.mean([framer.locate(view).sure for views in sample.values() for view in views]) >= KNOWN:
            return framer
    return None


def _marked_framer(path: Path, dataset: Dataset, index: pd.DataFrame, size: tuple[int, int]) -> Framer:
    marks = _present(_marks(path), dataset, path.name)
    views = {}
    for view, entries in marks.items():
        references = [str(entry["package"]) for entry in entries]
        others = sorted(index.loc[(index["view"] == view) & ~index["package"].isin(references), "package"])
        step = max(1, len(others) // (SAMPLE * len(references)))
        views[view] = _views(dataset, [*references, *others[::step]], view)
    return FRAMINGS["pattern"].learn(views, size, marks)


def _marks(path: Path) -> dict[str, list[Mapping[str, Any]]]:
    """By view the marks of a file, one a product."""
    try:
        read: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        marks: dict[str, list[Mapping[str, Any]]] = {
            view: [entries] if isinstance(entries, dict) else list(entries) for view, entries in read.items()
        }
        if not all(isinstance(entry["package"], str) for entries in marks.values() for entry in entries):
            raise ValueError("a package without an id")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(
            f"{path.name} is not a file of framing marks.",
            'It reads {VIEW: {"package": ID, "corners": [[x, y], ... 4]}}, or a list of these for several products.',
        ) from error
    return marks


def _present(
    marks: Mapping[str, Sequence[Mapping[str, Any]]], dataset: Dataset, name: str
) -> dict[str, list[Mapping[str, Any]]]:
    """The marks whose packages are in the data: one file serves several data sets, alone or together."""
    there = set(zip(dataset.index["package"], dataset.index["view"], strict=True))
    here = {view: [entry for entry in entries if (entry["package"], view) in there] for view, entries in marks.items()}
    for view, entries in here.items():
        if not entries:
            raise BadInput(
                f"None of the packages that {name} marks in the view {view!r} is in {dataset.name}.",
                "Mark the face of one of its packages, or add the data set that the marks were made for.",
            )
    return here


def _views(dataset: Dataset, packages: Sequence[str], view: str) -> list[View]:
    return [dataset.view(package, view) for package in packages]


def _framed(
    dataset: Dataset, index: pd.DataFrame, framer: Framer, progress: Progress
) -> tuple[Crops, NDArray[np.float64]]:
    """Every picture of the index framed, and how sure the framing was; remembered for the next architecture."""
    name = f"crops/{_framed_key(index, framer)}"
    found = read_arrays(name)
    if found is None:
        found = _frame_all(dataset, index, framer, progress)
        write_arrays(name, found)
    targets = index["label"].map(_classes(index).index).to_numpy(np.int64)
    packages, views = (index[column].to_numpy(np.str_) for column in ("package", "view"))
    return Crops(found["pixels"], targets, packages, views), found["confidence"]


def _frame_all(dataset: Dataset, index: pd.DataFrame, framer: Framer, progress: Progress) -> dict[str, NDArray[Any]]:
    pixels = np.empty((len(index), *framer.size, 3), np.uint8)
    confidence = np.empty(len(index))
    for at, (package, view) in enumerate(zip(index["package"], index["view"], strict=True)):
        picture = dataset.view(package, view)
        placement = framer.locate(picture)
        pixels[at], confidence[at] = placement.crop(picture.pixels), placement.confidence
        progress((at + 1) / len(index), f"framing picture {at + 1} of {len(index)}")
    return {"pixels": pixels, "confidence": confidence}


def _framed_key(index: pd.DataFrame, framer: Framer) -> str:
    card, arrays = framer.state()
    digest = hashlib.sha256(repr((card, index["view"].tolist(), index["sha256"].tolist())).encode())
    for name in sorted(arrays):
        digest.update(arrays[name].tobytes())
    return digest.hexdigest()[:16]


def _network(material: Material, plan: Plan) -> Callable[[Crops], nn.Module]:
    """Makes the network that a training starts from."""
    recipe = material.recipe

    def start(crops: Crops) -> nn.Module:
        network = build(
            plan.arch,
            classes=len(material.classes),
            size=recipe.input_size,
            dropout=recipe.dropout,
            pretrained=plan.pretrained and plan.weights is None,
        )
        if material.start is not None:
            load_trained(network, material.start.module, head=material.start.card.classes == material.classes)
        elif plan.weights is not None:
            load_published(network, plan.weights)
            few = crops.pixels[:: max(1, len(crops) // 64)]
            restore_batchnorm(network, normalize(recipe.mean, recipe.std, few))
        freeze(network, recipe.frozen)
        return network

    return start


def _rounds(material: Material, plan: Plan, out: Path) -> list[Round]:
    """Folds grouped by serial, stored beside the checkpoint and checked for leaks."""
    folds = split_packages(*_labeled(material.index), folds=plan.folds, seed=plan.seed)
    Split(plan.seed, folds, material.fingerprint).save(out / "split.json")
    return [_round(material.index, fold, material.share, plan.seed) for fold in folds]


def _round(index: pd.DataFrame, fold: Fold, share: float, seed: int) -> Round:
    check_no_leak(contents(index, fold.train), contents(index, fold.held_out))
    inner = _spared(index[index["package"].isin(fold.train)], share, seed)
    return Round(inner.train, inner.held_out, fold.held_out)


def _final_split(material: Material, seed: int) -> Fold:
    split = _spared(material.index, material.share, seed)
    check_no_leak(contents(material.index, split.train), contents(material.index, split.held_out))
    return split


def _spared(index: pd.DataFrame, share: float, seed: int) -> Fold:
    """Packages to train on, and those that choose the epoch: none where the share is 0."""
    return holdout(*_labeled(index), share=share, seed=seed) if share else Fold(tuple(index["package"].unique()), ())


def _labeled(index: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Packages, and the groups of which every side gets its share: the classes, of each data set where several are."""
    several = index["dataset"].nunique() > 1
    groups = index["label"] + " of " + index["dataset"] if several else index["label"]
    return index["package"].tolist(), groups.tolist()


def _key(material: Material, plan: Plan) -> str:
    """Names the work of one training, so that a second start finds its finished folds."""
    weights = plan.weights and (sha256(plan.weights) if material.start is None else material.start.card.weights_sha256)
    digest = hashlib.sha256(repr((replace(plan, notes=""), weights, material.recipe, material.fingerprint)).encode())
    digest.update(material.crops.pixels.tobytes())
    return digest.hexdigest()[:16]


def judged(card: Card, answers: pd.DataFrame) -> Card:
    """The card with the weights of its views, and its figures by data set, from the answers of the cross-validation.

    The weights that fuse a fold's packages are learnt on the other folds, so that the figures stay those of packages
    never seen.

    Args:
        card: of the checkpoint.
        answers: `core.store.answers.COLUMNS`, all of them of folds.
    """
    at = card.classes.index(card.positive)
    margins = answers.assign(margin=log_odds(np.stack(answers["logits"].tolist()), at))
    wide = margins.pivot(index="package", columns="view", values="margin")
    packages = answers.drop_duplicates("package").set_index("package").loc[wide.index]
    truth, fold = (packages["label"] == card.positive).to_numpy(), packages["fold"].to_numpy()
    views = [str(view) for view in wide.columns]
    values = wide.to_numpy()

    def weights(chosen: NDArray[np.bool_]) -> dict[str, float]:
        learnt, added = learn_weights(values[chosen], truth[chosen])
        return {**dict(zip(views, learnt.round(4).tolist(), strict=True)), PACKAGE: round(added, 4)}

    folds = tuple(weights(fold != number) for number in range(int(fold.max()) + 1))
    fused = np.array(
        [
            np.nansum(row * [folds[k][view] for view in views]) + folds[k][PACKAGE]
            for row, k in zip(values, fold, strict=True)
        ]
    )
    odds = wide.assign(**{PACKAGE: fused})
    measured = {
        str(name): {
            view: _figures(truth[own], odds[view].to_numpy()[own])
            for view in (*views, PACKAGE)
            if (own := (packages["dataset"] == name).to_numpy() & odds[view].notna().to_numpy()).any()
        }
        for name in sorted(packages["dataset"].unique())
    }
    return card.model_copy(
        update={
            "fusion": weights(np.full(len(truth), True)),
            "fold_fusion": folds,
            "measured": measured,
        }
    )


def _figures(truth: NDArray[np.bool_], margins: NDArray[np.float64]) -> dict[str, Any]:
    return dict(summary(truth, expit(margins), Cut.at(0.5)))
