"""Memory that stays with the process from one pass through a network to the next."""

from __future__ import annotations

import ctypes
import platform
import threading
from collections.abc import Iterator
from contextlib import contextmanager

IDLE = 5.0
"""Seconds without work after which what was kept goes back to the system."""

# What malloc.h of glibc calls M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_MMAP_MAX and M_ARENA_MAX.
_TRIM, _LARGE, _MAPS, _ARENAS = -1, -3, -4, -8
_KEEPING = {_MAPS: 0, _TRIM: 2**31 - 1}
_USUAL = {_MAPS: 65536, _LARGE: 2**25, _TRIM: 2**26}
"""Where glibc's own limits come to rest in a process that has used large blocks."""


class _Keeper:
    """Who works, and when what they leave is given back."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.working = 0
        self.timer: threading.Timer | None = None
        self.library = ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None

    def begin(self) -> None:
        with self.lock:
            self.working += 1
            if self.timer is not None:
                self.timer.cancel()
                self.timer = None
            self.limit(_KEEPING)

    def end(self) -> None:
        with self.lock:
            self.working -= 1
            if not self.working and self.library is not None:
                self.timer = threading.Timer(IDLE, self.give_back)
                self.timer.daemon = True
                self.timer.start()

    def give_back(self) -> None:
        with self.lock:
            if not self.working and self.library is not None:
                self.limit(_USUAL)
                self.library.malloc_trim(0)

    def limit(self, limits: dict[int, int]) -> None:
        if self.library is not None:
            for name, value in limits.items():
                self.library.mallopt(name, value)


_keeper = _Keeper()


@contextmanager
def kept() -> Iterator[None]:
    """Within the block, memory that is freed stays with the process.

    By default glibc fetches each block above 32 MB anew, and hands large free ends back. The kernel clears every page
    that it gives: for networks that read little and write much, a third of the time. Elsewhere than with glibc the
    block changes nothing.
    """
    _keeper.begin()
    try:
        yield
    finally:
        _keeper.end()


def one_arena() -> None:
    """Let all threads take memory from one place; of one of their own they could keep 64 MB in one piece.

    Without effect in a process that has had several threads.
    """
    _keeper.limit({_ARENAS: 1})


def give_back() -> None:
    """Hand back at once what no work needs."""
    _keeper.give_back()
