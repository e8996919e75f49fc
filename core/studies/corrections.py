"""What people say that the printed lines of a data set read: saved, and read."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

import pandas as pd

from core.contracts import CorrectionStore, Dataset
from core.datasets import fingerprint
from core.domain import Correction, Reading
from core.errors import UnreadableImage
from core.settings import settings
from core.store.annotations import new_id
from core.store.corrections import open_corrections as open_store
from core.studies.annotation import key_of, keys_of
from core.study import inventory

Place = tuple[str, str]
"""A package, and one of its lines."""


def open_corrections(url: str | None = None) -> CorrectionStore:
    """The corrections at an address, or where the settings say; the tables are made, or brought up to date.

    Raises:
        BadInput: the address is neither of SQLite nor of PostgreSQL.
        CoreError: the database cannot be reached, opened or written.
    """
    return open_store(url or settings().database_url)


def correct(
    store: CorrectionStore, dataset: Dataset, reading: Reading, text: str | None, *, author: str, made_at: datetime
) -> Correction:
    """Keep what a person says that a line reads, beside everything that was said of it before.

    Args:
        store: as `open_corrections` gives it.
        dataset: that the package is of.
        reading: what the program made of the line.
        text: what it says, "" where nobody can read it, None to take back what was said before; kept as `plain`.
        author: who says so.
        made_at: now, UTC.

    Raises:
        UnknownName: no such package or view.
        BadInput: as `CorrectionStore.correct`.
        CoreError: the database cannot be written; nothing was kept.
    """
    try:
        picture = fingerprint.content(dataset.view(reading.package, reading.view).pixels)
    except UnreadableImage:
        picture = ""
    kept = Correction(
        new_id(), key_of(dataset, reading.package), reading.package, reading.view, reading.line,
        None if text is None else plain(text), author.strip(), made_at, reading.text, picture,
    )  # fmt: skip
    store.correct([kept])
    return kept


def plain(text: str) -> str:
    """A text as the reader would say it: without signs that cannot be seen, full-width ones as they usually are."""
    seen = (sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign) != "Cf")
    return "".join(seen).strip()


def every(
    store: CorrectionStore, dataset: Dataset, *, files: Callable[[Dataset], pd.DataFrame] = inventory
) -> tuple[Correction, ...]:
    """Everything ever said of the lines of a data set, in the order in which it was added.

    Corrections of packages that are not there, or of other pictures under the same name, are left out.

    Args:
        store: as `open_corrections` gives it.
        dataset: whose lines.
        files: gives the inventory; it is asked only where anything was said.
    """
    found = [one for key in keys_of(dataset) for one in store.corrections(key)]
    if not found:
        return ()  # most data sets: no file needs to be looked at
    index, table = dataset.index, files(dataset)
    keys = index["dataset"] if "dataset" in index else [dataset.name] * len(index)
    own = set(zip(keys, index["package"], strict=True))
    here = dict(zip(zip(table["package"], table["view"], strict=True), table["sha256"], strict=True))
    return tuple(one for one in found if (one.dataset, one.package) in own and _same_picture(one, here))


def _same_picture(correction: Correction, here: Mapping[tuple[str, str], str]) -> bool:
    """Whether the picture that the person saw is still there; so too where nothing is known of it."""
    now = here.get((correction.package, correction.view), "")
    return not now or not correction.picture or now == correction.picture


def standing(corrections: Iterable[Correction]) -> dict[Place, Correction]:
    """The last word on each line, by package and line; absent where it was taken back.

    Args:
        corrections: in the order in which they were added.
    """
    last = {(one.package, one.line): one for one in corrections}
    return {place: one for place, one in last.items() if one.text is not None}


def histories(corrections: Iterable[Correction]) -> dict[Place, tuple[Correction, ...]]:
    """Everything that was said of each line, by package and line, in the order in which it was added."""
    found: defaultdict[Place, list[Correction]] = defaultdict(list)
    for one in corrections:
        found[one.package, one.line].append(one)
    return {place: tuple(some) for place, some in found.items()}
