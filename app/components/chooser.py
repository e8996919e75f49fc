"""Which package: a field for its serial, and the previous and the next one of the same gallery."""

from __future__ import annotations

import difflib
from collections.abc import Collection

import pandas as pd
import streamlit as st

from app import packages, resources, selection
from app.components import states

KEY = "package"


def show(among: Collection[str] | None = None, *, first: str | None = None) -> str:
    """Draw the choice of a package and return its id; a page stops here where there is no such package.

    The choice is `package` in the address bar; `within` keeps the filter of the gallery it was opened from.

    Args:
        among: packages that are offered, the others only where their serial is typed; None for all.
        first: which one where nobody has chosen; None for the first in the gallery's order.
    """
    chosen = selection.current()
    whole = resources.table(chosen.data, chosen.models)
    rows = _within(whole, chosen)
    rows = rows if among is None else rows[rows.index.isin(list(among))]
    if not str(st.session_state.get(KEY) or st.query_params.get(KEY, "")).strip() and len(rows):
        st.session_state[KEY] = first if first in rows.index else str(rows.index[0])
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        serial = st.text_input("Serial", key=KEY, bind="query-params", width=260).strip()
        _steps(rows, serial)
    if serial not in whole.index:
        _nobody(serial, whole)
    return serial


def _within(whole: pd.DataFrame, chosen: selection.Selection) -> pd.DataFrame:
    within = selection.kept("within")
    wanted = packages.read(within) if within else packages.Filter(split=chosen.split or "")
    limits = resources.cuts(chosen.models, chosen.threshold)
    return packages.select(whole, wanted, models=chosen.models, thresholds=limits)


def _step(label: str, serial: str | None, *, icon: str, shortcut: str) -> None:
    st.button(
        label,
        key=label.lower(),
        icon=icon,
        on_click=_choose,
        args=(serial,),
        disabled=not serial,
        shortcut=shortcut,
    )


def _steps(rows: pd.DataFrame, serial: str) -> None:
    before, after = _neighbors(rows, serial)
    _step("Previous", before, icon=":material/arrow_back:", shortcut="Left")
    _step("Next", after, icon=":material/arrow_forward:", shortcut="Right")
    filtered = bool(selection.kept("within"))
    if serial in rows.index:
        st.markdown(f":gray[{rows.index.get_loc(serial) + 1:,} of {len(rows):,}{' chosen' * filtered}]")
    if filtered:
        st.button(
            "Step through all",
            icon=":material/filter_alt_off:",
            type="tertiary",
            on_click=selection.drop,
            args=("within",),
            help="Previous and next follow the gallery this package was opened from.",
        )


def _neighbors(rows: pd.DataFrame, serial: str) -> tuple[str | None, str | None]:
    if serial not in rows.index:
        return None, None
    at = int(rows.index.get_indexer([serial])[0])
    ids = [str(name) for name in rows.index[max(at - 1, 0) : at + 2]]
    here = ids.index(serial)
    return (ids[here - 1] if here else None), (ids[here + 1] if here + 1 < len(ids) else None)


def _choose(serial: str) -> None:
    st.session_state[KEY] = serial


def _nobody(serial: str, whole: pd.DataFrame) -> None:
    near = difflib.get_close_matches(serial, [str(name) for name in whole.index[:20_000]], n=3)
    offer = f"Did you mean {', '.join(f'`{name}`' for name in near)}?" if near else "Search for part of it in Browse."
    states.empty(f"No package {serial[:60] or 'chosen'}", offer)
    st.stop()
