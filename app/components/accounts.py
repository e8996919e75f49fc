"""Which account of where the damage is."""

from __future__ import annotations

import streamlit as st

from app import agreeing, resources
from app.components import states
from app.selection import Selection


def need(chosen: Selection) -> tuple[str, ...]:
    """The accounts that there are; where there is none, or no model, a page stops here with the way out."""
    if not chosen.models:
        states.empty("No models", "Train some with `secondlook train`, then hold their evidence against the damage.")
        st.stop()
    known = resources.accounts(chosen.data)
    if not known:
        states.empty("Where the damage is, is not known", agreeing.NOWHERE)
        st.stop()
    return known


def choose(known: tuple[str, ...]) -> str:
    """Draw the choice and return the name."""
    titles = [agreeing.ACCOUNTS[name] for name in known]
    title = st.segmented_control("Damage as in", titles, default=titles[0], key="regions", bind="query-params",
                                 required=True, help=agreeing.ACCOUNT)  # fmt: skip
    return known[titles.index(title)]
