"""The table of ways to compare a map with a region, and the one door through which they are asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from core.contracts import Metric
from core.domain import Mask, Score
from core.metrics.localisation.ranked import ZERO, Held, Ranked, Values
from core.metrics.localisation.target import Target, grown
from core.registry import Registry

METRICS: Registry[type[Metric]] = Registry("localization metric", "core.metrics.localisation.metrics")


def score(name: str, held: Held) -> Score:
    """One map against one region.

    Without a region the score is NaN, with the reason. A map of zeros scores 0, and a map that is the same everywhere
    what its ties are worth; both carry a reason too, and are no hit.

    Args:
        name: in `METRICS`.
        held: the map and the region.

    Returns:
        components: "skill" (0 at chance, 1 at best), and "lift" (value / chance).

    Raises:
        UnknownName: there is no such metric.
    """
    metric, target = METRICS[name](), held.target
    if target.empty:
        return Score(name, float("nan"), float("nan"), {}, target.pixels, target.empty)
    chance = metric.chance(held)
    value = 0.0 if held.ranked.reason == ZERO else metric(held)
    parts = {"skill": skill(value, chance), "lift": value / chance if chance else float("nan")}
    return Score(name, value, chance, parts, target.pixels, held.ranked.reason or None)


def skill(value: float, chance: float) -> float:
    """How far above chance, of what there is above it: 0 at chance, 1 at best, below 0 where worse than chance."""
    return (value - chance) / (1 - chance) if chance < 1 else float("nan")


def scores(
    maps: Iterable[Values], targets: Sequence[Target], names: Sequence[str] | None = None
) -> list[list[dict[str, Score]]]:
    """Many maps against many regions: each map is sorted once, each region prepared once.

    Args:
        maps: (H, W) floating each, signed.
        targets: that count the same pixels.
        names: in `METRICS`; None for all.

    Returns:
        For each map, for each region, the scores by name.
    """
    chosen = METRICS.names() if names is None else tuple(names)
    return [[_all(one, target, chosen) for target in targets] for one in _ranked(maps, targets)]


def _ranked(maps: Iterable[Values], targets: Sequence[Target]) -> Iterable[Ranked]:
    within = targets[0].within if targets else None
    assert all(_same(one.within, within) for one in targets), "targets that count different pixels"
    return (Ranked.of(values, within=within) for values in maps)


def _same(one: Mask | None, other: Mask | None) -> bool:
    return one is other or (one is not None and other is not None and np.array_equal(one, other))


def _all(ranked: Ranked, target: Target, names: Sequence[str]) -> dict[str, Score]:
    held = Held(ranked, target)
    return {name: score(name, held) for name in names}


def redrawn(
    values: Values, mask: Mask, *, within: Mask | None = None, by: float = 2.0, names: Sequence[str] | None = None
) -> dict[str, tuple[float, float]]:
    """How far the scores move when the region is drawn so many pixels tighter or wider.

    Args:
        values: (H, W) floating, signed.
        mask: (H, W) bool, the region as it was drawn.
        within: (H, W) bool, the pixels that count.
        by: pixels.
        names: in `METRICS`; None for all.

    Returns:
        The lowest and the highest score by name, of the region as it is, tighter and wider; what has no score, because
        nothing is left of the region, is passed over.
    """
    drawn = [Target.of(grown(np.asarray(mask, bool), change), within=within) for change in (0.0, -by, by)]
    (found,) = scores([values], drawn, names)
    spans = {name: np.array([one[name].value for one in found]) for name in found[0]}
    return {
        name: (float(np.nanmin(span)), float(np.nanmax(span))) if not np.isnan(span).all() else (np.nan, np.nan)
        for name, span in spans.items()
    }
