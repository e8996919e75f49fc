"""Stability: which errors another training would make again, which are luck, and what more packages would bring."""

from __future__ import annotations

import streamlit as st

from app import resources, selection, steadiness
from app.components import conclusion, paged, retrainings, states

chosen = selection.current()
st.title("Stability")
states.need_predictions(chosen)
frame = retrainings.needed(chosen)
with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    about = retrainings.asked(chosen, frame)
    parts, curves = resources.stable(chosen, about.whole), resources.learnt(chosen, about.whole)
    st.download_button("CSV", parts.to_csv(index=False), "bias-variance.csv", icon=":material/download:")
row = steadiness.of(parts, about.model, about.view).iloc[0]
says = f"{steadiness.figures(row)} {steadiness.source(frame, whole=about.whole)}"
conclusion.show(steadiness.parts(row), says, help=steadiness.TERMS)
retrainings.parts(parts)

if not about.whole:
    curve = steadiness.of(curves, about.model, about.view)
    conclusion.show(
        steadiness.curve(curve), f"n = {int(row['n']):,}. {steadiness.gap_of(curve.iloc[-1])} {steadiness.GAP}"
    )
    retrainings.learning(curves[curves["view"] == about.view])
else:
    conclusion.show(steadiness.gap(steadiness.of(curves, about.model, about.view).iloc[0]), steadiness.GAP_MEANS)
st.download_button("CSV", curves.to_csv(index=False), "learning-curve.csv", key="curve", icon=":material/download:")

fates = resources.fates(chosen.data, about.model, about.view, about.whole)
conclusion.show(steadiness.map(fates, about.model), steadiness.MAP)
ids = retrainings.chosen_packages(fates, about)
st.download_button("CSV", fates.to_csv(index=False), "packages-retrained.csv", key="fates", icon=":material/download:")
table = resources.table(chosen.data, chosen.models)
rows = table.loc[[package for package in ids if package in table.index]]
if rows.empty:
    st.stop()
limits = resources.cuts(chosen.models, chosen.threshold)
paged.show(rows, root=chosen.data, models=chosen.models, thresholds=limits, at=about.view)
