"""How fast maps are scored, beside Quantus where it is installed, and beside plain loops where it is not."""

from __future__ import annotations

import importlib
import importlib.util
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.stats import rankdata

from core.contracts import Progress, silent
from core.domain import Floats, Mask
from core.metrics.localisation.metric import scores
from core.metrics.localisation.target import Target

QUANTUS = {"relevance_mass": "RelevanceMassAccuracy", "relevance_rank": "RelevanceRankAccuracy", "auroc": "AUC"}
"""Metric to its name in Quantus (LGPL: for comparison only, never imported elsewhere)."""
INSTALL = "pip install --no-deps quantus==0.6.0 cachetools scikit-image lazy-loader imageio tifffile"
"""With its dependencies it would bring a second OpenCV that writes over the one in use."""
PLAIN = "plain loops"

Values = NDArray[np.float64]
Scorer = Callable[[str], Values]


@dataclass(frozen=True, slots=True)
class Pace:
    """One metric on the same maps, here and there.

    Attributes:
        seconds: a map, median of the repeats; `together`: for all metrics at once.
        other: seconds a map of the other.
        ratio: other / seconds.
        apart: largest difference of the values.
    """

    seconds: float
    other: float
    ratio: float
    apart: float


@dataclass(frozen=True, slots=True)
class Paces:
    """What `compare` found.

    Attributes:
        beside: "Quantus 0.6.0", or "plain loops" where that is absent.
        metrics: by name, each asked alone.
        together: all of them, asked for at once.
    """

    beside: str
    metrics: Mapping[str, Pace]
    together: Pace


def compare(
    *, maps: int = 16, size: tuple[int, int] = (540, 960), repeats: int = 3, seed: int = 0, progress: Progress = silent
) -> Paces:
    """Score non-negative maps, each against its own region, here and with another library.

    Args:
        maps: how many.
        size: (height, width) of each.
        repeats: how often each is timed, after once without.
        seed: of the maps.
        progress: called between the timings.
    """
    values, masks = made(maps, size, seed)
    beside, scorer = _other(values, masks)
    names, here, there, apart = tuple(QUANTUS), {}, {}, {}
    for at, name in enumerate(names):
        progress(at / (len(names) + 1), f"timing {name}")
        here[name], ours = _timed(lambda name=name: _ours(values, masks, (name,))[:, 0], repeats)  # type: ignore[misc]
        there[name], theirs = _timed(lambda name=name: scorer(name), repeats)  # type: ignore[misc]
        apart[name] = float(np.abs(ours - theirs).max())
    progress(len(names) / (len(names) + 1), "timing all of them at once")
    once, _ = _timed(lambda: _ours(values, masks, names), repeats)
    found = {name: _pace(here[name] / maps, there[name] / maps, apart[name]) for name in names}
    return Paces(beside, found, _pace(once / maps, sum(there.values()) / maps, max(apart.values())))


def _pace(seconds: float, other: float, apart: float) -> Pace:
    return Pace(seconds, other, other / seconds, apart)


def _timed(work: Callable[[], Values], repeats: int) -> tuple[float, Values]:
    found, times = work(), []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return median(times), found


def made(maps: int, size: tuple[int, int], seed: int) -> tuple[Floats, NDArray[np.bool_]]:
    """(M, H, W) float32 >= 0 maps, half of each zero, and (M, H, W) bool regions of about 2 % of the frame.

    No two pixels compete for the last place among the strongest, where other libraries would let the order decide.
    """
    rng, (height, width) = np.random.default_rng(seed), size
    values, masks = np.zeros((maps, height, width), np.float32), np.zeros((maps, height, width), bool)
    tall, wide = max(height // 7, 1), max(width // 7, 1)
    for at in range(maps):
        top, left = rng.integers(0, height - tall), rng.integers(0, width - wide)
        masks[at, top : top + tall, left : left + wide] = True
        while not values[at].any() or _tied(values[at], int(masks[at].sum())):
            values[at] = np.maximum(gaussian_filter(rng.normal(size=size), 4) + 0.05 * masks[at], 0)
    return values, masks


def _tied(values: Floats, count: int) -> bool:
    order = np.sort(values, axis=None)
    return bool(order[-count] == order[-count - 1])


def _ours(values: Floats, masks: NDArray[np.bool_], names: tuple[str, ...]) -> Values:
    """(M, metrics), each region prepared anew."""
    pairs = zip(values, masks, strict=True)
    found = [scores([one], [Target.of(mask)], names)[0][0] for one, mask in pairs]
    return np.array([[row[name].value for name in names] for row in found])


def _other(values: Floats, masks: NDArray[np.bool_]) -> tuple[str, Scorer]:
    if importlib.util.find_spec("quantus") is None:
        return PLAIN, lambda name: np.array([LOOPS[name](*pair) for pair in zip(values, masks, strict=True)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        quantus = importlib.import_module("quantus")
    pictures, labels = np.zeros((len(values), 3, *values.shape[1:]), np.float32), np.zeros(len(values), int)

    def scorer(name: str) -> Values:
        metric = getattr(quantus, QUANTUS[name])(
            abs=False, normalise=False, disable_warnings=True, display_progressbar=False
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = metric(None, pictures, labels, a_batch=values[:, None], s_batch=masks[:, None])
        return np.asarray(found, np.float64)

    return f"Quantus {quantus.__version__}", scorer


def _mass(values: Floats, mask: Mask) -> float:
    return float(np.where(mask, values, 0).sum(dtype=np.float64) / values.sum(dtype=np.float64))


def _rank(values: Floats, mask: Mask) -> float:
    return float(mask.ravel()[np.argsort(-values, axis=None)[: mask.sum()]].mean())


def _auroc(values: Floats, mask: Mask) -> float:
    ranks, inside = rankdata(values)[mask.ravel()], int(mask.sum())
    return float((ranks.sum() - inside * (inside + 1) / 2) / (inside * (mask.size - inside)))


LOOPS: dict[str, Callable[[Floats, Mask], float]] = {"relevance_mass": _mass, "relevance_rank": _rank, "auroc": _auroc}
"""The definitions, map after map, as one would write them down."""
