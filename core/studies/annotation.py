"""What people marked on the packages of a data set: saved, read, brought in from files, written to files."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pandas as pd

from core.contracts import AnnotationStore, Dataset, Progress, silent
from core.datasets import fingerprint
from core.datasets.regions.catalogue import Catalogue, Picture
from core.datasets.regions.files import unpacked, written
from core.datasets.regions.sheet import FORMATS, Losses, Sheet
from core.domain import DAMAGED, INTACT, UNSURE, AnnotatedRegion, Annotation
from core.errors import BadInput
from core.settings import settings
from core.store.annotations import new_id, open_store
from core.study import inventory

__all__ = [
    "FORMATS",
    "Exported",
    "Imported",
    "Saved",
    "Standing",
    "current",
    "export_regions",
    "histories",
    "history",
    "import_regions",
    "key_of",
    "keys_of",
    "new_id",
    "open_annotations",
    "opinions",
    "restore",
    "save",
    "standing",
]

_LEFT = "Who made each annotation and when, and what it replaced, stays in the store."


@dataclass(frozen=True, slots=True)
class Saved:
    """An annotation that was kept, and what stands beside it.

    Attributes:
        annotation: what was kept.
        beside: what others said that it does not replace; where it is not empty, somebody saved at the same time, or
            has another opinion. A save that replaces all of these too brings them together.
    """

    annotation: Annotation
    beside: tuple[Annotation, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything that stands of a data set.

    Attributes:
        packages: package to what stands of it, in the order in which it was added; only annotated packages.
        notices: what a person should know, one sentence each.
    """

    packages: Mapping[str, tuple[Annotation, ...]]
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Imported:
    """What was brought in.

    Attributes:
        packages, regions: how many were added.
        unchanged: packages of which the same was said already.
        notices: what was lost or assumed, one sentence each.
    """

    packages: int
    regions: int
    unchanged: int
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written.

    Attributes:
        packages, pictures, regions: how many.
        notices: what the format could not keep, one sentence each.
    """

    packages: int
    pictures: int
    regions: int
    notices: tuple[str, ...]


def open_annotations(url: str | None = None) -> AnnotationStore:
    """The annotations at an address, or where the settings say; the tables are made, or brought up to date.

    Raises:
        BadInput: the address is neither of SQLite nor of PostgreSQL.
        CoreError: the database cannot be reached, opened or written.
    """
    return open_store(url or settings().database_url)


def key_of(dataset: Dataset, package: str) -> str:
    """The name under which annotations of a package are kept: that of the data set it lies in.

    It is the name that the data set itself has, in its manifest or of its folder, and not a fingerprint: adding a
    package, or moving the folder, leaves the annotations where they are. Of data sets that were joined it is the name
    of the part. That two data sets of one name have the same ids is seen by the pictures, whose hashes are kept.
    """
    table = dataset.index
    if "dataset" not in table:
        return dataset.name
    return str(table.loc[table["package"] == package, "dataset"].iloc[0])


def save(
    store: AnnotationStore,
    dataset: Dataset,
    package: str,
    regions: Mapping[str, Sequence[AnnotatedRegion]],
    *,
    verdict: str,
    annotator: str,
    made_at: datetime,
    note: str = "",
    replaces: Sequence[str] = (),
) -> Saved:
    """Keep what a person says of a package, beside or instead of what was said before.

    Args:
        store: as `open_annotations` gives it.
        dataset: that the package is of.
        package: its id.
        regions: view to the areas marked in it; a view that was looked at and has none is there, and empty.
        verdict: one of `core.domain.VERDICTS`.
        annotator: who says so.
        made_at: now, UTC.
        note: about the package.
        replaces: ids of the annotations that were on the screen.

    Raises:
        UnknownName: no such package or view.
        BadInput: painted pixels are not of the size of the picture, or as `AnnotationStore.add`.
        CoreError: the database cannot be written; nothing was kept.
    """
    pictures = {}
    for view, marked in regions.items():
        pixels = dataset.view(package, view).pixels
        pictures[view] = fingerprint.content(pixels)
        _check_sizes(package, view, marked, (pixels.shape[0], pixels.shape[1]))
    kept = Annotation(
        new_id(), key_of(dataset, package), package, {view: tuple(some) for view, some in regions.items()},
        verdict, annotator.strip(), made_at, note, tuple(replaces), pictures,
    )  # fmt: skip
    store.add([kept])
    return Saved(kept, tuple(one for one in store.of(kept.dataset, package) if one.id != kept.id))


def current(store: AnnotationStore, dataset: Dataset, package: str) -> tuple[Annotation, ...]:
    """What stands of a package, in the order in which it was added; more than one where people said different things.

    Raises:
        UnknownName: no such package.
    """
    found = store.of(key_of(dataset, package), package)
    seen = {view for one in found for view in one.pictures}
    loaded = dataset.load(package).views if seen else {}
    here = {view: fingerprint.content(loaded[view].pixels) for view in seen & set(loaded)}
    return tuple(one for one in found if _same_pictures(one, here))


def standing(store: AnnotationStore, dataset: Dataset, *, progress: Progress = silent) -> Standing:
    """What stands of every package of a data set.

    Annotations of packages that are not there, or of other pictures under the same name, are left out, and counted.
    """
    here = _pictures_of(inventory(dataset, progress=progress))
    found: dict[str, tuple[Annotation, ...]] = {}
    gone = foreign = 0
    for key, own in _packages(dataset).items():
        for package, some in store.standing(key).items():
            if package not in own:
                gone += 1
                continue
            kept = tuple(one for one in some if _same_pictures(one, here[package]))
            foreign += len(some) - len(kept)
            found |= {package: kept} if kept else {}
    notices = {
        f"Annotated packages that are no longer in the data set: {gone:,}.": gone,
        f"Annotations of other pictures with the same name, left out: {foreign:,}.": foreign,
    }
    return Standing({package: found[package] for package in sorted(found)}, tuple(filter(notices.get, notices)))


def history(store: AnnotationStore, dataset: Dataset, package: str) -> tuple[Annotation, ...]:
    """Everything ever said of a package, in the order in which it was added."""
    return store.history(key_of(dataset, package), package)


def histories(
    store: AnnotationStore, dataset: Dataset, *, progress: Progress = silent
) -> dict[str, tuple[Annotation, ...]]:
    """Everything ever said of every package of a data set, by package, in the order in which it was added.

    Annotations of packages that are not there, or of other pictures under the same name, are left out.
    """
    here = _pictures_of(inventory(dataset, progress=progress))
    found: defaultdict[str, list[Annotation]] = defaultdict(list)
    for key, own in _packages(dataset).items():
        for one in store.history(key):
            if one.package in own and _same_pictures(one, here[one.package]):
                found[one.package].append(one)
    return {package: tuple(found[package]) for package in sorted(found)}


def keys_of(dataset: Dataset) -> tuple[str, ...]:
    """Every name under which annotations of a data set are kept, see `key_of`."""
    return tuple(_packages(dataset))


def restore(
    store: AnnotationStore, id: str, *, annotator: str, made_at: datetime, replaces: Sequence[str] | None = None
) -> Saved:
    """Say again what an old annotation said; see `AnnotationStore.restore`."""
    again = store.restore(id, annotator=annotator, made_at=made_at, replaces=replaces)
    return Saved(again, tuple(one for one in store.of(again.dataset, again.package) if one.id != again.id))


def opinions(history: Iterable[Annotation]) -> dict[str, Annotation]:
    """The last word of each person on one package, by name, whether or not somebody else put it aside since.

    Args:
        history: of the package, in the order in which it was added.
    """
    last = {one.annotator: one for one in history}
    return {name: last[name] for name in sorted(last)}


def import_regions(
    store: AnnotationStore,
    dataset: Dataset,
    source: Path,
    format: str,
    *,
    annotator: str,
    made_at: datetime,
    replace_all: bool = False,
    skip_unknown: bool = False,
    progress: Progress = silent,
) -> Imported:
    """Add what a file, a folder or a zip archive of another tool says, all of it or nothing.

    It replaces what the same annotator said before; what others said stands beside it. Views that the source does not
    mention stay as they were in what is replaced. What is said already is not added again.

    Args:
        store: as `open_annotations` gives it.
        dataset: whose pictures are meant.
        source: the file, folder or archive.
        format: name of the format, one of `FORMATS`.
        annotator: who answers for it.
        made_at: now, UTC.
        replace_all: whether it also replaces what others said.
        skip_unknown: whether marks of pictures that the data set does not have are left out, not refused.
        progress: called along the way.

    Raises:
        UnknownName: no such format.
        BadInput: the source is damaged, of another format, of other pictures, or of pictures of another size.
        CoreError: the database cannot be written; nothing was added.
    """
    table = inventory(dataset)
    catalogue, losses = Catalogue(_pictures(dataset, table)), Losses()
    with unpacked(source) as place:
        sheets = FORMATS[format]().read(place, size_of=catalogue.size_of, losses=losses, progress=progress)
    catalogue.unknown.clear()
    found = _by_package(sheets, catalogue)
    unknown = _refuse_unknown(catalogue, len(sheets), skip=skip_unknown)
    heads, here = standing(store, dataset).packages, _pictures_of(table)
    added: list[Annotation] = []
    assumed = unchanged = 0
    for package, views in found.items():
        stand = heads.get(package, ())
        old = [one for one in stand if replace_all or one.annotator == annotator.strip()]
        new = _annotation(package, views, old)
        if [_says(new)] == [_says(one) for one in old]:
            unchanged += 1
            continue
        assumed += not any(sheet.verdict for sheet in views.values())
        added.append(replace(
            new, dataset=key_of(dataset, package), annotator=annotator.strip(), made_at=made_at,
            replaces=tuple(one.id for one in old),
            pictures={view: here[package][view] for view in new.regions if here[package].get(view)},
        ))  # fmt: skip
    store.add(added)
    beside = sum(any(one.id not in new.replaces for one in heads.get(new.package, ())) for new in added)
    notices = {
        f"Marks of pictures that the data set does not have, left out: {unknown:,}.": unknown,
        f"Packages without a verdict in the source, called damaged where they have marks, else unsure: {assumed:,}.":
            assumed,
        f"Packages of which others said something too, which stands beside this: {beside:,}.": beside,
    }  # fmt: skip
    areas = sum(len(some) for one in added for some in one.regions.values())
    return Imported(len(added), areas, unchanged, (*losses.sentences(), *filter(notices.get, notices)))


def export_regions(
    store: AnnotationStore,
    dataset: Dataset,
    target: Path,
    format: str,
    *,
    annotator: str | None = None,
    progress: Progress = silent,
) -> Exported:
    """Write what stands of every annotated package to a file or a folder, whole or not at all.

    Args:
        store: as `open_annotations` gives it.
        dataset: whose packages.
        target: a file, or a new or empty folder, as the format takes.
        format: name of the format, one of `FORMATS`.
        annotator: the last word of this person on each package; None for the newest that stands.
        progress: called along the way.

    Raises:
        UnknownName: no such format.
        BadInput: there is nothing to write, or the target is taken.
        CoreError: the target cannot be written.
    """
    kind, losses = FORMATS[format](), Losses()
    table = inventory(dataset)
    chosen, notices = _chosen(store, dataset, annotator)
    pictures = {(one.package, one.view): one for one in _pictures(dataset, table)}
    sheets = [
        Sheet(picture.name, picture.size, some, one.verdict, one.note)
        for one in chosen
        for view, some in one.regions.items()
        if (picture := pictures.get((one.package, view))) is not None
    ]
    gone = sum((one.package, view) not in pictures for one in chosen for view in one.regions)
    if not sheets:
        whose = f" of {annotator}" if annotator else ""
        raise BadInput(f"There are no annotations{whose} to export.", "Mark some packages first, or import some.")
    with written(target, single=kind.single) as place:
        kind.write(sheets, place, losses=losses, progress=progress)
    told = [f"Annotated pictures that are not there, or cannot be read, left out: {gone:,}."] if gone else []
    areas = sum(len(sheet.regions) for sheet in sheets)
    packages = len({(one.dataset, one.package) for one in chosen})
    return Exported(packages, len(sheets), areas, (*losses.sentences(), *notices, *told, _LEFT))


def _check_sizes(package: str, view: str, regions: Iterable[AnnotatedRegion], size: tuple[int, int]) -> None:
    for one in regions:
        if one.brush is not None and one.brush.shape != size:
            height, width = one.brush.shape
            raise BadInput(
                f"What was painted on {package}, {view}, is {width} x {height}, its picture {size[1]} x {size[0]}.",
                "Load the package again, and paint again.",
            )


def _packages(dataset: Dataset) -> dict[str, set[str]]:
    """Key to the packages kept under it."""
    table = dataset.index
    if "dataset" not in table:
        return {dataset.name: set(table["package"])}
    return {str(name): set(rows) for name, rows in table.groupby("dataset")["package"]}


def _pictures_of(table: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Package to view to the hash of its picture, of an inventory."""
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for package, view, sha256 in zip(table["package"], table["view"], table["sha256"], strict=True):
        found[package][view] = sha256
    return found


def _same_pictures(annotation: Annotation, here: Mapping[str, str]) -> bool:
    """Whether one of the pictures that the person saw is still there; so too where nothing is known of them."""
    known = [sha256 == here[view] for view, sha256 in annotation.pictures.items() if here.get(view)]
    return any(known) or not known


def _pictures(dataset: Dataset, table: pd.DataFrame) -> list[Picture]:
    """Every readable picture of an inventory."""
    kept = table[table["reason"] == ""]
    names = [Path(os.path.relpath(path, dataset.root)).as_posix() for path in kept["path"]]
    columns = (kept[name].tolist() for name in ("package", "view", "height", "width"))
    return [
        Picture(package, view, name, (int(height), int(width)))
        for name, package, view, height, width in zip(names, *columns, strict=True)
    ]


def _by_package(sheets: Sequence[Sheet], catalogue: Catalogue) -> dict[str, dict[str, Sheet]]:
    found: defaultdict[str, dict[str, Sheet]] = defaultdict(dict)
    for sheet in sheets:
        picture = catalogue.find(sheet.name)
        if picture is None:
            continue
        if sheet.size is not None and sheet.size != picture.size:
            raise BadInput(
                f"{sheet.name} was marked at {sheet.size[1]} x {sheet.size[0]} pixels, "
                f"but the picture has {picture.size[1]} x {picture.size[0]}.",
                "Mark the pictures of this data set themselves, not resized copies.",
            )
        if picture.view in found[picture.package]:
            raise BadInput(f"{sheet.name} is described twice.", "Export every picture once.")
        found[picture.package][picture.view] = sheet
    return {package: found[package] for package in sorted(found)}


def _refuse_unknown(catalogue: Catalogue, sheets: int, *, skip: bool) -> int:
    unknown = len(catalogue.unknown)
    if not sheets or (unknown and (not skip or unknown >= sheets)):
        first = ", ".join(sorted(catalogue.unknown)[:3])
        problem = f"{unknown:,} of {sheets:,} pictures are not in the data set, or several could be meant: {first}."
        raise BadInput(
            problem if sheets else "There are no marks in it at all.",
            "Name the data set that was marked, or leave these out with --skip-unknown." if unknown < sheets
            else "Name the data set that was marked, and the right format.",
        )  # fmt: skip
    return unknown


def _annotation(package: str, views: Mapping[str, Sheet], before: Sequence[Annotation]) -> Annotation:
    """What the sheets of a package say; views that they leave out stay as they were, last."""
    regions = {view: some for one in before for view, some in one.regions.items()}
    regions |= {view: sheet.regions for view, sheet in views.items()}
    said = {sheet.verdict or (DAMAGED if sheet.regions else "") for sheet in views.values()} - {""}
    said |= {DAMAGED} if any(regions[view] for view in set(regions) - set(views)) else set()
    verdict = next((one for one in (DAMAGED, UNSURE, INTACT) if one in said), UNSURE)
    note = next((sheet.note for sheet in views.values() if sheet.note), before[-1].note if before else "")
    return Annotation(
        new_id(), "", package, {view: regions[view] for view in sorted(regions)}, verdict, "", datetime.min, note
    )


def _says(annotation: Annotation) -> tuple[object, ...]:
    return annotation.regions, annotation.verdict, annotation.note


def _chosen(
    store: AnnotationStore, dataset: Dataset, annotator: str | None
) -> tuple[list[Annotation], tuple[str, ...]]:
    """One annotation of each package, sorted, and what had to be decided."""
    found = standing(store, dataset)
    if annotator is None:
        several = sum(len(some) > 1 for some in found.packages.values())
        told = f"Packages of which several annotations stand, the newest of which was written: {several:,}."
        newest = [max(some, key=lambda one: one.made_at) for some in found.packages.values()]
        return newest, (*found.notices, *([told] if several else []))
    here = _pictures_of(inventory(dataset))
    words = {
        one.package: one
        for key, own in _packages(dataset).items()
        for one in store.history(key)
        if one.annotator == annotator and one.package in own and _same_pictures(one, here[one.package])
    }
    return [words[package] for package in sorted(words)], found.notices
