"""Inspect: one package, its views, every model's verdict; or pictures of your own."""

from __future__ import annotations

import streamlit as st

from app import packages, resources, selection
from app.components import chooser, conclusion, notes, serials, states, upload, verdicts, views

chosen = selection.current()
limits, single = resources.both_cuts(chosen.models, chosen.threshold)

if upload.wanted("Inspect"):
    upload.show(chosen.models, chosen.threshold, cameras=resources.dataset(chosen.data).view_names)
    st.stop()

serial = chooser.show()
facts = resources.table(chosen.data, chosen.models).loc[serial]
truth = packages.truth(facts)
with states.mended():
    said = resources.answers(chosen.data, serial, chosen.models)
    quiet = f"{notes.answered(said, facts['split'])} {serials.beside(chosen.data, serial)}"
    conclusion.show(verdicts.sentence(said, limits, truth), quiet)
    look = views.controls(chosen.data, serial)
    views.show(chosen.data, serial, framed_by=next(iter(chosen.models), ""), look=look)
    verdicts.show(said, "verdicts", limits=limits, single=single, truth=truth, views=views.names(chosen.data, serial))
    verdicts.without_damage(chosen.data, serial, chosen.models, limits)
    with st.container(horizontal=True):
        if st.button("What did the models look at?", icon=":material/visibility:", disabled=said.empty):
            selection.go("explain", package=serial, within=selection.kept("within"))
        st.download_button("Verdicts as CSV", said.to_csv(index=False), f"{serial}.csv", icon=":material/download:")
