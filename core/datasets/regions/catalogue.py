"""Finds the picture that a file of marked areas means."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a data set.

    Attributes:
        package, view: whose it is.
        name: its path below the root of the data set, with "/".
        size: (height, width), pixels.
    """

    package: str
    view: str
    name: str
    size: tuple[int, int]


class Catalogue:
    """The pictures of a data set by any name that means only one of them."""

    def __init__(self, pictures: Sequence[Picture]) -> None:
        self._by_name: defaultdict[str, list[Picture]] = defaultdict(list)
        for picture in pictures:
            for name in set(_names(picture.name)):
                self._by_name[name].append(picture)
        self.unknown: Counter[str] = Counter()
        """Names that were asked for and mean no picture, or several."""

    def find(self, name: str) -> Picture | None:
        """The picture of a name: its whole path, as much of its end as it takes, with or without the ending."""
        for end in _names(name.replace("\\", "/")):
            found = self._by_name.get(end, ())
            if len(found) == 1:
                return found[0]
            if found:
                break  # less of the path would mean even more of them
        self.unknown[name] += 1
        return None

    def size_of(self, name: str) -> tuple[int, int] | None:
        """(height, width) of the picture of a name, None where there is none."""
        picture = self.find(name)
        return None if picture is None else picture.size


def _names(path: str) -> Iterator[str]:
    """A path and its ends, the longest first, each with the ending and without."""
    parts = [part for part in PurePosixPath(unicodedata.normalize("NFC", path).casefold()).parts if part not in "/."]
    for start in range(len(parts)):
        end = PurePosixPath(*parts[start:])
        yield end.as_posix()
        yield end.with_suffix("").as_posix()
