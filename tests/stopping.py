"""How a test stops long work in the middle, as a person does: from within its progress."""

from __future__ import annotations

from core.contracts import Progress


class Stopped(Exception):
    """By the person."""


def stop_after(share: float) -> Progress:
    """A progress that stops the work once more than this share is done."""

    def progress(done: float, text: str) -> None:
        if done > share:
            raise Stopped

    return progress
