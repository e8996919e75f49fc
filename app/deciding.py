"""What a reviewer does with what somebody else said."""

from __future__ import annotations

from datetime import UTC, datetime

from app import annotating, resources, selection
from core.domain import Annotation
from core.studies import reviewing
from core.studies.reviewing import Opinions


def decide(annotation: Annotation, outcome: str, *, reviewer: str, note: str) -> None:
    """Accept or reject; raises `CoreError` where it cannot be kept."""
    store, now = resources.annotations(), datetime.now(UTC)
    reviewing.review(store, annotation, outcome, reviewer=reviewer, made_at=now, note=note.strip())


def correct(root: str, opinions: Opinions, annotation: Annotation, *, reviewer: str) -> None:
    """Open the package on Annotate with these marks, as the reviewer's own; saved, they take the place of the other."""
    views = sorted(resources.dataset(root).load(annotation.package).views)
    standing = opinions.standing.get(annotation.package, ())
    begun = annotating.Draft.of(annotation.package, views, standing, reviewer)
    draft = annotating.draft(root, annotation.package, reviewer, begin=lambda: begun)
    draft.take(annotation)
    draft.replaces(annotation)
    selection.go("annotate", package=annotation.package, annotator=reviewer)


def refusal(annotation: Annotation, reviewer: str) -> str:
    """Why this person cannot review it, "" where they can."""
    if not reviewer:
        return "Give your name above first."
    return "You made it: somebody else must look at it." if annotation.annotator.strip() == reviewer else ""
