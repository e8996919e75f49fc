"""A document of sections, each a sentence with its figure or table, as one HTML file that needs nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
import pandas as pd

from core.figures import export
from core.figures.theme import Figure

TEMPLATE = Path(__file__).parent / "report.html"


class Cell(NamedTuple):
    """One cell of a table; numbers stand right where the whole column is numbers."""

    text: str
    number: bool


@dataclass(frozen=True, slots=True)
class Part:
    """One statement with what it rests on.

    Attributes:
        says: what a person should conclude, "" for nothing.
        quiet: counts, intervals, where the numbers come from.
        table: the numbers, None for none.
        caption: over the table.
        drawn: a figure, None for none.
    """

    says: str = ""
    quiet: str = ""
    table: pd.DataFrame | None = None
    caption: str = ""
    drawn: Figure | None = None

    @property
    def head(self) -> list[str]:
        """Names of the columns."""
        return [] if self.table is None else [str(name) for name in self.table.columns]

    @property
    def rows(self) -> list[list[Cell]]:
        """The table as text."""
        if self.table is None:
            return []
        rows = [[_cell(value) for value in row] for row in self.table.itertuples(index=False)]
        numbers = [all(cell.number for cell in column) for column in zip(*rows, strict=True)]
        return [[Cell(cell.text, number) for cell, number in zip(row, numbers, strict=True)] for row in rows]

    @property
    def figure(self) -> str:
        """The figure as HTML, "" for none."""
        return "" if self.drawn is None else export.fragment(self.drawn)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the statements under it."""

    title: str
    parts: Sequence[Part] = field(default_factory=tuple)

    @property
    def anchor(self) -> str:
        """Its name in a link."""
        return re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")


def html(title: str, sections: Sequence[Section], *, quiet: str, footer: str, warnings: Sequence[str] = ()) -> str:
    """The document as one page.

    Args:
        title: of the page.
        sections: those without parts are left out.
        quiet: under the title.
        footer: the last line.
        warnings: what a person must know before anything else.
    """
    shown = [section for section in sections if section.parts]
    figures = any(part.drawn is not None for section in shown for part in section.parts)
    page = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return page.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        title=title,
        sections=shown,
        quiet=quiet,
        footer=footer,
        warnings=warnings,
        figures=figures,
        library=export.library() if figures else "",
    )


def _cell(value: Any) -> Cell:
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return Cell("-", True)
    if isinstance(value, bool):
        return Cell("yes" if value else "no", False)
    if isinstance(value, int) or hasattr(value, "bit_count"):
        return Cell(f"{int(value):,}", True)
    if isinstance(value, float):
        return Cell(f"{value:.3f}", True)
    return Cell(str(value), bool(re.fullmatch(r"[-+0-9.,% ()]+", str(value))))
