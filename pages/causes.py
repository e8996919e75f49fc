"""Causal check: whether a verdict rests on the damage, which is painted over, and so are other places of its shape."""

from __future__ import annotations

import streamlit as st

from app import agreeing, resources, selection
from app.components import accounts, chooser, conclusion, fillings, listing, states
from app.resources import Filling

chosen = selection.current()
st.title("Causal check")
known = accounts.need(chosen)
top = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
with top:
    account = accounts.choose(known)
source = resources.account(chosen.data, account)
serial = chooser.show({package for package, _ in source.known}, first=resources.small_region(chosen.data, account))
views = sorted(view for package, view in source.known if package == serial)
if not views:
    where = agreeing.ACCOUNTS[account]
    states.empty("No region", f"{serial} has none in {where}: choose a damaged package, or mark the damage.")
    st.stop()
with top:
    view = st.segmented_control("View", views, default=views[-1], key="view", bind="query-params", required=True)
    ways = agreeing.fills(twin=resources.known(chosen.data, serial, view).twin is not None)
    titles = {agreeing.FILL_TITLES[name]: name for name in ways}
    fill = titles[st.segmented_control("Filled with", list(titles), default=next(iter(titles)), key="fill",
                                       bind="query-params", required=True, help=agreeing.FILLS_HELP)]  # fmt: skip
region = source.region(serial, view)
if not region.any():
    states.empty(f"Nothing to fill in the {view} view", "None of the damage shows there: choose another view.")
    st.stop()
wanted = [Filling(chosen.data, serial, view, model, account, fill) for model in chosen.models]
with states.mended():
    effects = fillings.need(wanted)
    first = effects[chosen.models[0]]
    quiet = f"{agreeing.placebos(effects, region)} {agreeing.FILLED[fill]}"
    conclusion.show(agreeing.caused(effects), quiet, help=agreeing.CAUSE_TERMS)
    fillings.show(resources.view(chosen.data, serial, view).pixels, region, first)
    fillings.strip(effects)
    listing.show(agreeing.effects_table(effects), f"causes-{serial}-{view}")
