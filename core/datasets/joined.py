"""Several data sets as one: every package stays where it lies."""

from __future__ import annotations

import os
from bisect import bisect
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from core.contracts import Dataset
from core.datasets.readers import open_dataset
from core.domain import ImageFile, Package, Truth, View
from core.errors import BadInput
from core.registry import unknown


class JoinedDataset:
    """Data sets side by side, splits as they are; the index has one more column, `dataset`, the name of the part.

    Args:
        parts: two or more.

    Raises:
        BadInput: a serial is in two of them.
    """

    def __init__(self, parts: Sequence[Dataset]) -> None:
        names = _names(parts)
        self.name = " + ".join(names)
        self.root = _common(parts)
        self.notices: tuple[str, ...] = tuple(
            f"{name}: {notice}" for name, part in zip(names, parts, strict=True) for notice in part.notices
        )
        self._owners = _owners(parts, names)
        self._ids = tuple(sorted(self._owners))
        tables = [part.index.assign(dataset=name) for part, name in zip(parts, names, strict=True)]
        self._index = pd.concat(tables).sort_values(["package", "view"], ignore_index=True)

    @property
    def index(self) -> pd.DataFrame:
        """One row a picture, see `core.contracts.Dataset`, and the name of the data set it comes from."""
        return self._index.copy(deep=False)

    @property
    def ids(self) -> tuple[str, ...]:
        """Serials of all parts, sorted."""
        return self._ids

    @property
    def view_names(self) -> tuple[str, ...]:
        """Names of all views, sorted."""
        return tuple(sorted(self._index["view"].unique()))

    @property
    def labels(self) -> tuple[str, ...]:
        """Classes that occur, sorted."""
        return tuple(sorted(self._index["label"].dropna().unique()))

    def load(self, package: str) -> Package:
        """Decode one package, as its own data set does."""
        return self._owner(package).load(package)

    def view(self, package: str, view: str) -> View:
        """Decode one view, as its own data set does."""
        return self._owner(package).view(package, view)

    def file(self, package: str, view: str) -> ImageFile:
        """Where one view lies on disk."""
        return self._owner(package).file(package, view)

    def truth(self, package: str, view: str) -> Truth | None:
        """Which pixels of one view are damaged, None where that is not known."""
        return self._owner(package).truth(package, view)

    def twin(self, package: str, view: str) -> View | None:
        """The same view without the damage, None where there is none."""
        return self._owner(package).twin(package, view)

    def _owner(self, package: str) -> Dataset:
        if package not in self._owners:
            at = bisect(self._ids, package)
            raise unknown("package", package, self._ids[max(0, at - 20) : at + 20])
        return self._owners[package]


def open_joined(roots: Sequence[Path]) -> Dataset:
    """Open one folder, or several as one data set.

    Raises:
        BadInput: nothing in one of them can be used, or a serial is in two of them.
    """
    if not roots:
        raise BadInput("There is no data folder.", "Name at least one.")
    parts = [open_dataset(root) for root in roots]
    return parts[0] if len(parts) == 1 else JoinedDataset(parts)


def _owners(parts: Sequence[Dataset], names: Sequence[str]) -> dict[str, Dataset]:
    owners: dict[str, Dataset] = {}
    for part, name in zip(parts, names, strict=True):
        both = sorted(owners.keys() & set(part.ids))
        if both:
            more = f" and {len(both) - 5} more" if len(both) > 5 else ""
            raise BadInput(
                f"{name} holds packages that an earlier data set holds too: {', '.join(both[:5])}{more}.",
                "Name every data set once, and give each package a serial of its own.",
            )
        owners |= dict.fromkeys(part.ids, part)
    return owners


def _names(parts: Sequence[Dataset]) -> list[str]:
    """Their own names; where two are called alike, with as many of the folders above as it takes."""
    above = [part.root.resolve().parts[:-1] for part in parts]
    names = [part.name for part in parts]
    for depth in range(1, max(map(len, above), default=0) + 1):
        if len(set(names)) == len(names):
            break
        names = ["/".join([*folders[-depth:], part.name]) for part, folders in zip(parts, above, strict=True)]
    return names


def _common(parts: Sequence[Dataset]) -> Path:
    roots = [part.root.resolve() for part in parts]
    try:
        return Path(os.path.commonpath(roots))
    except ValueError:  # on different drives
        return roots[0]
