"""Which package: a field for its serial, and the previous and the next one of the same gallery."""

from __future__ import annotations

import difflib

import pandas as pd
import streamlit as st

from app import packages, resources, selection
from app.components import states
from core import study

KEY = "package"


def show() -> str:
    """Draw the choice of a package and return its id; a page stops here where there is no such package.

    The choice is `package` in the address bar; `within` keeps the filter of the gallery it was opened from.
    """
    chosen = selection.current()
    whole = resources.table(chosen.data, chosen.models)
    rows = _within(whole, chosen)
    if not str(st.session_state.get(KEY) or st.query_params.get(KEY, "")).strip() and len(rows):
        st.session_state[KEY] = str(rows.index[0])
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        serial = st.text_input("Serial", key=KEY, bind="query-params", width=260).strip()
        _steps(rows, serial)
    if serial not in whole.index:
        _nobody(serial, whole)
    return serial


def _within(whole: pd.DataFrame, chosen: selection.Selection) -> pd.DataFrame:
    within = selection.kept("within")
    wanted = packages.read(within) if within else packages.Filter(split=chosen.split or "")
    limits = resources.thresholds(chosen.models, chosen.threshold)
    return packages.select(whole, wanted, models=chosen.models, thresholds=limits)


def _steps(rows: pd.DataFrame, serial: str) -> None:
    before, after = study.neighbours(rows, serial)
    st.button("Previous", key="previous", icon=":material/arrow_back:", on_click=_choose, args=(before,),
              disabled=before is None, shortcut="Left")
    st.button("Next", key="next", icon=":material/arrow_forward:", on_click=_choose, args=(after,),
              disabled=after is None, shortcut="Right")
    within = selection.kept("within")
    if serial in rows.index:
        where = "of the packages found in Browse" if within else "packages"
        st.markdown(f":gray[{rows.index.get_loc(serial) + 1:,} of {len(rows):,} {where}]")


def _choose(serial: str) -> None:
    st.session_state[KEY] = serial


def _nobody(serial: str, whole: pd.DataFrame) -> None:
    near = difflib.get_close_matches(serial, [str(name) for name in whole.index[:20_000]], n=3)
    offer = f"Did you mean {', '.join(f'`{name}`' for name in near)}?" if near else "Search for part of it in Browse."
    states.empty(f"No package {serial[:60] or 'chosen'}", offer)
    st.stop()
