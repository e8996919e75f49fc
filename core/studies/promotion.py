"""May a candidate take the place of a checkpoint: only where it is not worse, in cost and in grounded accuracy."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.contracts import Dataset, Progress, silent
from core.datasets.frozen import Frozen, check_same, freeze
from core.domain import INTACT, PACKAGE, Cut
from core.errors import BadCheckpoint, BadInput, CoreError, Leak, UnknownName
from core.metrics import economics as costs
from core.metrics import paired
from core.metrics.economics import PER, Outcome, Terms
from core.metrics.paired import Difference
from core.models import versions
from core.models.checkpoints import Card, load_card, write_whole
from core.models.classifier import load_classifier
from core.models.versions import Event, Version
from core.settings import settings
from core.store.answers import read_answers
from core.studies import economics
from core.studies.agreement import Source, agreement, source_of
from core.studies.parts import in_parts
from core.studies.reasons import reasons
from core.study import Classifier, inventory, run_name, trained_on

__all__ = [
    "MARGIN", "Comparison", "Difference", "Event", "Grounds", "Stage", "Terms", "compare", "history", "promote",
    "roll_back", "terms_in_use",
]  # fmt: skip

MARGIN = 0.1
"""Of the cost of doing without a model, and of grounded accuracy."""
FEWEST = 10
"""Packages below which nothing is compared."""
CANDIDATE, CURRENT = "candidate", "current"
FROZEN = ".frozen"
"""Folder beside the checkpoints with the lists of packages; its dot keeps it from being taken for one."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """How often both are right for the right reason, on the damaged packages with a known region.

    Attributes:
        candidate, current: packages right and grounded.
        difference: of the shares, candidate minus current.
        source: where the damage is known from.
    """

    candidate: int
    current: int
    difference: Difference
    source: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A candidate against the checkpoint in use, on packages that neither was trained on.

    Attributes:
        name: of the model.
        folder: of the candidate.
        cards: of "candidate" and "current".
        outcomes: what each does and costs where it decides, by the same names.
        cost: expected cost of 1000 packages, candidate minus current.
        grounds: None where no region is known.
        margin: share that it may be worse by: of `alone`, and of grounded accuracy.
        alone: expected cost of 1000 packages without a model, in the cheapest way: accept, reject or look at all.
        dataset: name of the data set.
        frozen: hash of the list of frozen packages.
        seen: frozen packages left out, because one of the two was trained on them.
        notices: what a person should know, one sentence each.
    """

    name: str
    folder: Path
    cards: Mapping[str, Card]
    outcomes: Mapping[str, Outcome]
    cost: Difference
    grounds: Grounds | None
    margin: float
    alone: float
    dataset: str
    frozen: str
    seen: int
    notices: tuple[str, ...] = ()

    @property
    def allowed(self) -> float:
        """By how much the cost of 1000 packages may rise."""
        return self.margin * self.alone

    @property
    def cheap_enough(self) -> bool:
        """Whether the upper end of the rise in cost lies within what is allowed."""
        return self.cost.high <= self.allowed

    @property
    def grounded_enough(self) -> bool:
        """Whether the lower end of the difference in grounded accuracy lies above minus the margin; so too unknown."""
        return self.grounds is None or self.grounds.difference.low >= -self.margin

    @property
    def not_worse(self) -> bool:
        """Whether the candidate may take the place."""
        return self.cheap_enough and self.grounded_enough

    def figures(self) -> dict[str, Any]:
        """Everything as JSON values, for the record."""
        return {
            "dataset": self.dataset,
            "frozen_sha256": self.frozen,
            "packages": self.cost.n,
            "seen_in_training": self.seen,
            "margin": self.margin,
            "cost_without_a_model": self.alone,
            "cost_may_rise_by": self.allowed,
            "terms": asdict(next(iter(self.outcomes.values())).terms),
            "cost": {name: _outcome(one) for name, one in self.outcomes.items()} | {"difference": self.cost._asdict()},
            "grounded": None if self.grounds is None else {
                CANDIDATE: self.grounds.candidate,
                CURRENT: self.grounds.current,
                "difference": self.grounds.difference._asdict(),
                "regions": self.grounds.source,
            },
            "not_worse": self.not_worse,
            "notices": list(self.notices),
        }  # fmt: skip


def compare(
    dataset: Dataset,
    candidate: Path,
    name: str,
    *,
    when: datetime,
    folder: Path | None = None,
    margin: float = MARGIN,
    terms: Terms | None = None,
    regions: str | None = None,
    labels: Mapping[str, str] | None = None,
    again: bool = False,
    progress: Progress = silent,
) -> Comparison:
    """Hold a candidate against the checkpoint in use, on the frozen packages that neither was trained on.

    The first comparison on a data set freezes its split test, or without one the packages of known class that neither
    was trained on. Later ones use the same list, and refuse a data set in which one of these packages has changed.
    Each model decides where it would: by its policy where one holds, else at the threshold of its card.

    Args:
        dataset: with the packages.
        candidate: folder of the checkpoint that may come.
        name: of the checkpoint in use.
        when: now, UTC.
        folder: of the checkpoints, None for the one of the settings.
        margin: by how much it may be worse, in [0, 1]: a share of the cost of doing without a model, and of grounded
            accuracy.
        terms: prevalence and costs; None for those of the policy in use, else the usual ones.
        regions: where the damage is known from, see `studies.regions.source_of`; None for what there is.
        labels: package to what people call it, in place of the data set's label.
        again: freeze the packages anew.
        progress: called along the way; an error raised in it stops the work, and the next call goes on.

    Raises:
        BadInput: the same checkpoint, another class to look for, a changed or too small list, a margin out of range.
        BadCheckpoint: one of the two cannot be opened.
        Leak: one of the two does not say what it was trained on.
        UnknownName: there is no checkpoint of that name, or no such account of the regions.
    """
    if not 0 <= margin <= 1:
        raise BadInput(f"A margin of {margin:g} is none.", "Give a share between 0 and 1, for example 0.1.")
    checkpoints = folder or settings().checkpoints
    models = _opened(checkpoints, candidate, name)
    table = inventory(dataset, progress=lambda share, text: progress(0.05 * share, text))
    table, corrected = _corrected(table, labels or {})
    seen = _trained(models, table)
    frozen = _frozen(dataset, table, checkpoints, seen, when=when, again=again)
    chosen = {one: kept.label for one, kept in frozen.packages.items() if one not in seen}
    truth = _known(chosen)
    terms = terms or terms_in_use(name, folder=checkpoints)
    said = _answers(dataset, models, tuple(sorted(chosen)), lambda share, text: progress(0.05 + 0.25 * share, text))
    cuts = {
        CANDIDATE: economics.cuts({candidate.name: models[CANDIDATE]}, candidate.resolve().parent)[candidate.name],
        CURRENT: economics.cuts({name: models[CURRENT]}, checkpoints)[name],
    }
    chances = {one: rows.set_index("package")["probability"].loc[sorted(chosen)].to_numpy(np.float64)
               for one, rows in said.groupby("model")}  # fmt: skip
    source, notices = _source(dataset, regions)
    within: Progress = lambda share, text: progress(0.3 + 0.7 * share, text)  # noqa: E731  # a wrapper of one line
    grounds = None if source is None else _grounds(dataset, models, source, chosen, cuts, said, within)
    if grounds is None and source is not None:
        notices = (*notices, "No frozen damaged package has a known region: only the cost is compared.")
    one, other = (paired.paid(truth, chances[which], cuts[which], terms) for which in (CANDIDATE, CURRENT))
    return Comparison(
        name,
        candidate,
        {which: model.card for which, model in models.items()},
        {which: costs.measured(truth, chances[which], cuts[which], terms) for which in models},
        paired.per_thousand(truth, one, other, terms),
        grounds,
        margin,
        _alone(terms),
        dataset.name,
        frozen.sha256,
        len(frozen.packages) - len(chosen),
        (*_listed(dataset, table, frozen), *_by_people(corrected & set(chosen)), *notices),
    )


def terms_in_use(name: str, *, folder: Path | None = None) -> Terms:
    """Prevalence and costs of the policy that a model decides by; the usual ones where it has none that holds.

    Raises:
        UnknownName: there is no such model.
        BadCheckpoint: it cannot be opened.
    """
    checkpoints = folder or settings().checkpoints
    _check_name(checkpoints, name)
    held, _ = economics.policies({name: load_classifier(checkpoints / name)}, checkpoints)
    return economics.terms_of(held[name]) if name in held else Terms()


def promote(found: Comparison, *, who: str, when: datetime, folder: Path | None = None) -> str:
    """Put the candidate in the place of the checkpoint in use, which is kept in the history with the comparison.

    Args:
        found: by `compare`.
        who: does it.
        when: now, UTC.
        folder: of the checkpoints, None for the one of the settings.

    Returns:
        Id of the version that was replaced.

    Raises:
        BadInput: the candidate may be worse, or nobody is named.
        BadCheckpoint: one of the two has changed since, or the folder cannot be written; the old one stays.
    """
    if not found.not_worse:
        raise BadInput(f"{found.folder.name} may be worse than {found.name}.", "Train it further, or compare on more.")
    event = Event(
        kind="promotion", when=when.isoformat(), who=_named(who), before=found.cards[CURRENT].weights_sha256,
        after=found.cards[CANDIDATE].weights_sha256, source=found.folder.name, figures=found.figures(),
    )  # fmt: skip
    return versions.put(folder or settings().checkpoints, found.name, found.folder, event)


def roll_back(name: str, *, who: str, when: datetime, to: str | None = None, folder: Path | None = None) -> Version:
    """Put an earlier version back in its place; the one in use goes to the history, and can come back the same way.

    Args:
        name: of the model.
        who: does it.
        when: now, UTC.
        to: id of the version; None for the last that was replaced.
        folder: of the checkpoints, None for the one of the settings.

    Returns:
        The version that was put back.

    Raises:
        UnknownName: there is no such model or version.
        BadInput: it is the one in use, or nobody is named.
        BadCheckpoint: it is damaged, or the folder cannot be written.
    """
    checkpoints = folder or settings().checkpoints
    _check_name(checkpoints, name)
    versions.settle(checkpoints / name)
    earlier = versions.version(checkpoints, name, to)
    try:
        before = load_card(checkpoints / name).weights_sha256
    except BadCheckpoint:
        before = ""  # damaged: a reason to roll back
    event = Event(
        kind="roll-back", when=when.isoformat(), who=_named(who), before=before, after=earlier.card.weights_sha256,
        source=earlier.id,
    )  # fmt: skip
    versions.put(checkpoints, name, earlier.folder, event)
    return earlier


@dataclass(frozen=True, slots=True)
class Stage:
    """One stretch of a model's life.

    Attributes:
        id: of the version, None for the one in use.
        card: of it.
        came: what brought it, None for the first.
        left: what ended it, None for the one in use.
    """

    id: str | None
    card: Card
    came: Event | None
    left: Event | None


def history(name: str, *, folder: Path | None = None) -> tuple[tuple[Stage, ...], tuple[str, ...]]:
    """Every stage of a model, the one in use first, and why others cannot be shown, one sentence each.

    Raises:
        BadCheckpoint: the one in use cannot be read.
        UnknownName: there is no such model.
    """
    checkpoints = folder or settings().checkpoints
    _check_name(checkpoints, name)
    versions.settle(checkpoints / name)
    earlier, refused = versions.versions(checkpoints, name)
    events = [one.left for one in earlier]
    came = [None, *events]
    stages = [Stage(one.id, one.card, before, one.left) for one, before in zip(earlier, came, strict=False)]
    last = Stage(None, load_card(checkpoints / name), came[-1], None)
    return tuple(reversed([*stages, last])), tuple(refused.values())


def _opened(checkpoints: Path, candidate: Path, name: str) -> dict[str, Classifier]:
    _check_name(checkpoints, name)
    if not candidate.is_dir():
        raise BadInput(f"There is no folder {candidate}.", "Name the folder that `secondlook train --out` wrote.")
    if candidate.resolve() == (checkpoints / name).resolve():
        raise BadInput(f"{candidate} is {name} itself.", "Name the folder of another checkpoint.")
    models = {CANDIDATE: load_classifier(candidate), CURRENT: load_classifier(checkpoints / name)}
    one, other = (models[which].card for which in (CANDIDATE, CURRENT))
    if one.model_copy(update={"name": other.name}) == other:
        raise BadInput(f"{candidate} is the same as {name}.", "Name the folder of another checkpoint.")
    if one.positive != other.positive:
        raise BadInput(
            f"The candidate looks for {one.positive!r}, {name} for {other.positive!r}.",
            "Train it on data with the same classes.",
        )
    return models


def _check_name(checkpoints: Path, name: str) -> None:
    here = sorted(path.name for path in checkpoints.glob("*/") if not path.name.startswith("."))
    if name not in here:
        raise UnknownName(f"There is no model called {name!r}.", f"Try one of: {', '.join(here) or 'none'}.")


def _corrected(table: pd.DataFrame, labels: Mapping[str, str]) -> tuple[pd.DataFrame, set[str]]:
    """The inventory with the labels of people, and the packages whose label is another one for that."""
    damaged = table["label"].notna() & (table["label"] != INTACT)
    said = table["package"].map(labels)
    other = said.notna() & (table["label"].isna() | ((said != INTACT) != damaged))
    return table.assign(label=table["label"].mask(other, said)), set(table.loc[other, "package"])


def _by_people(corrected: Collection[str]) -> tuple[str, ...]:
    if not corrected:
        return ()
    return (f"Packages whose label is that of people, not of the data set: {len(corrected):,}.",)


def _trained(models: Mapping[str, Classifier], table: pd.DataFrame) -> set[str]:
    """Packages that one of them was trained on."""
    seen: set[str] = set()
    for which, model in models.items():
        answers = read_answers(model.folder)
        if answers.empty:
            raise Leak(
                f"The {which} checkpoint does not say which pictures it was trained on.",
                "Restore its crossval.parquet, or train it again.",
            )
        seen |= trained_on(answers, table)
    return seen


def _frozen(
    dataset: Dataset, table: pd.DataFrame, checkpoints: Path, seen: set[str], *, when: datetime, again: bool
) -> Frozen:
    path = checkpoints / FROZEN / f"{_slug(dataset.name)}.json"
    if path.is_file() and not again:
        found = Frozen.load(path)
        check_same(found, table)
        return found
    packages = _tested(dataset, table) or set(table.loc[table["label"].notna(), "package"]) - seen
    found = freeze(dataset.name, table, packages, made_at=when.isoformat(timespec="seconds"))
    _known({one: kept.label for one, kept in found.packages.items() if one not in seen})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, lambda part: part.write_text(found.text(), encoding="utf-8"))
    except OSError as error:
        raise BadCheckpoint(
            f"The list of frozen packages cannot be written to {path.parent} ({error.strerror or error}).",
            "Allow writing there.",
        ) from error
    return found


def _slug(name: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-") or "packages"
    return f"{plain[:40]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _known(labels: Mapping[str, str]) -> NDArray[np.bool_]:
    """(N,) whether each package, sorted, is damaged."""
    truth = np.array([labels[one] != INTACT for one in sorted(labels)], bool)
    if len(truth) < FEWEST or truth.all() or not truth.any():
        raise BadInput(
            f"{len(truth)} packages of known class that neither was trained on ({int(truth.sum())} damaged) are too "
            "few.",
            f"It takes {FEWEST} with both classes among them: add packages to the split test.",
        )
    return truth


def _alone(terms: Terms) -> float:
    accepting, rejecting = terms.prevalence * terms.escape, (1 - terms.prevalence) * terms.false_reject
    return PER * min(accepting, rejecting, terms.review)


def _answers(
    dataset: Dataset, models: Mapping[str, Classifier], packages: tuple[str, ...], progress: Progress
) -> pd.DataFrame:
    """What both say of every package, fused: package, model, view, probability; stored."""
    cards = [hashlib.sha256(models[which].card.model_dump_json().encode()).hexdigest() for which in sorted(models)]

    def asked(package: str) -> list[dict[str, object]]:
        loaded = dataset.load(package)
        return [
            {"package": package, "model": which, "view": PACKAGE,
             "probability": float(model.predict(loaded)[-1].probability(model.card.positive))}
            for which, model in models.items()
        ]  # fmt: skip

    name = run_name("promotion", dataset, models, *cards, packages)
    columns = ("package", "model", "view", "probability")
    return in_parts(name, packages, asked, columns=columns, size=10, progress=progress)


def _source(dataset: Dataset, regions: str | None) -> tuple[Source | None, tuple[str, ...]]:
    """Where the damage is known from: what is named, else what lies in the data set, else what people drew."""
    if regions is not None:
        return source_of(regions, dataset), ()
    for name in (None, "store"):
        try:
            return source_of(name, dataset), ()
        except BadInput:
            continue
        except CoreError as error:
            return None, (f"Only the cost is compared: what people drew cannot be read. {error}",)
    return None, ("No damaged region is known in this data set: only the cost is compared.",)


def _grounds(
    dataset: Dataset, models: Mapping[str, Classifier], source: Source, labels: Mapping[str, str],
    cuts: Mapping[str, Cut], said: pd.DataFrame, progress: Progress,
) -> Grounds | None:  # fmt: skip
    regions = {package for package, _ in source.known}
    ids = sorted(package for package, label in labels.items() if label != INTACT and package in regions)
    if not ids:
        return None
    # their weights in the names: a stored run must not be taken for that of the two with their parts exchanged
    names = {which: f"{which} {model.card.weights_sha256[:12]}" for which, model in models.items()}
    asked = {names[which]: model for which, model in models.items()}
    frame = agreement(dataset, asked, source=source, packages=ids, progress=progress)
    frame = frame.assign(model=frame["model"].replace({name: which for which, name in names.items()}))
    judged = reasons(frame, cuts, fused=said)
    judged = judged[judged["view"] == PACKAGE].assign(good=lambda rows: rows["group"] == "right_grounded")
    good = judged.pivot(index="package", columns="model", values="good").dropna().astype(bool)
    if good.empty:
        return None
    apart = good[CANDIDATE].to_numpy(np.float64) - good[CURRENT].to_numpy(np.float64)
    return Grounds(int(good[CANDIDATE].sum()), int(good[CURRENT].sum()), paired.difference([(1.0, apart)]), source.name)


def _tested(dataset: Dataset, table: pd.DataFrame) -> set[str]:
    """Packages of the split test whose class is known."""
    tested = set(dataset.index.loc[dataset.index["split"] == "test", "package"])
    return tested & set(table.loc[table["label"].notna(), "package"])


def _listed(dataset: Dataset, table: pd.DataFrame, frozen: Frozen) -> tuple[str, ...]:
    """What the data set has in its split test and the list has not."""
    fresh = _tested(dataset, table) - set(frozen.packages)
    if not fresh or not frozen.packages:
        return ()
    return (f"Packages of the split test that are not on the frozen list of {frozen.made_at[:10]}: {len(fresh):,}.",)


def _outcome(one: Outcome) -> dict[str, Any]:
    low, high = one.interval
    return {
        "per_thousand": one.per_thousand, "interval": [low, high], "accept": one.cut.accept, "reject": one.cut.reject,
        "damaged": one.damaged, "escapes": one.counts.fn, "escape_upper": one.escape_upper, "intact": one.intact,
        "false_rejects": one.counts.fp, "reviewed": one.counts.review_damaged + one.counts.review_intact,
    }  # fmt: skip


def _named(who: str) -> str:
    if not who.strip():
        raise BadInput("Nobody is named who does this.", "Say who you are.")
    return who.strip()
