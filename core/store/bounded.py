"""Keeps a folder of the cache within its limit: what was not asked for longest goes first."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from core.store.frames import place

STALE = 3600
"""Seconds after which a file that was never finished is taken for one whose writer died."""


def touch(name: str, ending: str = "npz") -> None:
    """Note that something stored was asked for; one that has just gone costs nothing."""
    with suppress(OSError):
        os.utime(place(name, ending))


def trim(kind: str, *, limit: int) -> int:
    """Remove what was not asked for longest, until the rest fits, and what dead writers left behind.

    Any number of processes may do so at once: a file that another one removed counts as removed.

    Args:
        kind: of what is stored, the first part of its names: "maps".
        limit: bytes that may stay.

    Returns:
        Bytes that are left.
    """
    now = time.time()
    files = sorted(_files(place(f"{kind}/x").parent), key=lambda one: one[0])
    left = sum(size for _, size, _ in files)
    for used, size, path in files:
        unfinished = path.suffix == ".part"
        if unfinished and now - used < STALE:
            continue
        if unfinished or left > limit:
            with suppress(OSError):
                path.unlink(missing_ok=True)
                left -= size
    return left


def _files(folder: Path) -> Iterator[tuple[float, int, Path]]:
    """When each file was last asked for, how large it is, and where it lies."""
    for root, _, names in os.walk(folder):
        for path in (Path(root, name) for name in names):
            with suppress(OSError):
                facts = path.stat()
                yield facts.st_mtime, facts.st_size, path
