"""The figures of each model on a line, those that are proportions with their interval."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from app.components import tracks
from core.figures.matrix import percent
from core.study import RATES, SCORES


def show(table: pd.DataFrame, key: str, *, colors: Mapping[str, str]) -> None:
    """Draw one row a model.

    Args:
        table: of `study.rates`, one view of it.
        key: of the component, unique on the page.
        colors: model to hue, see `theme.hues`.
    """
    names = {**RATES, **SCORES}
    rows = [_row(row, names, colors[str(row["model"])]) for _, row in table.iterrows()]
    lowest = table[[*(f"{name}_low" for name in RATES), *SCORES]].min(numeric_only=True).min()
    low = 0.0 if pd.isna(lowest) else max(0.0, float(lowest) // 0.1 / 10)
    tracks.show(rows, key, columns=[title for title, _ in names.values()], low=low)


def _row(row: pd.Series, names: Mapping[str, tuple[str, str]], hue: str) -> tracks.Row:
    return tracks.Row(str(row["model"]), hue, tuple(_cell(row, name, meaning) for name, (_, meaning) in names.items()))


def _cell(row: pd.Series, name: str, meaning: str) -> tracks.Cell | None:
    value = row[name]
    if pd.isna(value):
        return None
    if name in SCORES:
        return tracks.Cell(value=float(value), text=f"{value:.3f}", tip=meaning)
    low, high = float(row[f"{name}_low"]), float(row[f"{name}_high"])
    between = f"{low * 100:.0f} to {high * 100:.0f}"
    tip = f"{meaning} 95 % Wilson interval {between} %, n = {_n(row, name):,}."
    return tracks.Cell(value=float(value), text=percent(value, 1), low=low, high=high, note=between, tip=tip)


def _n(row: pd.Series, name: str) -> int:
    """The denominator of a rate."""
    parts = {"accuracy": row["n"], "recall": row["tp"] + row["fn"], "precision": row["tp"] + row["fp"]}
    return int(parts.get(name, row["tn"] + row["fp"]))
