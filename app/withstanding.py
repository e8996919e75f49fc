"""What spoiled pictures cost, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from app.comparing import probability
from app.sentences import counted, many, who
from core.domain import INTACT, Cut
from core.studies.robustness import CORRUPTIONS, STRENGTHS
from core.study import ENSEMBLE

LEVEL = 0.05
RARE = 0.002
"""Of a thousand perfectly calibrated models at most one shows so much: rare enough for some hundred looks."""


class Measure(NamedTuple):
    """A figure that can be drawn: its column in `studies.robustness.curves`, and what it means."""

    column: str
    meaning: str


MEASURES = {
    "Accuracy": Measure("accuracy", "Share of the packages called right; whatever is not passed counts as stopped."),
    "Escapes": Measure("escapes", "Share of the damaged packages that are passed."),
    "Calibration error": Measure(
        "ece", "Mean gap between what is said and what is observed; dotted: what chance alone shows."
    ),
    "Framing lost": Measure("lost", "Share of the pictures in which the package was not found with confidence."),
}
"""The same words on the screen and in the address bar."""

TERMS = (
    "Corruptions after Hendrycks & Dietterich 2019. Bands: 95 % intervals, Wilson's for shares, packages drawn anew "
    "for the calibration error; it is called one where at most one of a thousand perfectly calibrated models shows as "
    "much. Points lost: Newcombe's interval on the same packages; p is McNemar's, with Holm's correction for every "
    "model, corruption and strength that is drawn. Packages: those of the split test, whichever is chosen; without "
    "one, those that no model was trained on."
)

SECONDS = 41.0
"""About how long a package takes on one core: clean, and eight corruptions at five strengths."""
OFFER = (
    "Spoil the pictures of {} packages in eight ways at five strengths, and ask every model. "
    "`secondlook robustness` takes all packages, on all cores."
)


def ticks() -> dict[str, list[str]]:
    """The six values of every corruption as they stand below its axis; the unit stands in `panels`."""
    return {name: ["clean", *(f"{value:g}" for value in one.values)] for name, one in CORRUPTIONS.items()}


def panels(table: pd.DataFrame) -> dict[str, str]:
    """The title of every corruption that was computed."""
    return {
        name: f"{one.title}, {'±' * one.both}{one.unit}"
        for name, one in CORRUPTIONS.items()
        if name in set(table["corruption"])
    }


def titles(table: pd.DataFrame) -> dict[str, str]:
    """The title of every corruption that was computed, to its name."""
    return {CORRUPTIONS[name].title: name for name in panels(table)}


def meaning(corruption: str) -> str:
    """What a corruption does, and whether the models see it as it is shown."""
    return f"{CORRUPTIONS[corruption].meaning} The models see the pictures just so. ✓ right, ✕ wrong."


def one(said: pd.DataFrame, corruption: str, view: str, limits: Mapping[str, Cut]) -> str:
    """From where on each model is wrong about one package.

    Args:
        said: answers to the package, of `studies.robustness.robustness`.
        corruption: its name.
        view: whose answers.
        limits: where the models decide.
    """
    rows = said[(said["view"] == view) & said["corruption"].isin(("clean", corruption))]
    label = str(said["label"].iloc[0])
    stopped = rows["probability"] >= rows["model"].astype(str).map(lambda model: limits[model].accept)
    wrong = rows[stopped != (label != INTACT)]
    if wrong.empty:
        return f"It is {label}, and every model says so at every strength."
    first = wrong.groupby(wrong["model"].astype(str))["strength"].min().sort_values(kind="stable")
    parts = (f"{model} {f'at strength {at}' if at else 'even when clean'}" for model, at in first.items())
    return f"It is {label}; first wrong: {', '.join(parts)}."


def costs(table: pd.DataFrame, measure: str) -> str:
    """What a person should conclude of one measure.

    Args:
        table: of `studies.robustness.curves`.
        measure: in `MEASURES`.
    """
    mine = single(table, measure)
    words = {"Accuracy": weakest, "Escapes": _escapes, "Calibration error": _words, "Framing lost": _lost}
    return words[measure](mine[mine["strength"] > 0])


def single(table: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Without the ensemble where it has no figure of its own: it finds no package, its models do."""
    return table[table["model"] != ENSEMBLE] if measure == "Framing lost" else table


def weakest(table: pd.DataFrame) -> str:
    """The drop in accuracy that is surest to be large: "Shift, 12 %, costs mobilenetv3 20 points (95 %: 8 to 31)."."""
    told = _told(table)
    if told.empty:
        return f"Nothing here costs more accuracy than chance would, on {many(int(table['n'].max()))}."
    row = _most(told, "drop_low")
    points = f"{100 * row['drop']:.0f} points (95 %: {100 * row['drop_low']:.0f} to {100 * row['drop_high']:.0f})"
    return f"{_named(row)} costs {_in(row)} {points}."


def withstood(table: pd.DataFrame) -> str:
    """What costs nothing beyond chance, and what so few packages can show."""
    felt = set(_told(table)["corruption"])
    calm = [one.title for name, one in CORRUPTIONS.items() if name in set(table["corruption"]) - felt]
    looks, n = int((table["strength"] > 0).sum()), int(table["n"].max())
    least = next(k for k in range(1, 64) if 2 * 0.5**k * looks < LEVEL)
    needs = f"{looks} comparisons: a drop shows from {least} packages on, {_of(least, n)}."
    return f"No drop beyond chance at any strength: {', '.join(calm)}. {needs}" if calm else needs


def evidence(frame: pd.DataFrame) -> str:
    """Which packages were spoiled, and whether they are evidence: "40 packages: 20 damaged, 20 intact. ..."."""
    trained = frame.loc[frame["source"] == "training", "package"].nunique()
    if not trained:
        return f"{counted(frame)} Not seen in training."
    return f"{counted(frame)} {many(trained)} seen in training: no evidence of quality; new ones fare worse."


def _of(least: int, n: int) -> str:
    return f"{100 * least / n:.0f} points of {n}" if least <= n else f"and there are only {n}"


def _most(table: pd.DataFrame, column: str) -> pd.Series:
    """The row where a figure is largest, the first of equals."""
    return table.nlargest(1, column).iloc[0]


def _told(table: pd.DataFrame) -> pd.DataFrame:
    return table[(table["strength"] > 0) & (table["p_holm"] < LEVEL) & (table["drop"] > 0)]


def _escapes(table: pd.DataFrame) -> str:
    known = table[table["escapes"].notna()]
    if known.empty:
        return "No package here is damaged: none can escape."
    row = _most(known, "escapes_low")
    if not row["escapes"]:
        return f"Nothing lets any of {many(int(row['damaged']))} escape that are damaged."
    return f"{_named(row)} lets {_share(row, 'escapes')} of the damaged packages escape {_in(row)}."


def _words(table: pd.DataFrame) -> str:
    off = table[table["ece_p"] < RARE]
    if off.empty:
        return "What the models say is nowhere further from what is observed than chance explains."
    row = _most(off, "ece_low")
    ends = f"{100 * row['ece_low']:.0f} to {100 * row['ece_high']:.0f}"
    return f"{_named(row)} puts what {_in(row)} says off by {100 * row['ece']:.0f} points (95 %: {ends})."


def _lost(table: pd.DataFrame) -> str:
    if not table["lost"].any():
        return "The package is found with confidence in every picture."
    row = _most(table, "lost_low")
    first = table[(table["lost"] > 0.1) & (table["corruption"] == row["corruption"])]
    since = f", more than 10 % from {_value(first.sort_values('strength').iloc[0])} on" if len(first) else ""
    return f"{_named(row)} hides {_share(row, 'lost')} of the packages from {_in(row)}{since}."


def _share(row: pd.Series, name: str) -> str:
    return f"{100 * row[name]:.0f} % (95 %: {100 * row[f'{name}_low']:.0f} to {100 * row[f'{name}_high']:.0f})"


def _named(row: pd.Series) -> str:
    return f"{CORRUPTIONS[row['corruption']].title} of {_value(row)}"


def _value(row: pd.Series) -> str:
    return CORRUPTIONS[row["corruption"]].says(int(row["strength"]))


def _in(row: pd.Series) -> str:
    name = who(str(row["model"]))
    return name[0].lower() + name[1:] if name.startswith("The ") else name


def table(curves: pd.DataFrame) -> dict[str, list[tuple[str, ...]]]:
    """By corruption, a row a model: its accuracy clean and at the strengths, the surest drop, and its p."""
    return {
        CORRUPTIONS[str(name)].title: [_line(str(model), mine) for model, mine in rows.groupby("model", sort=False)]
        for name, rows in curves.groupby("corruption", sort=False)
    }


def _line(model: str, rows: pd.DataFrame) -> tuple[str, ...]:
    said = dict(zip(rows["strength"], rows["accuracy"], strict=True))
    shares = (f"{100 * said[one]:.1f}" if one in said else "-" for one in (0, *STRENGTHS))
    worst = _most(rows[rows["strength"] > 0], "drop")
    drop = f"{100 * worst['drop']:.0f} ({100 * worst['drop_low']:.0f} to {100 * worst['drop_high']:.0f})"
    return (model, *shares, drop, probability(float(worst["p_holm"])))
