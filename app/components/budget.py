"""Intact packages have no damage to lie on: where their evidence for damaged is spent instead."""

from __future__ import annotations

import streamlit as st

from app import leaning, resources, selection
from app.components import conclusion, leanings, listing, states
from app.selection import Selection
from core.domain import DAMAGED, INTACT


def show(chosen: Selection) -> None:
    """Draw the share of the evidence on every area of intact packages, for all chosen models."""
    frame = resources.shortcuts(chosen.data)
    if frame is None:
        with st.container(horizontal_alignment="center"):
            states.empty("Intact packages: not looked yet", leaning.ELSEWHERE, icon=":material/hourglass_empty:")
            if st.button("Open Shortcuts", key="shortcuts", icon=":material/alt_route:"):
                selection.go("shortcuts")
        return
    mine = frame[frame["model"].isin(chosen.models)]
    table = resources.leanings(chosen, DAMAGED, None)
    table = table[table["label"] == INTACT] if len(table) else table
    if table.empty:
        states.empty("Intact packages: nothing is known", "None was looked at on the page Shortcuts.")
        return
    conclusion.show(leaning.concluded(table, INTACT, DAMAGED), leaning.figures(mine, table, INTACT), help=leaning.TERMS)
    leanings.show(table, "budget", colors=resources.hues())
    if st.toggle("Table", key="spent"):
        listing.show(table.round(4), "budget")
