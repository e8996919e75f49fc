"""A document that stands alone."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from app.document import Part, Section, html


def page(*sections: Section) -> str:
    return html("Report", sections, quiet="", footer="")


def test_what_a_person_typed_is_never_markup() -> None:
    table = pd.DataFrame({"package": ["<script>alert(1)</script>"]})
    assert "<script>alert" not in page(Section("One", [Part(says="<b>bold</b>", table=table)]))


def test_a_figure_brings_its_library_along() -> None:
    text = page(Section("One", [Part(drawn=go.Figure(go.Scatter(x=[1], y=[2])))]))
    assert "plotly-graph-div" in text and len(text) > 1_000_000


def test_nothing_is_loaded_from_elsewhere() -> None:
    text = page(Section("One", [Part(drawn=go.Figure())]))
    assert "<link" not in text and "<script src" not in text and "@import" not in text


def test_without_figures_no_library_is_needed() -> None:
    assert 10_000 > len(page(Section("One", [Part(says="Two.")])))


def test_a_missing_number_is_a_dash() -> None:
    assert ">-</td>" in page(Section("One", [Part(table=pd.DataFrame({"value": [float("nan")]}))]))


def test_a_section_without_parts_is_left_out() -> None:
    assert "Empty" not in page(Section("Empty"), Section("One", [Part(says="Two.")]))
