"""Map consistency: whether architectures, and methods, find the same evidence."""

from __future__ import annotations

import streamlit as st

from app import consistent, resources, selection
from app.components import conclusion, firsttime, likeness, ranked, states

chosen = selection.current()
st.title("Map consistency")
if len(chosen.models) < 2:
    states.empty("Agreement needs two", "Choose a second model in the sidebar, or train one with `secondlook train`.")
    st.stop()
frame = firsttime.need(
    resources.consistency, resources.compute_consistency, chosen.data, title="Not compared yet", key="compare",
    says=consistent.OFFER, seconds=consistent.SECONDS * resources.COMPARED,
)  # fmt: skip
frame = resources.of_models(frame, chosen.models)
if frame.empty:
    states.empty("No maps of these models", "They were left out of the last `secondlook consistency`: run it again.")
    st.stop()

with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    measure = consistent.TITLES[st.segmented_control("Measure", list(consistent.TITLES), default="Rank correlation",
                                                     key="measure", bind="query-params", required=True)]  # fmt: skip
    differs, fixed = likeness.choose(frame)
    views = [consistent.BOTH, *sorted(frame["view"].unique())]
    view = st.segmented_control("View", views, default=consistent.BOTH, key="view", bind="query-params", required=True)
    only = None if view == consistent.BOTH else view
    table = resources.likenesses(chosen, measure, differs, fixed, only)
    st.download_button("CSV", table.to_csv(index=False), "consistency.csv", icon=":material/download:")
conclusion.show(consistent.concluded(table, measure), consistent.figures(frame, table, measure), help=consistent.TERMS)
likeness.show(table, "likeness", hues=resources.hues())

apart = resources.disputed(chosen, measure, fixed if fixed in set(frame["method"]) else frame["method"].iloc[0], only)
conclusion.show(consistent.disputed(apart), consistent.DISSENT)
ranked.show(apart, chosen, "dissent", key="dissent", help="Every package with its dissent.")
