"""Which packages the page Views shows below: those in conflict, rescued by fusion, or broken by it."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from app import selection
from core.studies.fusion import Fused

KEY = "fate"
CONFLICT, RESCUED, BROKEN = "conflict", "rescued", "broken"


class Group(NamedTuple):
    """What the gallery holds."""

    name: str
    view: str
    ids: tuple[str, ...]


def groups(found: Fused) -> dict[str, Group]:
    """Every group by the key that stands in the address."""
    all_of = {CONFLICT: Group(CONFLICT, "", found.queue)}
    for view in found.views:
        all_of[f"{RESCUED}-{view}"] = Group(RESCUED, view, found.rescued[view])
        all_of[f"{BROKEN}-{view}"] = Group(BROKEN, view, found.broken[view])
    return all_of


def show(found: Fused) -> Group:
    """Draw a button a group with its count, and return the one that was chosen."""
    known = groups(found)
    pressed = selection.kept(KEY)
    pressed = pressed if pressed in known else CONFLICT
    with st.container(horizontal=True, gap="small"):
        for key, group in known.items():
            kind = "primary" if key == pressed else "secondary"
            st.button(_title(group), key=f"{KEY} {key}", type=kind, on_click=_choose, args=(key,), help=_help(group))
    return known[pressed]


def _choose(key: str) -> None:
    st.query_params[KEY] = key
    st.session_state["page"] = 1


def _title(group: Group) -> str:
    words = {CONFLICT: "Views in conflict", RESCUED: f"Rescued from {group.view}", BROKEN: f"Broken from {group.view}"}
    return f"{words[group.name]}: {len(group.ids):,}"


def _help(group: Group) -> str:
    return {
        CONFLICT: "One view alone would be stopped, another passed.",
        RESCUED: f"The fused decision is right, the {group.view} view alone wrong.",
        BROKEN: f"The fused decision is wrong, the {group.view} view alone right.",
    }[group.name]
