"""Performance: how often each model is right, at its threshold and at every other."""

from __future__ import annotations

import streamlit as st

from app import packages, resources, selection, sentences
from app.components import conclusion, matrix, numbers, scores, states, tradeoff

chosen = selection.current()
st.title("Performance")
frame = packages.of_split(states.need_predictions(chosen), chosen.split)
known = frame[frame["label"].notna()]
if known.empty:
    states.empty("Nothing to measure", "No package here has a known class: choose another split or data set.")
    st.stop()
limits = resources.thresholds(chosen.models, chosen.threshold)
table, colors = resources.rates(chosen, limits), resources.hues()
views = [*sorted(set(known["view"]) - {packages.PACKAGE}), packages.PACKAGE]

conclusion.show(sentences.verdicts(table), sentences.source(known))
if clicked := matrix.show(table, "matrices", views=views, colors=colors):
    selection.forget("model", "view", "group")
    selection.go("errors", **clicked._asdict())

st.space("small")
with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
    view = st.segmented_control("View", views, default=packages.PACKAGE, key="view", bind="query-params", required=True,
                                help="One camera alone, or the fused decision on the package.")
    st.download_button("All figures as CSV", table.to_csv(index=False), "performance.csv", icon=":material/download:")
here = known[known["view"] == view]
conclusion.show(sentences.ranking(table, view=view), f"{sentences.counted(here)} Whiskers: 95 % Wilson interval.")
numbers.show(table[table["view"] == view], "numbers", colors=colors)
tradeoff.show(here, thresholds=limits, colors=colors)

names = [name for name in limits if name in set(here["model"])]
model = st.pills("Model", names, default=names[-1], key="model", bind="query-params", required=True)
rows = here[here["model"] == model]
conclusion.show(sentences.separation(rows, limits[model]), "A dot is a package, a cross a mistake: click to open it.")
if serial := scores.show(rows, "scores", threshold=limits[model]):
    selection.go("inspect", package=serial)
