"""Error patterns: where mistakes gather, what they resemble, which labels and splits to doubt."""

from __future__ import annotations

import streamlit as st

from app import packages, resources, selection, sentences
from app.components import alike, asked, packagemap, paged, slices, states, suspects

LOOKS = {"Slices": slices.show, "Map": packagemap.show, "Labels": suspects.show, "Duplicates": alike.show}
HELP = (
    "Slices: groups of packages against the rest. Map: what the networks see alike. "
    "Labels: those that networks contradict. Duplicates: pictures of two splits that resemble each other."
)

chosen = selection.current()
st.title("Error patterns")
frame = packages.of_split(states.need_predictions(chosen), chosen.split)
known = frame[frame["label"].notna()]
if known.empty:
    states.empty("Nothing is known to be wrong", "No package here has a known class: choose another split or data set.")
    st.stop()
table = resources.table(chosen.data, chosen.models)
judges = packages.judges(table, chosen.models)

with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    look = st.segmented_control("Look at", list(LOOKS), default="Slices", key="look", bind="query-params",
                                required=True, help=HELP)
    about = asked.show(chosen, judges, packages.pictured(table), fused=look in ("Labels", "Duplicates"))
shown = LOOKS[look](about, sentences.source(known))

rows = table.loc[[package for package in shown.ids if package in table.index]]
if rows.empty:
    st.stop()
paged.show(rows, root=chosen.data, models=judges, thresholds=about.limits, at=shown.at)
