"""The share of the evidence on every area, a row a model; the mark on a line is the area's share of the crop."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from app import leaning
from app.components import tracks
from core.studies.shortcuts import AREAS


def show(table: pd.DataFrame, key: str, *, colors: Mapping[str, str]) -> None:
    """Draw the shares of one class of packages.

    Args:
        table: of `studies.shortcuts.shares`, of one label.
        key: of the component, unique on the page.
        colors: model to hue, see `theme.hues`.
    """
    known = {(row["model"], row["area"]): row for _, row in table.iterrows()}
    areas = [area for area in AREAS if table.loc[table["area"] == area, "share"].notna().any()]
    rows = [
        tracks.Row(model, colors[model], tuple(_cell(known.get((model, area)), area) for area in areas))
        for model in map(str, table["model"].unique())
    ]
    tracks.show(rows, key, columns=[leaning.TITLES[area] for area in areas])


def _cell(row: pd.Series | None, area: str) -> tracks.Cell | None:
    if row is None or pd.isna(row["share"]):
        return None
    share, covers = 100 * row["share"], 100 * row["covers"]
    tip = (
        f"{AREAS[area]} {share:.1f} % of the evidence (95 %: {100 * row['share_low']:.0f} to "
        f"{100 * row['share_high']:.0f}), {covers:.1f} % of the crop: {row['lift']:.1f} times, n = {row['n']:,}."
    )
    return tracks.Cell(
        value=float(row["share"]), text=f"{share:.0f} %", note=f"of {covers:.0f} %", tip=tip,
        low=float(row["share_low"]), high=float(row["share_high"]), ticks=(float(row["covers"]),),
    )  # fmt: skip
