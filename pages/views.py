"""Views: what the cameras are worth together, which packages fusion rescues and which it breaks."""

from __future__ import annotations

import streamlit as st

from app import packages, resources, selection, sentences, together
from app.components import conclusion, paged, rescues, rules, states, viewplane

chosen = selection.current()
st.title("Views")
frame = packages.of_split(states.need_predictions(chosen), chosen.split)
known = frame[frame["label"].notna()]
names = [name for name in chosen.models if name in set(known.loc[known["view"] != packages.PACKAGE, "model"])]
if not names:
    states.empty("No view to judge", "No package here has a known class: choose another split or data set.")
    st.stop()
limits, colors = resources.cuts(chosen.models, chosen.threshold), resources.hues()
model = st.pills("Model", names, default=names[0], key="model", bind="query-params", required=True)
found = resources.fused(chosen, model, limits[model])
source = sentences.source(known[known["model"] == model])
if len(found.views) < 2:
    states.empty("One view only", "Fusion takes packages that several cameras have seen.", icon=":material/view_in_ar:")
    st.stop()

conclusion.show(together.gain(found), f"{sentences.counted(known)} {source}", help=together.TERMS)
if serial := viewplane.show(found, "plane"):
    selection.go("inspect", package=serial)
conclusion.show(together.rules(found), f"{together.cut(found)} Intervals: 95 %.", help=together.MEANINGS)
rules.show(found, "rules", color=colors[model])
st.download_button("CSV", found.table.to_csv(index=False), f"fusion-{model}.csv", icon=":material/download:")

group = rescues.show(found)
at = group.view or packages.PACKAGE
conclusion.show(together.group(group.name, group.view, found, len(group.ids)), together.tiles(group.name, at))
table = resources.table(chosen.data, chosen.models)
rows = table.loc[[package for package in group.ids if package in table.index]]
if rows.empty:
    states.empty("None", "Choose another group, model or split.")
    st.stop()
paged.show(rows, root=chosen.data, models=(model,), thresholds=limits, at=at)
