"""What a temperature changes, a row a view: before and after on packages that it was not fitted on."""

from __future__ import annotations

from collections.abc import Mapping
from math import log
from typing import Any

import pandas as pd
import streamlit as st

from app import resources, trust
from app.components import conclusion, tracks
from core.errors import CoreError
from core.studies.calibration import OTHERS

MINUS = "\N{MINUS SIGN}"
COOL, WARM = 0.2, 5.0
"""Ends of the line of temperatures; beyond, a dot lies at the edge."""


def show(table: pd.DataFrame, key: str, *, color: str) -> None:
    """Draw one row a view.

    Args:
        table: of `studies.calibration.Calibrated`, or of the calibration that a card keeps.
        key: of the component, unique on the page.
        color: of the model.
    """
    sets = [str(name) for name in table["on"].unique()]
    reach = float(table[["nll_change", "nll_change_low", "nll_change_high"]].astype(float).abs().max(axis=None)) or 1.0
    rows = [
        tracks.Row(str(view), color, (_temperature(parts[0]), *_changes(parts, sets, reach), *_errors(parts, sets)))
        for view, group in table.groupby("view", sort=False)
        for parts in [group.to_dict("records")]
    ]
    heads = [f"NLL, {_words(table, name)}" for name in sets], [f"ECE, {_words(table, name)}" for name in sets]
    tracks.show(rows, key, columns=["Temperature (tick: 1)", *heads[0], *heads[1]])


def _words(table: pd.DataFrame, name: str) -> str:
    n = int(table.loc[table["on"] == name, "n"].iloc[0])
    return f"{'others' if name == OTHERS else 'test split'} (n = {n:,})"


def _temperature(row: Mapping[str, Any]) -> tracks.Cell:
    low, high = row["temperature_low"], row["temperature_high"]
    text = "cannot be told" if row["clipped"] else f"{row['temperature']:.2f}"
    tip = "Above 1 the model was too sure of itself, below 1 not sure enough. 95 %: "
    return tracks.Cell(
        _place(row["temperature"]), text, note=f"{low:.2f} to {high:.2f}", tip=f"{tip}{low:.2f} to {high:.2f}.",
        low=_place(low), high=_place(high), ticks=(0.5,),
    )  # fmt: skip


def _place(temperature: float) -> float:
    return min(1.0, max(0.0, log(temperature / COOL) / log(WARM / COOL)))


def _changes(rows: list[dict[str, Any]], sets: list[str], reach: float) -> list[tracks.Cell | None]:
    """Change of the NLL on a line whose middle is no change: left is better."""
    found = {row["on"]: row for row in rows}
    return [_change(found[name], reach) if name in found else None for name in sets]


def _change(row: Mapping[str, Any], reach: float) -> tracks.Cell:
    low, high = (row[f"nll_change_{end}"] for end in ("low", "high"))
    known = low is not None and low == low
    tip = f"Before {row['nll_before']:.3f}, after {row['nll_after']:.3f}. Left of the tick is better."
    tip += f" 95 %: {low:+.3f} to {high:+.3f}." if known else ""
    return tracks.Cell(
        _half(row["nll_change"], reach), f"{row['nll_change']:+.3f}".replace("-", MINUS), tip=tip, ticks=(0.5,),
        note=f"{row['nll_before']:.3f} → {row['nll_after']:.3f}",
        low=_half(low, reach) if known else None, high=_half(high, reach) if known else None,
    )  # fmt: skip


def _half(change: float, reach: float) -> float:
    return 0.5 + change / (2.1 * reach)


def _errors(rows: list[dict[str, Any]], sets: list[str]) -> list[tracks.Cell | None]:
    found = {row["on"]: row for row in rows}
    reach = max(row["ece_before"] for row in rows) + max(row["ece_after"] for row in rows)
    return [_error(found[name], reach) if name in found else None for name in sets]


def _error(row: Mapping[str, Any], reach: float) -> tracks.Cell:
    tip = f"Before {row['ece_before']:.3f} (tick), after {row['ece_after']:.3f} (dot); by chance alone "
    return tracks.Cell(
        row["ece_after"] / reach, f"{row['ece_after']:.3f}", note=f"from {row['ece_before']:.3f}",
        tip=f"{tip}{row['ece_chance']:.3f}.", ticks=(row["ece_before"] / reach,),
    )  # fmt: skip


def section(data: str, model: str, *, color: str) -> None:
    """Draw what the card keeps of a calibration, and what a fit on this data set would bring.

    Args:
        data: folder of the data set.
        model: name of the checkpoint.
        color: of the model.
    """
    card = resources.checkpoints()[0][model].card
    if card.calibration:
        conclusion.show(f"The card of {model} has temperatures.", recorded(card.calibration), help=trust.TERMS)
        show(pd.DataFrame(card.calibration["views"]), "kept", color=color)
    try:
        found = resources.temperatures(data, model)
    except CoreError as error:
        conclusion.show("A temperature cannot be fitted here.", f"{error.problem} {error.remedy}")
        return
    conclusion.show(trust.fitted(found), trust.fitted_on(found), help=trust.TERMS)
    show(found.table, "fitted", color=color)
    if found.worth:
        st.caption("To store it in the card, which changes every probability of this model and no verdict at 0.5:")
        st.code(f"secondlook calibrate --data {data} --model {model} --save", language=None)


def recorded(card: Mapping[str, Any]) -> str:
    """Where the temperatures of a card come from, in words."""
    on = f"{card['packages']:,} packages of {card['dataset']}"
    return f"Fitted on {on} at {card['fitted_at']}; serials {str(card['serials_sha256'])[:12]}."
