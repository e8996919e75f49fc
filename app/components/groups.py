"""Which group of packages Errors shows, each a filter over the gallery."""

from __future__ import annotations

from collections.abc import Mapping
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
    "Damaged in review": Filter(show="Damaged in review", sort="Most intact"),
    "Intact in review": Filter(show="Intact in review", sort="Most damaged"),
    "In review": Filter(show="In review", sort="Most intact"),
    "Truly damaged": Filter(show="Truly damaged", sort="Most intact"),
    "Truly intact": Filter(show="Truly intact", sort="Most damaged"),
    "Called damaged": Filter(show="Called damaged", sort="Least sure"),
    "Called intact": Filter(show="Called intact", sort="Least sure"),
    "All packages": Filter(sort="Least sure"),
    "Models disagree": Filter(show="Models disagree", sort="Least sure"),
    "Views disagree": Filter(show="Views disagree", sort="Least sure"),
}
"""Title to filter: cells, rows and columns of a matrix, then the disagreements; worst mistakes first."""
BUTTONS = ("Escapes", "False rejects", "Models disagree", "Views disagree")
"""Those that have a button of their own; the others are parts of the matrix."""

MEANINGS = {
    **{outcome.title: outcome.meaning for outcome in OUTCOMES},
    "In review": "What the policy leaves to a person.",
    "Truly damaged": "All damaged packages, whatever they are called.",
    "Truly intact": "All intact packages, whatever they are called.",
    "Called damaged": "All packages that the model calls damaged: found, and falsely rejected.",
    "Called intact": "All packages that the model calls intact: passed, and escaped.",
    "All packages": "Every package, the least sure first.",
    "Models disagree": "At least one of the chosen models calls them damaged, and at least one intact.",
    "Views disagree": "The model calls one view damaged and another intact.",
}
"""Title to what it means, one sentence."""


def chosen(counts: Mapping[str, int]) -> str:
    """The chosen group, before `show` has drawn the choice; where none was chosen, the first mistakes there are.

    Args:
        counts: of the matrix.
    """
    first = "Escapes" if counts["fn"] else "False rejects" if counts["fp"] else "All packages"
    asked = str(st.session_state.get(KEY) or st.query_params.get(KEY, first))
    return asked if asked in GROUPS else first


def choose(group: str) -> NoReturn:
    """Choose a group from elsewhere on the page, and draw the page again."""
    st.session_state[KEY] = group
    st.rerun()


def show(pressed: str) -> str:
    """Draw the choice of a group and return its title.

    Args:
        pressed: the one that is chosen, see `chosen`.
    """
    st.session_state[KEY] = pressed
    options = list(dict.fromkeys([*BUTTONS, pressed]))
    return str(st.pills("Show", options, key=KEY, bind="query-params", required=True, wrap=True))


def wanted(group: str, within: Filter, *, model: str, view: str) -> Filter:
    """The filter of a group of these packages, for one model's answers to one view."""
    asked = GROUPS[group]
    return replace(within, show=asked.show, sort=asked.sort, judge=model, at=view)
