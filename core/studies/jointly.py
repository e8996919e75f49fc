"""Where the damage is by all who looked, those who saw none among them: as an account that maps can be held to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

import numpy as np

from core.contracts import AnnotationStore, Dataset
from core.domain import DAMAGED, INTACT, Annotation, Mask
from core.errors import BadInput
from core.metrics.annotators.consensus import Staple, majority, staple
from core.registry import unknown
from core.studies.regions import TOGETHER, Source
from core.studies.reviewing import Opinions, gathered, region

__all__ = ["TOGETHER", "consensus", "of_several", "qualities", "together"]

LEAST = 3
"""People from whom on STAPLE can tell who is right; of fewer, the majority is taken."""


def of_several(dataset: Dataset, store: AnnotationStore, by: str) -> Source:
    """The consensus as a store has it now, see `consensus`.

    Raises:
        BadInput: no package has a consensus that it is damaged.
    """
    found = consensus(gathered(store, dataset), by)
    if not found.known:
        raise BadInput("No package is called damaged by most who looked.", "Draw regions first, or take masks or voc.")
    return found


def consensus(opinions: Opinions, by: str = "majority") -> Source:
    """What those whose words stand say together of each package that more of them call damaged than intact.

    Unlike `regions.of_people` it counts those too who saw nothing: their region is empty.

    Args:
        opinions: as `gathered` gives them.
        by: one of `TOGETHER`: "majority" takes the pixels that more than half marked, "staple" those that are rather
            damaged than not, believing the better ones more; of fewer than three people, the majority.

    Raises:
        UnknownName: no such way.
    """
    if by not in TOGETHER:
        raise unknown("way to find a consensus", by, TOGETHER)
    called = {package: every for package, every in opinions.standing.items() if _damaged(every)}
    known = {
        (package, view)
        for package, every in called.items()
        for one in every
        for view in one.regions
        if (package, view) in opinions.sizes
    }
    said = "\n".join([by, *sorted(one.id for every in called.values() for one in every)])
    return Source(
        by, lambda package, view: together(opinions, package, view, by), frozenset(known),
        sha256(said.encode()).hexdigest()[:16],
    )  # fmt: skip


def _damaged(standing: Sequence[Annotation]) -> bool:
    verdicts = [one.verdict for one in standing]
    return verdicts.count(DAMAGED) > verdicts.count(INTACT)


def together(opinions: Opinions, package: str, view: str, by: str = "majority") -> Mask:
    """(H, W) bool: the consensus on one view, of those whose words stand and who looked at it."""
    masks = list(_looked(opinions, package, view).values())
    if not masks:
        return np.zeros(opinions.sizes[package, view], bool)
    return staple(masks).region if by == "staple" and len(masks) >= LEAST else majority(masks)


def qualities(opinions: Opinions, package: str, view: str) -> tuple[Mapping[str, tuple[float, float]], Staple] | None:
    """Sensitivity and specificity of each person on one view, as STAPLE finds them; None with fewer than three."""
    masks = _looked(opinions, package, view)
    if len(masks) < LEAST:
        return None
    found = staple(list(masks.values()))
    pairs = zip(masks, found.sensitivity.tolist(), found.specificity.tolist(), strict=True)
    return {name: (p, q) for name, p, q in pairs}, found


def _looked(opinions: Opinions, package: str, view: str) -> dict[str, Mask]:
    """The last standing word of each person who looked at a view."""
    there = [one for one in opinions.standing.get(package, ()) if view in one.regions]
    return {one.annotator: region(opinions, one, view) for one in there}
