"""How fast and how well serials are read, beside public readers on the same pictures."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from statistics import median

from core.contracts import Dataset, Progress, silent
from core.domain import READ, Pixels
from core.metrics.intervals import wilson
from core.serials.finding import candidates, gray_of
from core.serials.others import INSTALL, public_readers, told_apart
from core.serials.patterns import Pattern
from core.studies.serials import read_pixels, reader

__all__ = ["INSTALL", "OURS", "Runner", "race"]

OURS = "Second Look"

Reader = Callable[[Pixels], str]
"""A picture to its serial, "" where none was read."""


@dataclass(frozen=True, slots=True)
class Runner:
    """One reader on the same pictures.

    Attributes:
        name: of the reader.
        pictures: how many there were.
        right: serials that were exactly the id of the package.
        wrong: serials that were given for sure, and were others.
        interval: 95 % interval of the share of right ones.
        seconds: a picture, the median; slowest: the longest.
        finding: of this, seconds that finding the lines takes; 0 where it cannot be told apart.
    """

    name: str
    pictures: int
    right: int
    wrong: int
    interval: tuple[float, float]
    seconds: float
    slowest: float
    finding: float = 0.0


def race(
    dataset: Dataset, *, packages: int | None = None, view: str = "side", progress: Progress = silent
) -> list[Runner]:
    """Let every reader that is here read the same pictures, decoded before, one after the other.

    Args:
        dataset: ids of its packages are their serials.
        packages: at most so many, spread evenly over the sorted ids.
        view: which picture of each.
        progress: called before each reader.
    """
    ids = _spread(sorted(dataset.index.loc[dataset.index["view"] == view, "package"].unique()), packages)
    pictures = [dataset.view(package, view).pixels for package in ids]
    pattern = reader().patterns[0]
    readers: dict[str, Reader] = {OURS: _ours}
    readers |= {name: partial(_theirs, other, pattern) for name, other in public_readers().items()}
    runners = []
    for place, (name, one) in enumerate(readers.items()):
        progress(place / len(readers), f"{name} reads {len(pictures):,} pictures")
        runners.append(_run(name, one, pictures, ids))
    finding = median(_timed(_found, pixels)[0] for pixels in pictures[:20])
    return [replace(runners[0], finding=finding), *runners[1:]]


def _ours(pixels: Pixels) -> str:
    """The first line, where it counts as read; with all other lines and the barcode."""
    first = read_pixels(pixels)[0]
    return first.text if first.status == READ else ""


def _theirs(read: Callable[[Pixels], list[str]], pattern: Pattern, pixels: Pixels) -> str:
    return told_apart(read(pixels), pattern)


def _found(pixels: Pixels) -> object:
    return candidates(gray_of(pixels))


def _run(name: str, read: Reader, pictures: Sequence[Pixels], ids: Sequence[str]) -> Runner:
    read(pictures[0])  # the first one also loads what is loaded late
    times, right, wrong = [], 0, 0
    for pixels, package in zip(pictures, ids, strict=True):
        seconds, text = _timed(read, pixels)
        times.append(seconds)
        right += text == package
        wrong += bool(text) and text != package
    return Runner(name, len(pictures), right, wrong, wilson(right, len(pictures)), median(times), max(times))


def _timed(work: Callable[[Pixels], object], pixels: Pixels) -> tuple[float, object]:
    started = time.perf_counter()
    found = work(pixels)
    return time.perf_counter() - started, found


def _spread(ids: Sequence[str], count: int | None) -> list[str]:
    if count is None or count >= len(ids):
        return list(ids)
    return [ids[at * len(ids) // count] for at in range(count)]
