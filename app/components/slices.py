"""Slices against the rest, the worst first; a click answers with the packages of one."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import findings, resources
from app.components import chart, conclusion, firsttime, states
from app.components.asked import Asked, Shown
from core.domain import PACKAGE
from core.figures import patterns as figures
from core.studies.patterns import EVERY, KINDS

MEASURED = "Measures light, place and turn of the package in every picture."


def show(asked: Asked, source: str) -> Shown:
    """Draw them; answers with the packages of one slice, those with errors first.

    Args:
        asked: whose answers.
        source: where the answers come from, in words.
    """
    root = asked.chosen.data
    dataset = resources.dataset(root)
    seconds = len(dataset.ids) * (0.1 if dataset.index["severity"].notna().all() else 1.2)
    measures = firsttime.need(
        resources.measures, resources.compute_measures, root,
        title="Not measured yet", says=MEASURED, seconds=seconds, key="measure",
    )  # fmt: skip
    kind = st.segmented_control(
        "Judged by", KINDS, default=KINDS[0], key="wrong", bind="query-params", required=True,
        help="Errors of all packages; escapes among the damaged ones; false rejects among the intact ones.",
    )  # fmt: skip
    noun = kind.lower()
    found = resources.slices(root, asked.chosen.split, asked.model, asked.view, asked.cut, kind)
    quietly = f"{source} {findings.placed(measures)}"
    conclusion.show(findings.slices(found, noun), quietly, help=findings.INTERVALS)
    if found.table.empty or not (found.table["errors"] + found.table["rest_errors"]).any():
        states.empty("Nothing to slice", "Choose another split, a single model, or its answers on every picture.")
        return Shown()
    key = f"slices {asked.model} {asked.view} {kind}"
    figure = figures.differences(found.table, color=resources.hues()[asked.model], noun=noun)
    picked = chart.pick(figure, key, alt="How much worse each slice is than the rest")
    _all(found.table, found.looks)
    picked = picked if picked in found.members else str(found.table["key"].iloc[0])
    row = found.table.set_index("key").loc[picked]
    at = asked.at if asked.view != EVERY else str(row["column"]).partition(", ")[2] or asked.at
    chips = "" if at == asked.view else f" Verdicts below are on the {'fused package' if at == PACKAGE else at}."
    quietly = f"Those with {noun} first.{chips} Click another dot to see its packages."
    conclusion.show(f"{picked}: {findings.against(row, noun)}", quietly)
    return Shown(found.members[picked], at)


def _all(table: pd.DataFrame, looks: int) -> None:
    with st.expander(f"All {looks} slices that were looked at"):
        shown = table.drop(columns=["key"])
        st.dataframe(shown, hide_index=True)
        st.download_button("CSV", shown.to_csv(index=False), "slices.csv", key="slices csv", icon=":material/download:")
