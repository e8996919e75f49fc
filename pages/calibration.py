"""Calibration: whether a probability can be taken at its word, and what a temperature would mend."""

from __future__ import annotations

import streamlit as st

from app import packages, resources, selection, sentences, trust
from app.components import calibration, conclusion, reliability, states, temperatures

chosen = selection.current()
st.title("Calibration")
frame = packages.of_split(states.need_predictions(chosen), chosen.split)
known = frame[frame["label"].notna()]
if known["label"].nunique() < 2:
    states.empty("Nothing to hold words against", "This takes damaged and intact packages: choose another split.")
    st.stop()
figures, bins = resources.calibration(chosen)
colors = resources.hues()

with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    names = [name for name in colors if name in set(figures["model"])]
    model = st.pills("Model", names, default=names[0], key="model", bind="query-params", required=True)
    views = list(figures.loc[figures["model"] == model, "view"])
    view = st.segmented_control("View", views, default=packages.PACKAGE, key="view", bind="query-params", required=True)
    st.download_button("CSV", figures.to_csv(index=False), "calibration.csv", icon=":material/download:")
mine = figures[(figures["model"] == model) & (figures["view"] == view)].iloc[0]
conclusion.show(trust.word(mine), f"{sentences.source(known)} {trust.error(mine)}", help=trust.TERMS)
rows = known[(known["model"] == model) & (known["view"] == view)]
reliability.show(rows, bins[(bins["model"] == model) & (bins["view"] == view)], mine, color=colors[model])

conclusion.show(trust.ranking(figures, view=view), trust.INTERVALS, help=trust.TERMS)
calibration.show(figures[figures["view"] == view], "figures", colors=colors)
if model in chosen.models:
    temperatures.section(chosen.data, model, color=colors[model])
