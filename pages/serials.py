"""Serials: whether every package carries the serial that its file is named after, and a place to say what it reads."""

from __future__ import annotations

import streamlit as st

from app import identifying, resources, selection
from app.components import conclusion, serialfigures, serials

chosen = selection.current()
st.title("Serials")
serials.need(chosen)
said = serials.said(chosen.data)
found = resources.identities(chosen.data, said, split=chosen.split)

with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
    with st.container(width="stretch"):
        conclusion.show(identifying.headline(found), identifying.quietly(found), help=identifying.TERMS)
    serials.person()
    sheet = resources.identity_sheet(chosen.data, found)
    st.download_button("CSV", sheet.to_csv(index=False), "serials.csv", icon=":material/download:")
rows = serials.controls(found)
serials.show(rows, chosen, said)
serialfigures.show(found)
