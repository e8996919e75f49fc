"""Annotate: mark the damage on both views of a package, say what it is, go on; the evidence is scored as you draw."""

from __future__ import annotations

import streamlit as st

from app import labeling, resources, selection
from app.components import queue, workbench
from app.components.workbench import Bench

chosen = selection.current()
every = resources.table(chosen.data, chosen.models)
who = labeling.annotator()
order = queue.chosen_order()
waiting = labeling.queued(chosen, order, who)
serial = queue.package(waiting, dict.fromkeys(map(str, every.index)))
bench = Bench.of(chosen, serial, waiting, who)

with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
    with st.container(gap=None):
        st.title("Annotate")
        queue.progress(waiting, serial)
    queue.steps(waiting, serial, bench.go)
    queue.order()
    queue.again()
    queue.person()
width = workbench.listen(bench)
workbench.show(bench, width)
workbench.warm(bench)
