"""Can a map be trusted: whether it beats maps that need no network, and whether it changes with the weights."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.attribution.method import METHODS, Task
from core.contracts import Dataset, Progress, silent
from core.domain import Floats
from core.errors import BadInput, UnreadableImage
from core.metrics.complexity import complexity
from core.metrics.consistency import agreement, prepare
from core.metrics.faithfulness import Score, deletion, insertion, road
from core.metrics.infidelity import infidelity, max_sensitivity
from core.metrics.intervals import cells_interval
from core.metrics.trivial import center, difference, edges
from core.models.randomized import STAGES, cascade
from core.store.frames import read_frame, write_frame
from core.studies.explanation import DEFAULT, Seen, methods, seen, task_of
from core.studies.parts import in_parts
from core.studies.robustness import drawn as drawn_of_known_class
from core.study import Classifier, run_name

__all__ = [
    "COLUMNS", "DEFAULT", "DOUBTFUL", "FIGURES", "LEVELS", "MEASURES", "NUDGED", "OTHER", "OWN", "REFUSED", "SAMPLE",
    "STAGES", "TESTS", "TRIVIAL", "TRUSTED", "UNCHECKED", "UNTRAINED", "Verdict", "cascades", "drawn", "figures",
    "methods", "stored_trust", "trust", "verdicts",
]  # fmt: skip

SAMPLE = 8
"""Packages that are tested where nobody says how many."""
QUICK = 16
"""Steps or samples of every map of the test: enough for the order of the pixels, and a tenth of the time."""
VERSION = 1
"""Of what is computed: another number, and stored runs are computed anew."""

OWN, UNTRAINED = "own", "untrained"
"""The map of the method; the same method asked a network that has forgotten everything."""
TRIVIAL = ("center", "edges", "difference", UNTRAINED)
"""The maps to beat; the first three ask no network at all."""
NUDGED, OTHER = "nudged", "other"
"""The own map of the same picture with a little noise, and of another package: the ceiling and the null of likeness."""
ALL = list(STAGES)[-1]

COLUMNS = ("package", "view", "map", "figure", "value")
"""Of a stored run; `trust` adds model and method."""


class Figure(NamedTuple):
    """What is measured of a map.

    Attributes:
        title: as people read it.
        meaning: one sentence.
        higher: whether a higher value is better.
    """

    title: str
    meaning: str
    higher: bool


FIGURES = {
    "deletion": Figure("Deletion", "Mean log-odds of damaged while the most relevant pixels are blurred first.", False),
    "insertion": Figure("Insertion", "Mean log-odds while the most relevant pixels come first into a blur.", True),
    "removal": Figure("Insertion - deletion", "Insertion minus deletion, log-odds: how much the order matters.", True),
    "road_morf": Figure("ROAD, relevant first", "Mean log-odds while relevant pixels are filled in first.", False),
    "road_lerf": Figure("ROAD, irrelevant first", "Mean log-odds while irrelevant pixels are filled in first.", True),
    "road": Figure("ROAD", "Irrelevant first minus relevant first, in log-odds: how much the order matters.", True),
    "infidelity": Figure("Infidelity", "Share of what the log-odds lose without a square that the map misses.", False),
    "sensitivity": Figure("Max-sensitivity", "Most that the map moves, of its size, under invisible noise.", False),
}  # fmt: skip
MEASURED = ("deletion", "insertion", "road_morf", "road_lerf", "infidelity")
DERIVED = {"removal": ("insertion", "deletion"), "road": ("road_lerf", "road_morf")}
"""What is the difference of two others."""
TESTS = ("removal", "road")
"""The two in which a map must beat the trivial ones."""
MEASURES = {
    "spearman": "Rank correlation with the map of the trained network, both smoothed.",
    "ssim": "Structural similarity with the map of the trained network, both smoothed.",
    "complexity": "How scattered the evidence is: 0 one pixel, 1 even over the picture.",
}

TRUSTED, DOUBTFUL, REFUSED, UNCHECKED = "trusted", "doubtful", "not trusted", "not checked yet"
LEVELS = (TRUSTED, DOUBTFUL, REFUSED, UNCHECKED)
HALF_WAY = 0.5
"""How far a map must go, from the likeness to itself to that of two packages' maps, to count as changed."""
CHANGES, KEEPS, UNCLEAR = "changes", "keeps", "unclear"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the tests say of a method's maps of a model.

    Attributes:
        model, method: whose.
        level: in `LEVELS`.
        packages, pictures: how many were tested.
        beats: test to the trivial maps that the map surely beats there: the 95 % interval of the gain lies above zero.
        loses: the same where it lies below zero.
        changes: "changes", "keeps" or "unclear": what the map does when all weights are drawn anew.
        way, way_low, way_high: how far it goes then, see `verdicts`; 0 stays as it is, 1 as far as another package's.
    """

    model: str
    method: str
    level: str = UNCHECKED
    packages: int = 0
    pictures: int = 0
    beats: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    loses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    changes: str = UNCLEAR
    way: float = float("nan")
    way_low: float = float("nan")
    way_high: float = float("nan")


def drawn(
    dataset: Dataset, models: Mapping[str, Classifier], *, count: int | None = SAMPLE, seed: int = 0
) -> tuple[str, ...]:
    """Packages to test on, sorted: of the split test where there is one, each class by its share.

    See `studies.robustness.drawn`; where no package has a known class, any of them.
    """
    if dataset.index["label"].notna().any():
        return drawn_of_known_class(dataset, models, count=count, seed=seed)
    ids = np.random.default_rng(seed).permutation(np.array(dataset.ids, dtype=object))
    return tuple(sorted(map(str, ids[:count])))


def trust(
    dataset: Dataset,
    models: Mapping[str, Classifier],
    *,
    methods: Sequence[str] = (DEFAULT,),
    packages: Sequence[str] | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> pd.DataFrame:
    """Every model's maps by every method, tested on a few packages; stored, and read back the next time.

    All scores are log-odds of damaged on the crop that the network sees; maps are ranked as they are, unsmoothed, with
    `QUICK` steps and the blurred baseline. An error raised in `progress` stops the work; what was done of it is kept,
    package by package, and the next call does the rest. A method that does not apply to a model is left out.

    Args:
        dataset: whose pictures.
        models: whose maps.
        methods: names in the registry of attribution methods.
        packages: ids; by default those of `drawn`.
        seed: of noise, squares, new weights and the order of ties.
        progress: called along the way.

    Returns:
        `COLUMNS` with model and method before them. `map` is own, a trivial map, nudged, other or a stage of
        `models.randomized.STAGES`; `figure` one of `FIGURES` (without the derived ones) or of `MEASURES`.

    Raises:
        UnknownName: no such method.
        BadInput: no method applies to any model.
    """
    ids = tuple(packages or drawn(dataset, models, seed=seed))
    fitting = [(name, method) for name in models for method in methods if _fits(method, models[name]) is None]
    if not fitting:
        reasons = {_fits(method, model) for method in methods for model in models.values()}
        raise BadInput(f"No model has such maps: {' '.join(sorted(filter(None, reasons)))}", "Choose another method.")
    place = _place(dataset)
    samples = {name: _Sample(dataset, models[name], ids, seed, place) for name, _ in fitting}
    frames = []
    for at, (name, method) in enumerate(fitting):
        told = _within(progress, at, len(fitting), f"{name}, {METHODS[method].title}")
        frames.append(_one(samples[name], method, told).assign(model=name, method=method))
        if all(name != later for later, _ in fitting[at + 1 :]):
            del samples[name]  # its pictures and its copies
    return pd.concat(frames, ignore_index=True)[["model", "method", *COLUMNS]]


def stored_trust(
    dataset: Dataset, models: Mapping[str, Classifier], *, methods: Sequence[str] | None = None
) -> pd.DataFrame | None:
    """What `trust` stored of these models, each method with the most packages that it was tested on; None for nothing.

    Args:
        dataset: whose pictures.
        models: whose maps.
        methods: names; by default all that there are.
    """
    pairs = [(name, method) for name in models for method in methods or METHODS]
    place = _place(dataset)
    found = {pair: read_frame(_best(place, models[pair[0]], pair[1])) for pair in pairs}
    known = [frame.assign(model=pair[0], method=pair[1]) for pair, frame in found.items() if frame is not None]
    return pd.concat(known, ignore_index=True)[["model", "method", *COLUMNS]] if known else None


def _fits(method: str, model: Classifier) -> str | None:
    return METHODS[method]().fits(model.module)


def _place(dataset: Dataset) -> str:
    """Where everything about these pictures lies; asks for every file, so that it is asked once."""
    return run_name("trust", dataset, {}, VERSION)


def _best(place: str, model: Classifier, method: str) -> str:
    """Under which name the run with the most packages lies."""
    return f"{place}.{model.card.weights_sha256[:16]}.{method}"


def _within(progress: Progress, at: int, parts: int, words: str) -> Progress:
    return lambda share, text: progress((at + share) / parts, f"{words}: {text}")


def _one(sample: _Sample, method: str, progress: Progress) -> pd.DataFrame:
    """One model and method: the maps that ask no network, which all methods share, then the others."""
    without = _run(sample, "no-network", _Plain(sample), _between(progress, 0.0, 0.1))
    asked = _run(sample, method, _Asked(sample, method), _between(progress, 0.1, 1.0))
    whole = pd.concat([without, asked], ignore_index=True)
    best = _best(sample.place, sample.model, method)
    known = read_frame(best)
    if known is None or known["package"].nunique() <= whole["package"].nunique():
        write_frame(best, whole)
    return whole


def _between(progress: Progress, low: float, high: float) -> Progress:
    return lambda share, text: progress(low + (high - low) * share, text)


def _run(sample: _Sample, what: str, compute: _Plain | _Asked, progress: Progress) -> pd.DataFrame:
    drawn = sha256(repr((sample.ids, sample.seed)).encode()).hexdigest()[:12]
    name = f"{_best(sample.place, sample.model, what)}.{drawn}"

    def rows(package: str) -> list[dict[str, object]]:
        at = sample.ids.index(package)
        progress(at / len(sample.ids), f"package {at + 1:,} of {len(sample.ids):,}")
        return [row for view in sample.views(package) for row in compute(package, view)]

    return in_parts(name, sample.ids, rows, columns=COLUMNS, size=1, progress=progress)


class _Sample:
    """The pictures of the sample as one model sees them, and its copies that have forgotten."""

    def __init__(self, dataset: Dataset, model: Classifier, ids: tuple[str, ...], seed: int, place: str) -> None:
        self.dataset, self.model, self.ids, self.seed, self.place = dataset, model, ids, seed, place
        self._seen: dict[tuple[str, str], Seen | None] = {}
        self._tasks: dict[tuple[str, str], Task] = {}

    def views(self, package: str) -> list[str]:
        """Cameras with a readable picture of a package."""
        index = self.dataset.index
        names = sorted(index.loc[index["package"] == package, "view"].astype(str))
        return [view for view in names if self.seen(package, view) is not None]

    def seen(self, package: str, view: str) -> Seen | None:
        """One view as the model sees it; None where it cannot be read."""
        if (package, view) not in self._seen:
            try:
                self._seen[package, view] = seen(self.dataset, package, view, self.model)
            except UnreadableImage:
                self._seen[package, view] = None
        return self._seen[package, view]

    def task(self, package: str, view: str, steps: int | None) -> Task:
        """What a method is asked; kept, since the blurred baseline takes longer than a map."""
        if (package, view) not in self._tasks:
            looked = self.seen(package, view)
            assert looked is not None, "only readable views are asked about"
            self._tasks[package, view] = task_of(self.model, looked, seed=self.seed)
        return replace(self._tasks[package, view], steps=steps)

    def seed_of(self, package: str, view: str) -> int:
        """Of what is drawn for one picture: the same for all its maps."""
        return zlib.crc32(f"{package} {view} {self.seed}".encode())

    @cached_property
    def forgetful(self) -> dict[str, nn.Module]:
        """By stage, copies of the network with more and more weights drawn anew."""
        shown = [self.seen(package, view) for package in self.ids for view in self.views(package)]
        batch = torch.cat([one.batch for one in shown if one is not None])
        return dict(cascade(self.model.module, batch, seed=self.seed))


class _Plain:
    """The maps that ask no network."""

    def __init__(self, sample: _Sample) -> None:
        self._sample = sample

    def __call__(self, package: str, view: str) -> Iterator[dict[str, object]]:
        task = self._sample.task(package, view, None)
        picture, other = _array(task.batch), _array(task.baseline)
        maps = {"center": center(picture), "edges": edges(picture), "difference": difference(picture, other)}
        yield from _measured(task, package, view, maps, self._sample.seed_of(package, view))


class _Asked:
    """The maps of a method: of the network, of its copies that have forgotten, and of a picture with a little noise."""

    def __init__(self, sample: _Sample, method: str) -> None:
        self._sample, self._method = sample, METHODS[method]()
        self._steps = QUICK if method == DEFAULT else min(QUICK, self._method.steps or 0) or None
        self._own: dict[tuple[str, str], Floats] = {}

    def __call__(self, package: str, view: str) -> Iterator[dict[str, object]]:
        task, own = self._sample.task(package, view, self._steps), self._map(package, view)
        seed = self._sample.seed_of(package, view)
        stages = {stage: self._asked(replace(task, module=copy)) for stage, copy in self._sample.forgetful.items()}
        yield from _measured(task, package, view, {OWN: own, UNTRAINED: stages[ALL]}, seed)
        moved, nudged = max_sensitivity(lambda picture: self._asked(_shown(task, picture)), _array(task.batch), own,
                                        seed=seed)  # fmt: skip
        yield _row(package, view, OWN, "sensitivity", moved)
        compared = [(NUDGED, one) for one in nudged] + list(stages.items()) + self._others(package, view, own.shape)
        yield from _alike(package, view, own, compared)
        for name, values in {OWN: own, **stages}.items():
            yield _row(package, view, name, "complexity", complexity(values))

    def _asked(self, task: Task) -> Floats:
        found: Tensor = self._method(task).values
        return np.asarray(found.numpy(), np.float32)

    def _map(self, package: str, view: str) -> Floats:
        if (package, view) not in self._own:
            self._own[package, view] = self._asked(self._sample.task(package, view, self._steps))
        return self._own[package, view]

    def _others(self, package: str, view: str, shape: tuple[int, ...]) -> list[tuple[str, Floats]]:
        """The map of the next package of the sample in the same view."""
        ids, at = self._sample.ids, self._sample.ids.index(package)
        following = (one for one in (*ids[at + 1 :], *ids[:at]) if view in self._sample.views(one))
        return [(OTHER, self._map(one, view)) for one in following][:1]


def _shown(task: Task, picture: Floats) -> Task:
    return replace(task, batch=torch.from_numpy(picture)[None].to(task.batch))


def _array(batch: Tensor) -> Floats:
    return np.ascontiguousarray(batch[0].cpu().numpy(), np.float32)


def _row(package: str, view: str, name: str, figure: str, value: float) -> dict[str, object]:
    return dict(zip(COLUMNS, (package, view, name, figure, float(value)), strict=True))


def _score(task: Task) -> Score:
    """Log-odds of (B, 3, h, w) arrays."""

    def score(pictures: Floats) -> NDArray[np.floating]:
        batch = torch.from_numpy(pictures).to(task.batch.device, memory_format=torch.channels_last)
        with torch.inference_mode():
            return np.asarray(task.margin(task.module(batch)).float().cpu().numpy(), np.float64)

    return score


def _measured(
    task: Task, package: str, view: str, maps: Mapping[str, Floats], seed: int
) -> Iterator[dict[str, object]]:
    """`MEASURED` of maps of one picture."""
    score, picture, other = _score(task), _array(task.batch), _array(task.baseline)
    missed = infidelity(score, picture, other, list(maps.values()), seed=seed)
    for (name, values), rest in zip(maps.items(), missed, strict=True):
        found = {
            "deletion": deletion(score, picture, other, values, seed=seed).area,
            "insertion": insertion(score, picture, other, values, seed=seed).area,
            "road_morf": road(score, picture, values, seed=seed).area,
            "road_lerf": road(score, picture, values, least_first=True, seed=seed).area,
            "infidelity": float(rest),
        }
        yield from (_row(package, view, name, figure, found[figure]) for figure in MEASURED)


def _alike(package: str, view: str, own: Floats, compared: Sequence[tuple[str, Floats]]) -> Iterator[dict[str, object]]:
    """Likeness of the own map to others, all smoothed; the mean where a name comes several times."""
    ready = prepare(np.stack([own, *(values for _, values in compared)]))
    others = np.arange(1, len(ready))
    found = pd.DataFrame(agreement(ready.take(np.zeros(len(others), np.intp)), ready.take(others)))
    means = found.groupby([name for name, _ in compared], sort=False).mean()
    for name, row in means.iterrows():
        yield from (_row(package, view, str(name), measure, row[measure]) for measure in ("spearman", "ssim"))


def figures(frame: pd.DataFrame) -> pd.DataFrame:
    """Every figure of the own and the trivial maps, with what the own map gains on each.

    Args:
        frame: of `trust`.

    Returns:
        One row a model, method, figure of `FIGURES` and map: model, method, figure, map, n (packages), pictures;
        value with low and high; gain (own better than this map, on the same pictures) with gain_low and gain_high, NaN
        for the own map. All intervals: 95 %, BCa, packages drawn anew; NaN with one package.
    """
    rows = [row for (model, method), mine in frame.groupby(["model", "method"], sort=False)
            for row in _figures(str(model), str(method), _wide(mine))]  # fmt: skip
    return pd.DataFrame(rows, columns=list(FIGURE_COLUMNS))


FIGURE_COLUMNS = ("model", "method", "figure", "map", "n", "pictures", "value", "low", "high", "gain", "gain_low",
                  "gain_high")  # fmt: skip


def _wide(rows: pd.DataFrame) -> pd.DataFrame:
    """A row a picture, a column a (figure, map); the derived figures too."""
    wide = rows.pivot_table(index=["package", "view"], columns=["figure", "map"], values="value", dropna=False)
    for name, (one, other) in DERIVED.items():
        for kind in (OWN, *TRIVIAL):
            if (one, kind) in wide and (other, kind) in wide:
                wide[name, kind] = wide[one, kind] - wide[other, kind]
    return wide


def _figures(model: str, method: str, wide: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for figure, about in FIGURES.items():
        for kind in (OWN, *TRIVIAL):
            if (figure, kind) not in wide or wide[figure, kind].isna().all():
                continue
            values, sign = wide[figure, kind], 1 if about.higher else -1
            gain = sign * (wide[figure, OWN] - values) if kind != OWN else values * np.nan
            known = values.dropna()
            yield {"model": model, "method": method, "figure": figure, "map": kind,
                   "n": known.index.get_level_values("package").nunique(), "pictures": len(known),
                   **_mean("", values), **_mean("gain_", gain)}  # fmt: skip


def _mean(prefix: str, values: pd.Series) -> dict[str, float]:
    """The mean over pictures, and its interval over packages."""
    known = values.dropna()
    name = prefix.removesuffix("_") or "value"
    if known.empty:
        return {name: np.nan, f"{prefix}low": np.nan, f"{prefix}high": np.nan}
    grouped = known.groupby(level="package").agg(["sum", "count"]).to_numpy(float)
    low, high = _interval(grouped, lambda sums: sums[..., 0] / sums[..., 1])
    return {name: float(known.mean()), f"{prefix}low": low, f"{prefix}high": high}


def _interval(sums: NDArray[np.float64], figure: Any) -> tuple[float, float]:
    """95 % BCa interval of a figure of (..., K) sums over packages, given (packages, K)."""
    if len(sums) < 2:
        return float("nan"), float("nan")

    def of_counts(counts: NDArray[np.float64]) -> NDArray[np.float64]:
        with np.errstate(divide="ignore", invalid="ignore"):
            found = np.asarray(figure(counts @ sums), np.float64)
        return np.where(np.isfinite(found), found, np.nan)

    found = cells_interval([1] * len(sums), of_counts)
    return found or (float("nan"), float("nan"))


def cascades(frame: pd.DataFrame) -> pd.DataFrame:
    """How maps change as more and more weights are drawn anew, from the logits down.

    Args:
        frame: of `trust`.

    Returns:
        One row a model, method, measure of `MEASURES` and map: model, method, measure, map, n, value, low, high. `map`
        is a stage of `STAGES`; nudged (the ceiling: the same picture with a little noise) and other (the null: another
        package) for likeness, own for complexity.
    """
    rows = []
    for (model, method), mine in frame.groupby(["model", "method"], sort=False):
        wide = _wide(mine)
        for measure in MEASURES:
            for name in (OWN, NUDGED, *STAGES, OTHER):
                values = wide[measure, name] if (measure, name) in wide else wide.iloc[:, 0] * np.nan
                if values.notna().any():
                    count = values.dropna().index.get_level_values("package").nunique()
                    rows.append({"model": model, "method": method, "measure": measure, "map": name, "n": count,
                                 **_mean("", values)})  # fmt: skip
    return pd.DataFrame(rows, columns=["model", "method", "measure", "map", "n", "value", "low", "high"])


def verdicts(frame: pd.DataFrame, table: pd.DataFrame | None = None) -> dict[tuple[str, str], Verdict]:
    """By model and method, how far its maps can be trusted, by these rules.

    The map is held against four trivial ones (a blob in the middle, Sobel's edges, |x - b|, the same method on a
    network with random weights) in two tests, insertion minus deletion and ROAD. It surely beats one where the 95 %
    interval of the paired gain lies above zero. And it is compared with the map of a network whose weights are all
    drawn anew: the way that it goes is (ceiling - likeness) / (ceiling - null), of Spearman's correlation of smoothed
    maps, where the ceiling is its likeness to the map of the same picture with invisible noise and the null that to
    the map of another package (a baseline rather than an absolute value, after Hedstroem 2405.02383). It changes where
    the interval of the way lies above one half, keeps where it lies below, and is unclear otherwise.

    - trusted: it changes; in one test it surely beats every trivial map, and in no test does one surely beat it.
    - not trusted: it keeps; or it surely beats no trivial map in either test.
    - doubtful: everything between.

    With few packages intervals are wide, and the honest answer is more often doubtful.

    Args:
        frame: of `trust`.
        table: its `figures`, where they are known already.
    """
    known = figures(frame) if table is None else table
    return {(str(model), str(method)): _verdict(str(model), str(method), mine, known)
            for (model, method), mine in frame.groupby(["model", "method"], sort=False)}  # fmt: skip


def _verdict(model: str, method: str, mine: pd.DataFrame, table: pd.DataFrame) -> Verdict:
    rows = table[(table["model"] == model) & (table["method"] == method)]
    beats = {test: _named(rows, test, rows["gain_low"] > 0) for test in TESTS}
    loses = {test: _named(rows, test, rows["gain_high"] < 0) for test in TESTS}
    way, low, high = _way(_wide(mine))
    changes = CHANGES if low > HALF_WAY else KEEPS if high < HALF_WAY else UNCLEAR
    return Verdict(
        model, method, _level(beats, loses, changes), mine["package"].nunique(),
        len(mine.drop_duplicates(["package", "view"])), beats, loses, changes, way, low, high,
    )  # fmt: skip


def _named(rows: pd.DataFrame, test: str, chosen: pd.Series) -> tuple[str, ...]:
    return tuple(rows.loc[chosen & (rows["figure"] == test), "map"])


def _level(beats: Mapping[str, tuple[str, ...]], loses: Mapping[str, tuple[str, ...]], changes: str) -> str:
    if changes == KEEPS or not any(beats.values()):
        return REFUSED
    every = any(set(beats[test]) == set(TRIVIAL) for test in TESTS)
    return TRUSTED if every and changes == CHANGES and not any(loses.values()) else DOUBTFUL


def _way(wide: pd.DataFrame) -> tuple[float, float, float]:
    """How far the map goes when all weights are drawn anew, with its interval."""
    names = [("spearman", name) for name in (NUDGED, ALL, OTHER)]
    known = wide[names].dropna() if set(names) <= set(wide.columns) else wide.iloc[:0]
    if known.empty:
        return float("nan"), float("nan"), float("nan")
    sums = known.groupby(level="package").sum().to_numpy(float)
    value = float(_went(sums.sum(axis=0)))
    return value, *_interval(sums, _went)


def _went(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """(ceiling - likeness) / (ceiling - null); NaN where another package's map is as like as the same one."""
    ceiling, likeness, null = sums[..., 0], sums[..., 1], sums[..., 2]
    room = ceiling - null
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(room > 0, (ceiling - likeness) / room, np.nan), np.float64)
