"""Where the damage of a picture is known to be: from masks, from boxes beside it, from what people drew."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd

from core.contracts import AnnotationStore, Dataset
from core.domain import DAMAGED, INTACT, Annotation, Mask
from core.errors import BadInput
from core.regions import filled, pixels_of
from core.registry import unknown
from core.settings import settings


@dataclass(frozen=True, slots=True)
class Source:
    """One account of where the damage is.

    Attributes:
        name: of the account, for example "masks".
        region: (package, view) -> (H, W) bool, nowhere True where that view shows none; asked of `known` views only.
        known: (package, view) of the damaged packages of which the account says something.
        mark: changes whenever a region does, so that old results are not taken for new ones.
    """

    name: str
    region: Callable[[str, str], Mask]
    known: frozenset[tuple[str, str]]
    mark: str


def of_masks(dataset: Dataset) -> Source:
    """The masks of the data set: pixels that are damaged beyond doubt."""

    def region(package: str, view: str) -> Mask:
        truth = dataset.truth(package, view)
        assert truth is not None  # it is known
        return truth.mask

    return Source("masks", region, _with(dataset, "mask_path"), _mark(dataset.index["mask_path"]))


def of_boxes(dataset: Dataset) -> Source:
    """The Pascal VOC boxes beside the pictures: coarse, and larger than the damage."""

    def region(package: str, view: str) -> Mask:
        picture = dataset.view(package, view)
        height, width = picture.pixels.shape[:2]
        boxes = [filled([one.polygon], (height, width)) for one in picture.regions]
        return _any(boxes, (height, width))

    return Source("voc", region, _with(dataset, "regions_path"), _mark(dataset.index["regions_path"]))


def of_people(dataset: Dataset, standing: Mapping[str, Sequence[Annotation]]) -> Source:
    """What people drew who call the package damaged: of several, the pixels that more than half of them marked.

    Args:
        dataset: whose pictures.
        standing: the annotations of each package that no other replaces, as `AnnotationStore.standing` gives them.
    """

    def region(package: str, view: str) -> Mask:
        height, width = dataset.view(package, view).pixels.shape[:2]
        drawn = [one.regions[view] for one in damaged[package] if view in one.regions]
        votes = [_any([pixels_of(one, (height, width)) for one in every], (height, width)) for every in drawn]
        return np.asarray(2 * np.sum(votes, axis=0) > len(votes), bool)

    damaged = {name: [one for one in every if one.verdict == DAMAGED] for name, every in standing.items()}
    here = set(zip(dataset.index["package"], dataset.index["view"], strict=True))
    known = {(name, view) for name, every in damaged.items() for one in every for view in one.regions} & here
    said = "\n".join(sorted(one.id for every in standing.values() for one in every))
    return Source("store", region, frozenset(known), sha256(said.encode()).hexdigest()[:16])


def of_store(dataset: Dataset, store: AnnotationStore) -> Source:
    """What people drew, as a store has it now."""
    from core.studies.annotation import standing  # it knows whose pictures were annotated; few need it

    return of_people(dataset, standing(store, dataset).packages)


def of_people_names(dataset: Dataset, store: AnnotationStore) -> tuple[str, ...]:
    """Accounts of what people drew, as far as enough of them did: names that `source_of` knows."""
    from core.studies.annotation import standing

    found = standing(store, dataset).packages
    if not of_people(dataset, found).known:
        return ()
    together = max(len({one.annotator for one in every}) for every in found.values())
    return ("store", *(name for name, least in zip(TOGETHER, (2, 3), strict=True) if together >= least))


SOURCES: dict[str, Callable[[Dataset], Source]] = {"masks": of_masks, "voc": of_boxes}
"""Accounts that lie in the data set itself."""
TOGETHER = ("majority", "staple")
"""Accounts of several people together, see `core.studies.jointly`."""


def own_store() -> AnnotationStore:
    """What people drew on this installation."""
    from core.store.annotations import open_store  # a database is opened only where somebody asks for it

    return open_store(settings().database_url)


def source_of(name: str | None, dataset: Dataset, *, store: Callable[[], AnnotationStore] = own_store) -> Source:
    """The named account; by default the masks where there are any, else the boxes.

    Args:
        name: "masks", "voc", "store" for what people drew, or one of `TOGETHER` for what they say together.
        dataset: whose pictures.
        store: opens what people drew.

    Raises:
        UnknownName: there is no such account.
        BadInput: the data set has neither masks nor boxes, or nobody drew a region.
    """
    if name == "store":
        drawn = of_store(dataset, store())
        if not drawn.known:
            raise BadInput("Nobody has drawn a region on this data set.", "Draw regions first, or take masks or voc.")
        return drawn
    if name in TOGETHER:
        from core.studies.jointly import of_several  # it knows more of people than most accounts need

        return of_several(dataset, store(), name)
    if name is not None and name not in SOURCES:
        raise unknown("account of the damage", name, (*SOURCES, "store", *TOGETHER))
    has = {"masks": "mask_path", "voc": "regions_path"}
    found = [one for one, column in has.items() if dataset.index[column].notna().any() and name in (None, one)]
    if not found:
        what = {"masks": "masks", "voc": "Pascal VOC boxes"}.get(name or "", "masks or boxes")
        raise BadInput(f"The data set has no {what}.", "Draw regions, or name another account.")
    return SOURCES[found[0]](dataset)


def _with(dataset: Dataset, column: str) -> frozenset[tuple[str, str]]:
    """Views of packages not intact that have such a file."""
    rows = dataset.index[dataset.index[column].notna() & (dataset.index["label"] != INTACT)]
    return frozenset(zip(rows["package"], rows["view"], strict=True))


def _any(masks: Sequence[Mask], shape: tuple[int, int]) -> Mask:
    return np.asarray(np.logical_or.reduce([np.zeros(shape, bool), *masks]), bool)


def _mark(paths: pd.Series) -> str:
    """Of the content of the files."""
    digest = sha256()
    for path in sorted(map(str, paths.dropna())):
        digest.update(Path(path).name.encode())
        if Path(path).is_file():
            digest.update(Path(path).read_bytes())
    return digest.hexdigest()[:16]
