"""Performance: how often each model is right, at its threshold and at every other."""

from __future__ import annotations

import streamlit as st

from app import packages, resources, selection, sentences
from app.components import conclusion, downloads, matrix, numbers, scores, states, tradeoff

chosen = selection.current()
st.title("Performance")
states.need_run(chosen)
limits, colors = resources.cuts(chosen.models, chosen.threshold), resources.hues()
table = resources.rates(chosen, limits)
if table.empty:
    states.empty("Nothing to measure", "No package here has a known class: choose another split or data set.")
    st.stop()
views = [*sorted(set(table["view"]) - {packages.PACKAGE}), packages.PACKAGE]

conclusion.show(sentences.verdicts(table), sentences.counts_by_source(resources.sources(chosen.data, chosen.split)))
if clicked := matrix.show(table, "matrices", views=views, colors=colors):
    selection.forget("model", "view", "group", "serial", "damage")
    selection.go("errors", **clicked._asdict())

st.space("small")
with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
    view = st.segmented_control("View", views, default=packages.PACKAGE, key="view", bind="query-params", required=True,
                                help="One camera alone, or the fused decision on the package.")
    downloads.show(table, "performance", report=lambda: resources.report(chosen))
here = table[table["view"] == view]
known = resources.answered(chosen.data, chosen.models, chosen.split, view)
conclusion.show(sentences.ranking(table, view=view), f"{sentences.counted(known)} {numbers.LEGEND}")
numbers.show(here, "numbers", colors=colors)
tradeoff.show(resources.curves(chosen.data, chosen.models, chosen.split, view), limits=limits, colors=colors)

names = list(here["model"])
model = st.pills("Model", names, default=names[-1], key="model", bind="query-params", required=True)
rows = known[known["model"] == model]
conclusion.show(sentences.separation(rows, limits[model]), "A dot is a package, a cross a mistake: click to open it.")
if serial := scores.show(rows, "scores", cut=limits[model]):
    selection.go("inspect", package=serial)
