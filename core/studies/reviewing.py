"""Who said what of every package, and what reviewers made of it: the annotations as agreement and review need them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from itertools import combinations, compress

import numpy as np
import pandas as pd
from scipy.ndimage import binary_dilation

from core.contracts import AnnotationStore, Dataset, Progress, silent
from core.domain import ACCEPTED, DAMAGED, REJECTED, Annotation, Mask, Review
from core.metrics.annotators.overlap import SAME, overlap
from core.regions import pixels_of
from core.studies.annotation import histories, keys_of, new_id
from core.study import inventory

__all__ = [
    "ACCEPTED", "CORRECTED", "CORRECTION", "OPEN", "QUEUE", "REJECTED", "STATES", "Opinions", "gathered", "marked",
    "queue", "region", "review",
]  # fmt: skip

OPEN, CORRECTED, CORRECTION = "open", "corrected", "correction"
STATES = {
    OPEN: "Nobody else has looked at it yet.",
    ACCEPTED: "A reviewer accepted it.",
    REJECTED: "A reviewer rejected it: it no longer stands.",
    CORRECTED: "Somebody else put another one in its place.",
    CORRECTION: "It stands in the place of what somebody else said.",
}
"""What became of an annotation; an own later one in its place is none of these."""

QUEUE = (
    "package",  # id
    "people",  # whose words stand
    "verdicts",  # theirs, sorted, "damaged, intact"
    "open",  # annotations that stand and that nobody else has looked at
    "iou",  # the lowest of two people in any view; NaN where no two marked the same view
    "split",  # whether verdicts differ
    "apart",  # whether marks do: an IoU below `SAME`
)

Place = tuple[str, str]


@dataclass(frozen=True)
class Opinions:
    """Everything said of the packages of a data set.

    Attributes:
        dataset: whose packages.
        said: package to annotator to the last word of that person who had not put aside somebody else's: those who
            correct have seen what they correct, and are no second witness. Reviews change nothing of it.
        standing: package to what stands: not replaced, not rejected.
        history: package to everything ever said of it.
        reviews: id of an annotation to the last review of it.
        sizes: (package, view) to (height, width) of the picture.
    """

    dataset: Dataset
    said: Mapping[str, Mapping[str, Annotation]]
    standing: Mapping[str, tuple[Annotation, ...]]
    history: Mapping[str, tuple[Annotation, ...]]
    reviews: Mapping[str, Review]
    sizes: Mapping[Place, tuple[int, int]]

    def only(self, packages: Collection[str]) -> Opinions:
        """What was said of these packages."""
        wanted = set(packages)
        said = {one: every for one, every in self.said.items() if one in wanted}
        standing = {one: every for one, every in self.standing.items() if one in wanted}
        history = {one: every for one, every in self.history.items() if one in wanted}
        ids = {one.id for every in history.values() for one in every}
        reviews = {id: last for id, last in self.reviews.items() if id in ids}
        return Opinions(self.dataset, said, standing, history, reviews, self.sizes)

    @cached_property
    def people(self) -> tuple[str, ...]:
        """Everybody who said something, sorted."""
        return tuple(sorted({one.annotator for every in self.history.values() for one in every}))

    @cached_property
    def mark(self) -> str:
        """Changes whenever a person says something, not when it is reviewed."""
        return _mark(one.id for every in self.history.values() for one in every)

    @cached_property
    def marks(self) -> tuple[str, str]:
        """The same, and what changes whenever something is reviewed."""
        return self.mark, _mark(one.id for one in self.reviews.values())

    @cached_property
    def states(self) -> dict[str, str]:
        """Id of an annotation to one of `STATES`; absent where its own author replaced it."""
        by = {one.id: one for every in self.history.values() for one in every}
        found: dict[str, str] = {}
        gone: set[str] = set()
        for one in by.values():
            olds = [by[old] for old in one.replaces if old in by]
            gone |= {old.id for old in olds if old.annotator == one.annotator}
            found |= {old.id: CORRECTED for old in olds if old.annotator != one.annotator}
            foreign = any(old.annotator != one.annotator for old in olds)
            found.setdefault(one.id, CORRECTION if foreign else OPEN)
        reviewed = {id: last.outcome for id, last in self.reviews.items() if found.get(id) in (OPEN, CORRECTION)}
        return {id: state for id, state in (found | reviewed).items() if id not in gone or state == CORRECTED}


def _mark(ids: Iterable[str]) -> str:
    return sha256("\n".join(ids).encode()).hexdigest()[:16]


def gathered(store: AnnotationStore, dataset: Dataset, *, progress: Progress = silent) -> Opinions:
    """Everything said of a data set, as it is now.

    Raises:
        CoreError: the database cannot be read.
    """
    history = histories(store, dataset, progress=progress)
    reviews = {one.annotation: one for key in keys_of(dataset) for one in store.reviews(key)}
    replaced = {old for every in history.values() for one in every for old in one.replaces}
    gone = replaced | {id for id, last in reviews.items() if last.outcome == REJECTED}
    stands = {package: tuple(one for one in every if one.id not in gone) for package, every in history.items()}
    table = inventory(dataset)
    columns = (table[name].tolist() for name in ("package", "view", "height", "width"))
    sizes = {(package, view): (int(high), int(wide)) for package, view, high, wide in zip(*columns, strict=True)}
    return Opinions(
        dataset, {package: _witnesses(every) for package, every in history.items()},
        {package: every for package, every in stands.items() if every}, history, reviews, sizes,
    )  # fmt: skip


def _witnesses(history: Sequence[Annotation]) -> dict[str, Annotation]:
    """The last word of each person that replaced nobody else's."""
    by = {one.id: one.annotator for one in history}
    alone = [one for one in history if all(by.get(old, one.annotator) == one.annotator for old in one.replaces)]
    own = {one.annotator: one for one in alone}
    return {name: own[name] for name in sorted(own)}


def marked(opinions: Opinions, annotation: Annotation, view: str) -> list[Mask]:
    """(H, W) bool each: the damages that an annotation marks in a view, in the size of the picture.

    An outline is one damage; strokes of a brush that touch are one together.
    """
    size = opinions.sizes[annotation.package, view]
    regions = annotation.regions.get(view, ())
    outlined = [pixels_of(one, size) for one in regions if one.brush is None]
    return [*outlined, *_touching([pixels_of(one, size) for one in regions if one.brush is not None])]


def _touching(strokes: Iterable[Mask]) -> list[Mask]:
    """Strokes that overlap or lie side by side, joined."""
    found: list[Mask] = []
    for stroke in strokes:
        near = binary_dilation(stroke)
        beside = [bool((one & near).any()) for one in found]
        whole = np.logical_or.reduce([stroke, *compress(found, beside)])
        found = [*(one for one, there in zip(found, beside, strict=True) if not there), np.asarray(whole, bool)]
    return found


def region(opinions: Opinions, annotation: Annotation, view: str) -> Mask:
    """(H, W) bool: all of them together; nowhere True where there are none."""
    size = opinions.sizes[annotation.package, view]
    return np.asarray(np.logical_or.reduce([np.zeros(size, bool), *marked(opinions, annotation, view)]), bool)


def review(
    store: AnnotationStore,
    annotation: Annotation,
    outcome: str,
    *,
    reviewer: str,
    made_at: datetime,
    note: str = "",
) -> Review:
    """Accept or reject what somebody else said; who corrects it saves another annotation that replaces it.

    Args:
        store: as `open_annotations` gives it.
        annotation: what is reviewed.
        outcome: "accepted" or "rejected".
        reviewer: who says so, not the annotator.
        made_at: now, UTC.
        note: why.

    Raises:
        BadInput: the reviewer has no name or made the annotation, or as `AnnotationStore.review`.
        CoreError: the database cannot be written; nothing was kept.
    """
    kept = Review(new_id(), annotation.id, outcome, reviewer.strip(), made_at, note)
    store.review([kept])
    return kept


def queue(opinions: Opinions, found: pd.DataFrame | None = None) -> pd.DataFrame:
    """Packages that wait for a reviewer: where people disagree, and where nobody else has looked.

    Args:
        opinions: as `gathered` gives them.
        found: of `annotators.overlaps`, where they are known already; it saves time.

    Returns:
        `QUEUE`, first where verdicts differ, then where marks do, then the others; least agreement first.
    """
    known = {} if found is None else _known(found)
    rows = [_waiting(opinions, package, every, known) for package, every in opinions.standing.items()]
    table = pd.DataFrame([row for row in rows if row["split"] or row["apart"] or row["open"]], columns=list(QUEUE))
    order = ["split", "apart", "iou", "package"]
    return table.sort_values(order, ascending=[False, False, True, True], ignore_index=True)


Known = Mapping[tuple[str, str, str, str], float]
"""(package, view, one, other) to the IoU of their last words."""


def _known(found: pd.DataFrame) -> Known:
    columns = (found[name].tolist() for name in ("package", "view", "one", "other", "iou"))
    return {(package, view, one, other): iou for package, view, one, other, iou in zip(*columns, strict=True)}


def _waiting(opinions: Opinions, package: str, standing: Sequence[Annotation], known: Known) -> dict[str, object]:
    verdicts = sorted({one.verdict for one in standing})
    lowest = _lowest(opinions, standing, known)
    return {
        "package": package, "people": ", ".join(sorted({one.annotator for one in standing})),
        "verdicts": ", ".join(verdicts), "open": sum(opinions.states.get(one.id) == OPEN for one in standing),
        "iou": lowest, "split": len(verdicts) > 1, "apart": lowest < SAME,
    }  # fmt: skip


def _lowest(opinions: Opinions, standing: Sequence[Annotation], known: Known) -> float:
    """The lowest IoU of two who call the package damaged, in any view that both have looked at."""
    damaged = sorted((one for one in standing if one.verdict == DAMAGED), key=lambda one: one.annotator)
    found = [
        _iou(opinions, one, other, view, known)
        for one, other in combinations(damaged, 2)
        for view in set(one.regions) & set(other.regions)
        if (one.package, view) in opinions.sizes
    ]
    return float(np.nanmin(found)) if found and not np.isnan(found).all() else float("nan")


def _iou(opinions: Opinions, one: Annotation, other: Annotation, view: str, known: Known) -> float:
    last = opinions.said[one.package]
    pair = (one.package, view, one.annotator, other.annotator)
    if pair in known and all(last.get(each.annotator) is each for each in (one, other)):
        return known[pair]
    return overlap(region(opinions, one, view), region(opinions, other, view)).iou
