"""What a person marks on one view of a package: pixels, scores against the maps, suggestions from the maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from core.contracts import Dataset
from core.domain import DAMAGED, SUGGESTED, AnnotatedRegion, Annotation, Attribution, Floats, Mask, Score
from core.errors import BadInput
from core.metrics.consensus import top
from core.metrics.localisation.metric import score
from core.metrics.localisation.ranked import Held, Ranked
from core.metrics.localisation.target import Target
from core.regions import box_of, filled, is_box, outlines, painted, pixels_of
from core.studies.agreement import SIGMA, crop_of, silhouette_of
from core.studies.consensus import together
from core.studies.explanation import placed, seen
from core.study import Classifier

__all__ = [
    "LIVE", "Box", "Evidence", "Live", "along", "box_of", "evidence", "filled", "is_box", "live", "outlines",
    "package_box", "painted", "pixels_of", "suggestions", "united",
]  # fmt: skip

LIVE = ("relevance_mass", "relevance_rank", "pointing_game")
"""The metrics that follow the pen, in the order in which they stand."""
SMALLEST = 0.004
"""Parts of a suggestion smaller than this share of the package are left out: specks."""
MOST = 5
"""Areas that are suggested at once, those with the most evidence first."""
EASED = 1.5
"""How far the line around a suggestion may run from its pixels: fewer corners are easier to correct."""

Box = tuple[float, float, float, float]
"""(left, top, right, bottom), pixels of the frame."""


def package_box(dataset: Dataset, package: str, view: str, model: Classifier | None) -> Box:
    """The upright rectangle around what a model takes for the package, inside of the frame; the frame without a model.

    Raises:
        UnknownName: no such package or view.
        UnreadableImage: the picture cannot be decoded.
    """
    picture = dataset.view(package, view)
    height, width = picture.pixels.shape[:2]
    if model is None:
        return 0.0, 0.0, float(width), float(height)
    corners = placed(dataset, package, picture, model).outline()
    left, top_ = np.clip(corners.min(axis=0), 0, (width, height))
    right, bottom = np.clip(corners.max(axis=0), 0, (width, height))
    if right - left < 8 or bottom - top_ < 8:
        return 0.0, 0.0, float(width), float(height)
    return float(left), float(top_), float(right), float(bottom)


def along(line: NDArray[np.floating], width: float, shape: tuple[int, int]) -> Mask:
    """The pixels that a round brush covers along a line.

    Args:
        line: (K, 2), x right and y down, in [0, 1] of the frame; may leave it.
        width: of the brush, pixels of the frame.
        shape: (height, width) of the frame, pixels.

    Returns:
        (H, W) bool.
    """
    covered = np.zeros(shape, bool)
    points = np.asarray(line, np.float64) * (shape[1], shape[0]) - 0.5  # the center of a pixel has whole numbers
    for start, end in zip(points[[0, *range(len(points) - 1)]], points, strict=True):
        _cover(covered, start, end, max(width, 1) / 2)
    return covered


def _cover(covered: Mask, start: NDArray[np.float64], end: NDArray[np.float64], radius: float) -> None:
    """Add the pixels whose centers lie within a radius of a line between two points."""
    low = np.maximum(np.floor(np.minimum(start, end) - radius), 0).astype(int)
    high = np.ceil(np.maximum(start, end) + radius).astype(int) + 1
    part = covered[low[1] : max(high[1], 0), low[0] : max(high[0], 0)]
    y, x = np.ogrid[low[1] : low[1] + part.shape[0], low[0] : low[0] + part.shape[1]]
    way, length = end - start, float(((end - start) ** 2).sum())
    share = np.clip(((x - start[0]) * way[0] + (y - start[1]) * way[1]) / (length or 1), 0, 1)
    part |= (x - start[0] - share * way[0]) ** 2 + (y - start[1] - share * way[1]) ** 2 <= radius**2


def united(regions: Sequence[AnnotatedRegion], shape: tuple[int, int]) -> Mask:
    """(H, W) bool: the pixels of all marked areas together."""
    return np.asarray(np.logical_or.reduce([np.zeros(shape, bool), *(pixels_of(one, shape) for one in regions)]), bool)


@dataclass(frozen=True, eq=False)
class Evidence:
    """The maps of one view, prepared once so that every stroke is scored at once.

    Attributes:
        shape: (height, width) of the frame.
        within: (H, W) bool, the pixels that count: of the package, and seen by every network.
        ranked: model to its smoothed map, sorted.
    """

    shape: tuple[int, int]
    within: Mask
    ranked: Mapping[str, Ranked]


def evidence(
    dataset: Dataset,
    package: str,
    view: str,
    models: Mapping[str, Classifier],
    maps: Mapping[str, Attribution],
) -> Evidence:
    """Prepare the maps of a view for `live`; the same pixels count, and the same smoothing, as in `agreement`.

    Args:
        dataset: of the picture.
        package: its id.
        view: the camera.
        models: at least those of `maps`, by name.
        maps: model to its map of this view, at least one.
    """
    framings = {repr(models[name].card.framing): models[name] for name in maps}
    looks = [seen(dataset, package, view, model) for model in framings.values()]
    silhouette = silhouette_of(dataset, package, view, looks[0])
    within = np.asarray(np.logical_and.reduce([silhouette, *map(crop_of, looks)]), bool)
    ranked = {name: Ranked.of(gaussian_filter(one.values, SIGMA), within=within) for name, one in maps.items()}
    return Evidence((within.shape[0], within.shape[1]), within, ranked)


@dataclass(frozen=True)
class Live:
    """How well the maps of one view point at what is marked on it now.

    Attributes:
        scores: model to metric to score.
        ceiling: metric to what the marks of other people score against the same region; empty without others.
        people: how many those are.
        empty: why there are no scores, "" where there are.
    """

    scores: Mapping[str, Mapping[str, Score]] = field(default_factory=dict)
    ceiling: Mapping[str, float] = field(default_factory=dict)
    people: int = 0
    empty: str = ""


def live(held: Evidence, regions: Sequence[AnnotatedRegion], others: Sequence[Sequence[AnnotatedRegion]] = ()) -> Live:
    """Score the maps against what is marked.

    Args:
        held: the maps.
        regions: marked by the person who draws.
        others: what every other person marked on this view; their marks, averaged to a map, are the human ceiling.
    """
    target = Target.of(united(regions, held.shape), within=held.within)
    if target.empty:
        return Live(empty="Mark some damage to see the scores." if not regions else target.empty)
    scores = {
        name: {metric: score(metric, Held(ranked, target)) for metric in LIVE}
        for name, ranked in held.ranked.items()
    }  # fmt: skip
    marked = [united(some, held.shape) for some in others if some]
    if not marked:
        return Live(scores)
    people = Ranked.of(np.mean(marked, axis=0, dtype=np.float64), within=held.within)
    ceiling = {metric: score(metric, Held(people, target)).value for metric in LIVE}
    return Live(scores, ceiling, len(marked))


def marks_of_others(annotations: Sequence[Annotation], view: str) -> list[tuple[AnnotatedRegion, ...]]:
    """What every annotation that calls the package damaged has on one view."""
    return [one.regions[view] for one in annotations if one.verdict == DAMAGED and view in one.regions]


def suggestions(maps: Sequence[Attribution], *, share: float) -> tuple[AnnotatedRegion, ...]:
    """Areas where the models together see evidence of damage, to be corrected by a person.

    Args:
        maps: of one view by one method, of different models; at least one.
        share: of the pixels that any model looked at, in (0, 1]: the strongest of the consensus.

    Returns:
        Polygons around the parts, the one with the most evidence first; at most `MOST`, no specks and no holes.

    Raises:
        BadInput: there is no map, or share is out of range.
    """
    if not maps or not 0 < share <= 1:
        raise BadInput("A suggestion needs maps, and a share of them.", "Compute the maps first.")
    found = together(maps, sigma=SIGMA).consensus if len(maps) > 1 else _positive(maps[0])
    looked = np.asarray(np.logical_or.reduce([one.values != 0 for one in maps]), bool)
    strongest = top(found, share, inside=looked)
    count, named = cv2.connectedComponents(strongest.astype(np.uint8), connectivity=8)
    parts = [np.asarray(named == at, bool) for at in range(1, count)]
    large = [one for one in parts if one.sum() >= SMALLEST * looked.sum() * min(1.0, share / 0.05)]
    large.sort(key=lambda part: -float(found[part].sum()))
    return tuple(AnnotatedRegion(polygon=_around(one), origin=SUGGESTED) for one in large[:MOST])


def _positive(one: Attribution) -> Floats:
    return np.asarray(np.maximum(gaussian_filter(one.values, SIGMA), 0), np.float32)


def _around(part: Mask) -> Floats:
    """The outer border of a connected part: the largest of its polygons; the others run around holes."""
    return max(outlines(part, within=EASED), key=lambda one: abs(cv2.contourArea(one)))
