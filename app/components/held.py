"""The scores of all maps against an account of the damage; where there are none yet, the way to them."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from app import agreeing, resources
from app.components import firsttime, states
from app.selection import Selection
from core.studies.agreement import TRIVIAL


def need(chosen: Selection, account: str) -> pd.DataFrame:
    """What is stored of the chosen models and the trivial maps; where there is nothing, a page stops here."""
    count = resources.HELD
    found = firsttime.need(
        partial(resources.agreement, name=account), partial(resources.compute_agreement, name=account), chosen.data,
        title="Not computed yet", key=f"hold {account}", says=agreeing.OFFER.format(count),
        seconds=agreeing.SECONDS * count,
    )  # fmt: skip
    mine = found[found["model"].isin([*chosen.models, *TRIVIAL])]
    if mine["model"].isin(list(TRIVIAL)).all():
        states.empty("None of the chosen models", "Choose a model in the sidebar whose maps were held against regions.")
        st.stop()
    return mine


def method(found: pd.DataFrame) -> str:
    """Draw the choice of a method where several were run, and return its name."""
    titles = resources.method_titles(set(found["method"]) - {""})
    if len(titles) == 1:
        return next(iter(titles))
    title = st.segmented_control("Maps by", list(titles.values()), default=next(iter(titles.values())), key="maps",
                                 bind="query-params", required=True)  # fmt: skip
    return next(name for name, words in titles.items() if words == title)
