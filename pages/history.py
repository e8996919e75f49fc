"""Versions: which checkpoint of a model is in use, the comparison that led to it, and the way back to earlier ones."""

from __future__ import annotations

import streamlit as st

from app import promoting, resources, selection
from app.components import conclusion, states, versions

chosen = selection.current()
st.title("Versions")
if not chosen.models:
    states.empty("No models", "Train some with `secondlook train`, or set SECONDLOOK_CHECKPOINTS.")
    st.stop()
model = st.pills("Model", chosen.models, default=chosen.models[0], key="model", bind="query-params", required=True)
stages, refused = resources.stages(model)

versions.brought(model, stages, color=resources.hues()[model])
st.space("xsmall")
conclusion.show(promoting.lives(stages), promoting.STALE)
versions.every(model, stages)
versions.way_back(model, stages)
for reason in refused:
    st.caption(f":material/warning: {reason}")
if len(stages) == 1:
    states.empty("No other version yet", promoting.OFFER.format(model), icon=":material/upgrade:")
