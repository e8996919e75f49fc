"""What is known of a picture beyond its class: its damaged pixels, and the same picture without the damage."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from core.datasets.conflicts import some
from core.datasets.images import IMAGE_SUFFIXES, read_image, read_mask
from core.datasets.manifest import Entry
from core.domain import ImageFile, Truth, View
from core.errors import BadInput

_MASKS = frozenset({".png"})  # a lossy format would add damaged pixels


def attach(
    index: pd.DataFrame, entries: Mapping[str, Entry], beside: Mapping[str, str]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Add mask_path, twin_path, kind and severity to an index; looks at names only.

    Args:
        index: one row a picture, with `path`.
        entries: what a manifest says, by path; it comes before the names of files.
        beside: folders "masks" and "twins"; a file in them belongs to the picture with the same stem.

    Returns:
        The index with the new columns, and a notice about the files that belong to no picture.
    """
    stems = index["path"].map(_stem)
    rows = [entries.get(path) for path in index["path"]]
    found, notices = {}, []
    for name, endings in (("mask", _MASKS), ("twin", IMAGE_SUFFIXES)):
        files = _files(beside.get(f"{name}s"), endings)
        by_stem = stems.where(~stems.duplicated(keep=False)).map(files)  # several pictures of one stem: of which is it?
        found[name] = [
            _none(guess) if row is None else getattr(row, name) for row, guess in zip(rows, by_stem, strict=True)
        ]
        notices += _left_over(f"{name}s", set(files.values()) - set(found[name]))
    added = {
        "mask_path": pd.Series(found["mask"], index.index, dtype=object),
        "twin_path": pd.Series(found["twin"], index.index, dtype=object),
        "kind": pd.Series([None if row is None else row.kind for row in rows], index.index, dtype=object),
        "severity": pd.Series([np.nan if row is None else row.severity for row in rows], index.index, dtype=float),
    }
    return index.assign(**added), tuple(notices)


def read_truth(root: Path, file: ImageFile, entry: Entry | None, shape: tuple[int, int]) -> Truth | None:
    """What is known of a picture of this height and width, None where its damaged pixels are not.

    Raises:
        UnreadableImage: the mask cannot be decoded.
        BadInput: the mask has another size, or leads out of the data set.
    """
    if file.mask_path is not None:
        mask = read_mask(_below(root, file.mask_path))
        _same_size(file.mask_path, (mask.shape[0], mask.shape[1]), shape)
    elif entry is not None and entry.intact:
        mask = np.zeros(shape, bool)
    else:
        return None
    return Truth(mask) if entry is None else Truth(mask, entry.silhouette, entry.damages, entry.serial, entry.facts)


def read_twin(root: Path, file: ImageFile, shape: tuple[int, int]) -> View | None:
    """A picture of this height and width without its damage, None where there is none.

    Raises:
        as `read_truth`.
    """
    if file.twin_path is None:
        return None
    pixels = read_image(_below(root, file.twin_path))
    _same_size(file.twin_path, (pixels.shape[0], pixels.shape[1]), shape)
    return View(file.view, pixels)


def _stem(path: str) -> str:
    return unicodedata.normalize("NFC", os.path.splitext(os.path.basename(path))[0])


def _files(folder: str | None, endings: Collection[str]) -> dict[str, str]:
    """Path by stem, of the files in a folder; one that cannot be listed is as good as none."""
    try:
        names = sorted(os.listdir(folder)) if folder else []
    except OSError:
        return {}
    kept = [name for name in names if os.path.splitext(name)[1].lower() in endings and not name.startswith(".")]
    return {_stem(name): os.path.join(str(folder), name) for name in reversed(kept)}


def _none(path: object) -> str | None:
    return path if isinstance(path, str) else None


def _left_over(folder: str, paths: set[str]) -> list[str]:
    if not paths:
        return []
    names = some(sorted(os.path.basename(path) for path in paths), most=3)
    return [f"Files in {folder} that belong to no picture, or to several: {len(paths)} ({names})."]


def _below(root: Path, path: Path) -> Path:
    if not os.path.realpath(path).startswith(os.path.join(os.path.realpath(root), "")):
        raise BadInput(f"{path.name} is a link that leads out of the data folder.", "Put the file itself there.")
    return path


def _same_size(path: Path, size: tuple[int, int], shape: tuple[int, int]) -> None:
    if size != shape:
        raise BadInput(
            f"{path.parent.name}/{path.name} is {size[1]} x {size[0]}, but its picture {shape[1]} x {shape[0]}.",
            "Save it in the size of the picture.",
        )
