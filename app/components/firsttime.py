"""What takes a while the first time: said before, with a bar while it runs, and found on disk from then on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

import streamlit as st

from app.components import states
from core.contracts import Progress

T = TypeVar("T")

AT_ONCE = 30.0
"""Seconds; what takes longer is begun when the person says so."""


class Compute(Protocol):
    """Work that tells how far it is."""

    def __call__(self, root: str, *, progress: Progress) -> None:
        """Do it, and store the result."""


def need(
    find: Callable[[str], T | None], compute: Compute, root: str, *, title: str, says: str, seconds: float, key: str
) -> T:
    """The stored result; where there is none, a page stops here with the way to it.

    Args:
        find: root of the data set to the result, None where it is not there yet.
        compute: makes it.
        root: of the data set.
        title: what is missing.
        says: what is done, and what for.
        seconds: about how long it takes.
        key: of the button, unique on the page.
    """
    found = find(root)
    if found is not None:
        return found
    place = st.empty()
    with place.container(horizontal_alignment="center"):
        if seconds > AT_ONCE or st.session_state.get(f"{key} stopped"):
            states.empty(title, f"{says} About {_duration(seconds)} the first time.", icon=":material/hourglass_empty:")
            if not st.button("Start", key=key, icon=":material/play_arrow:"):
                st.stop()
    with place.container(horizontal_alignment="center"), states.mended():
        progress = states.bar(says)
        stopped = {f"{key} stopped": True}
        st.button("Stop", key=f"{key} stop", icon=":material/stop:", on_click=st.session_state.update, args=(stopped,))
        compute(root, progress=progress)
        st.rerun()
    st.stop()


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 90 else f"{seconds / 60:.0f} minutes"
