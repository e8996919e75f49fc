"""Errors: a confusion matrix whose every part opens its packages; gallery, scores and table follow."""

from __future__ import annotations

import streamlit as st

from app import packages, resources, selection, sentences
from app.components import conclusion, evidence, filters, groups, matrix, paged, scores, states

chosen = selection.current()
st.title("Errors")
states.need_predictions(chosen)
table = resources.table(chosen.data, chosen.models)
judges = packages.judges(table, chosen.models)
here = packages.select(table, packages.Filter(split=chosen.split or ""))
if not here["label"].notna().any():
    states.empty("Nothing is known to be wrong", "No package here has a known class: choose another split or data set.")
    st.stop()

with st.container(horizontal=True, gap="medium"):
    choices, found = st.container(width=310), st.container(width="stretch")
with choices:
    model = st.pills("Model", judges, default=judges[-1], key="model", bind="query-params", required=True)
    views = packages.views_of(table, model)
    view = st.segmented_control("View", views, default=packages.PACKAGE, key="view", bind="query-params", required=True)
    limits = resources.cuts(chosen.models, chosen.threshold, view=view)
    within = filters.narrow(here, chosen)
    pool = packages.select(here, within)
    counts = packages.counts(pool, judge=model, at=view, cut=limits[model])
    row = evidence.row(counts, model=model, view=view)
    pressed = groups.chosen(counts)
    shown, colors = (model, view, pressed), resources.hues()
    if clicked := matrix.show(row, "matrix", views=[view], colors=colors, pressed=shown, headed=True):
        groups.choose(clicked.group)
    group = groups.show(pressed)

wanted = groups.wanted(group, within, model=model, view=view)
rows = packages.select(pool, wanted, models=chosen.models, thresholds=limits)
with found:
    conclusion.show(sentences.group(group, model, counts, len(rows)),
                    " ".join([groups.MEANINGS[group], sentences.share(group, counts), sentences.sources(pool)]))
    scored = packages.scored(pool, judge=model, at=view)
    if serial := scores.show(scored, "scores", cut=limits[model], among=rows.index):
        selection.go("inspect", package=serial, within=wanted.text())
    if rows.empty:
        states.empty("None", "Move the threshold in the sidebar, or choose another part of the matrix, model or view.")
        st.stop()
    evidence.actions(rows, "errors", wanted=wanted, judges=judges, view=view)
    paged.show(rows, root=chosen.data, models=judges, thresholds=limits, at=view, within=wanted.text())
