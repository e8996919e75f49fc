"""Every way to fuse the views, and every view alone, as rows of numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from app.components import tracks
from core.figures.matrix import percent
from core.figures.theme import NEUTRAL
from core.studies.fusion import ALONE, MEANINGS, OWN, Fused

Scale = Callable[[float], float]
"""From a value to its place on the line, in [0, 1]."""
COLUMNS = {
    "accuracy": ("Accuracy", "Share of all packages called right."),
    "escapes": ("Escapes", "Share of the damaged packages that would pass."),
    "false_rejects": ("False rejects", "Share of the intact packages that would be stopped."),
    "auroc": ("AUROC", "Chance that a damaged package scores above an intact one; needs no threshold."),
}


def show(found: Fused, key: str, *, color: str) -> None:
    """Draw them, the views alone first; the row of the model's own decision has its color.

    Args:
        found: of one model.
        key: of the component, unique on the page.
        color: of the model.
    """
    scales = {key: _scale(found.table, key) for key in COLUMNS}
    rows = [_row(row, color if row["rule"] == OWN else NEUTRAL, scales) for row in found.table.to_dict("records")]
    tracks.show(rows, key, columns=[title for title, _ in COLUMNS.values()])


def _scale(table: pd.DataFrame, key: str) -> Scale:
    """Every column from its lowest end to its highest: the rules differ by little."""
    lowest, highest = table[f"{key}_low"].astype(float).min(), table[f"{key}_high"].astype(float).max()
    return lambda value: (value - lowest) / max(highest - lowest, 1e-9)


def _row(row: Mapping[str, Any], hue: str, scales: Mapping[str, Scale]) -> tracks.Row:
    name = f"{row['view']} alone" if row["rule"] == ALONE else str(row["rule"])
    return tracks.Row(name, hue, tuple(_cell(row, key, scales[key]) for key in COLUMNS))


def _cell(row: Mapping[str, Any], key: str, scale: Scale) -> tracks.Cell | None:
    value, low, high = row[key], row[f"{key}_low"], row[f"{key}_high"]
    if value is None or value != value:
        return None
    rule = MEANINGS.get(row["rule"], "")
    if key == "auroc":
        words, note, kind = f"{value:.3f}", f"{low:.3f} to {high:.3f}", "DeLong"
    else:
        words, note, kind = percent(value, 1), f"{low * 100:.0f} to {high * 100:.0f}", "Wilson"
    n = {"accuracy": row["n"], "escapes": row["tp"] + row["fn"], "false_rejects": row["tn"] + row["fp"]}
    tip = f"{COLUMNS[key][1]} 95 % {kind} interval {note}, n = {n.get(key, row['n']):,}. {rule}".strip()
    return tracks.Cell(scale(value), words, note=note, tip=tip, low=scale(low), high=scale(high))
