"""What a line pays and allows: five numbers, kept in the address bar."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from app import resources
from app.components import states
from app.selection import Selection
from core.errors import CoreError
from core.studies.economics import Designed, Terms


class Field(NamedTuple):
    """One number a person sets; `scale` times it is the attribute of `Terms`."""

    title: str
    help: str
    scale: float
    least: float
    most: float
    step: float
    form: str


FIELDS = {
    "prevalence": Field(
        "Damaged packages, %",
        "Prevalence: share of damaged packages on the line, whatever it is in the data set.",
        0.01, 0.01, 99.0, 0.5, "%.2f",
    ),
    "escape": Field(
        "Cost of an escape", "A damaged package that is accepted. Any unit: only ratios matter.", 1, 0, 1e9, 10, "%.6g"
    ),
    "false_reject": Field(
        "… of a false reject", "An intact package that is rejected, in the same unit.", 1, 0, 1e9, 1, "%.6g"
    ),
    "review": Field(
        "… of a review", "A person looks at the package, and is taken to be right.", 1, 0, 1e9, 0.5, "%.6g"
    ),
    "budget": Field(
        "Escape budget, %",
        "Share of the damaged packages that may escape. Accepted is only what keeps the upper bound of the escape rate "
        "(one-sided, 95 %) below it, as far as the packages can prove it.",
        0.01, 0.01, 100.0, 0.5, "%.2f",
    ),
}  # fmt: skip
"""Attribute of `Terms` to what is asked; the same name in the address bar."""


def show() -> Terms:
    """Draw the fields in one row and return what they say."""
    plain = Terms()
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        said = {name: _ask(name, field, getattr(plain, name) / field.scale) for name, field in FIELDS.items()}
    return Terms(**said)


def _ask(name: str, field: Field, value: float) -> float:
    answer = st.number_input(
        field.title, float(field.least), float(field.most), float(round(value, 6)), float(field.step),
        format=field.form, key=name, bind="query-params", help=field.help, width=172,
    )  # fmt: skip
    return float(value if answer is None else answer) * field.scale


def need(chosen: Selection, model: str, terms: Terms) -> Designed:
    """The thresholds that follow; where there are none, a page stops here with the reason and the way out."""
    try:
        return resources.designed(chosen, model, terms)
    except CoreError as error:
        states.empty(error.problem.removesuffix("."), error.remedy, icon=":material/balance:")
        st.stop()


def take(terms: Terms) -> None:
    """Set the fields to these; called before they are drawn."""
    for name, field in FIELDS.items():
        st.session_state[name] = float(round(getattr(terms, name) / field.scale, 6))
