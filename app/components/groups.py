"""Which group of packages Errors shows, each a filter over the gallery."""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

import streamlit as st

from app.packages import Filter
from core.figures.matrix import OUTCOMES

KEY = "group"
GROUPS = {
    "Escapes": Filter(show="Escapes", sort="Most intact"),
    "False rejects": Filter(show="False rejects", sort="Most damaged"),
    "Found": Filter(show="Found", sort="Least sure"),
    "Passed": Filter(show="Passed", sort="Least sure"),
    "Models disagree": Filter(show="Models disagree", sort="Least sure"),
    "Views disagree": Filter(show="Views disagree", sort="Least sure"),
}
"""Title to filter: the four outcomes of a matrix, then the disagreements; worst mistakes first."""

MEANINGS = {
    **{outcome.title: outcome.meaning for outcome in OUTCOMES},
    "Models disagree": "At least one of the chosen models calls them damaged, and at least one intact.",
    "Views disagree": "The model calls one view damaged and another intact.",
}
"""Title to what it means, one sentence."""


def chosen() -> str:
    """The chosen group, before `show` has drawn the choice."""
    return str(st.session_state.get(KEY) or st.query_params.get(KEY, "Escapes"))


def choose(group: str) -> NoReturn:
    """Choose a group from elsewhere on the page, and draw the page again."""
    st.session_state[KEY] = group
    st.rerun()


def show() -> str:
    """Draw the choice of a group and return its title."""
    st.session_state[KEY] = chosen() if chosen() in GROUPS else "Escapes"
    return str(st.pills("Show", list(GROUPS), key=KEY, bind="query-params", required=True, wrap=True))


def wanted(group: str, *, model: str, view: str, split: str | None) -> Filter:
    """The filter of a group, for one model's answers to one view."""
    return replace(GROUPS[group], judge=model, at=view, split=split or "")
