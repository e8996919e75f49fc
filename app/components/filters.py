"""Which packages a gallery shows: the filter, the order, the page."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from app import packages
from app.packages import SHOWS, SORTS, Filter
from app.selection import Selection
from core.domain import DAMAGED, INTACT, PACKAGE, REVIEW

PAGE_SIZE = 48
EXPLAINED = (
    "Found: damaged and called so. Passed: intact and called so. "
    "Escapes: damaged, but called intact. False rejects: intact, but called damaged. "
    "In review: left to a person by a policy with two thresholds. "
    "Models disagree: at least two of the chosen models differ. Views disagree: one model differs between its views."
)
PLAIN = {
    "serial": "",
    "truth": None,
    "damage": None,
    "show": SHOWS[0],
    "sort": SORTS[0],
    "at": PACKAGE,
    "says": [],
    "page": 1,
}
"""Every choice that keeps packages out, at its default."""
JUDGED = "Whose verdict decides what is right, wrong and sure."
LOOKED_AT = "The fused decision on the package, or one view alone."
SAID = "All of these verdicts must hold."
DAMAGES = "Kinds of damage, where the data set says them; a package may have several."
ORDERED = "Sure: far from the threshold. Damaged: a high probability of damaged."


def _first_page() -> None:
    st.session_state["page"] = 1


CHOICE: Any = {"bind": "query-params", "on_change": _first_page}
"""What every field has in common: it stands in the address bar, and another value starts at the first page."""


def show(table: pd.DataFrame, chosen: Selection) -> Filter:
    """Draw the filter of a gallery over a `packages.table`, and return what was chosen."""
    judges = packages.judges(table, chosen.models)
    mute, classes = not judges, _classes(table)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        serial = st.text_input("Serial", key="serial", placeholder="any part of it", width=170, **CHOICE)
        truth = st.selectbox("Class", classes, None, key="truth", placeholder="all classes", width=150, **CHOICE)
        damages = packages.kinds(table)
        damage = damages and st.selectbox(
            "Damage", damages, None, key="damage", placeholder="any", width=150, help=DAMAGES, **CHOICE
        )
        kind = st.selectbox("Show", SHOWS, key="show", width=180, disabled=mute, help=EXPLAINED, **CHOICE)
        sort = st.selectbox("Order", SORTS, key="sort", width=160, disabled=mute, help=ORDERED, **CHOICE)
        judge, at, says = _verdicts(judges, packages.pictured(table)) if judges else ("", PACKAGE, [])
    return Filter(serial.strip(), chosen.split or "", truth or "", kind, judge, at, tuple(says), sort, damage or "")


def narrow(table: pd.DataFrame, chosen: Selection) -> Filter:
    """Draw the few choices that keep packages out of a matrix and out of all that follows it."""
    kinds = packages.kinds(table)
    active = any(st.session_state.get(key) for key in ("serial", "damage"))
    with st.popover(f"Narrow{' •' * active}", icon=":material/filter_alt:", help="Matrix, scores and gallery follow."):
        serial = st.text_input("Serial", key="serial", placeholder="any part of it", **CHOICE)
        damage = kinds and st.selectbox("Damage", kinds, None, key="damage", placeholder="any", help=DAMAGES, **CHOICE)
    return Filter(serial.strip(), chosen.split or "", damage=damage or "")


def _verdicts(judges: tuple[str, ...], views: tuple[str, ...]) -> tuple[str, str, list[str]]:
    """The rarer choices: whose verdict counts, on what, and what each model says."""
    changed = any(st.session_state.get(key) not in plain for key, plain in _plain(judges).items())
    options = [f"{model}: {label}" for model in judges for label in (DAMAGED, REVIEW, INTACT)]
    with st.popover(f"Verdicts{' •' * changed}", icon=":material/tune:"):
        judge = st.selectbox("Verdict of", judges[::-1], key="judge", help=JUDGED, **CHOICE)
        at = st.selectbox("Looking at", [PACKAGE, *views], key="at", help=LOOKED_AT, **CHOICE)
        says = st.multiselect("Only where", options, key="says", placeholder="any verdict", help=SAID, **CHOICE)
    return judge, at, says


def _plain(judges: tuple[str, ...]) -> dict[str, tuple[object, ...]]:
    return {"judge": (None, judges[-1]), "at": (None, PACKAGE), "says": (None, [])}


def sentence(wanted: Filter, *, count: int, of: int) -> str:
    """What the gallery shows, in one line."""
    on = "" if wanted.at == PACKAGE else f" on the {wanted.at} view"
    what = {
        "Right": f" that {wanted.judge} judges right{on}",
        "Wrong": f" that {wanted.judge} judges wrong{on}",
        "Found": f" that {wanted.judge} finds{on}: damaged, and called damaged",
        "Passed": f" that {wanted.judge} passes{on}: intact, and called intact",
        "Escapes": f" that {wanted.judge} lets escape{on}: damaged, but called intact",
        "False rejects": f" that {wanted.judge} rejects falsely{on}: intact, but called damaged",
        "In review": f" that {wanted.judge} leaves to a person{on}",
        "Damaged in review": f" that {wanted.judge} leaves to a person{on}, and that are damaged",
        "Intact in review": f" that {wanted.judge} leaves to a person{on}, and that are intact",
        "Truly damaged": " that are damaged",
        "Truly intact": " that are intact",
        "Called damaged": f" that {wanted.judge} calls damaged{on}",
        "Called intact": f" that {wanted.judge} calls intact{on}",
        "Models disagree": f" on which the models disagree{on}",
        "Views disagree": f" on whose views {wanted.judge} disagrees with itself",
    }.get(wanted.show, "")
    truth = f"{wanted.truth} " if wanted.truth else ""
    what = f" with {'an' if wanted.damage[0] in 'aeiou' else 'a'} {wanted.damage}{what}" if wanted.damage else what
    where = f" in the {wanted.split} split" if wanted.split else ""
    some = f"{count:,}" if count == of else f"{count:,} of {of:,}"
    return f"{some} {truth}packages{where}{what}."


def page(found: pd.DataFrame, *, size: int | None = None) -> pd.DataFrame:
    """Draw the page numbers and return the rows of the chosen page; as many a page as in a gallery unless said."""
    rows = size or PAGE_SIZE
    count = max(1, -(-len(found) // rows))
    if int(st.session_state.get("page") or 1) > count:
        st.session_state["page"] = count
    at = st.pagination(count, key="page", bind="query-params") if count > 1 else 1
    return found.iloc[(at - 1) * rows : at * rows]


def clear() -> None:
    """Put every filter back to its default."""
    st.session_state.update(PLAIN)


def _classes(table: pd.DataFrame) -> list[str]:
    return sorted(str(name) for name in table["label"].dropna().unique())
