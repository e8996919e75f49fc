"""Which attribution methods: by title, the fast ones first, each with what it is and its paper on hover."""

from __future__ import annotations

import inspect

import streamlit as st

from core.contracts import AttributionMethod
from core.studies import explanation

GROUPS = {
    "One pass of the network": "A moment.",
    "From many samples": "Some seconds.",
    "Against a baseline": "What differs from a picture with nothing to see. Some seconds.",
}
"""Groups in their order, with what they have in common."""


def controls() -> tuple[str, ...]:
    """Draw the choice and return the names, the fast ones first; the default method where none is chosen."""
    every = sorted(explanation.methods().items(), key=lambda one: (effort(one[1]), one[1].title))
    chosen = [name for name, _ in every if _on(name)] or [explanation.DEFAULT]
    label = explanation.methods()[chosen[0]].title if len(chosen) == 1 else f"{len(chosen)} methods"
    with st.popover(label, icon=":material/stacks:", help="Methods, the rows"):
        for group, common in GROUPS.items():
            members = [(name, method) for name, method in every if _group(method) == group]
            if members:
                st.markdown(f"**{group}** :small[:gray[{common}]]")
            for name, method in members:
                st.checkbox(
                    method.title, name == explanation.DEFAULT, key=name, bind="query-params", help=meaning(method)
                )
    return tuple(chosen)


def effort(method: type[AttributionMethod]) -> int:
    """About how often a network is asked for one map: what takes least comes first."""
    return (method.steps or 64) if method.baseline else (method.steps or 1)


def meaning(method: type[AttributionMethod]) -> str:
    """What it is, and its paper."""
    return f"{inspect.getdoc(method)}  \n{method.reference}"


def _on(name: str) -> bool:
    """Whether a method is chosen, before its checkbox is drawn: the label above says it."""
    said = st.session_state.get(name, st.query_params.get(name, str(name == explanation.DEFAULT)))
    return str(said).lower() == "true"


def _group(method: type[AttributionMethod]) -> str:
    one, samples, baseline = GROUPS
    return baseline if method.baseline else samples if (method.steps or 1) > 1 else one
