"""A confusion matrix as four cells that say what they count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from core.domain import DAMAGED, INTACT
from core.figures.theme import hue, tint


@dataclass(frozen=True, slots=True)
class Outcome:
    """What can become of a package.

    Attributes:
        key: short name, in links and tables.
        title: for people, plural.
        truth: class of its row.
        called: class of its column.
        count: name of its count in a summary, "tp", "fp", "tn" or "fn".
        meaning: one sentence, the tooltip.
    """

    key: str
    title: str
    truth: str
    called: str
    count: str
    meaning: str


OUTCOMES = (
    Outcome("found", "Found", DAMAGED, DAMAGED, "tp", "Damaged packages that were called damaged."),
    Outcome("escape", "Escapes", DAMAGED, INTACT, "fn", "Damaged packages that were called intact: they get out."),
    Outcome("false_reject", "False rejects", INTACT, DAMAGED, "fp", "Intact packages that were called damaged."),
    Outcome("passed", "Passed", INTACT, INTACT, "tn", "Intact packages that were called intact."),
)
"""In reading order of the matrix: truth in rows, the answer in columns."""

FAINTEST, STRONGEST = 0.06, 0.5  # at the strongest tint, text is still 4.5 : 1 on white and on black


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell, ready to be drawn.

    Attributes:
        key: of its outcome, "found", "escape", "false_reject" or "passed".
        title: of its outcome, for people.
        meaning: its tooltip.
        right: whether the model was right.
        count: packages in it.
        of: packages in its row, that is, of its true class.
        rate: count / of in words, "" where the row is empty.
        fill: CSS color, the hue of the true class, stronger the larger the share.
    """

    key: str
    title: str
    meaning: str
    right: bool
    count: int
    of: int
    rate: str
    fill: str


def cells(summary: Mapping[Any, Any]) -> tuple[Cell, Cell, Cell, Cell]:
    """The cells of a summary with the counts tp, fp, tn, fn, row by row: damaged first."""
    found, escape, false_reject, passed = (_cell(outcome, summary) for outcome in OUTCOMES)
    return found, escape, false_reject, passed


def drawn(summary: Mapping[Any, Any]) -> list[dict[str, Any]]:
    """The cells as plain values, for a component in the browser."""
    return [asdict(cell) for cell in cells(summary)]


def percent(share: float | None, digits: int = 0) -> str:
    """A share for people: "97 %", a dash where there is none; never rounded up to 100 or down to 0."""
    if share is None:
        return "-"
    low = 10.0**-digits
    shown = share * 100 if share in (0, 1) else min(max(share * 100, low), 100 - low)
    return f"{shown:.{digits}f} %"


def _cell(outcome: Outcome, summary: Mapping[Any, Any]) -> Cell:
    count = int(summary[outcome.count])
    of = sum(int(summary[other.count]) for other in OUTCOMES if other.truth == outcome.truth)
    share = count / of if of else None
    return Cell(
        key=outcome.key,
        title=outcome.title,
        meaning=outcome.meaning,
        right=outcome.truth == outcome.called,
        count=count,
        of=of,
        rate=percent(share) if of else "",
        fill=tint(hue(outcome.truth), FAINTEST + (STRONGEST - FAINTEST) * (share or 0.0)),
    )
