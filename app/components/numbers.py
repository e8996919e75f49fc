"""The figures of each model on a line, those that are proportions with their interval."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from app.components import tracks
from core.figures.matrix import percent
from core.study import RATES, SCORES

LEGEND = "Lines: 95 % intervals; Wilson for shares, DeLong for AUROC, bootstrap over packages for the others."


def show(table: pd.DataFrame, key: str, *, colors: Mapping[str, str]) -> None:
    """Draw one row a model.

    Args:
        table: of `study.rates`, one view of it.
        key: of the component, unique on the page.
        colors: model to hue, see `theme.hues`.
    """
    names = {**RATES, **SCORES}
    rows = [_row(row, names, colors[str(row["model"])]) for _, row in table.iterrows()]
    lowest = table[[f"{name}_low" for name in names]].min(numeric_only=True).min()
    low = 0.0 if pd.isna(lowest) else max(0.0, float(lowest) // 0.1 / 10)
    tracks.show(rows, key, columns=[title for title, _ in names.values()], low=low)


def _row(row: pd.Series, names: Mapping[str, tuple[str, str]], hue: str) -> tracks.Row:
    return tracks.Row(str(row["model"]), hue, tuple(_cell(row, name, meaning) for name, (_, meaning) in names.items()))


def _cell(row: pd.Series, name: str, meaning: str) -> tracks.Cell | None:
    value = row[name]
    if pd.isna(value):
        return None
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    if name in SCORES:
        kind = "DeLong" if name == "auroc" else "bootstrap"
        known = not pd.isna(low)
        between = f"{low:.2f} to {high:.2f}" if known else ""
        tip = f"{meaning} 95 % {kind} interval {between}, n = {row['n']:,}." if known else meaning
        ends = {"low": float(low), "high": float(high)} if known else {}
        return tracks.Cell(value=float(value), text=f"{value:.3f}", note=between, tip=tip, **ends)
    between = f"{low * 100:.0f} to {high * 100:.0f}"
    tip = f"{meaning} 95 % Wilson interval {between} %, n = {_n(row, name):,}."
    ends = {"low": float(low), "high": float(high)}
    return tracks.Cell(value=float(value), text=percent(value, 1), note=between, tip=tip, **ends)


def _n(row: pd.Series, name: str) -> int:
    """The denominator of a rate."""
    parts = {
        "accuracy": row["tp"] + row["fp"] + row["tn"] + row["fn"],
        "recall": row["tp"] + row["fn"] + row["review_damaged"],
        "precision": row["tp"] + row["fp"],
    }
    return int(parts.get(name, row["tn"] + row["fp"] + row["review_intact"]))
