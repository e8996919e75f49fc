"""How far people agree, with each other and with what is known: the table of annotators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from app import resources, reviewing
from app.components import conclusion, listing, tracks
from app.sentences import many
from core.figures.theme import NEUTRAL
from core.studies.reviewing import Opinions

COLUMNS = ("Same verdict as others", "IoU with others", "Verdict right", "IoU with the truth")



def show(opinions: Opinions) -> None:
    """Draw agreement, then each person beside the others and beside the truth."""
    found = resources.agreed(opinions)
    conclusion.show(reviewing.agreed(found.agreement, opinions.people), reviewing.sample(found.agreement),
                    help=reviewing.TERMS)  # fmt: skip
    if len(opinions.people) > 1:
        with st.expander("Every figure, and every two people"):
            listing.show(reviewing.figures_table(found.agreement), "agreement-of-people", raw=found.agreement)
            listing.show(reviewing.pairs_table(found.pairs), "pairs-of-people", raw=found.pairs)
    people = resources.people(opinions)
    conclusion.show(reviewing.truth(found.honeypots), reviewing.MEASURED, help=reviewing.HIDDEN)
    tracks.show(_rows(people, found.honeypots), "people", columns=COLUMNS)
    listing.show(people[list(reviewing.COUNTS)], "annotators", raw=reviewing.people_file(people, found.honeypots))


def _rows(people: pd.DataFrame, measured: pd.DataFrame) -> list[tracks.Row]:
    """One row a person: agreement with the others, and what honeypots say."""
    known = {row["annotator"]: row for row in measured.to_dict("records")}
    return [
        tracks.Row(str(row["annotator"]), NEUTRAL, _cells(row, known.get(row["annotator"])))
        for row in people.to_dict("records")
    ]


def _cells(row: Mapping[Any, Any], pot: Mapping[Any, Any] | None) -> tuple[tracks.Cell | None, ...]:
    same = _cell(row["same"], row["same_low"], row["same_high"], f"{many(int(row['shared']))} judged by others too")
    pictures = f"{int(row['pictures']):,} pictures that the person or another marked"
    iou = _cell(row["iou"], row["iou_low"], row["iou_high"], pictures)
    if pot is None:
        return same, iou, None, None
    wrong = f"{int(pot['missed'])} missed, {int(pot['alarms'])} false alarms, {int(pot['unsure'])} unsure"
    told = f"{int(pot['right'])} of {many(int(pot['n']))} right; {wrong}"
    right = _cell(pot["accuracy"], pot["low"], pot["high"], told, tick=pot["chance"])
    parts = f"{int(pot['pictures'])} damaged pictures; {_share(pot['covered'])} of the damage marked, "
    parts += f"{_share(pot['precise'])} of the marks on damage"
    return same, iou, right, _cell(pot["iou"], pot["iou_low"], pot["iou_high"], parts, tick=pot["iou_chance"])


def _share(value: float) -> str:
    return "-" if np.isnan(value) else f"{value:.0%}"


def _cell(value: float, low: float, high: float, says: str, *, tick: float = float("nan")) -> tracks.Cell | None:
    if np.isnan(value):
        return None
    sure = not np.isnan(low)
    ticks = () if np.isnan(tick) else (float(tick),)
    ends, chance = (f" 95 %: {low:.2f} to {high:.2f}." if sure else ""), (f" By chance {tick:.2f}." if ticks else "")
    return tracks.Cell(
        float(value), f"{value:.2f}", f"{low:.2f} to {high:.2f}" if sure else "", f"{says}.{ends}{chance}",
        float(low) if sure else None, float(high) if sure else None, ticks,
    )  # fmt: skip
