"""What is printed on the packages: every line of every view read, with how far it can be believed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from core.contracts import Dataset, Progress, silent
from core.domain import NOT_VISIBLE, READ, UNSURE, Floats, Pixels, Reading
from core.errors import BadCheckpoint, CoreError, UnreadableImage
from core.metrics.text import cer, exact
from core.serials.barcodes import BARCODE, barcodes
from core.settings import settings

if TYPE_CHECKING:
    from core.serials.reader import LineReader

SERIAL = "serial"
"""The line that tells packages apart."""

KIND = "serials"

COLUMNS = ("package", "view", "line", "text", "confidence", "characters", "status", "reason", "corners")
"""Of `read_all`: those of `core.domain.Reading`; characters a list of floats, corners a list of 8 floats, or None."""


@cache
def _reader(kind: str, folder: Path, sha256: str, device: str, lines: str) -> LineReader:
    from core.serials.engine import Engine
    from core.serials.patterns import patterns_of
    from core.serials.reader import LineReader

    del sha256  # it only says when to open the folder anew
    patterns = patterns_of(json.loads(lines))
    engine = Engine.open(folder, device=device) if kind == "own" else Engine.english(download=True, device=device)
    if engine is None:
        raise BadCheckpoint(
            "The weights of EasyOCR's English network are not on disk, and cannot be downloaded.",
            "Put english_g2.pth into ~/.EasyOCR/model, or leave SECONDLOOK_READS_WITH at own.",
        )
    return LineReader(engine, patterns)


def reader() -> LineReader:
    """The reader and the patterns of the settings.

    Raises:
        BadCheckpoint: it is missing or damaged, or its weights are not those of its card.
        BadInput: a pattern cannot be understood.
    """
    asked = settings()
    return _reader(asked.reads_with, asked.reader, _sha256(), _device(), json.dumps(asked.lines))


def read(dataset: Dataset, package: str) -> tuple[Reading, ...]:
    """Every line of every view of a package.

    Each view has a reading of each line that it may show: of the serial always, even where it is only to say why there
    is none; of the others where they or the serial were found; of a barcode where one is legible.

    Raises:
        UnknownName: no such package.
        BadCheckpoint, BadInput: as `reader`; a bad picture is a reading with its reason, and never an error.
    """
    views = dataset.index.loc[dataset.index["package"] == package, "view"].astype(str)
    return tuple(one for view in sorted(views) for one in _view(dataset, package, view))


def _view(dataset: Dataset, package: str, view: str) -> tuple[Reading, ...]:
    try:
        pixels = dataset.view(package, view).pixels
    except UnreadableImage as error:
        return (Reading(package, view, first_line(), "", 0.0, (), NOT_VISIBLE, error.problem),)
    return tuple(read_pixels(pixels, package=package, view=view))


def read_pixels(pixels: Pixels, *, package: str = "", view: str = "") -> tuple[Reading, ...]:
    """The same of a single picture.

    Args:
        pixels: (H, W, 3) uint8 RGB.
        package: what the readings shall say that it is of.
        view: the same.
    """
    codes = barcodes(pixels)
    found = reader().read(pixels, not_these=tuple(code.text for code in codes if code.product))
    size = np.array([pixels.shape[1], pixels.shape[0]], np.float32)
    seen = any(one.status != NOT_VISIBLE for one in found)
    readings = [
        Reading(
            package, view, one.line, one.text, one.confidence, one.characters, one.status, one.reason,
            None if one.corners is None else np.asarray(one.corners / size, np.float32),
        )
        for at, one in enumerate(found)
        if at == 0 or seen
    ]  # fmt: skip
    readings += [
        Reading(package, view, BARCODE, code.text, 1.0, (1.0,) * len(code.text), READ, "", code.corners / size)
        for code in codes
    ]
    return tuple(readings)


def read_all(dataset: Dataset, *, progress: Progress | None = None) -> pd.DataFrame:
    """Every line of every view of every package, `COLUMNS`; kept, and resumed where it was stopped."""
    from core.studies.parts import in_parts

    reader()  # what is wrong with it is said before the work begins
    return in_parts(
        run_name(dataset), dataset.ids, lambda package: [row(one) for one in read(dataset, package)],
        columns=COLUMNS, progress=progress or silent,
    )  # fmt: skip


def stored(dataset: Dataset) -> pd.DataFrame | None:
    """The same where it was read already, None otherwise: never waits."""
    from core import study
    from core.store.frames import read_frame

    if read_frame(study.inventory_name(dataset)) is None:
        return None
    return read_frame(run_name(dataset))


def run_name(dataset: Dataset) -> str:
    """Under which name `read_all` is kept."""
    from core import study

    return study.run_name(KIND, dataset, {}, settings().reads_with, _sha256(), json.dumps(settings().lines))


def row(reading: Reading) -> dict[str, object]:
    """A reading as a row of `read_all`."""
    return {
        "package": reading.package,
        "view": reading.view,
        "line": reading.line,
        "text": reading.text,
        "confidence": reading.confidence,
        "characters": list(reading.characters),
        "status": reading.status,
        "reason": reading.reason,
        "corners": None if reading.corners is None else reading.corners.ravel().tolist(),
    }


def reading_of(row: Mapping[str, Any]) -> Reading:
    """A row of `read_all` as a reading."""
    corners = row["corners"]
    return Reading(
        str(row["package"]), str(row["view"]), str(row["line"]), str(row["text"]), float(row["confidence"]),
        tuple(float(one) for one in row["characters"]), str(row["status"]), str(row["reason"]),
        None if corners is None else np.array(corners, np.float32).reshape(4, 2),
    )  # fmt: skip


def crop(dataset: Dataset, reading: Reading, *, height: int = 64) -> Pixels | None:
    """A line upright and enlarged, for a person to look at.

    Returns:
        (height, w, 3) uint8; None where no line was found, or the picture cannot be decoded.
    """
    if reading.corners is None:
        return None
    from core.serials.rectifying import upright

    try:
        pixels = dataset.view(reading.package, reading.view).pixels
    except CoreError:
        return None
    size = np.array([pixels.shape[1], pixels.shape[0]], np.float32)
    corners: Floats = np.asarray(reading.corners * size, np.float32)
    return upright(pixels, corners, height=height)


def summary(readings: pd.DataFrame, dataset: Dataset) -> dict[str, Any]:
    """How well the serials were read, against the ids of the packages: what `secondlook serials --json` writes.

    A package counts (`n`) whose serial can be seen in some view: as the data set knows it, or, where it does not know,
    as the reader says. What it is unsure of counts by its text; what it does not see, though it is there, is wrong.

    Returns:
        packages, n; exact: share of the n whose text is the id, with its Wilson interval; cer: share of wrong
        characters; read, unsure, not_visible: packages by status; missed: packages whose serial is there and was not
        seen; wrong: packages with status "read" and another text than the id; splits: the same of each split;
        items: one a package.
    """
    splits = dataset.index.drop_duplicates("package").set_index("package")["split"]
    rows = readings[readings["line"] == first_line()]
    items = [_item(dataset, str(package), some) for package, some in rows.groupby("package")]
    names = sorted({str(name) for name in splits if name})
    parts = {name: _figures([one for one in items if splits[one["package"]] == name]) for name in names}
    return {**_figures(items), "splits": parts, "items": items}


def _item(dataset: Dataset, package: str, rows: pd.DataFrame) -> dict[str, Any]:
    """The best reading of a package's views."""
    rank = rows["status"].map({READ: 0, UNSURE: 1, NOT_VISIBLE: 2})
    best = rows.assign(rank=rank, least=-rows["confidence"]).sort_values(["rank", "least", "view"]).iloc[0]
    return {
        "package": package,
        "view": str(best["view"]),
        "read": str(best["text"]),
        "confidence": float(best["confidence"]),
        "status": str(best["status"]),
        "reason": str(best["reason"]),
        "visible": best["status"] != NOT_VISIBLE or known_visible(dataset, package, rows["view"]),
        "ok": bool(best["text"] == package),
    }


def known_visible(dataset: Dataset, package: str, views: Iterable[object]) -> bool:
    """Whether the data set knows that a view shows the serial."""
    for view in views:
        try:
            truth = dataset.truth(package, str(view))
        except CoreError:
            continue
        if truth is not None and truth.serial is not None:
            return True
    return False


def _figures(items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    shown = [one for one in items if one["visible"]]
    pairs = [(one["package"], one["read"]) for one in shown]
    found = exact(pairs)
    return {
        "packages": len(items),
        "n": len(shown),
        "exact": found.rate if shown else None,
        "exact_interval": [found.low, found.high] if shown else None,
        "cer": cer(pairs).rate if shown else None,
        "read": sum(one["status"] == READ for one in items),
        "unsure": sum(one["status"] == UNSURE for one in items),
        "not_visible": sum(one["status"] == NOT_VISIBLE for one in items),
        "missed": sum(one["visible"] and one["status"] == NOT_VISIBLE for one in items),
        "wrong": sum(one["status"] == READ and not one["ok"] for one in items),
    }


def first_line() -> str:
    """Name of the line that tells packages apart: the first of the settings."""
    return next(iter(settings().lines), SERIAL)


def _sha256() -> str:
    from core.serials.card import CARD

    try:
        return hashlib.sha256((settings().reader / CARD).read_bytes()).hexdigest()
    except OSError:
        return ""


def _device() -> str:
    import torch

    wanted = settings().device
    return ("cuda" if torch.cuda.is_available() else "cpu") if wanted == "auto" else wanted
