"""Browse: every package, filtered, sorted and searched; a click opens it in Inspect."""

from __future__ import annotations

import streamlit as st

from app import packages, resources, selection
from app.components import conclusion, filters, gallery, paged, states

chosen = selection.current()
table = resources.table(chosen.data, chosen.models)

st.title("Browse")
says = st.empty()
wanted = filters.show(table, chosen)
limits = resources.cuts(chosen.models, chosen.threshold, view=wanted.at)
found = packages.select(table, wanted, models=chosen.models, thresholds=limits)
with says:
    conclusion.show(filters.sentence(wanted, count=len(found), of=len(table)), gallery.LEGEND)

if found.empty:
    states.empty("No package fits", "Take a filter away, or search for a shorter part of the serial.")
    st.button("Show all packages", on_click=filters.clear, icon=":material/filter_alt_off:")
    st.stop()

judges = packages.judges(table, chosen.models)
paged.show(found, root=chosen.data, models=judges, thresholds=limits, at=wanted.at, within=wanted.text())
