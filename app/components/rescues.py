"""Which packages the page Views shows below: those in conflict, rescued by fusion, or broken by it."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from core.studies.fusion import Fused

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
    key = st.pills(
        "Packages", list(known), format_func=lambda key: _title(known[key]), default=CONFLICT, key="fate",
        bind="query-params", required=True, wrap=True,
    )  # fmt: skip
    return known[str(key)]


def _title(group: Group) -> str:
    words = {CONFLICT: "Views in conflict", RESCUED: f"{group.view}: rescued", BROKEN: f"{group.view}: broken"}
    return f"{words[group.name]} ({len(group.ids):,})"
