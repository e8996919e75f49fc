"""One row a package: the table behind galleries, and the filter over it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, urlencode

import numpy as np
import pandas as pd

from core.domain import DAMAGED, HALF, INTACT, PACKAGE, REVIEW, Cut
from core.study import ENSEMBLE, SOURCES

SHOWS = (
    "All packages",
    "Right",
    "Wrong",
    "Found",
    "Passed",
    "Escapes",
    "False rejects",
    "In review",
    "Damaged in review",
    "Intact in review",
    "Truly damaged",
    "Truly intact",
    "Called damaged",
    "Called intact",
    "Models disagree",
    "Views disagree",
)
SORTS = ("Serial", "Least sure", "Most sure", "Most damaged", "Most intact")
"""The same words on the screen, in the address bar and here."""
SAYINGS = {DAMAGED: 1.0, REVIEW: 0.5, INTACT: 0.0}
"""Verdict to its number in the arrays below; NaN where nothing was said."""
AND = " + "
"""What joins the kinds of damage of one package."""
CHOICES = ("serial", "truth", "show", "judge", "at", "says", "sort", "damage", "page")
"""The keys of the choices in Browse, as they stand in the address bar."""


ENOUGH = 30
"""Test packages from which on a data set opens with its test split: fewer say too little."""


def probability(model: str, view: str = PACKAGE) -> str:
    """Name of the column with a model's probability of damaged."""
    return f"p {model} {view}"


def picture(view: str) -> str:
    """Name of the column with the path of a view's picture."""
    return f"path {view}"


def pictured(table: pd.DataFrame) -> tuple[str, ...]:
    """Names of the views a table has pictures of."""
    return tuple(str(column)[5:] for column in table.columns if str(column).startswith("path "))


def table(index: pd.DataFrame, predictions: pd.DataFrame | None) -> pd.DataFrame:
    """Everything a gallery shows or filters by.

    Args:
        index: of a data set, one row a picture.
        predictions: `study.PREDICTION_COLUMNS`, None where nothing was computed.

    Returns:
        Indexed by package id: label, split, where known the kind of damage and its severity, one path a view, one
        probability of damaged a model and view, and as `source` the least trustworthy source of these.
    """
    known = [name for name in ("label", "split", "kind", "severity") if name in index]
    facts = index.drop_duplicates("package").set_index("package")[known]
    paths = index.pivot(index="package", columns="view", values="path").rename(columns=picture)
    wide = facts.join(paths)
    if predictions is not None:
        probabilities = predictions.pivot(index="package", columns=["model", "view"], values="probability")
        probabilities.columns = [probability(model, view) for model, view in probabilities.columns]
        wide = wide.join(probabilities)
        if "source" in predictions:
            wide = wide.join(_least_trustworthy(predictions))
    return wide.sort_index()


def _least_trustworthy(predictions: pd.DataFrame) -> pd.Series:
    """The last of `SOURCES` among the answers on each package."""
    order = list(SOURCES)
    ranks = predictions["source"].map(order.index).astype(int).groupby(predictions["package"]).max()
    return ranks.map(order.__getitem__).rename("source")


def first_split(index: pd.DataFrame) -> str | None:
    """The split that a data set opens with: its test packages where there are enough of them, None for all packages."""
    tested = index["split"] == "test"
    return "test" if not tested.all() and index.loc[tested, "package"].nunique() >= ENOUGH else None


def kinds(table: pd.DataFrame) -> list[str]:
    """Every kind of damage that is known of the packages of a table, sorted."""
    joined = table["kind"].dropna().unique() if "kind" in table else ()
    return sorted({kind for kinds in joined for kind in str(kinds).split(AND) if kind})


@dataclass(frozen=True, slots=True)
class Filter:
    """Which packages, in which order; every field has a short name in the address bar.

    Attributes:
        serial: part of the id.
        split: "" for all.
        truth: a class, "" for all.
        show: one of `SHOWS`.
        judge: the model whose verdict counts, for right and wrong and for the order.
        at: the view whose verdict counts, "package" for the fused one.
        says: "model: damaged" or "model: intact", all must hold.
        sort: one of `SORTS`.
        damage: a kind of damage that the package must have, "" for any and none.
    """

    serial: str = ""
    split: str = ""
    truth: str = ""
    show: str = SHOWS[0]
    judge: str = ""
    at: str = PACKAGE
    says: tuple[str, ...] = ()
    sort: str = SORTS[0]
    damage: str = ""

    def text(self) -> str:
        """What differs from the default, as one word for a link; `read` turns it back."""
        plain = Filter()
        chosen = {name: value for name, value in asdict(self).items() if value != getattr(plain, name)}
        return urlencode(chosen, doseq=True)


def read(text: str) -> Filter:
    """The filter a link speaks of; what it says that nobody knows is ignored."""
    known = {field.name for field in fields(Filter)}
    pairs = [(name, value) for name, value in parse_qsl(text) if name in known]
    plain = {name: value for name, value in pairs if name != "says"}
    return Filter(**plain, says=tuple(value for name, value in pairs if name == "says"))


def select(
    table: pd.DataFrame,
    wanted: Filter,
    *,
    models: tuple[str, ...] = (),
    thresholds: Mapping[str, Cut] = MappingProxyType({}),
) -> pd.DataFrame:
    """The rows of a table that a filter keeps, in its order.

    Args:
        table: of `table`.
        wanted: the filter.
        models: whose disagreement counts.
        thresholds: on the probability of damaged, a model.
    """
    keep = np.ones(len(table), dtype=bool)
    if wanted.serial:
        keep &= table.index.str.contains(wanted.serial.strip(), case=False, regex=False)
    if wanted.split:
        keep &= (table["split"] == wanted.split).to_numpy()
    if wanted.truth:
        keep &= (table["label"] == wanted.truth).to_numpy(dtype=bool, na_value=False)
    if wanted.damage:
        known = table["kind"].fillna("") if "kind" in table else pd.Series("", table.index)
        keep &= np.array([wanted.damage in str(joined).split(AND) for joined in known], dtype=bool)
    for saying in wanted.says:
        model, _, label = saying.rpartition(": ")
        keep &= _says(table, model, wanted.at, thresholds) == SAYINGS.get(label, np.nan)
    keep &= _shown(table, wanted, models, thresholds)
    return _sorted(table[keep], wanted, thresholds)


def _says(table: pd.DataFrame, model: str, view: str, thresholds: Mapping[str, Cut]) -> np.ndarray:
    """(N,) what a model says of each package, as `SAYINGS`; NaN where it says nothing."""
    name = probability(model, view)
    if name not in table:
        return np.full(len(table), np.nan)
    values = table[name].to_numpy(dtype=float, na_value=np.nan)
    cut = thresholds.get(model, HALF)
    said = (values >= cut.accept) * 0.5 + (values >= cut.reject) * 0.5
    return np.where(np.isnan(values), np.nan, said)


def _differ(verdicts: list[np.ndarray]) -> np.ndarray:
    """(N,) where at least two of the given verdicts differ; silence agrees with everyone."""
    if len(verdicts) < 2:
        return np.zeros(len(verdicts[0]) if verdicts else 0, dtype=bool)
    said = np.stack(verdicts)
    return (said == 1).any(axis=0) & (said == 0).any(axis=0)


def _shown(table: pd.DataFrame, wanted: Filter, models: tuple[str, ...], thresholds: Mapping[str, Cut]) -> np.ndarray:
    if wanted.show == SHOWS[0]:
        return np.ones(len(table), dtype=bool)
    if wanted.show == "Models disagree":
        return _differ([_says(table, model, wanted.at, thresholds) for model in models] or [np.zeros(len(table))])
    if wanted.show == "Views disagree":
        return _differ([_says(table, wanted.judge, view, thresholds) for view in pictured(table)])
    said = _says(table, wanted.judge, wanted.at, thresholds)
    known = table["label"].notna().to_numpy() & ~np.isnan(said)
    damaged = known & (table["label"] != INTACT).to_numpy(
        dtype=bool, na_value=False
    )  # any class but intact is a defect
    rules: dict[str, np.ndarray] = {
        "Right": known & (said == damaged),
        "Wrong": known & (said == 1 - damaged),
        "Found": known & damaged & (said == 1),
        "Passed": known & ~damaged & (said == 0),
        "Escapes": known & damaged & (said == 0),
        "False rejects": known & ~damaged & (said == 1),
        "In review": said == SAYINGS[REVIEW],
        "Damaged in review": known & damaged & (said == SAYINGS[REVIEW]),
        "Intact in review": known & ~damaged & (said == SAYINGS[REVIEW]),
        "Truly damaged": known & damaged,
        "Truly intact": known & ~damaged,
        "Called damaged": said == 1,
        "Called intact": said == 0,
    }
    return rules.get(wanted.show, np.ones(len(table), dtype=bool))


def _sorted(table: pd.DataFrame, wanted: Filter, thresholds: Mapping[str, Cut]) -> pd.DataFrame:
    name = probability(wanted.judge, wanted.at)
    if wanted.sort == SORTS[0] or name not in table:
        return table
    values = table[name].to_numpy(dtype=float, na_value=np.nan)
    cut = thresholds.get(wanted.judge, HALF)
    sure = np.abs(values - (cut.accept + cut.reject) / 2)
    keys = {"Least sure": sure, "Most sure": -sure, "Most damaged": -values, "Most intact": values}
    return table.iloc[np.argsort(keys[wanted.sort], kind="stable")] if wanted.sort in keys else table


def scored(table: pd.DataFrame, *, judge: str, at: str) -> pd.DataFrame:
    """Package, label and probability of damaged by one model on one view, over the rows of a table that have them."""
    found = pd.DataFrame(
        {
            "package": table.index,
            "label": table["label"].to_numpy(),
            "probability": table[probability(judge, at)].to_numpy(dtype=float, na_value=np.nan),
        }
    )
    return found.dropna()


def views_of(table: pd.DataFrame, judge: str) -> list[str]:
    """The views that a model has judged, the fused decision last."""
    return [view for view in (*sorted(pictured(table)), PACKAGE) if probability(judge, view) in table]


def all_views(frame: pd.DataFrame) -> list[str]:
    """The views of a frame of predictions, the fused decision last."""
    return [*sorted(set(frame["view"].astype(str)) - {PACKAGE}), PACKAGE]


def judges(table: pd.DataFrame, models: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the models, then the ensemble, that have said something of the packages of a table."""
    return tuple(name for name in (*models, ENSEMBLE) if probability(name) in table)


def larger_class(table: pd.DataFrame) -> float:
    """Share of the most frequent class among packages with a known one: what always naming it would reach."""
    shares = table["label"].value_counts(normalize=True)
    return float(shares.max()) if len(shares) else 0.5


def of_split(frame: pd.DataFrame, split: str | None) -> pd.DataFrame:
    """The rows of one split, all of them where none is named."""
    return frame if split is None else frame[frame["split"] == split]


def right(verdict: str, truth: str) -> bool:
    """Whether a verdict fits the true class: any class but intact is a defect."""
    return (verdict == INTACT) == (truth == INTACT)


def mark(verdict: str, truth: str | None) -> str:
    """A tick for right, a cross for wrong, a question mark for a person to answer, "" where the truth is unknown."""
    if verdict == REVIEW:
        return "?"
    return "" if truth is None else "✓" if right(verdict, truth) else "✕"


def counts(table: pd.DataFrame, *, judge: str, at: str, cut: Cut) -> dict[str, int]:
    """The confusion counts of one model on one view, over the rows of a table with a known class.

    Returns:
        tp, fn, fp, tn, review_damaged, review_intact, and their sum n.
    """
    said = _says(table, judge, at, {judge: cut})
    known = table["label"].notna().to_numpy() & ~np.isnan(said)
    damaged = (table["label"] != INTACT).to_numpy(dtype=bool, na_value=False)
    cells = {("tp", True, DAMAGED), ("fn", True, INTACT), ("review_damaged", True, REVIEW)}
    cells |= {("fp", False, DAMAGED), ("tn", False, INTACT), ("review_intact", False, REVIEW)}
    found = {name: int((known & (damaged == truly) & (said == SAYINGS[called])).sum()) for name, truly, called in cells}
    return found | {"n": sum(found.values())}


def truth(facts: Mapping[str, Any]) -> str | None:
    """The true class of one row of a table, None where it is unknown."""
    return None if pd.isna(facts["label"]) else str(facts["label"])


def kind(facts: Mapping[str, Any]) -> str:
    """The kinds of damage of one row of a table: "dent + stain"; "" where there is none, or none is known."""
    return str(facts["kind"]) if isinstance(facts.get("kind"), str) else ""
