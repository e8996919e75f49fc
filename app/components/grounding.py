"""Four galleries of damaged packages: called so or missed, with evidence on the damage or none that shows."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from app import agreeing, packages, resources, selection
from app.components import conclusion, gallery, tracks
from app.resources import Question
from core.domain import PACKAGE, Cut
from core.studies.reasons import GROUPS

MOST = 8
"""Tiles of a group that are shown; the table has all."""


def rates(table: pd.DataFrame, colors: Mapping[str, str]) -> None:
    """Draw how often each model is right, grounded, and lucky, with intervals.

    Args:
        table: of `studies.reasons.rates`, one view.
        colors: model to hue.
    """
    rows = [
        tracks.Row(str(row["model"]), colors[str(row["model"])],
                   (_cell(row, "grounded_accuracy", row["right_grounded"], row["n"]),
                    _cell(row, "lucky", row["right_ungrounded"], row["right_grounded"] + row["right_ungrounded"])))
        for row in table.to_dict("records")
    ]  # fmt: skip
    tracks.show(rows, "reasons", columns=["Grounded accuracy", "Lucky rate"])


def _cell(row: Mapping[object, object], name: str, count: object, of: object) -> tracks.Cell | None:
    value, low, high = (float(str(row[key])) for key in (name, f"{name}_low", f"{name}_high"))
    if pd.isna(value):
        return None
    return tracks.Cell(
        value=value, text=f"{100 * value:.0f} %", note=f"{100 * low:.0f} to {100 * high:.0f}, {count} of {of}",
        tip=f"{count} of {of} packages. Wilson, 95 %.", low=low, high=high,
    )  # fmt: skip


def show(table: pd.DataFrame, *, root: str, model: str, method: str, account: str, view: str, limit: Cut) -> None:
    """Draw the galleries of one model; a click opens a package in Explain. Must be the last call of a page.

    Args:
        table: of `studies.reasons.reasons`, of this model and view.
        root: of the data set.
        model: whose verdicts.
        method: whose maps.
        account: of where the damage is.
        view: of the verdicts, "package" for the fused ones.
        limit: where the model decides.
    """
    every = resources.table(root, (model,))
    drawn = packages.pictured(every) if view == PACKAGE else (view,)
    asked: list[Question] = []
    for name in GROUPS:
        rows = table[table["group"] == name].sort_values("skill", ascending=name.endswith("ungrounded"))
        shown = rows.head(MOST)
        conclusion.show(agreeing.group(name, len(rows), len(table), len(shown)), agreeing.group_meaning(name))
        if rows.empty:
            continue
        wanted = [
            Question(root, str(package), one, model, method) for package in shown["package"] for one in drawn
            if isinstance(every.at[package, packages.picture(one)], str)
        ]  # fmt: skip
        asked += wanted
        pictures = resources.evidence_pictures(wanted, account, seconds=0)
        notes = {str(row["package"]): agreeing.note(row) for row in shown.to_dict("records")}
        opened = gallery.draw(every.loc[shown["package"]], pictures, name, views=drawn, models=(model,),
                              thresholds={model: limit}, at=view, notes=notes)  # fmt: skip
        if opened:
            selection.go("explain", package=opened, view=list(drawn))
    known = resources.evidence_pictures(asked, account, seconds=0)
    if not all(one.ready for one in known.values()):
        resources.evidence_pictures(asked, account, seconds=1.5)
        st.rerun()
