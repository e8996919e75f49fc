"""How often each model is right, per view and fused, each with its interval and n."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from app.components import tracks
from core.domain import PACKAGE
from core.figures.matrix import percent


def show(table: pd.DataFrame, key: str, *, colors: Mapping[str, str], chance: float) -> None:
    """Draw one row a model.

    Args:
        table: of `rates.table`.
        key: of the component, unique on the page.
        colors: model to hue, see `theme.hues`.
        chance: accuracy of always naming the larger class, the tick on each line.
    """
    views = [*sorted(set(table["view"]) - {PACKAGE}), PACKAGE]
    cells = {(row["model"], row["view"]): _cell(row, chance) for _, row in table.iterrows()}
    rows = [
        tracks.Row(model, colors[model], tuple(cells.get((model, view)) for view in views))
        for model in table["model"].unique()
    ]
    lowest = min(chance, table["accuracy_low"].min())
    tracks.show(rows, key, columns=[column(view) for view in views], low=0.5 if lowest >= 0.5 else 0.0)


def column(view: str) -> str:
    """A view as the head of a column."""
    return "Package, all views" if view == PACKAGE else f"{view.capitalize()} view"


def _cell(row: pd.Series, chance: float) -> tracks.Cell | None:
    if pd.isna(row["accuracy"]):
        return None
    low, high = row["accuracy_low"], row["accuracy_high"]
    decided = row["tp"] + row["fp"] + row["tn"] + row["fn"]
    left = f", {row['n'] - decided:,} left to a person" if row["n"] > decided else ""
    tip = (
        f"{row['model']}, {row['view']}: {row['tp'] + row['tn']:,} of {decided:,} right, 95 % Wilson interval "
        f"{percent(low, 1)} to {percent(high, 1)}; {row['fn']:,} escapes, {row['fp']:,} false rejects{left}. "
        "The tick is always naming the larger class."
    )
    note = f"{100 * low:.0f} to {100 * high:.0f} · n {decided:,}"
    return tracks.Cell(row["accuracy"], percent(row["accuracy"], 1), note, tip, low=low, high=high, ticks=(chance,))
