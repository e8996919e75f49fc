"""Which packages a gallery shows: the filter, the order, the page."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import packages, selection
from app.packages import SHOWS, SORTS, Filter
from app.selection import Selection
from core.domain import DAMAGED, INTACT, PACKAGE

PAGE_SIZE = 48


def show(table: pd.DataFrame, chosen: Selection) -> Filter:
    """Draw the filter of a gallery over a `packages.table`, and return what was chosen."""
    judges = packages.judges(table, chosen.models)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        serial = st.text_input("Serial", key="serial", bind="query-params", placeholder="any part of it", width=180)
        truth = st.selectbox("Class", ["", *_classes(table)], key="truth", bind="query-params", width=150,
                             format_func=lambda name: name or "all classes", help="The true class, from its folder.")
        kind = st.selectbox("Show", list(SHOWS), key="show", bind="query-params", format_func=SHOWS.get, width=190,
                            disabled=not judges, help=EXPLAINED)
        sort = st.selectbox("Order", list(SORTS), key="sort", bind="query-params", format_func=SORTS.get, width=190,
                            disabled=not judges)
        judge, at, says = _verdicts(judges, packages.pictured(table)) if judges else ("", PACKAGE, [])
    return Filter(serial.strip(), chosen.split or "", truth, kind, judge, at, tuple(says), sort)


EXPLAINED = (
    "Escapes: damaged, but called intact. False rejects: intact, but called damaged. "
    "Models disagree: at least two chosen models differ. Views disagree: one model differs between its views."
)


def _verdicts(judges: tuple[str, ...], views: tuple[str, ...]) -> tuple[str, str, list[str]]:
    """The rarer choices: whose verdict counts, on what, and what each model says."""
    label = "Verdicts" + " •" * any(st.session_state.get(key) for key in ("says",))
    with st.popover(label, icon=":material/tune:"):
        judge = st.selectbox("Verdict of", judges[::-1], key="judge", bind="query-params",
                             help="Whose verdict decides what is right, wrong and sure.")
        at = st.selectbox("Looking at", [PACKAGE, *views], key="at", bind="query-params", format_func=view_title,
                          help="The fused decision on the package, or one view alone.")
        options = [f"{model}:{label}" for model in judges for label in (DAMAGED, INTACT)]
        says = st.multiselect("Only where", options, key="says", bind="query-params", placeholder="any verdict",
                              format_func=lambda option: " says ".join(option.rsplit(":", 1)))
    return judge, at, says


def view_title(view: str) -> str:
    """A view in words."""
    return "all views together" if view == PACKAGE else f"{view} view"


def sentence(wanted: Filter, *, count: int, of: int) -> str:
    """What the gallery shows, in one line."""
    by = f" by {wanted.judge}" if wanted.judge else ""
    what = {"all": "", "right": f" judged right{by}", "wrong": f" judged wrong{by}",
            "escapes": f" escape{by}: damaged, but called intact", "models disagree": " on which the models disagree",
            "false rejects": f" rejected falsely{by}: intact, but called damaged",
            "views disagree": f" on whose views {wanted.judge} disagrees with itself"}[wanted.show]
    truth = f"{wanted.truth} " if wanted.truth else ""
    return f"**{count:,} {truth}package{'s' * (count != 1)}**{what} :gray[of {of:,}]"


def page(found: pd.DataFrame) -> pd.DataFrame:
    """Draw the page numbers and return the rows of the chosen page."""
    count = max(1, -(-len(found) // PAGE_SIZE))
    if int(st.session_state.get("page") or 1) > count:
        st.session_state["page"] = count
    at = st.pagination(count, key="page", bind="query-params") if count > 1 else 1
    return found.iloc[(at - 1) * PAGE_SIZE : at * PAGE_SIZE]


def clear() -> None:
    """Put every filter back to its default."""
    selection.forget(*packages.CHOICES)


def _classes(table: pd.DataFrame) -> list[str]:
    return sorted(str(name) for name in table["label"].dropna().unique())
