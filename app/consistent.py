"""Whether maps agree, in words."""

from __future__ import annotations

from typing import Any

import pandas as pd

from app.sentences import many
from core.studies.consistency import CEILING, HEAD, MEASURES, METHOD, MODEL, PACKAGES, SEEDS, shared
from core.studies.explanation import methods

BOTH = "all views"
"""The choice of no single view."""
TITLES = {title: key for key, (title, _) in MEASURES.items()}
"""Title of a measure, as it stands on the screen and in the address bar, to its key."""
ARCHITECTURES = "Architectures"
KINDS = {ARCHITECTURES: MODEL, "Methods": METHOD}
"""What is compared, to what differs between the two maps."""

OFFER = (
    f"Compare the maps of all models on {PACKAGES} packages, beside maps of other packages and of the same networks "
    "trained again. `secondlook consistency` takes more packages, more methods, and checkpoints of other seeds."
)
SECONDS = 45.0
"""About how long a package takes: two views of three models, and each with its last layer taught again."""
TERMS = (
    "Maps are compared in the crop that the models see, smoothed with a Gaussian of 2 px, positive part only. A "
    "package counts once, the mean of its views; intervals draw packages anew (BCa, 95 %). Other pictures: the same "
    "two, the second with the map of another package, brought to the same crop. Trained again: a model against another "
    "network of its own architecture. Rank correlation: Spearman; SSIM: Wang 2004; JSD: Lin 1991, base 2."
)
SOURCES = {
    SEEDS: "Trained again: other checkpoints of the same architecture.",
    HEAD: "Trained again: only the last layer, on the same features, so that the ceiling is overstated; two whole "
    "trainings agree less.",
}
"""Where the ceiling comes from."""
NO_CEILING = "No ceiling is known: too few packages of known class to teach a last layer on."
DISSENT = "1 less the mean agreement of all pairs of models; a click opens the package in Explain."


def offered(frame: pd.DataFrame) -> dict[str, list[str]]:
    """What can be compared in a run, to the methods, or models, that both maps can share."""
    found = shared(frame)
    kinds = {title: [fixed for differs, fixed in found if differs == kind] for title, kind in KINDS.items()}
    return {title: choices for title, choices in kinds.items() if choices}


def named(name: str) -> str:
    """A method by its title, a model by its name."""
    known = methods()
    return known[name].title if name in known else name


def concluded(table: pd.DataFrame, measure: str) -> str:
    """What a person should conclude of a matrix.

    Args:
        table: of `studies.consistency.matrix`.
        measure: in `MEASURES`.
    """
    pairs, same = table[table["one"] != table["other"]], table[table["one"] == table["other"]]
    known = pairs.dropna(subset=["value"])
    if known.empty:
        return "No two maps can be compared: nothing in them speaks for damaged."
    spread = f"{MEASURES[measure][0]} is {_range(known['value'])}"
    null = f"{_range(known['null'])} on different pictures" if known["null"].notna().any() else ""
    ceiling = f"{_range(same['value'])} for a network trained again" if same["value"].notna().any() else ""
    beside = " and ".join(filter(None, [null, ceiling]))
    beside = f", against {beside}" if beside else ""
    unclear = known[~(known["gain_low"] > 0)]
    if known["null"].notna().any() and len(unclear) == len(known):
        return f"No two agree more than on different pictures, as far as so few can tell: {spread}{beside}."
    if len(unclear) and known["null"].notna().any():
        names = "; ".join(f"{named(row['one'])} and {named(row['other'])}" for _, row in unclear.iterrows())
        return f"Not all agree more than on different pictures (unclear: {names}): {spread}{beside}."
    return f"They look at much the same places: {spread}{beside}." if _far(known) else (
        f"They agree, and far from fully: {spread}{beside}."
    )  # fmt: skip


def _far(pairs: pd.DataFrame) -> bool:
    """Whether every pair comes more than half of the way from different pictures to the ceiling."""
    return bool((pairs["reached"] > 0.5).all())


def figures(frame: pd.DataFrame, table: pd.DataFrame, measure: str) -> str:
    """The numbers behind it, and where they come from."""
    count, lost = frame["package"].nunique(), int(table["undefined"].sum())
    pairs = table.loc[table["one"] != table["other"], "reached"].dropna()
    way = f"That is {_percents(pairs)} of the way from different pictures to the same network. " if len(pairs) else ""
    flat = f" {lost:,} pairs of maps have no figure: {_why(frame, measure)}." if lost else ""
    return f"n = {many(count)}. {way}{MEASURES[measure][1]} {ceiling(frame)}{flat}"


def ceiling(frame: pd.DataFrame) -> str:
    """Where the ceiling comes from, and what is wrong with it."""
    if not (frame["relation"] == CEILING).any():
        return NO_CEILING
    return SOURCES.get(str(frame["source"].iloc[0]), NO_CEILING)


def _why(frame: pd.DataFrame, measure: str) -> str:
    return str(frame.loc[frame[measure].isna(), "reason"].mode().get(0, "a map is flat"))


def disputed(table: pd.DataFrame) -> str:
    """On which package the models agree least.

    Args:
        table: of `studies.consistency.dissent`.
    """
    if table.empty:
        return "No package has maps of two models."
    first = table.iloc[0]
    last = f", most on {table.iloc[-1]['package']}" if len(table) > 1 else ""
    return f"The models agree least on {first['package']} ({first['label'] or 'class unknown'}){last}."


def _range(values: pd.Series) -> str:
    low, high = f"{values.min():.2f}", f"{values.max():.2f}"
    return low if low == high else f"{low} to {high}"


def _percents(values: pd.Series) -> str:
    low, high = f"{100 * values.min():.0f}", f"{100 * values.max():.0f}"
    return f"{low} %" if low == high else f"{low} to {high} %"


def lines(table: pd.DataFrame) -> list[tuple[str, ...]]:
    """A matrix as rows of text: the two, their agreement, on different pictures, trained again, way, n."""
    return [_line(row) for _, row in table.iterrows()]


def _line(row: pd.Series) -> tuple[str, ...]:
    name = f"{row['one']}, trained again" if row["one"] == row["other"] else f"{row['one']} and {row['other']}"
    return (name, *(figure(row, key) for key in ("value", "null", "ceiling", "reached")), str(row["n"]))


def figure(row: Any, name: str) -> str:
    """A figure with its interval: "0.61 (0.55 to 0.66)"; a dash where there is none."""
    value, low, high = (row[key] for key in (name, f"{name}_low", f"{name}_high"))
    if pd.isna(value):
        return "-"
    return f"{value:.2f}" if pd.isna(low) else f"{value:.2f} ({low:.2f} to {high:.2f})"
