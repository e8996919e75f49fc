"""Overview: what the data set holds, how often the models are right, and where to look next."""

from __future__ import annotations

import streamlit as st

from app import packages, resources, selection, sentences
from app.components import accuracy, conclusion, facts, gallery, leads, notes, states

chosen = selection.current()
here = packages.select(resources.table(chosen.data, chosen.models), packages.Filter(split=chosen.split or ""))

st.title("Overview")
facts.show(resources.dataset(chosen.data), here, chosen.data)

predictions = states.need_predictions(chosen)
limits = resources.cuts(chosen.models, chosen.threshold)
rates = resources.rates(chosen, limits)
conclusion.show(sentences.verdicts(rates), notes.provenance(predictions, chosen))
if len(rates):
    accuracy.show(rates, "accuracy", colors=resources.hues(), chance=packages.larger_class(here))
states.refused()

table = resources.table(chosen.data, chosen.models)
judges = packages.judges(table, chosen.models)
doubtful = packages.Filter(split=chosen.split or "", judge=judges[-1], sort="Least sure")
rows = packages.select(table, doubtful, models=chosen.models, thresholds=limits).head(12)
conclusion.show(
    "Where to look next", f"Mistakes and disagreements; below, the packages of which {judges[-1]} is least sure."
)
leads.show(table, chosen, limits)
gallery.show(rows, "doubtful", root=chosen.data, models=judges, thresholds=limits, within=doubtful.text())
