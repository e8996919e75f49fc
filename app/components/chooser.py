"""Which package: a field for its serial, and the previous and the next one of the same gallery."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Container, Sequence
from typing import NoReturn

import pandas as pd
import streamlit as st

from app import packages, resources, selection
from app.components import states

KEY = "package"
_OF = "data set of the package"


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
    start = first if first in rows.index else next(map(str, rows.index), None)
    asked(whole.index, first=start)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        serial = st.text_input("Serial", key=KEY, bind="query-params", width=260).strip()
        _steps(rows, serial)
    if serial not in whole.index:
        nobody(serial, list(map(str, whole.index[:20_000])), button="Show the first package")
    return serial


def asked(every: Container[str], *, first: str | None) -> str:
    """The id of the chosen package, before its field is drawn; it need not be there.

    Args:
        every: ids of all packages.
        first: what is chosen where nobody has chosen, or where the package was one of another data set.
    """
    root = selection.current().data
    moved = st.session_state.get(_OF, root) != root
    st.session_state[_OF] = root
    serial = str(st.session_state[KEY] if KEY in st.session_state else st.query_params.get(KEY, "")).strip()
    if first is not None and (not serial or (moved and serial not in every)):
        serial = st.session_state[KEY] = first
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
        on_click=choose,
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


def choose(serial: str) -> None:
    """Bring a package on the screen, before anything is drawn; "" for the first one."""
    st.session_state[KEY] = serial


def nobody(serial: str, some: Sequence[str], *, button: str) -> NoReturn:
    """Say that there is no such package, offer similar ones and a way to the first, and stop the page."""
    near = difflib.get_close_matches(serial, some, n=3, cutoff=0.8)
    offer = f"Did you mean {', '.join(f'`{name}`' for name in near)}?" if near else "Search for part of it in Browse."
    states.empty(f"No package {serial[:60] or 'chosen'}", offer)
    if some:
        st.button(button, on_click=choose, args=("",), icon=":material/first_page:")
    st.stop()
