"""The figures of each model on a line, each with its interval."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from app.components import tracks
from core.figures.matrix import percent
from core.study import RATES, SCORES

LEGEND = "Lines: 95 % intervals; Wilson's, for AUROC DeLong's, for MCC and average precision packages drawn anew."
WAYS = {
    "f1": "Wilson",
    "balanced_accuracy": "Wilson, of both classes together",
    "mcc": "BCa bootstrap (where an outcome is missing: Wilson, of both classes together)",
    "auroc": "DeLong (at 0 and 1: Newcombe)",
    "average_precision": "BCa bootstrap (at 1: Wilson)",
}
"""Whose the interval is; Wilson's where nothing is said."""


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
    low = 0.0 if pd.isna(lowest) else float(lowest) // 0.1 / 10
    tracks.show(rows, key, columns=[title for title, _ in names.values()], low=low)


def _row(row: pd.Series, names: Mapping[str, tuple[str, str]], hue: str) -> tracks.Row:
    return tracks.Row(str(row["model"]), hue, tuple(_cell(row, name, meaning) for name, (_, meaning) in names.items()))


def _cell(row: pd.Series, name: str, meaning: str) -> tracks.Cell | None:
    value, low, high = row[name], row[f"{name}_low"], row[f"{name}_high"]
    if pd.isna(value):
        return None
    share = name in RATES
    text = percent(value, 1) if share else f"{value:.3f}"
    if pd.isna(low):
        return tracks.Cell(value=float(value), text=text, tip=f"{meaning} n = {_n(row, name):,}.")
    note = f"{low * 100:.0f} to {high * 100:.0f}" if share else f"{low:.2f} to {high:.2f}"
    way = f"95 % interval {note}{' %' if share else ''}: {WAYS.get(name, 'Wilson')}"
    tip = f"{meaning} {way}, n = {_n(row, name):,}."
    return tracks.Cell(value=float(value), text=text, note=note, tip=tip, low=float(low), high=float(high))


def _n(row: pd.Series, name: str) -> int:
    """The packages that a figure is about."""
    parts = {
        "accuracy": ("tp", "fp", "tn", "fn"),
        "mcc": ("tp", "fp", "tn", "fn"),
        "recall": ("tp", "fn", "review_damaged"),
        "precision": ("tp", "fp"),
        "specificity": ("tn", "fp", "review_intact"),
        "f1": ("tp", "fp", "fn"),
    }
    return int(sum(row[part] for part in parts.get(name, ("n",))))
