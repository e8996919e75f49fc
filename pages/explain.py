"""Explain: what each model looked at, by as many methods as you like, in one view of one package or in all."""

from __future__ import annotations

import streamlit as st

from app import packages, resources, selection, sentences
from app.components import chooser, computation, explained, look, mapfiles, methods, shares, states
from app.components.explained import Block
from app.explaining import Asked

chosen = selection.current()
st.title("Explain")
if not chosen.models:
    states.empty("No models", "Train some with `secondlook train`, then explain what they look at.")
    st.stop()
serial = chooser.show()
row = resources.table(chosen.data, chosen.models).loc[serial]
views = list(resources.dataset(chosen.data).view_names)
there = [name for name in views if isinstance(row.get(packages.picture(name)), str)]
also = [resources.known(chosen.data, serial, name) for name in there]

with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
    wanted = st.segmented_control(
        "Views", views, selection_mode="multi", default=views[-1:], key="view", bind="query-params",
        help="One or several; with all of them, how they share the evidence for the fused decision.",
    )  # fmt: skip
    names = methods.controls()
    seen = look.controls(damaged=any(one.outline for one in also), several=len(chosen.models) > 1)
    steps, baseline = computation.controls(twin=any(one.twin for one in also))
asked = Asked(chosen.data, serial, chosen.models, names, steps, baseline)
quiet = sentences.seen(resources.predictions(chosen.data, chosen.models), serial)

missing, shown = {}, []
for name in sorted(set(wanted or ()) - set(there)):
    st.caption(f"No {name} view: that camera has no picture of this package.")
if not there:
    states.empty("No picture", "No picture of this package can be read: see its page in Inspect.")
for name in [name for name in wanted or views[-1:] if name in there] or there[-1:]:
    if missing or shown:
        st.space("medium")
    with states.mended():
        limits = resources.cuts(chosen.models, chosen.threshold, view=name)
        block = Block(asked, resources.view(chosen.data, serial, name), seen, limits, packages.truth(row))
        places, drawn = explained.show(block, quietly=quiet)
        missing, shown = missing | places, shown + drawn
shares.show(asked, there, sigma=seen.display.sigma)
mapfiles.together(shown)
computation.run(missing)
