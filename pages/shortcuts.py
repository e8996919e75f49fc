"""Shortcuts: how much of the evidence lies on package, background, print, serial and damage."""

from __future__ import annotations

import streamlit as st

from app import leaning, resources, selection
from app.components import conclusion, firsttime, leanings, ranked, states

chosen = selection.current()
st.title("Shortcuts")
if not chosen.models:
    states.empty("No models", "Train some with `secondlook train`, then see what they look at.")
    st.stop()
frame = firsttime.need(
    resources.shortcuts, resources.compute_shortcuts, chosen.data, title="Not looked yet", key="look",
    says=leaning.OFFER, seconds=leaning.SECONDS * resources.LOOKED,
)  # fmt: skip
frame = frame[frame["model"].isin(chosen.models)]
if frame.empty:
    states.empty("Nothing is known", "Neither an outline nor the framing says where these packages lie.")
    st.stop()

with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    speaks = leaning.SPEAKS[st.segmented_control("Evidence", list(leaning.SPEAKS), default="for damaged", key="speaks",
                                                 bind="query-params", required=True)]  # fmt: skip
    views = [leaning.BOTH, *sorted(frame["view"].unique())]
    view = st.segmented_control("View", views, default=leaning.BOTH, key="view", bind="query-params", required=True)
    only = None if view == leaning.BOTH else view
    table = resources.leanings(chosen, speaks, only)
    st.download_button("CSV", table.to_csv(index=False), "shortcuts.csv", icon=":material/download:")
for label in table["label"].unique():
    seen = frame if only is None else frame[frame["view"] == only]
    conclusion.show(leaning.concluded(table, label, speaks), leaning.figures(seen, table, label), help=leaning.TERMS)
    leanings.show(table[table["label"] == label], f"leanings {label}", colors=resources.hues())

without = resources.without(chosen)
conclusion.show(leaning.twins(without), leaning.drops(without))
strayed = resources.strayed(chosen, speaks, only)
conclusion.show(leaning.strayed(strayed, speaks), leaning.RANKED)
ranked.show(strayed, chosen, "off-package", key="off", help="Every package with its evidence off it.")
