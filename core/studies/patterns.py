"""Where errors gather: slices against the rest, and labels that may be wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.domain import DAMAGED, INTACT, PACKAGE, Cut
from core.errors import BadInput
from core.metrics.labels import suspicion
from core.metrics.slices import Slice, by_name, by_parts, compare
from core.studies.measures import MEASURES
from core.study import ENSEMBLE

KINDS = ("Errors", "Escapes", "False rejects")
"""What a slice is judged by: wrong answers of all packages, of the damaged ones, of the intact ones."""

EVERY = "every picture"
"""The view that stands for each camera's answer by itself."""

MISTAKES = ("Escape", "False reject")

_DIGITS = {"brightness": 2, "contrast": 2, "sharpness": 3, "size": 1, "x": 0, "y": 0, "yaw": 0, "damage": 0}
_UNITS = {"size": " %", "x": " %", "y": " %", "yaw": "°", "damage": " %"}


@dataclass(frozen=True, slots=True)
class Found:
    """Slices and the rows they are made of.

    Attributes:
        table: of `core.metrics.slices.compare`, with `key`, which the rows of `members` go by.
        members: slice key to the ids of its packages, those with errors first.
        looks: how many slices were looked at.
    """

    table: pd.DataFrame
    members: Mapping[str, tuple[str, ...]]
    looks: int


def answers(frame: pd.DataFrame, *, model: str, view: str, cut: Cut) -> pd.DataFrame:
    """The answers of one model that can be right or wrong.

    Args:
        frame: `study.PREDICTION_COLUMNS`.
        model: whose.
        view: a camera, "package" for the fused decision, or `EVERY` camera by itself.
        cut: stopped from `accept` on; a review counts as stopped, since a person looks at it.

    Returns:
        The rows with a known label, with `damaged`, `stopped` and `wrong`.
    """
    here = frame["view"] != PACKAGE if view == EVERY else frame["view"] == view
    rows = _plain(frame[(frame["model"] == model) & here & frame["label"].notna()])
    damaged, stopped = rows["label"] != INTACT, rows["probability"] >= cut.accept
    return rows.assign(damaged=damaged, stopped=stopped, wrong=damaged != stopped)


def _plain(rows: pd.DataFrame) -> pd.DataFrame:
    """Numbered from 0, with words instead of categories, so that one that does not occur is not there."""
    return rows.reset_index(drop=True).astype(dict.fromkeys(("view", "model", "label", "split", "source"), object))


def outcomes(rows: pd.DataFrame) -> pd.Series:
    """Found, Escape, False reject or Passed, of rows of `answers`."""
    names = {(True, True): "Found", (True, False): "Escape", (False, True): "False reject", (False, False): "Passed"}
    return pd.Series([names[pair] for pair in zip(rows["damaged"], rows["stopped"], strict=True)], rows.index)


def slices(
    rows: pd.DataFrame, index: pd.DataFrame, measures: pd.DataFrame, *, kind: str = KINDS[0], seed: int = 0
) -> Found:
    """Every slice against its rest, the one that is worse beyond doubt first.

    Args:
        rows: of `answers`.
        index: of the data set: kind and severity of damage by package.
        measures: of `core.studies.measures.measures`.
        kind: one of `KINDS`.
        seed: of the permutation test.

    Raises:
        BadInput: `kind` is not one of them.
    """
    if kind not in KINDS:
        raise BadInput(f"{kind!r} is no kind of error.", f"Choose one of: {', '.join(KINDS)}.")
    if kind != KINDS[0]:
        rows = rows[rows["damaged"] == (kind == KINDS[1])].reset_index(drop=True)
    looked = _slices(rows, _facts(rows, index, measures))
    table = compare(rows["wrong"].to_numpy(bool), rows["package"].tolist(), looked, seed=seed)
    table.insert(0, "key", table["column"] + ": " + table["slice"])
    ordered = rows.sort_values("wrong", ascending=False, kind="stable")
    members = {
        f"{one.column}: {one.name}": tuple(dict.fromkeys(ordered.loc[one.members[ordered.index], "package"]))
        for one in looked
    }
    return Found(table, members, int(table.attrs["looks"]))


def _facts(rows: pd.DataFrame, index: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    """What is known of each row, in its order: of the picture, or of each of the package's pictures."""
    known = index.drop_duplicates("package").set_index("package")[["kind", "severity"]]
    facts = rows[["package", "view", "damaged"]].join(known, on="package")
    by_package = measures.set_index("package")
    facts = facts.join(by_package["product"][~by_package.index.duplicated()], on="package")
    wide = measures.pivot(index="package", columns="view", values=list(MEASURES))
    wide.columns = wide.columns.map(", ".join)
    views = sorted(measures["view"].unique())
    facts = facts.join(_same_once(wide, views), on="package")
    for view in views:  # an answer on one picture is held against what was measured of that picture
        others = [name for name in facts.columns if str(name).endswith(f", {view}")]
        facts.loc[~facts["view"].isin([view, PACKAGE]), others] = np.nan
    return facts


def _same_once(wide: pd.DataFrame, views: Sequence[str]) -> pd.DataFrame:
    """A measure that all views of a package share, such as a known yaw, as one column."""
    for measure in MEASURES:
        columns = [f"{measure}, {view}" for view in views]
        if wide[columns].nunique(axis=1).max() <= 1:
            wide = wide.assign(**{measure: wide[columns[0]]}).drop(columns=columns)
    return wide


def _slices(rows: pd.DataFrame, facts: pd.DataFrame) -> list[Slice]:
    damaged = rows["damaged"].to_numpy(bool)
    found = by_name("View", facts["view"].tolist()) if facts["view"].nunique() > 1 else []
    found += by_name("Product", facts["product"].tolist())
    found += by_name("Class", rows["label"].tolist()) if rows["label"].nunique() > 1 else []
    found += _kinds(facts["kind"], damaged)
    found += by_parts("Severity", facts["severity"].where(facts["damaged"]).to_numpy(float))
    for name in facts.columns:
        measure, _, view = str(name).partition(", ")
        if measure in MEASURES:
            title = MEASURES[measure][0] + f", {view}" * bool(view)
            found += by_parts(title, facts[name].to_numpy(float), digits=_DIGITS[measure], unit=_UNITS.get(measure, ""))
    return found


def _kinds(kinds: pd.Series, damaged: NDArray[np.bool_]) -> list[Slice]:
    """One slice for each kind of damage, against the other damaged packages; a package may have several kinds."""
    parts = [set(str(kind).split(" + ")) - {""} if isinstance(kind, str) else set() for kind in kinds]
    pool = damaged & np.array([bool(one) for one in parts], bool)
    names = sorted(set().union(*parts)) if parts else []
    return [Slice("Damage", name, pool & np.array([name in one for one in parts], bool), pool) for name in names]


@dataclass(frozen=True, slots=True)
class Suspects:
    """Packages whose label may be wrong.

    Attributes:
        table: labels that the network does not agree with, those that it contradicts with confidence first, then the
            most doubtful: package, label (given), suggested, suspected (whether with confidence), probability (of
            damaged), margin, agree (how many models call it as suggested), models (how many were asked).
        expected: how many wrong labels the paper's estimate expects.
        looks: how many labels were looked at.
    """

    table: pd.DataFrame
    expected: float
    looks: int


def suspects(frame: pd.DataFrame, *, model: str, cuts: Mapping[str, Cut]) -> Suspects:
    """Packages whose label the networks contradict with confidence, the most doubtful first.

    Only answers of networks that had not seen the package count, and only fused ones.

    Args:
        frame: `study.PREDICTION_COLUMNS`.
        model: whose probabilities are asked.
        cuts: model to where it decides, to count how many models agree.
    """
    fused = _plain(frame[(frame["view"] == PACKAGE) & frame["label"].notna() & (frame["source"] != "training")])
    rows = fused[fused["model"] == model].reset_index(drop=True)
    given = np.asarray(rows["label"] != INTACT, np.int64)
    if len(np.unique(given)) < 2:
        return Suspects(pd.DataFrame(columns=list(_SUSPECT)), 0.0, len(rows))
    probability = rows["probability"].to_numpy(float)
    found = suspicion(given, np.stack([1 - probability, probability], axis=1))
    rows = rows.assign(suggested=np.array([INTACT, DAMAGED])[found.suggested], margin=found.margin)
    rows = rows.assign(suspected=found.suspected)[found.suspected | (found.margin < 0)]
    rows = rows.sort_values(["suspected", "margin"], ascending=[False, True])
    rows = rows.join(_agreeing(fused, cuts), on="package")
    stops = rows["suggested"] == DAMAGED
    rows = rows.assign(agree=rows["stopping"].where(stops, rows["models"] - rows["stopping"]))
    return Suspects(rows[list(_SUSPECT)].reset_index(drop=True), found.expected, len(given))


_SUSPECT = ("package", "label", "suggested", "suspected", "probability", "margin", "agree", "models")


def _agreeing(fused: pd.DataFrame, cuts: Mapping[str, Cut]) -> pd.DataFrame:
    """By package: how many single models there are, and how many stop it."""
    single = fused[fused["model"] != ENSEMBLE]
    accept = single["model"].map(lambda name: cuts[name].accept if name in cuts else 0.5).astype(float)
    return (
        single.assign(stopping=(single["probability"] >= accept).astype(int), models=1)
        .groupby("package")[["stopping", "models"]]
        .sum()
    )
