"""Keeps what people say that printed lines read, in SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, insert, select

from core.domain import Correction
from core.errors import BadInput
from core.store.database import once, opened, speaking, writable, writing
from core.store.tables import CORRECTIONS

_FIELDS = ("id", "dataset", "package", "view", "line", "text", "author", "made_at", "read", "picture")
_MANY = 500
"""Ids asked for at once: databases limit how many values a question may hold."""
LONGEST = 200
"""Characters of a line; print on a package is shorter."""


def open_corrections(url: str) -> SqlCorrections:
    """The corrections kept at an address, sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME.

    Raises:
        BadInput: the address is not one of these.
        CoreError: the database cannot be reached, opened or written, or is of a newer version of the program.
    """
    return SqlCorrections(opened(url))


@dataclass(frozen=True, slots=True)
class SqlCorrections:
    """A `core.contracts.CorrectionStore` over a database with today's tables; threads may share it."""

    engine: Engine

    def correct(self, corrections: Sequence[Correction]) -> None:
        """Keep all of these or, where one is refused, none; see `CorrectionStore`."""
        for one in corrections:
            check(one)
        once(lambda: self._add(corrections))

    def _add(self, corrections: Sequence[Correction]) -> None:
        with speaking(self.engine.url), writing(self.engine) as connection:
            new = _unknown(connection, corrections)
            if new:
                connection.execute(insert(CORRECTIONS), [{name: getattr(one, name) for name in _FIELDS} for one in new])

    def corrections(self, dataset: str, package: str | None = None) -> tuple[Correction, ...]:
        """Everything ever said of the lines of one package, or of all of them, in the order in which it was added."""
        asked = select(CORRECTIONS).where(CORRECTIONS.c.dataset == dataset).order_by(CORRECTIONS.c.number)
        if package is not None:
            asked = asked.where(CORRECTIONS.c.package == package)
        with speaking(self.engine.url), self.engine.connect() as connection:
            return tuple(_correction(row) for row in connection.execute(asked).mappings())


def check(correction: Correction) -> None:
    """Refuse a correction that is not what the noun says, before anything is written.

    Raises:
        BadInput: a name is empty, a text cannot be written or is too long, or the time has no zone.
    """
    names = (correction.dataset, correction.package, correction.view, correction.line, correction.author)
    words = (*names, correction.text or "", correction.read, correction.picture)
    problems = {
        "its data set, its package, its view, its line or its author has no name": not all(map(str.strip, names)),
        "a text holds signs that no text may have": not all(map(writable, words)),
        "its text has more than one line": "\n" in (correction.text or "") or "\r" in (correction.text or ""),
        f"its text has more than {LONGEST} characters": len(correction.text or "") > LONGEST,
        "its time has no zone": correction.made_at.tzinfo is None,
        "its id does not have 32 digits": len(correction.id) != 32,
    }
    _refuse(correction, next((problem for problem, there in problems.items() if there), ""))


def _refuse(correction: Correction, problem: str, remedy: str = "Change it, and save again.") -> None:
    if problem:
        raise BadInput(f"The correction of {correction.package or 'a package'} cannot be kept: {problem}.", remedy)


def _unknown(connection: Connection, corrections: Sequence[Correction]) -> list[Correction]:
    """Those that are not kept yet, each once.

    Raises:
        BadInput: an id is taken by a correction that says something else.
    """
    given = {one.id: one for one in corrections}
    ids, kept = list(given), []
    for start in range(0, len(ids), _MANY):
        asked = select(CORRECTIONS).where(CORRECTIONS.c.id.in_(ids[start : start + _MANY]))
        kept += [_correction(row) for row in connection.execute(asked).mappings()]
    for one in (*kept, *corrections):
        if given[one.id] != one:
            _refuse(one, f"its id {one.id} belongs to another one", "Make a new id with new_id.")
    return [one for id, one in given.items() if id not in {old.id for old in kept}]


def _correction(row: Mapping[Any, Any]) -> Correction:
    return Correction(**{name: row[name] for name in _FIELDS})
