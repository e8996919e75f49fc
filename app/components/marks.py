"""What is marked in one view, a line each: kind, severity, note; a bin at its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from app.annotating import Draft
from core.domain import SUGGESTED, AnnotatedRegion
from core.studies import marking

KINDS = ("dent", "crush", "tear", "hole", "scratch", "stain", "open flap", "label damage")
"""Offered first; any other word may be typed."""
SEVERITIES = (0.1, 0.25, 0.5, 0.75, 1.0)
"""How bad, from 0 to 1; what an import brought stands beside them."""


def show(draft: Draft, view: str, *, kinds: Sequence[str], changed: Callable[[], None]) -> None:
    """Draw the lines of a view.

    Args:
        draft: that is drawn on.
        view: of its package.
        kinds: of damage that the data set knows, offered beside `KINDS`.
        changed: called after a word was changed.
    """
    every = draft.regions[view]
    if not every:
        st.markdown(":small[:gray[Nothing marked.]]")
        return
    used = [one.kind for one in every if one.kind]
    offered = list(dict.fromkeys((*kinds, *KINDS, *used)))
    with st.container(gap="xsmall"):
        for at, one in enumerate(every):
            _line(draft, view, at, one, offered, changed)


def _line(
    draft: Draft, view: str, at: int, one: AnnotatedRegion, offered: list[str], changed: Callable[[], None]
) -> None:
    key = f"{draft.package} {view} {draft.revision} {at}"

    def say(name: str) -> None:
        said = st.session_state.get(f"{name} {key}")
        words = {name: said if name == "severity" else said or ""}
        if words[name] == getattr(one, name):  # the page tells of a field too when another one takes its place
            return
        if draft.describe(view, one, **words):
            changed()

    def remove() -> None:
        if (place := draft.place(view, one)) is not None:
            draft.put(view, [*draft.regions[view][:place], *draft.regions[view][place + 1 :]])
            changed()

    levels = sorted({*SEVERITIES, *([] if one.severity is None else [one.severity])})
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.markdown(f":small[**{at + 1}** {_what(one)}]", width=72)
        st.selectbox(
            "Kind", offered, index=offered.index(one.kind) if one.kind else None, key=f"kind {key}", width=112,
            placeholder="kind", accept_new_options=True, label_visibility="collapsed", on_change=say, args=("kind",),
        )  # fmt: skip
        st.selectbox(
            "Severity", levels, index=None if one.severity is None else levels.index(one.severity),
            key=f"severity {key}", width=92, placeholder="severity", label_visibility="collapsed", on_change=say,
            args=("severity",), format_func="{:.2g}".format,
        )  # fmt: skip
        st.text_input(
            "Note", one.note, key=f"note {key}", width="stretch", placeholder="note", label_visibility="collapsed",
            on_change=say, args=("note",),
        )  # fmt: skip
        st.button("", key=f"remove {key}", icon=":material/delete:", type="tertiary", on_click=remove,
                  help="Delete this one")  # fmt: skip


def _what(one: AnnotatedRegion) -> str:
    word = "painted" if one.brush is not None else "box" if marking.is_box(one) else "outline"
    return f"{word} :material/auto_awesome:" if one.origin == SUGGESTED else word
