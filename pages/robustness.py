"""Robustness: what dark, noisy, blurred, shifted, turned or covered pictures cost each model."""

from __future__ import annotations

import streamlit as st

from app import packages, resources, selection, withstanding
from app.components import conclusion, firsttime, spoiled, states, strengths

chosen = selection.current()
st.title("Robustness")
if states.need_predictions(chosen)["label"].isna().all():
    states.empty("Nothing is known to be wrong", "No package here has a known class: choose another data set.")
    st.stop()
frame = firsttime.need(
    resources.robustness, resources.compute_robustness, chosen.data, title="Not tried yet", key="try",
    says=withstanding.OFFER.format(resources.SPOILED), seconds=withstanding.SECONDS * resources.SPOILED,
)  # fmt: skip
colors = resources.hues()

with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    measure = st.segmented_control("Measure", list(withstanding.MEASURES), default="Accuracy", key="measure",
                                   bind="query-params", required=True)  # fmt: skip
    views = sorted(set(frame["view"]), key=lambda view: (view == packages.PACKAGE, view))
    view = st.segmented_control("View", views, default=packages.PACKAGE, key="view", bind="query-params", required=True)
    limits = resources.cuts(chosen.models, chosen.threshold, view=view)
    table = resources.withstood(chosen, view)
    st.download_button("CSV", table.to_csv(index=False), "robustness.csv", icon=":material/download:")
quiet = f"{withstanding.MEASURES[measure].meaning} {withstanding.evidence(frame)} {withstanding.withstood(table)}"
conclusion.show(withstanding.costs(table, measure), quiet, help=withstanding.TERMS)
strengths.show(table, measure, colors=colors)

with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    titles = withstanding.titles(table)
    title = st.segmented_control("Corruption", list(titles), default=next(iter(titles)), key="corruption",
                                 bind="query-params", required=True)  # fmt: skip
    package = st.selectbox("Package", sorted(frame["package"].unique()), key="specimen", bind="query-params", width=220)
corruption = titles[title]
said = frame[(frame["package"] == package) & frame["model"].isin(set(table["model"]))]
conclusion.show(withstanding.one(said, corruption, view, limits), withstanding.meaning(corruption))
spoiled.show(chosen.data, said, corruption=corruption, view=view, limits=limits)
if frame["package"].nunique() <= resources.SPOILED:
    st.caption("These are few packages; `secondlook robustness` tries all of them.")
