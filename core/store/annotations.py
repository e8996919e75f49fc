"""Keeps what people said of packages, in SQLite or PostgreSQL."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, Select, and_, distinct, exists, func, insert, select

from core.domain import ORIGINS, OUTCOMES, REJECTED, VERDICTS, AnnotatedRegion, Annotation, Review, Runs
from core.errors import BadInput, UnknownName
from core.store.database import once, opened, speaking, writable, writing
from core.store.tables import ANNOTATIONS, LOOKED, REGIONS, REPLACED, REVIEWS

_LATER = REVIEWS.alias("later")
_LAST = ~exists().where(_LATER.c.annotation == REVIEWS.c.annotation, _LATER.c.number > REVIEWS.c.number)
_REJECTED = exists().where(REVIEWS.c.annotation == ANNOTATIONS.c.id, REVIEWS.c.outcome == REJECTED, _LAST)
_STANDS = and_(~exists().where(REPLACED.c.old == ANNOTATIONS.c.id), ~_REJECTED)
_PLAIN = ("dataset", "package", "verdict", "annotator", "made_at", "note")
_REVIEW = ("id", "annotation", "outcome", "reviewer", "made_at", "note")
_MANY = 500
"""Ids asked for at once: databases limit how many values a question may hold."""


def new_id() -> str:
    """An id for an annotation that no other has."""
    return uuid.uuid4().hex


def open_store(url: str) -> SqlAnnotations:
    """The annotations kept at an address, sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME.

    Raises:
        BadInput: the address is not one of these.
        CoreError: the database cannot be reached, opened or written, or is of a newer version of the program.
    """
    return SqlAnnotations(opened(url))


@dataclass(frozen=True, slots=True)
class SqlAnnotations:
    """A `core.contracts.AnnotationStore` over a database with today's tables; threads may share it."""

    engine: Engine

    def add(self, annotations: Sequence[Annotation]) -> None:
        """Keep all of these or, where one is refused, none; see `AnnotationStore`."""
        for annotation in annotations:
            check(annotation)
        once(lambda: self._add(annotations))

    def _add(self, annotations: Sequence[Annotation]) -> None:
        with speaking(self.engine.url), writing(self.engine) as connection:
            new = _unknown(connection, annotations)
            _check_replaced(connection, new)
            for table, rows in _rows(new).items():
                if rows:
                    connection.execute(insert(table), rows)

    def of(self, dataset: str, package: str) -> tuple[Annotation, ...]:
        """What stands of one package, in the order in which it was added."""
        return self._read(_of(dataset, package).where(_STANDS))

    def standing(self, dataset: str) -> dict[str, tuple[Annotation, ...]]:
        """What stands of every annotated package of a data set, by package."""
        found: defaultdict[str, list[Annotation]] = defaultdict(list)
        for annotation in self._read(_of(dataset).where(_STANDS)):
            found[annotation.package].append(annotation)
        return {package: tuple(found[package]) for package in sorted(found)}

    def history(self, dataset: str, package: str | None = None) -> tuple[Annotation, ...]:
        """Everything ever said of one package, or of all of them, in the order in which it was added."""
        return self._read(_of(dataset, package))

    def by(self, annotator: str) -> tuple[Annotation, ...]:
        """Everything that one person ever said, in the order in which it was added."""
        return self._read(select(ANNOTATIONS).where(ANNOTATIONS.c.annotator == annotator))

    def annotators(self, dataset: str) -> dict[str, int]:
        """Who said something of a data set, and of how many packages; sorted by name."""
        count = func.count(distinct(ANNOTATIONS.c.package))
        asked = select(ANNOTATIONS.c.annotator, count).where(ANNOTATIONS.c.dataset == dataset)
        with speaking(self.engine.url), self.engine.connect() as connection:
            rows = connection.execute(asked.group_by(ANNOTATIONS.c.annotator)).all()
        return {str(name): int(packages) for name, packages in sorted(map(tuple, rows))}

    def restore(
        self, id: str, *, annotator: str, made_at: datetime, replaces: Sequence[str] | None = None
    ) -> Annotation:
        """Say again what an old annotation said, as a new one, and return it; see `AnnotationStore`."""
        found = self._read(select(ANNOTATIONS).where(ANNOTATIONS.c.id == id))
        if not found:
            raise UnknownName(f"There is no annotation {id!r}.", "Choose one from the history of the package.")
        (old,) = found
        if replaces is None:
            replaces = [one.id for one in self.of(old.dataset, old.package)]
        again = replace(old, id=new_id(), annotator=annotator, made_at=made_at, replaces=tuple(replaces))
        self.add([again])
        return again

    def review(self, reviews: Sequence[Review]) -> None:
        """Keep all of these or, where one is refused, none; see `AnnotationStore`."""
        for one in reviews:
            check_review(one)
        once(lambda: self._review(reviews))

    def _review(self, reviews: Sequence[Review]) -> None:
        with speaking(self.engine.url), writing(self.engine) as connection:
            new = _unknown_reviews(connection, reviews)
            _check_reviewed(connection, new)
            if new:
                connection.execute(insert(REVIEWS), [{name: getattr(one, name) for name in _REVIEW} for one in new])

    def reviews(self, dataset: str, package: str | None = None) -> tuple[Review, ...]:
        """Everything reviewers ever said of one package, or of all of them, in the order in which it was added."""
        about = _of(dataset, package).with_only_columns(ANNOTATIONS.c.id)
        asked = select(REVIEWS).where(REVIEWS.c.annotation.in_(about)).order_by(REVIEWS.c.number)
        with speaking(self.engine.url), self.engine.connect() as connection:
            rows = connection.execute(asked).mappings().all()
        return tuple(_said(row) for row in rows)

    def _read(self, asked: Select[Any]) -> tuple[Annotation, ...]:
        with speaking(self.engine.url), self.engine.connect() as connection, connection.begin():
            return _load(connection, asked)


def check(annotation: Annotation) -> None:
    """Refuse an annotation that is not what the noun says, before anything is written.

    Raises:
        BadInput: a name is empty or cannot be written, the verdict is none, a time has no zone, a marked area leaves
            the frame, or a number is none.
    """
    names = (annotation.dataset, annotation.package, annotation.annotator, *annotation.regions)
    regions = [region for some in annotation.regions.values() for region in some]
    words = [*names, annotation.note, *(word for region in regions for word in (region.kind, region.note))]
    problems = {
        "its data set, its package, its annotator or a view has no name": not all(name.strip() for name in names),
        "a text holds signs that no text may have": not all(map(writable, words)),
        f"its verdict is {annotation.verdict!r}, not one of {', '.join(VERDICTS)}": annotation.verdict not in VERDICTS,
        "it knows a picture of a view that was not looked at": not set(annotation.pictures) <= set(annotation.regions),
        "its time has no zone": annotation.made_at.tzinfo is None,
        "its id does not have 32 digits": len(annotation.id) != 32,
        **{problem: True for region in regions for problem in _problems(region)},
    }
    _refuse(annotation, next((problem for problem, there in problems.items() if there), ""))


def check_review(review: Review) -> None:
    """Refuse a review that is not what the noun says, before anything is written.

    Raises:
        BadInput: the reviewer has no name, a text cannot be written, the outcome is none, or the time has no zone.
    """
    problems = {
        "its reviewer has no name": not review.reviewer.strip(),
        "a text holds signs that no text may have": not (writable(review.reviewer) and writable(review.note)),
        f"its outcome is {review.outcome!r}, not one of {', '.join(OUTCOMES)}": review.outcome not in OUTCOMES,
        "its time has no zone": review.made_at.tzinfo is None,
        "its id does not have 32 digits": len(review.id) != 32,
    }
    _refuse_review(next((problem for problem, there in problems.items() if there), ""))


def _refuse_review(problem: str, remedy: str = "Correct it, and save again.") -> None:
    if problem:
        raise BadInput(f"The review cannot be kept: {problem}.", remedy)


def _unknown_reviews(connection: Connection, reviews: Sequence[Review]) -> list[Review]:
    """Those that are not kept yet, each once.

    Raises:
        BadInput: an id is taken by a review that says something else.
    """
    given = {one.id: one for one in reviews}
    kept = [_said(row) for row in _rows_of(connection, select(REVIEWS), REVIEWS.c.id, list(given))]
    for one in (*kept, *reviews):
        if given[one.id] != one:
            _refuse_review(f"its id {one.id} belongs to another one", "Make a new id with new_id.")
    return [one for id, one in given.items() if id not in {old.id for old in kept}]


def _check_reviewed(connection: Connection, reviews: Sequence[Review]) -> None:
    asked, ids = select(ANNOTATIONS), [one.annotation for one in reviews]
    made_by = {row["id"]: row["annotator"] for row in _rows_of(connection, asked, ANNOTATIONS.c.id, ids)}
    for one in reviews:
        if one.annotation not in made_by:
            _refuse_review(f"there is no annotation {one.annotation}", "Load the package again.")
        if made_by[one.annotation].strip() == one.reviewer.strip():
            _refuse_review(f"{one.reviewer} made the annotation", "Let somebody else review it.")


def _said(row: Mapping[Any, Any]) -> Review:
    return Review(**{name: row[name] for name in _REVIEW})


def _problems(region: AnnotatedRegion) -> Iterator[str]:
    corners, severity = region.polygon, region.severity
    if corners is not None and (corners.ndim != 2 or corners.shape[1] != 2 or len(corners) < 3):
        yield "a polygon has fewer than three corners"
    elif corners is not None and not ((corners >= 0) & (corners <= 1)).all():
        yield "a polygon leaves the frame"
    if severity is not None and not 0 <= severity <= 1:
        yield f"a severity is {severity}, not from 0 to 1"
    if region.origin not in ORIGINS:
        yield f"an area comes from {region.origin!r}, not one of {', '.join(ORIGINS)}"


def _refuse(annotation: Annotation, problem: str, remedy: str = "Correct it, and save again.") -> None:
    if problem:
        raise BadInput(f"The annotation of {annotation.package or 'a package'} cannot be kept: {problem}.", remedy)


def _of(dataset: str, package: str | None = None) -> Select[Any]:
    asked = select(ANNOTATIONS).where(ANNOTATIONS.c.dataset == dataset)
    return asked if package is None else asked.where(ANNOTATIONS.c.package == package)


def _unknown(connection: Connection, annotations: Sequence[Annotation]) -> list[Annotation]:
    """Those that are not kept yet.

    Raises:
        BadInput: an id is taken by an annotation that says something else.
    """
    given = {annotation.id: annotation for annotation in annotations}
    for start in range(0, len(annotations), _MANY):
        ids = [annotation.id for annotation in annotations[start : start + _MANY]]
        for kept in _load(connection, select(ANNOTATIONS).where(ANNOTATIONS.c.id.in_(ids))):
            if given.pop(kept.id) != kept:
                _refuse(kept, f"its id {kept.id} belongs to another one", "Make a new id with new_id.")
    return [annotation for annotation in annotations if annotation.id in given]


def _check_replaced(connection: Connection, annotations: Sequence[Annotation]) -> None:
    places = {annotation.id: (annotation.dataset, annotation.package) for annotation in annotations}
    if len(places) < len(annotations):
        _refuse(annotations[0], "another one has the same id", "Make each id with new_id.")
    old = [id for annotation in annotations for id in annotation.replaces if id not in places]
    for row in _rows_of(connection, select(ANNOTATIONS), ANNOTATIONS.c.id, old):
        places[row["id"]] = (row["dataset"], row["package"])
    for annotation in annotations:
        for id in annotation.replaces:
            if id == annotation.id or places.get(id) != (annotation.dataset, annotation.package):
                _refuse(annotation, f"it replaces {id}, which is none of this package", "Load the package again.")


def _rows(annotations: Sequence[Annotation]) -> dict[Any, list[dict[str, object]]]:
    """Table to its new rows, in the order in which they may be written."""
    areas = [(one.id, view, some) for one in annotations for view, some in one.regions.items()]
    return {
        ANNOTATIONS: [
            {name: getattr(one, name) for name in ("id", *_PLAIN)} for one in annotations
        ],
        LOOKED: [
            {"annotation": one.id, "view": view, "picture": one.pictures.get(view, "")}
            for one in annotations
            for view in one.regions
        ],
        REGIONS: [
            {"annotation": id, "view": view, "position": at} | _region_row(region)
            for id, view, some in areas
            for at, region in enumerate(some)
        ],
        REPLACED: [
            {"annotation": one.id, "old": old} for one in annotations for old in one.replaces
        ],
    }  # fmt: skip


def _region_row(region: AnnotatedRegion) -> dict[str, object]:
    said = {"kind": region.kind, "severity": region.severity, "note": region.note, "origin": region.origin}
    if region.brush is not None:
        return said | {"shape": {"size": list(region.brush.shape), "counts": list(region.brush.counts)}}
    assert region.polygon is not None  # a marked area is one of the two
    return said | {"shape": {"polygon": region.polygon.astype(np.float32).tolist()}}


def _load(connection: Connection, asked: Select[Any]) -> tuple[Annotation, ...]:
    rows = connection.execute(asked.order_by(ANNOTATIONS.c.number)).mappings().all()
    ids = [str(row["id"]) for row in rows]
    looked, regions, replaced = (_by_annotation(connection, table, ids) for table in (LOOKED, REGIONS, REPLACED))
    return tuple(_annotation(dict(row), looked, regions, replaced) for row in rows)


def _by_annotation(connection: Connection, table: Any, ids: Sequence[str]) -> dict[str, list[Mapping[str, Any]]]:
    found: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    asked = select(table).order_by(*table.primary_key.columns)
    for row in _rows_of(connection, asked, table.c.annotation, ids):
        found[row["annotation"]].append(row)
    return found


def _rows_of(
    connection: Connection, asked: Select[Any], column: Any, ids: Sequence[str]
) -> Iterator[Mapping[str, Any]]:
    for start in range(0, len(ids), _MANY):
        found = connection.execute(asked.where(column.in_(ids[start : start + _MANY]))).mappings()
        yield from ({str(name): value for name, value in row.items()} for row in found)


def _annotation(
    row: Mapping[str, Any],
    looked: Mapping[str, Sequence[Mapping[str, Any]]],
    regions: Mapping[str, Sequence[Mapping[str, Any]]],
    replaced: Mapping[str, Sequence[Mapping[str, Any]]],
) -> Annotation:
    id = row["id"]
    views = {one["view"]: one["picture"] for one in looked.get(id, ())}
    marked: dict[str, list[AnnotatedRegion]] = {view: [] for view in views}
    for one in regions.get(id, ()):
        marked[one["view"]].append(_region(one))
    return Annotation(
        id=id,
        regions={view: tuple(some) for view, some in marked.items()},
        pictures={view: picture for view, picture in views.items() if picture},
        replaces=tuple(one["old"] for one in replaced.get(id, ())),
        **{name: row[name] for name in _PLAIN},
    )


def _region(row: Mapping[str, Any]) -> AnnotatedRegion:
    shape = row["shape"]
    polygon = np.array(shape["polygon"], np.float32) if "polygon" in shape else None
    brush = None if polygon is not None else Runs((shape["size"][0], shape["size"][1]), tuple(shape["counts"]))
    return AnnotatedRegion(polygon, brush, row["kind"], row["severity"], row["note"], row["origin"])
