"""Says from a path alone which package, view, class and split a picture belongs to."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from core.datasets.classes import class_of, is_camera, split_of
from core.datasets.scan import Folder

ONE_VIEW = "image"
"""Name of the view where a data set has no view folders."""

COLUMNS = ("package", "view", "path", "label", "split", "regions_path")
_Row = tuple[str, str, str, str | None, str, str | None]
_SEPARATOR = re.compile(r"[_-]")


@dataclass(frozen=True, slots=True)
class Place:
    """What the folders above a picture say; `view` is the folder as written, "" where there is none."""

    split: str
    label: str | None
    view: str


def place_of(parts: Sequence[str]) -> Place:
    """Read the folders between the root and a picture: `[<split>/][<class>/][<view>]`.

    Known class, split and camera names are recognized wherever they stand; unknown names count by their position.
    """
    at = _class_position(parts)
    above, below = (parts, ()) if at is None else (parts[:at], parts[at + 1 :])
    levels = [split_of(part)[0] for part in (*above, *below) if split_of(part)[1]]
    others = [part.lower() for part in above if not is_camera(part)]
    views = [part for part in below if not split_of(part)[1]]
    camera = next((part for part in (*views, *above) if is_camera(part)), None)
    return Place(
        split=levels[0] if levels else "/".join(others),
        label=None if at is None else class_of(parts[at])[0],
        view=camera or (views[0] if views else ""),
    )


def table(root: Path, folders: Sequence[Folder]) -> pd.DataFrame:
    """One row a picture, `COLUMNS`, in the order of the paths; contradictions are still in it."""
    places = _without_useless_level([place_of(folder.parts) for folder in folders])
    suffixes = _suffixes(folders, places)
    rows = [row for at, folder in enumerate(folders) for row in _rows(root, folder, places[at], suffixes)]
    columns = dict(zip(COLUMNS, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(COLUMNS, ())
    optional = ("label", "regions_path")  # object, because None must stay None
    kinds = {name: object if name in optional else "str" for name in COLUMNS}
    return pd.DataFrame({name: pd.Series(columns[name], dtype=kinds[name]) for name in COLUMNS})


def facts(folders: Sequence[Folder]) -> tuple[str, ...]:
    """What a person should know about how the paths were read, one sentence each."""
    places = [place_of(folder.parts) for folder in folders]
    own = sorted({place.label for place in places if place.label and not class_of(place.label)[1]})
    unlabeled = sum(len(folder.pictures) for folder, place in zip(folders, places, strict=True) if place.label is None)
    beside = len({bool(place.split) for place in places}) > 1
    told = {
        f"Folders that are in no table of class names became classes of their own: {', '.join(own)}.": bool(own),
        f"Pictures without a class folder, and so without a true class: {unlabeled}.": bool(unlabeled),
        "Pictures that lie beside the split folders, not in one, count as train.": beside,
    }
    return tuple(fact for fact, holds in told.items() if holds)


def _class_position(parts: Sequence[str]) -> int | None:
    known = next((at for at, part in enumerate(parts) if class_of(part)[1]), None)
    if known is not None:
        return known
    after_split = max((at + 1 for at, part in enumerate(parts) if split_of(part)[1]), default=0)
    if after_split == len(parts) or is_camera(parts[after_split]):
        return None
    return 1 if after_split == 0 and len(parts) > 2 else after_split


def _without_useless_level(places: list[Place]) -> list[Place]:
    """A level above everything is no split, unless it has the name of one; what lies beside splits is train."""
    levels = {place.split for place in places}
    if len(levels) == 1 and not all(split_of(level)[1] for level in levels):
        return [Place("", place.label, place.view) for place in places]
    return [Place(place.split or "train", place.label, place.view) for place in places]


def _suffixes(folders: Sequence[Folder], places: Sequence[Place]) -> frozenset[str]:
    """What names end in to tell the view, lower case: the view folders, and cameras where flat names tell several."""
    views = {place.view.lower() for place in places if place.view}
    without_view = (folder for folder, place in zip(folders, places, strict=True) if not place.view)
    flat = {_ending(name) for folder in without_view for name in folder.pictures}
    cameras = {ending for ending in flat if is_camera(ending)}
    return frozenset(views | cameras if len(cameras) > 1 else views)


def _ending(name: str) -> str:
    return _SEPARATOR.split(os.path.splitext(name)[0])[-1].lower()


def _rows(root: Path, folder: Folder, place: Place, suffixes: frozenset[str]) -> Iterator[_Row]:
    here = os.path.join(root, *folder.parts)
    swapped = bool(place.view) and not is_camera(place.view)  # perhaps <class>/<serial>/<view>.png
    for name in folder.pictures:
        stem = os.path.splitext(name)[0]
        package, view = _cut(unicodedata.normalize("NFC", stem), suffixes)
        if swapped and is_camera(stem):
            package, view = place.view, stem.lower()
        elif place.view:
            view = place.view.lower()
        boxes = folder.boxes.get(stem)
        yield (
            package,
            view or ONE_VIEW,
            os.path.join(here, name),
            place.label,
            place.split,
            None if boxes is None else os.path.join(here, boxes),
        )


def _cut(stem: str, suffixes: frozenset[str]) -> tuple[str, str]:
    """("0123_side", {"side", "top"}) -> ("0123", "side"); without such an ending (stem, "")."""
    for match in _SEPARATOR.finditer(stem):
        if match.start() and (ending := stem[match.end() :].lower()) in suffixes:
            return stem[: match.start()], ending
    return stem, ""
