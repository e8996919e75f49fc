"""Packages in class and view folders: `[<split>/]<class>/<view>/<serial>_<view>.<any picture>`."""

from __future__ import annotations

import threading
from bisect import bisect
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from core.contracts import Dataset
from core.datasets.conflicts import missing_views, settle
from core.datasets.images import read_image
from core.datasets.layout import COLUMNS, facts, table
from core.datasets.manifest import read_manifest
from core.datasets.readers import LAYOUT, READERS
from core.datasets.scan import Scan
from core.datasets.truth import attach, read_truth, read_twin
from core.datasets.voc import read_regions
from core.domain import ImageFile, Package, Region, Truth, Unreadable, View
from core.errors import BadInput, CoreError, UnknownName, UnreadableImage
from core.registry import unknown


class FolderDataset:
    """A data set in folders; opening it looks at names only.

    Raises:
        BadInput: there is no picture in it.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.expanduser().absolute()
        manifest = read_manifest(self.root)
        self.name = manifest.name or self.root.name
        scan = Scan(self.root)
        folders = list(scan)
        if not folders:
            raise BadInput(f"The data folder {root} holds no pictures.", LAYOUT)
        pictures, left_out, conflicts = settle(table(self.root, folders))
        pictures, left_over = attach(pictures, manifest.entries, scan.beside)
        self._index = pictures.sort_values(["package", "view"], ignore_index=True)
        self._entries = manifest.entries
        self._files = _by_package(self._index)
        self._ids = tuple(self._files)
        self._unreadable = {file.path: file for file in left_out}
        self._lock = threading.Lock()
        self.notices: tuple[str, ...] = (
            *facts(folders),
            *conflicts,
            *missing_views(self._index),
            *scan.notices(),
            *manifest.notices,
            *left_over,
        )

    @property
    def index(self) -> pd.DataFrame:
        """One row a picture, see `core.contracts.Dataset`."""
        return self._index.copy(deep=False)

    @property
    def ids(self) -> tuple[str, ...]:
        """Serials, sorted."""
        return self._ids

    @property
    def view_names(self) -> tuple[str, ...]:
        """Names of all views, sorted."""
        return tuple(sorted(self._index["view"].unique()))

    @property
    def labels(self) -> tuple[str, ...]:
        """Classes that occur, sorted."""
        return tuple(sorted(self._index["label"].dropna().unique()))

    @property
    def unreadable(self) -> tuple[Unreadable, ...]:
        """Files left out so far: those that contradict an earlier one, and those that could not be decoded."""
        return tuple(self._unreadable.values())

    def load(self, package: str) -> Package:
        """Decode one package; a view that cannot be read is left out and listed as unreadable.

        Raises:
            UnknownName: no such package.
        """
        views: dict[str, View] = {}
        files = self._of(package)
        for name, file in files.items():
            try:
                views[name] = self._decoded(file)
            except UnreadableImage:
                continue  # listed by _decoded
        first = next(iter(files.values()))
        return Package(package, views, first.label, first.split)

    def view(self, package: str, view: str) -> View:
        """Decode one view.

        Raises:
            UnknownName: no such package or view.
            UnreadableImage: the file cannot be decoded; the message says why.
        """
        return self._decoded(self.file(package, view))

    def file(self, package: str, view: str) -> ImageFile:
        """Where one view lies on disk.

        Raises:
            UnknownName: no such package or view.
        """
        files = self._of(package)
        if view not in files:
            raise unknown(f"view of package {package}", view, tuple(files))
        return files[view]

    def truth(self, package: str, view: str) -> Truth | None:
        """Which pixels of one view are damaged, None where that is not known.

        Raises:
            UnknownName: no such package or view.
            UnreadableImage: the picture or its mask cannot be decoded.
            BadInput: the mask does not fit the picture, or leads out of the data set.
        """
        file = self.file(package, view)
        entry = self._entries.get(str(file.path))
        if file.mask_path is None and entry is None:
            return None
        shape = self._shape(package, view)
        with self._noticed():
            return read_truth(self.root, file, entry, shape)

    def twin(self, package: str, view: str) -> View | None:
        """The same view without the damage, None where there is none.

        Raises:
            as `truth`.
        """
        file = self.file(package, view)
        if file.twin_path is None:
            return None
        shape = self._shape(package, view)
        with self._noticed():
            return read_twin(self.root, file, shape)

    def _shape(self, package: str, view: str) -> tuple[int, int]:
        height, width = self.view(package, view).pixels.shape[:2]
        return height, width

    @contextmanager
    def _noticed(self) -> Iterator[None]:
        try:
            yield
        except CoreError as error:
            self._notice(error.problem)
            raise

    def _of(self, package: str) -> dict[str, ImageFile]:
        if package not in self._files:
            raise self._unknown_package(package)
        rows = (self._index.iloc[at] for at in self._files[package])
        return {row["view"]: _image_file(row) for row in rows}

    def _unknown_package(self, package: str) -> UnknownName:
        at = bisect(self._ids, package)  # neighbors only: comparing with 100 000 serials takes seconds
        return unknown("package", package, self._ids[max(0, at - 20) : at + 20])

    def _decoded(self, file: ImageFile) -> View:
        try:
            pixels = read_image(file.path)
        except UnreadableImage as error:
            with self._lock:
                self._unreadable[file.path] = Unreadable(file.path, error.problem)
            raise
        height, width = pixels.shape[:2]
        return View(file.view, pixels, self._regions(file, (height, width)))

    def _regions(self, file: ImageFile, shape: tuple[int, int]) -> tuple[Region, ...]:
        if file.regions_path is None:
            return ()
        try:
            return read_regions(file.regions_path, shape)
        except BadInput as error:
            self._notice(error.problem)
            return ()

    def _notice(self, fact: str) -> None:
        with self._lock:
            if fact not in self.notices:
                self.notices = (*self.notices, fact)


@READERS.register("folders")
class FolderReader:
    """Class folders, with or without view folders in them and a split level above."""

    title = "Class and view folders"

    @staticmethod
    def fits(root: Path) -> bool:
        """Whether there is a picture anywhere below."""
        return next(iter(Scan(root)), None) is not None

    @staticmethod
    def open(root: Path) -> Dataset:
        """List the data set."""
        return FolderDataset(root)


def _by_package(index: pd.DataFrame) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for at, package in enumerate(index["package"].tolist()):
        places.setdefault(package, []).append(at)
    return places


def _image_file(row: pd.Series) -> ImageFile:
    package, view, path, label, split, *others = (row[name] for name in (*COLUMNS, "mask_path", "twin_path"))
    boxes, mask, twin = (None if other is None else Path(other) for other in others)
    return ImageFile(package, view, Path(path), label, split, boxes, mask, twin)
