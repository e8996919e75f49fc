"""Content hash and health of every picture, and one hash for the whole data set."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd

from core.contracts import Dataset, Progress, silent
from core.datasets.images import decode
from core.domain import Pixels
from core.errors import UnreadableImage

COLUMNS = ("package", "view", "label", "path", "sha256", "width", "height", "reason", "size", "mtime_ns")
_BATCH = 64
_Found = tuple[str, int, int, str]  # sha256, width, height, reason
_Stamp = tuple[str, int, int]  # path, size, mtime_ns


def inspect(dataset: Dataset, known: pd.DataFrame | None = None, progress: Progress = silent) -> pd.DataFrame:
    """Hash and decode every picture of a data set; unchanged files are taken from an earlier answer.

    Args:
        dataset: what to inspect.
        known: an earlier answer; a row holds while path, size and time of change are the same.
        progress: told after every few files.

    Returns:
        One row a picture, `COLUMNS`; `reason` is "" where it is readable, otherwise width and height are 0, and
        `sha256` is of the decoded pixels, so that a picture saved in another lossless format is still the same one;
        of the bytes where they cannot be decoded, and "" where the file could not even be opened.
    """
    index = dataset.index
    stamps = [_stamp(path) for path in index["path"].tolist()]
    found = _known(known)
    new = [stamp for stamp in stamps if stamp not in found]
    found |= _examined(new, progress)
    return _frame(index, stamps, found)


def fingerprint(hashes: pd.DataFrame) -> str:
    """One hash of a data set (64 hex digits), the same whatever the order and place of its files.

    Args:
        hashes: columns package, view, label, sha256, as `inspect` answers.
    """
    columns = [hashes[name].fillna("").astype("str").tolist() for name in ("package", "view", "label", "sha256")]
    lines = sorted("\0".join(row) for row in zip(*columns, strict=True))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def content(pixels: Pixels) -> str:
    """The hash (64 hex digits) of a decoded picture, (H, W, 3) uint8, whatever file it came from."""
    height, width = pixels.shape[:2]
    return hashlib.sha256(f"{width}x{height}".encode() + pixels.tobytes()).hexdigest()


def contents(hashes: pd.DataFrame, packages: Collection[str]) -> dict[str, frozenset[str]]:
    """Content hashes of some packages, one set each: what `check_no_leak` compares.

    Args:
        hashes: columns package and sha256, as `inspect` answers.
        packages: ids; one without pictures gets an empty set.
    """
    rows = hashes[hashes["package"].isin(set(packages)) & (hashes["sha256"] != "")]
    sets: dict[str, set[str]] = {package: set() for package in packages}
    for package, sha256 in zip(rows["package"], rows["sha256"], strict=True):
        sets[package].add(sha256)
    return {package: frozenset(some) for package, some in sets.items()}


def _stamp(path: str) -> _Stamp:
    try:
        status = os.stat(path)
    except OSError:
        return path, -1, -1
    return path, status.st_size, status.st_mtime_ns


def _known(known: pd.DataFrame | None) -> dict[_Stamp, _Found]:
    if known is None or not set(COLUMNS) <= set(known.columns):
        return {}
    columns = {name: known[name].tolist() for name in COLUMNS}
    stamps = zip(columns["path"], columns["size"], columns["mtime_ns"], strict=True)
    found = zip(columns["sha256"], columns["width"], columns["height"], columns["reason"], strict=True)
    return {stamp: one for stamp, one in zip(stamps, found, strict=True) if stamp[1] >= 0}


def _examined(stamps: list[_Stamp], progress: Progress) -> dict[_Stamp, _Found]:
    found: dict[_Stamp, _Found] = {}
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        for batch in _batches(stamps):  # so that an error raised by progress stops the work soon
            found.update(zip(batch, pool.map(_examine, batch), strict=True))
            progress(len(found) / len(stamps), f"Checked {len(found)} of {len(stamps)} pictures")
    return found


def _batches(stamps: list[_Stamp]) -> Iterator[list[_Stamp]]:
    return (stamps[at : at + _BATCH] for at in range(0, len(stamps), _BATCH))


def _examine(stamp: _Stamp) -> _Found:
    path = Path(stamp[0])
    sha256 = ""
    try:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            pixels = decode(file, path.name)
    except OSError as error:
        return sha256, 0, 0, f"{path.name} cannot be opened ({error.strerror or error})."
    except UnreadableImage as error:
        return sha256, 0, 0, error.problem
    height, width = pixels.shape[:2]
    return content(pixels), width, height, ""


def _frame(index: pd.DataFrame, stamps: list[_Stamp], found: dict[_Stamp, _Found]) -> pd.DataFrame:
    answers = pd.DataFrame([found[stamp] for stamp in stamps], columns=["sha256", "width", "height", "reason"])
    frame = index[["package", "view", "label", "path"]].reset_index(drop=True).join(answers)
    frame["size"] = [stamp[1] for stamp in stamps]
    frame["mtime_ns"] = [stamp[2] for stamp in stamps]
    return frame[list(COLUMNS)]
