"""How well each model is calibrated, a row of numbers each."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from app.components import tracks

COLUMNS = {
    "ece": ("ECE", "Mean gap between probability and share of damaged packages. Tick: what chance alone shows."),
    "brier": ("Brier score", "Mean squared distance of the probability from the truth; lower is better."),
    "reliability": ("Brier: reliability", "Part of the Brier score that bad calibration adds; 0 is best."),
    "resolution": ("Brier: resolution", "Part that telling packages apart takes off. Tick: all there is to take."),
    "nll": ("NLL", "Mean of minus the log of the probability of the truth, in nats; lower is better."),
}
"""Figure to its title and meaning."""
TICKS = {"ece": "ece_chance", "resolution": "uncertainty"}
"""Figure to what it is held against."""


def show(table: pd.DataFrame, key: str, *, colors: Mapping[str, str]) -> None:
    """Draw one row a model; every column has its own scale, from 0.

    Args:
        table: of `studies.calibration.figures`, one view of it.
        key: of the component, unique on the page.
        colors: model to hue.
    """
    scales = {name: _reach(table, name) for name in COLUMNS}
    rows = [
        tracks.Row(row["model"], colors[row["model"]], tuple(_cell(row, name, scales[name]) for name in COLUMNS))
        for row in table.to_dict("records")
    ]
    tracks.show(rows, key, columns=[title for title, _ in COLUMNS.values()])


def _reach(table: pd.DataFrame, name: str) -> float:
    ends = [column for column in (name, f"{name}_high", TICKS.get(name)) if column in table]
    largest = table[ends].astype(float).max(axis=None)
    return float(largest) * 1.05 or 1.0


def _cell(row: Mapping[str, float | None], name: str, reach: float) -> tracks.Cell:
    value, low, high = row[name], row.get(f"{name}_low"), row.get(f"{name}_high")
    known = low is not None and high is not None and low == low
    between = f"{low:.3f} to {high:.3f}" if known else ""
    ticks = (row[TICKS[name]] / reach,) if name in TICKS else ()
    tip = COLUMNS[name][1] + (f" 95 %: {between}." if between else "") + f" n = {row['n']:,}."
    return tracks.Cell(
        value / reach, f"{value:.3f}", note=between, tip=tip, ticks=ticks,
        low=low / reach if known else None, high=high / reach if known else None,
    )  # fmt: skip
