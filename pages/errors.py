"""Errors: which packages each model gets wrong, and where models and views disagree."""

from __future__ import annotations

import streamlit as st

from app import packages, resources, selection, sentences
from app.components import conclusion, filters, gallery, groups, matrix, states

chosen = selection.current()
st.title("Errors")
frame = packages.of_split(states.need_predictions(chosen), chosen.split)
limits = resources.thresholds(chosen.models, chosen.threshold)
rates, colors = resources.rates(chosen, limits), resources.hues()
if rates.empty:
    states.empty("Nothing is known to be wrong", "No package here has a known class: choose another split or data set.")
    st.stop()

with st.container(horizontal=True, gap="medium"):
    choices, found = st.container(width=280), st.container(width="stretch")
with choices:
    models = list(rates["model"].unique())
    model = st.pills("Model", models, default=models[-1], key="model", bind="query-params", required=True)
    views = list(rates.loc[rates["model"] == model, "view"])
    view = st.segmented_control("View", views, default=packages.PACKAGE, key="view", bind="query-params", required=True)
    here = rates[(rates["model"] == model) & (rates["view"] == view)]
    if clicked := matrix.show(here, "matrix", views=[view], colors=colors, pressed=(model, view, groups.chosen())):
        groups.choose(clicked.group)
    group = groups.show()
    st.caption(sentences.source(frame))

table = resources.table(chosen.data, chosen.models)
wanted = groups.wanted(group, model=model, view=view, split=chosen.split)
rows = packages.select(table, wanted, models=chosen.models, thresholds=limits)
with found:
    conclusion.show(sentences.group(group, model, here.iloc[0], len(rows)), groups.MEANINGS[group])
    if rows.empty:
        states.empty("None", "Move the threshold in the sidebar, or choose another group, model or view.")
        st.stop()
    if st.button("Explain them", icon=":material/visibility:", help="What the models looked at, one after the other."):
        selection.go("explain", package=str(rows.index[0]), within=wanted.text())
    tiles, below = st.container(), st.container(horizontal_alignment="center")
    with below:
        page = filters.page(rows)
    with tiles:
        judges = packages.judges(table, chosen.models)
        gallery.show(page, "tiles", root=chosen.data, models=judges, thresholds=limits, at=view, within=wanted.text())
