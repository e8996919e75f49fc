"""Which package to review, and by whom: a list in the order of the queue, and the next one at the press of a key."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd
import streamlit as st

from app import labeling, reviewing, selection
from app.components import states
from core.studies.reviewing import Opinions

KEY, _LIST, _PICKED = "package", "packages to review", "package picked to review"
"""In the address bar, and of the list: a bound list would say nothing there of a package that no hand has picked."""


class Turn(NamedTuple):
    """What is on the table.

    Attributes:
        package: its id.
        reviewer: who decides, "" where nobody gave a name.
        note: kept with a decision.
        close: whether pictures are cut to the package.
    """

    package: str
    reviewer: str
    note: str
    close: bool


def show(opinions: Opinions, waiting: pd.DataFrame) -> Turn | None:
    """Draw the choices; None where there is no such package, which it says."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        which = st.segmented_control(
            "Packages", list(reviewing.SHOWN), default=reviewing.WAITING, key="which", bind="query-params",
            required=True, help="  \n".join(f"**{one}**: {says}" for one, says in reviewing.SHOWN.items()),
        )  # fmt: skip
        ids = reviewing.listed(opinions, waiting, which)
        package = _package(ids, opinions)
        st.session_state.setdefault(labeling.ANNOTATOR, labeling.annotator())
        reviewer = st.text_input("Your name", key=labeling.ANNOTATOR, bind="query-params", width=170,
                                 placeholder="Needed to decide").strip()  # fmt: skip
        labeling.remember(reviewer)
        note = st.text_input("Reason", key="reason", width=220, placeholder="Kept with the decision")
    if package is None:
        disputed = which == reviewing.DISPUTED
        states.empty("Nothing disputed" if disputed else "Nothing waits", "Choose All to see every annotated package.",
                     icon=":material/task_alt:")  # fmt: skip
        return None
    rows = waiting[waiting["package"] == package].to_dict("records")
    why = reviewing.why(rows[0] if rows else None)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f":small[:gray[{why}]]", help=reviewing.CONSENSUS, width="content")
        close = st.toggle("Close", True, key="close", bind="query-params", help="Cut the pictures to the package.")
    return Turn(package, reviewer, note, close)


def _package(ids: list[str], opinions: Opinions) -> str | None:
    asked = str(st.session_state.pop(_PICKED, "") or selection.kept(KEY))
    offered = ids if asked in ids or asked not in opinions.history else [asked, *ids]
    if not offered:
        selection.drop(KEY)
        return None
    package = asked if asked in offered else offered[0]
    selection.keep(KEY, package)
    st.session_state[_LIST] = package
    st.selectbox("Package", offered, key=_LIST, width=200, on_change=_pick)
    after = offered[offered.index(package) + 1 :] or [one for one in ids if one != package]
    st.button("Next", key="next", icon=":material/arrow_forward:", on_click=_pick,
              args=(after[0] if after else package,), disabled=not after, shortcut="Right")  # fmt: skip
    return package


def _pick(package: str | None = None) -> None:
    """Remember it for the run that follows: what a callback writes into the address bar does not arrive."""
    st.session_state[_PICKED] = package or st.session_state[_LIST]
