"""What can go wrong, said as a problem and its remedy."""

from __future__ import annotations


class CoreError(Exception):
    """An expected failure that a person can do something about.

    Args:
        problem: what is wrong, one sentence.
        remedy: what to do about it, one sentence.
    """

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem} {remedy}")
        self.problem = problem
        self.remedy = remedy


class BadInput(CoreError):
    """An argument, a file or a folder is not what was asked for."""


class UnknownName(CoreError):
    """A name that is in no registry, no card or no data set."""


class UnreadableImage(CoreError):
    """A picture that cannot be decoded, or is too large to be decoded safely."""


class BadCheckpoint(CoreError):
    """A checkpoint that is damaged, foreign, or written by a newer version."""


class Leak(CoreError):
    """The same package, or the same picture, on both sides of a split."""
