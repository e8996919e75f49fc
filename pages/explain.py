"""Explain: what each model looked at in one view of one package."""

from __future__ import annotations

import streamlit as st

from app import packages, resources, selection, sentences
from app.components import chooser, computation, conclusion, maps, states

chosen = selection.current()
st.title("Explain")
if not chosen.models:
    states.empty("No models", "Train some with `secondlook train`, then explain what they look at.")
    st.stop()
serial = chooser.show()
row = resources.table(chosen.data, chosen.models).loc[serial]
truth = row["label"] if isinstance(row["label"], str) else None

left, right = st.columns(2, gap="large")
with right:
    dataset = resources.dataset(chosen.data)
    views = list(dataset.view_names)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        name = st.segmented_control("View", views, default=views[-1], key="view", bind="query-params", required=True)
        limits = resources.cuts(chosen.models, chosen.threshold, view=name)
        beyond = resources.known(chosen.data, serial, name)
        outline = maps.contour(beyond.outline, anywhere=bool(dataset.index["mask_path"].notna().any()))
    says = st.empty()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        look, how = maps.controls(outline), computation.controls()
    maps.scale(look.display)
if not isinstance(row.get(packages.picture(name)), str):
    states.empty(f"No {name} view", "That camera has no picture of this package: choose another view.")
    st.stop()
with states.mended():
    view = resources.view(chosen.data, serial, name)
    asked = {model: resources.Question(chosen.data, serial, name, model, **how) for model in chosen.models}
    known = {model: resources.remembered_attribution(asked[model]) for model in asked}
    with left:
        maps.picture(view, known, look, marked=sentences.marked(beyond.truth))
    with says:
        seen = sentences.seen(resources.predictions(chosen.data, chosen.models), serial)
        conclusion.show(sentences.explained(known, limits, truth), f"Point at a map to see the picture alone. {seen}")
    for model, place in maps.show(view, known, look, hues=resources.hues(), thresholds=limits, truth=truth).items():
        with place, states.mended():
            resources.attribution(asked[model], progress=states.bar("Starting"))
            st.rerun()
