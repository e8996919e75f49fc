"""Map consistency: whether architectures, and methods, find the same evidence."""

from __future__ import annotations

import streamlit as st

from app import consistent, resources, selection
from app.components import conclusion, filters, firsttime, gallery, likeness, states

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

ranked = resources.disputed(chosen, measure, fixed if fixed in set(frame["method"]) else frame["method"].iloc[0], only)
conclusion.show(consistent.disputed(ranked), consistent.DISSENT)
with st.container(horizontal=True):
    listed = st.toggle("Table", key="listed", help="Every package with its dissent.")
    st.download_button("CSV", ranked.to_csv(index=False), "dissent.csv", key="dissent", icon=":material/download:")
if listed:
    st.dataframe(ranked.round(3), hide_index=True, height=min(400, 38 + 35 * len(ranked)))
packages = resources.table(chosen.data, chosen.models)
rows = packages.loc[[one for one in ranked["package"] if one in packages.index]]
tiles, below = st.container(), st.container(horizontal_alignment="center")
with below:
    page = filters.page(rows)
with tiles:
    limits = resources.cuts(chosen.models, chosen.threshold)
    gallery.show(page, "tiles", root=chosen.data, models=chosen.models, thresholds=limits, opens="explain")
