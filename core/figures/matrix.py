"""A confusion matrix as four cells that say what they count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from core.domain import DAMAGED, INTACT, REVIEW
from core.figures.theme import hue, tint


@dataclass(frozen=True, slots=True)
class Outcome:
    """What can become of a package.

    Attributes:
        key: short name, in links and tables.
        title: for people, plural.
        truth: class of its row.
        called: verdict of its column.
        count: name of its count in a summary: "tp", "fn", "review_damaged" and so on.
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
    Outcome("review_damaged", "Damaged in review", DAMAGED, REVIEW, "review_damaged", "Damaged, left to a person."),
    Outcome("escape", "Escapes", DAMAGED, INTACT, "fn", "Damaged packages that were called intact: they get out."),
    Outcome("false_reject", "False rejects", INTACT, DAMAGED, "fp", "Intact packages that were called damaged."),
    Outcome("review_intact", "Intact in review", INTACT, REVIEW, "review_intact", "Intact, left to a person."),
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
        mark: "✓" right, "✗" wrong, "?" left to a person.
        count: packages in it.
        of: packages in its row, that is, of its true class.
        rate: count / of in words, "" where the row is empty.
        fill: CSS color, the hue of the true class, stronger the larger the share.
    """

    key: str
    title: str
    meaning: str
    mark: str
    count: int
    of: int
    rate: str
    fill: str


def cells(summary: Mapping[Any, Any]) -> tuple[Cell, ...]:
    """The cells of a summary, row by row, damaged first: 2 x 2, or 2 x 3 where packages were left to a person.

    Args:
        summary: with the counts tp, fn, fp, tn; where there are any, review_damaged and review_intact.
    """
    reviews = any(_count(outcome, summary) for outcome in OUTCOMES if outcome.called == REVIEW)
    return tuple(_cell(outcome, summary) for outcome in OUTCOMES if reviews or outcome.called != REVIEW)


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
    count = _count(outcome, summary)
    of = sum(_count(other, summary) for other in OUTCOMES if other.truth == outcome.truth)
    share = count / of if of else None
    return Cell(
        key=outcome.key,
        title=outcome.title,
        meaning=outcome.meaning,
        mark="?" if outcome.called == REVIEW else "✓" if outcome.truth == outcome.called else "✗",
        count=count,
        of=of,
        rate=percent(share) if of else "",
        fill=tint(hue(outcome.truth), FAINTEST + (STRONGEST - FAINTEST) * (share or 0.0)),
    )


def _count(outcome: Outcome, summary: Mapping[Any, Any]) -> int:
    """How many packages came out so; 0 where a summary does not know reviews."""
    count = summary.get(outcome.count, 0)
    return 0 if count is None or count != count else int(count)
