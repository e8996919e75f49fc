"""Do people agree on what is damaged, and where: verdicts, regions, damage by damage, and the ceiling for every map."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from core.contracts import Dataset, Progress, silent
from core.domain import DAMAGED, PACKAGE, VERDICTS, Annotation, Mask
from core.metrics.annotators import alpha as apart
from core.metrics.annotators.ceiling import others
from core.metrics.annotators.overlap import matched, of_places, overlap
from core.metrics.annotators.resampled import interval, ratio
from core.metrics.annotators.verdicts import Agreed, alpha, cohen, counts, fleiss
from core.metrics.localisation.metric import METRICS, score
from core.metrics.localisation.ranked import Held, Ranked
from core.metrics.localisation.target import Target, around
from core.studies.agreement import SIGMA, crop_of, silhouette_of
from core.studies.explanation import seen
from core.studies.reviewing import ACCEPTED, CORRECTED, OPEN, REJECTED, Opinions, gathered, marked, region
from core.study import Classifier

__all__ = [
    "FIGURES", "OVERLAPS", "Opinions", "agreement", "annotators", "ceilings", "gathered", "overlaps",
    "pairs", "within",
]  # fmt: skip

FIGURES = {
    "alpha": ("Verdicts, alpha", "Krippendorff's alpha of the verdicts: 1 where all agree, 0 as by chance."),
    "fleiss": ("Verdicts, kappa", "Fleiss' kappa of the verdicts: 1 where all agree, 0 as by chance."),
    "iou": ("IoU", "Pixels that two people both marked, of those that one or both did; mean over pictures."),
    "iou_marked": ("IoU where both marked", "The same where both see damage: only where it is, not whether."),
    "dice": ("Dice", "Twice the pixels that two people both marked, of all that they marked; mean over pictures."),
    "f1": ("Damage by damage, F1", "Damages that two people both marked, with an IoU of 0.5 or more, as F1."),
    "region_alpha": ("Regions, alpha", "Krippendorff's alpha with the distance 1 - IoU: 0 as by chance."),
}
"""Key to title and meaning."""

OVERLAPS = (
    "package",  # id
    "view",  # of the cameras
    "one",  # annotator
    "other",  # annotator, later in the alphabet
    "both",  # pixels
    "either",  # pixels
    "iou",  # NaN where nobody marked anything
    "dice",
    "marked",  # whether both marked something
    "found",  # damages that both marked
    "only_one",
    "only_other",
)
MOST = 1500
"""Regions of one view whose distances are all taken; of more, packages are drawn."""


def overlaps(opinions: Opinions, *, progress: Progress = silent) -> pd.DataFrame:
    """How far the marks of every two people cover each other, in every view that both have looked at.

    Returns:
        `OVERLAPS`, one row a package, view and pair.
    """
    rows: list[dict[str, object]] = []
    for at, (package, said) in enumerate(opinions.said.items()):
        progress(at / len(opinions.said), f"Comparing the marks on {package}")
        for view in _views(opinions, package):
            there = _close({name: marked(opinions, one, view) for name, one in said.items() if view in one.regions})
            size = next((masks[0].shape for masks in there.values() if masks), (1, 1))
            whole = {name: _joined(some, size) for name, some in there.items()}
            for one, other in combinations(there, 2):
                found, damages = overlap(whole[one], whole[other]), matched(there[one], there[other])
                rows.append({
                    "package": package, "view": view, "one": one, "other": other, "both": found.both,
                    "either": found.either, "iou": found.iou, "dice": found.dice,
                    "marked": bool(whole[one].any() and whole[other].any()), "found": damages.found,
                    "only_one": damages.only_one, "only_other": damages.only_other,
                })  # fmt: skip
    progress(1.0, "Compared")
    return pd.DataFrame(rows, columns=list(OVERLAPS))


def _views(opinions: Opinions, package: str) -> list[str]:
    named = {view for one in opinions.said[package].values() for view in one.regions}
    return sorted(view for view in named if (package, view) in opinions.sizes)


def _close(there: dict[str, list[Mask]]) -> dict[str, list[Mask]]:
    """The same masks, cut to the rectangle around all of them."""
    every = [mask for some in there.values() for mask in some]
    part = around(np.asarray(np.logical_or.reduce(every), bool)) if every else None
    return there if part is None else {name: [mask[part] for mask in some] for name, some in there.items()}


def _joined(masks: Sequence[Mask], size: tuple[int, int]) -> Mask:
    return np.asarray(np.logical_or.reduce(masks), bool) if len(masks) else np.zeros(size, bool)


def agreement(opinions: Opinions, found: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """How far everybody agrees.

    Args:
        opinions: as `gathered` gives them.
        found: of `overlaps`.
        seed: of the draws.

    Returns:
        One row a figure of `FIGURES` and view ("package": the verdict of all, or all views): figure, view, value, low,
        high (95 %, BCa, packages resampled), chance, n (packages), pictures (0 for verdicts). The chance of IoU and
        Dice is that of the regions of two other packages; NaN for F1.
    """
    table = counts([[one.verdict for one in every.values()] for every in opinions.said.values()], VERDICTS)
    rows = [_row("alpha", PACKAGE, alpha(table, seed=seed)), _row("fleiss", PACKAGE, fleiss(table, seed=seed))]
    views = sorted(found["view"].unique())
    null: dict[str, tuple[float, float]] = {}
    for view in views:
        regions, distances = _distances(opinions, view, seed)
        null[view] = _null(regions, distances)
        rows.append(_row("region_alpha", view, _region_alpha(regions, distances, seed), pictures=True))
    for view, some in [*((view, found[found["view"] == view]) for view in views), (PACKAGE, found)]:
        chance = null.get(view, _mean(null.values()))
        rows += [row | {"view": view} for row in _overlapping(some, chance, seed)] if len(some) else []
    return pd.DataFrame(rows, columns=["figure", "view", "value", "low", "high", "chance", "n", "pictures"])


def _row(figure: str, view: str, found: Agreed, *, pictures: bool = False) -> dict[str, object]:
    chance = 0.0 if found.n else float("nan")
    return {"figure": figure, "view": view, "value": found.value, "low": found.low, "high": found.high,
            "chance": chance, "n": found.n, "pictures": found.n if pictures else 0}  # fmt: skip


def _mean(chances: Any) -> tuple[float, float]:
    every = np.array(list(chances), float).reshape(-1, 2)
    return tuple(np.nanmean(every, axis=0).tolist()) if np.isfinite(every).any() else (np.nan, np.nan)


def _overlapping(found: pd.DataFrame, chance: tuple[float, float], seed: int) -> Iterator[dict[str, Any]]:
    """IoU, Dice and F1 of these pairs; of IoU and Dice a picture counts once, whoever marked it."""
    pictures = found.groupby(["package", "view"])[["iou", "dice"]].mean().reset_index()
    for name, by_chance in zip(("iou", "dice"), chance, strict=True):
        known = pictures[pictures[name].notna()]
        mine = known.groupby("package")[name]
        yield {"figure": name, "chance": by_chance, "pictures": len(known),
               **_share(mine.sum().to_numpy(), mine.size().to_numpy(), seed)}  # fmt: skip
    both = found[found["marked"].astype(bool)]
    mine = both.groupby(["package", "view"])["iou"].mean().groupby("package")
    yield {"figure": "iou_marked", "chance": chance[0], "pictures": len(both[["package", "view"]].drop_duplicates()),
           **_share(mine.sum().to_numpy(), mine.size().to_numpy(), seed)}  # fmt: skip
    sums = found.groupby("package")[["found", "only_one", "only_other"]].sum()
    marks = 2 * sums["found"] + sums["only_one"] + sums["only_other"]
    sums, marks = sums[marks > 0], marks[marks > 0]
    some = found[found["either"] > 0]
    yield {"figure": "f1", "chance": float("nan"), "pictures": len(some[["package", "view"]].drop_duplicates()),
           **_share(2 * sums["found"].to_numpy(), marks.to_numpy(), seed)}  # fmt: skip


def _share(above: NDArray[Any], below: NDArray[Any], seed: int) -> dict[str, Any]:
    """Sum over sum, its interval, and how many packages."""
    low, high = interval(ratio(above, below), len(above), seed=seed)
    value = float(above.sum() / below.sum()) if len(above) and below.sum() else float("nan")
    return {"value": value, "low": low, "high": high, "n": len(above)}


Regions = list[tuple[str, NDArray[np.intp]]]


def _distances(opinions: Opinions, view: str, seed: int) -> tuple[Regions, NDArray[np.float64]]:
    """Package and places of every region in a view that two or more people looked at, and 1 - IoU of every two.

    Pictures of another size than most are stretched to it: their places say where in the frame.
    """
    shared = [package for package in opinions.said if len(_looked(opinions, package, view)) > 1]
    if not shared:
        return [], np.zeros((0, 0))
    sizes = [opinions.sizes[package, view] for package in shared]
    size = max(set(sizes), key=sizes.count)
    drawn = np.random.default_rng(seed).permutation(len(shared))
    upto = np.cumsum([len(_looked(opinions, shared[at], view)) for at in drawn])
    shared = [shared[at] for at in sorted(drawn[upto <= max(MOST, upto[0])])]
    regions = [
        (package, _places(region(opinions, one, view), size))
        for package in shared
        for one in _looked(opinions, package, view)
    ]
    return regions, of_places([places for _, places in regions], size[0] * size[1])


def _looked(opinions: Opinions, package: str, view: str) -> list[Annotation]:
    """What each person says who looked at a view."""
    there = (package, view) in opinions.sizes
    return [one for one in opinions.said[package].values() if view in one.regions and there]


def _places(mask: Mask, size: tuple[int, int]) -> NDArray[np.intp]:
    if mask.shape != size:
        rows, columns = (np.arange(n) * m // n for n, m in zip(size, mask.shape, strict=True))
        mask = mask[np.ix_(rows, columns)]
    return np.flatnonzero(mask)


def _region_alpha(regions: Regions, distances: NDArray[np.float64], seed: int) -> Agreed:
    return apart.alpha(distances, [package for package, _ in regions], seed=seed)


def _null(regions: Regions, distances: NDArray[np.float64]) -> tuple[float, float]:
    """Mean IoU and Dice of the regions of two packages."""
    some = np.array([len(places) > 0 for _, places in regions], bool)
    if not some.any():
        return float("nan"), float("nan")
    names = np.array([package for package, _ in regions], object)[some]
    foreign = names[:, None] != names
    iou = 1 - distances[np.ix_(some, some)][foreign]
    return (float(iou.mean()), float((2 * iou / (1 + iou)).mean())) if iou.size else (float("nan"), float("nan"))


def pairs(opinions: Opinions, found: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """How far every two people agree who judged the same packages.

    Args:
        opinions: as `gathered` gives them.
        found: of `overlaps`.
        seed: of the draws.

    Returns:
        One row a pair: one, other, n (packages that both judged), kappa (Cohen's), iou, dice and f1 over all views,
        each with _low and _high (95 %, BCa, packages resampled), and pictures.
    """
    rows = []
    for one, other in combinations(opinions.people, 2):
        both = [
            (said[one].verdict, said[other].verdict) for said in opinions.said.values() if {one, other} <= set(said)
        ]
        if both:
            judged = cohen(both, VERDICTS, seed=seed)
            mine = found[(found["one"] == one) & (found["other"] == other)]
            some = {row["figure"]: row for row in _overlapping(mine, (np.nan, np.nan), seed)}
            rows.append(
                {"one": one, "other": other, "n": len(both), "same": judged.observed, "kappa": judged.value,
                 "kappa_low": judged.low, "kappa_high": judged.high, "pictures": some["iou"]["pictures"]}
                | {name: some[name]["value"] for name in some}
                | {f"{name}_{end}": some[name][end] for name in some for end in ("low", "high")}
            )  # fmt: skip
    return pd.DataFrame(rows)


def annotators(opinions: Opinions, found: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """What each person did, what the others and the reviewers say to it.

    Args:
        opinions: as `gathered` gives them.
        found: of `overlaps`.
        seed: of the draws.

    Returns:
        One row a person: annotator, packages, damaged, intact, unsure (last words, corrections too), areas, last (UTC);
        shared (packages that others judged too), same (share of the others who call a package the same, mean over these
        packages), iou (with each other person, mean over pictures), with _low and _high (95 %, BCa, packages
        resampled); open, accepted, corrected, rejected (annotations of the person).
    """
    return pd.DataFrame([_person(opinions, found, name, seed) for name in opinions.people])


def _person(opinions: Opinions, found: pd.DataFrame, name: str, seed: int) -> dict[str, Any]:
    every = [one for said in opinions.history.values() for one in said if one.annotator == name]
    last = {one.package: one for one in every}.values()
    states = [opinions.states[one.id] for one in every if one.id in opinions.states]
    same = [
        np.mean([one.verdict == said[name].verdict for other, one in said.items() if other != name])
        for said in opinions.said.values()
        if name in said and len(said) > 1
    ]
    agreed = _share(np.array(same, float), np.ones(len(same)), seed)
    mine = found[(found["one"] == name) | (found["other"] == name)]
    iou = next(_overlapping(mine, (np.nan, np.nan), seed))
    return {
        "annotator": name, "packages": len(last),
        **{verdict: sum(one.verdict == verdict for one in last) for verdict in VERDICTS},
        "areas": sum(len(some) for one in last for some in one.regions.values()),
        "last": max(one.made_at for one in every), "shared": agreed["n"],
        "same": agreed["value"], "same_low": agreed["low"], "same_high": agreed["high"],
        "iou": iou["value"], "iou_low": iou["low"], "iou_high": iou["high"], "pictures": iou["pictures"],
        **{state: states.count(state) for state in (OPEN, ACCEPTED, CORRECTED, REJECTED)},
    }  # fmt: skip


def ceilings(
    opinions: Opinions,
    *,
    within: Callable[[str, str], Mask | None] = lambda package, view: None,
    seed: int = 0,
    progress: Progress = silent,
) -> pd.DataFrame:
    """What people reach by the scores that maps are held to: each one's region against what the others say together.

    Only those who call the package damaged and looked at the view take part. A region is smoothed as every map is
    before it is scored. What the others say together is their majority: of two, where they meet, so that three people
    have a lower ceiling than two.

    Args:
        opinions: as `gathered` gives them.
        within: (package, view) to the (H, W) bool pixels that count, None for all, see `within` of this module.
        seed: of the draws.
        progress: called after each package.

    Returns:
        One row a metric and view ("package": all views): metric, view, value, low, high (95 %, BCa, packages
        resampled), chance, n (packages), pictures. Empty with fewer than two people on any picture.
    """
    rows: list[dict[str, Any]] = []
    for at, (package, said) in enumerate(opinions.said.items()):
        progress(at / len(opinions.said), f"Scoring people on {package}")
        for view in _views(opinions, package):
            damaged = [one for one in said.values() if view in one.regions and one.verdict == DAMAGED]
            masks = [region(opinions, one, view) for one in damaged]
            counted = within(package, view) if len(masks) > 1 else None
            for own, rest in others(masks):
                rows += _scored(own, rest, counted, package, view)
    progress(1.0, "Scored")
    frame = pd.DataFrame(rows, columns=["package", "view", "metric", "value", "chance"])
    frame = frame[frame["value"].notna()]
    both = pd.concat([frame, frame.assign(view=PACKAGE, camera=frame["view"])]) if len(frame) else frame
    found = [
        {"metric": metric, "view": view, "chance": float(some["chance"].mean()), **_by_picture(some, seed)}
        for (metric, view), some in both.groupby(["metric", "view"], sort=False)
    ]
    return pd.DataFrame(found, columns=["metric", "view", "value", "low", "high", "chance", "n", "pictures"])


def _scored(own: Mask, rest: Mask, counted: Mask | None, package: str, view: str) -> Iterator[dict[str, Any]]:
    target = Target.of(rest, within=counted)
    held = Held(Ranked.of(gaussian_filter(own.astype(np.float32), SIGMA), within=counted), target)
    for name in METRICS:
        found = score(name, held)
        yield {"package": package, "view": view, "metric": name, "value": found.value, "chance": found.chance}


def _by_picture(some: pd.DataFrame, seed: int) -> dict[str, Any]:
    cameras = some["camera"].fillna(some["view"]) if "camera" in some else some["view"]
    pictures = some.groupby([some["package"], cameras])["value"].mean()
    mine = pictures.groupby(level=0)
    return {**_share(mine.sum().to_numpy(), mine.size().to_numpy(), seed), "pictures": len(pictures)}


def within(dataset: Dataset, models: Mapping[str, Classifier], area: str = "seen") -> Callable[[str, str], Mask | None]:
    """The pixels that count in `core.studies.agreement`, so that its scores and these ceilings can stand together.

    Args:
        dataset: whose pictures.
        models: those of the leaderboard.
        area: "seen", "package" or "frame".
    """
    framings: dict[str, Classifier] = {}
    for model in models.values():
        framings.setdefault(repr(model.card.framing), model)

    def counted(package: str, view: str) -> Mask | None:
        if area == "frame":
            return None
        looks = [seen(dataset, package, view, model) for model in framings.values()]
        found = silhouette_of(dataset, package, view, looks[0])
        return found if area == "package" else np.logical_and.reduce([found, *map(crop_of, looks)])

    return counted
