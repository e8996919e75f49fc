"""Walks a data folder once, by names only, and never leaves it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.datasets.classes import BESIDE, MASK_FOLDERS, plain
from core.datasets.images import IMAGE_SUFFIXES

_SYSTEM = frozenset({"__MACOSX", "Thumbs.db", "desktop.ini"})
_OTHER_PICTURES = frozenset({".heic", ".heif", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".raw", ".dcm", ".svg", ".eps"})


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder with pictures: its parts below the root, its pictures (sorted), its `.xml` files by stem."""

    parts: tuple[str, ...]
    pictures: tuple[str, ...]
    boxes: dict[str, str]


class Scan:
    """One walk through a data folder; what was passed over is counted on the way.

    Args:
        root: the folder; it may itself be a link.
    """

    def __init__(self, root: Path) -> None:
        self._root = os.path.abspath(root)
        self._real = os.path.realpath(root)
        self._passed_over: Counter[str] = Counter()
        self.beside: dict[str, str] = {}
        """Where the folders of `BESIDE` lie, as far as the walk has come."""

    def __iter__(self) -> Iterator[Folder]:
        """Folders that hold pictures, in sorted order."""
        waiting: list[tuple[str, ...]] = [()]
        while waiting:
            parts = waiting.pop()
            folders, files = self._listed(parts)
            pictures = tuple(name for name in files if _suffix(name) in IMAGE_SUFFIXES)
            if pictures:
                yield Folder(parts, pictures, {name[:-4]: name for name in files if _suffix(name) == ".xml"})
            waiting += [(*parts, name) for name in reversed(folders)]

    def notices(self) -> tuple[str, ...]:
        """What was passed over so far, one sentence each."""
        return tuple(f"{what} ({count})." for what, count in sorted(self._passed_over.items()))

    def _listed(self, parts: tuple[str, ...]) -> tuple[list[str], list[str]]:
        folders: list[str] = []
        files: list[str] = []
        try:
            with os.scandir(os.path.join(self._root, *parts)) as entries:
                for entry in entries:
                    if self._wanted(entry, at_root=not parts):
                        (folders if entry.is_dir() else files).append(entry.name)
        except OSError as error:
            self._passed_over[f"Folders could not be listed: {error.strerror}"] += 1
        return sorted(folders), sorted(files)

    def _wanted(self, entry: os.DirEntry[str], *, at_root: bool) -> bool:
        if entry.name.startswith(".") or entry.name in _SYSTEM:
            return False
        if at_root and plain(entry.name) in BESIDE and entry.is_dir(follow_symlinks=False):
            self.beside[plain(entry.name)] = entry.path
            return False
        reason = self._refusal(entry)
        if reason:
            self._passed_over[reason] += 1
        return not reason

    def _refusal(self, entry: os.DirEntry[str]) -> str:
        if not _is_text(entry.name):
            return "Names that are not valid text were left out"
        if entry.is_symlink() and entry.is_dir():
            return "Links to folders were not followed"
        if entry.is_symlink() and not self._inside(entry.path):
            return "Links that lead out of the data folder were not followed"
        if _suffix(entry.name) in _OTHER_PICTURES:
            return f"Pictures of a format that cannot be read, {_suffix(entry.name)}, were left out"
        if entry.is_dir() and plain(entry.name) in MASK_FOLDERS:
            return f"Folders called {entry.name}, which hold markings and not photographs, were left out"
        return ""

    def _inside(self, path: str) -> bool:
        return os.path.realpath(path).startswith(os.path.join(self._real, ""))


def _suffix(name: str) -> str:
    return os.path.splitext(name)[1].lower()


def _is_text(name: str) -> bool:
    return name.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in name)
