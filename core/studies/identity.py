"""Whether packages are who their files say: readings against file names, view against view, twice the same serial."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from core.contracts import Dataset
from core.domain import NOT_VISIBLE, READ, UNSURE, Correction, Reading
from core.metrics import text as metrics
from core.metrics.text import Errors, Exact, Rejection
from core.settings import settings
from core.studies.corrections import standing
from core.studies.serials import first_line, known_visible, reading_of

if TYPE_CHECKING:
    from core.serials.patterns import Pattern

__all__ = [
    "COLUMNS", "FILE_NAME", "HIDDEN", "OFF", "PROBLEMS", "SPLITS", "TWICE", "VIEWS", "Found", "aligned", "fits",
    "first_line", "identity", "others", "reading", "serials", "sheet",
]  # fmt: skip

FILE_NAME, VIEWS, SPLITS, TWICE, OFF, HIDDEN = (
    "not the file name", "views differ", "in two splits", "twice", "unsure", "not visible",
)  # fmt: skip
PROBLEMS = {
    FILE_NAME: "The serial that was read is not the one that the file is named after.",
    VIEWS: "Two views of the package were read differently.",
    SPLITS: "A package of another split carries the same serial: what is learnt on one is tested on the other.",
    TWICE: "Another package carries the same serial.",
    OFF: "The reader does not stand by its reading.",
    HIDDEN: "No view shows the serial so that it can be read.",
}
"""What can be wrong with a package, the worst first; one may have several problems."""

COLUMNS = (
    "package",  # id
    "split",  # of the data set, "" where there is none
    "expected",  # what the file name says, "" where ids are no serials
    "view",  # whose reading counts
    "read",  # what the program read there, "" where nothing
    "confidence",  # of that, in [0, 1]
    "characters",  # the same of each character
    "own",  # the program's status of that, one of `core.domain.STATUSES`
    "visible",  # whether a view shows the serial: as the program says and nobody denies, or as the data set knows
    "status",  # what counts: after corrections
    "text",  # what counts: what a person said, else what was read with status read, else ""
    "reason",  # why there is no text, "" where there is
    "corners",  # (4, 2) float32 in [0, 1] of the frame, None where no line was found
    "problems",  # some of `PROBLEMS`, the worst first
    "ok",  # whether the text is what is expected; None where there is no text, or nothing to hold it against
    "same",  # other packages that carry the same serial
    "said",  # view to text, of all views that were read
    "author",  # who corrected it, "" where nobody did
    "made_at",  # when, UTC; None where nobody did
)

Place = tuple[str, str]


@dataclass(frozen=True)
class Found:
    """The checks of a data set.

    Attributes:
        table: `COLUMNS`, one row a package, the worst problem first.
        serials: whether ids are serials, so that readings can be held against file names.
    """

    table: pd.DataFrame
    serials: bool

    def only(self, packages: Iterable[str]) -> Found:
        """What was found of these packages, whatever they were held against."""
        return Found(self.table[self.table["package"].isin(set(packages))].reset_index(drop=True), self.serials)

    @cached_property
    def judged(self) -> pd.DataFrame:
        """Packages whose serial can be seen and whose true one is known: `COLUMNS` and `truth`.

        What a person said is true, else what the file is named after. What a person could not read does not count,
        unless the data set knows that it can be seen: nobody makes a figure better by giving up.
        """
        table = self.table
        truth = table["text"].where((table["author"] != "") & (table["text"] != ""), table["expected"])
        return table.assign(truth=truth)[(truth != "") & table["visible"].astype(bool)]

    @cached_property
    def exact(self) -> Exact:
        """How many of the serials that can be seen the program reads right, whether or not it is sure."""
        return metrics.exact(self._pairs)

    @cached_property
    def errors(self) -> Errors:
        """The character error rate of the same readings."""
        return metrics.cer(self._pairs)

    @cached_property
    def confusions(self) -> pd.DataFrame:
        """Which characters are read as which: true, read ("" for none), n; the right ones among them, sorted."""
        counts = metrics.confusions(self._pairs)
        return pd.DataFrame([(*pair, counts[pair]) for pair in sorted(counts)], columns=["true", "read", "n"])

    @cached_property
    def rejection(self) -> Rejection:
        """What is right of the same readings that stay when those below a confidence are rejected."""
        rows = self.judged
        right = (rows["truth"] == rows["read"]).to_numpy(bool)
        return metrics.rejection(right, rows["confidence"].to_numpy(np.float64))

    @property
    def _pairs(self) -> list[tuple[str, str]]:
        return list(zip(self.judged["truth"], self.judged["read"], strict=True))


def identity(dataset: Dataset, readings: pd.DataFrame, corrections: Iterable[Correction] = ()) -> Found:
    """Check who every package is.

    Args:
        dataset: whose packages.
        readings: of `core.studies.serials.read_all`.
        corrections: of `core.studies.corrections.every`; a correction counts in place of what was read.
    """
    known = serials(dataset.ids)
    splits = dict(zip(dataset.index["package"], dataset.index["split"].fillna(""), strict=True))
    said, line = standing(corrections), first_line()
    by_package = _by_package(dataset.ids, readings)
    rows = [
        _row(package, str(splits[package]), package if known else "", lines, said.get((package, line)))
        for package, lines in by_package.items()
    ]
    _mark(rows)
    for row in rows:
        views = [one["view"] for one in by_package[row["package"]]]
        row["visible"] |= not row["visible"] and known_visible(dataset, row["package"], views)
        row["problems"] = tuple(name for name in PROBLEMS if name in row["problems"])
    rows.sort(key=_order)
    return Found(pd.DataFrame(rows, columns=list(COLUMNS)), known)


def reading(row: Mapping[Any, Any]) -> Reading:
    """A row of the table of `identity` as what the program made of the serial."""
    own = {"line": first_line(), "text": row["read"], "status": row["own"]}
    return reading_of({str(name): value for name, value in row.items()} | own)


def others(readings: pd.DataFrame, package: str) -> tuple[Reading, ...]:
    """Every line of a package besides its serial, as it was read."""
    rows = readings[(readings["package"] == package) & (readings["line"] != first_line())]
    return tuple(reading_of({str(name): one for name, one in row.items()}) for row in rows.to_dict("records"))


def _by_package(ids: Sequence[str], readings: pd.DataFrame) -> dict[str, list[dict[Any, Any]]]:
    """Package to the readings of its serial; the view that shows most serials first, so that it is the one asked."""
    rows = readings[readings["line"] == first_line()]
    seen = rows.loc[rows["text"] != "", "view"].value_counts().to_dict()
    found: dict[str, list[dict[Any, Any]]] = {package: [] for package in ids}
    for row in rows.to_dict("records"):
        if row["package"] in found:
            found[row["package"]].append(row)
    for some in found.values():
        some.sort(key=lambda row: (-seen.get(row["view"], 0), row["view"]))
    return found


_WORTH = {READ: 2, UNSURE: 1, NOT_VISIBLE: 0}


def _row(
    package: str, split: str, expected: str, lines: Sequence[Mapping[Any, Any]], said: Correction | None
) -> dict[str, Any]:
    best = max(lines, key=lambda row: (_WORTH[row["status"]], row["confidence"]), default=_NOTHING)
    status, text, reason = best["status"], best["text"] if best["status"] == READ else "", best["reason"]
    given_up = said is not None and said.text == ""
    if said is not None and said.text is not None:
        status, text = (READ, said.text) if said.text else (NOT_VISIBLE, "")
        reason = "" if said.text else "A person could not read it either."
    ok = text == expected if text and expected else None
    row = {
        "package": package, "split": split, "expected": expected, "view": best["view"], "read": best["text"],
        "confidence": float(best["confidence"]), "characters": tuple(best["characters"]),
        "own": best["status"], "visible": best["status"] != NOT_VISIBLE and not given_up, "status": status,
        "text": text, "reason": reason, "corners": best["corners"], "problems": set(), "ok": ok, "same": (),
        "said": {one["view"]: one["text"] for one in lines if one["status"] == READ},
        "author": said.author if said is not None else "", "made_at": said.made_at if said is not None else None,
    }  # fmt: skip
    row["problems"] |= {FILE_NAME} if ok is False else set()
    row["problems"] |= {VIEWS} if len(set(row["said"].values())) > 1 and said is None else set()
    row["problems"] |= {{UNSURE: OFF, NOT_VISIBLE: HIDDEN}[status]} if status != READ else set()
    return row


_NOTHING: dict[Any, Any] = {
    "view": "", "text": "", "confidence": 0.0, "characters": (), "status": NOT_VISIBLE, "corners": None,
    "reason": "No picture of the package could be read.",
}  # fmt: skip


def _mark(rows: Sequence[dict[str, Any]]) -> None:
    """Note packages that carry the same serial; where none was read, the file name speaks."""
    carrying: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if serial := row["text"] or row["expected"]:
            carrying[serial].append(row)
    for some in carrying.values():
        if len(some) < 2:
            continue
        apart = len({row["split"] for row in some if row["split"]}) > 1
        for row in some:
            row["problems"] |= {TWICE, SPLITS} if apart else {TWICE}
            row["same"] = tuple(other["package"] for other in some if other is not row)


def _order(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """The worst problem first; the surest contradictions before doubtful ones, the least sure of all others first."""
    problems = row["problems"]
    worst = list(PROBLEMS).index(problems[0]) if problems else len(PROBLEMS)
    return worst, -row["confidence"] if problems[:1] == (FILE_NAME,) else row["confidence"], row["package"]


def sheet(found: Found, readings: pd.DataFrame) -> pd.DataFrame:
    """Everything as one table for a file: a row a package, with its other lines, the best reading of each.

    Args:
        found: the checks.
        readings: of `core.studies.serials.read_all`.
    """
    table = found.table
    plain = pd.DataFrame({
        "package": table["package"], "split": table["split"], "expected": table["expected"], "serial": table["text"],
        "status": table["status"], "ok": table["ok"], "problems": table["problems"].map("; ".join),
        "same_serial": table["same"].map(" ".join), "read": table["read"], "confidence": table["confidence"],
        "view": table["view"], "reason": table["reason"], "corrected_by": table["author"],
        "corrected_at": [None if pd.isna(when) else when.isoformat() for when in table["made_at"]],
    })  # fmt: skip
    lines = readings[(readings["line"] != first_line()) & (readings["status"] == READ)]
    best = lines.sort_values("confidence", ascending=False, kind="stable").drop_duplicates(["package", "line"])
    return plain.merge(best.pivot(index="package", columns="line", values="text").reset_index(), "left", "package")


def serials(ids: Sequence[str]) -> bool:
    """Whether ids are serials: at least every second one fits."""
    known = _printed()
    return bool(ids) and 2 * sum(any(one.matches(id) for one in known) for id in ids) >= len(ids)


def fits(serial: str) -> bool:
    """Whether a serial is one as the settings say that they are printed."""
    return any(one.matches(serial) for one in _printed())


def _printed() -> list[Pattern]:
    from core.serials.patterns import patterns_of

    return [one for one in patterns_of(settings().lines) if one.name == first_line()]


def aligned(truth: str, read: str) -> tuple[tuple[str, str], ...]:
    """What each character was read as, see `core.metrics.text.alignment`."""
    return metrics.alignment(truth, read)
