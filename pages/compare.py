"""Compare: who is right where two models differ, and whether that can be chance."""

from __future__ import annotations

import streamlit as st

from app import comparing, packages, resources, selection, sentences
from app.components import conclusion, gallery, paged, states, versus

chosen = selection.current()
st.title("Compare")
frame = packages.of_split(states.need_predictions(chosen), chosen.split)
known = frame[frame["label"].notna()]
if known.empty:
    states.empty("Nothing to compare on", "No package here has a known class: choose another split or data set.")
    st.stop()
with st.container(horizontal=True, vertical_alignment="bottom"):
    views = packages.all_views(known)
    view = st.segmented_control("View", views, default=packages.PACKAGE, key="view", bind="query-params", required=True)
    limits = resources.cuts(chosen.models, chosen.threshold, view=view)
    found = resources.compared(chosen, view)
    names = [name for name in resources.hues() if name in found.right]
    if len(names) < 2 or found.right.empty:
        states.empty("One model alone", "Choose a second model in the sidebar, or a view that two of them have judged.")
        st.stop()
    one = st.selectbox("First", names, 0, key="one", bind="query-params", width=180)
    rest = [name for name in names if name != one]
    other = st.selectbox("Second", rest, 0, key="other", bind="query-params", width=180)

judged = known[known["package"].isin(found.right.index)]
quiet = f"{sentences.counted(judged)} {sentences.source(judged)}"
conclusion.show(comparing.pair(found, one, other), quiet, help=comparing.TERMS)
cell = versus.chosen(found, one, other)
if clicked := versus.show(found, one, other, pressed=cell, colors=resources.hues()):
    versus.choose(clicked)
st.caption(comparing.power(found, one, other))

conclusion.show(comparing.everyone(found), "Every pair, first minus second.", help=comparing.TERMS)
st.dataframe(comparing.table(found), hide_index=True)
st.download_button("CSV", found.pairs.to_csv(index=False), "comparison.csv", icon=":material/download:")

ids = found.packages(one, other)[cell]
conclusion.show(f"{versus.titled(one, other)[cell]}: {sentences.many(len(ids))}.", gallery.LEGEND)
if not ids:
    states.empty("None", "Click another cell of the matrix above.")
    st.stop()
rows = resources.table(chosen.data, chosen.models).loc[list(ids)]
paged.show(rows, root=chosen.data, models=(one, other), thresholds=limits, at=view)
