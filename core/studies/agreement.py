"""Does the evidence lie where the damage is: every model's maps, and trivial ones, against known regions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import combinations
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from core.attribution.method import METHODS as ATTRIBUTIONS
from core.contracts import Dataset, Progress, silent
from core.domain import PACKAGE, Floats, Mask
from core.errors import BadInput, UnknownName, UnreadableImage
from core.metrics import trivial
from core.metrics.corrections import holm
from core.metrics.intervals import bca, wilson
from core.metrics.localisation.metric import METRICS, score, skill
from core.metrics.localisation.overlap import AT, THRESHOLDS, box_chance, box_curve, boxes
from core.metrics.localisation.permutation import shift_p
from core.metrics.localisation.ranked import Held, Ranked
from core.metrics.localisation.target import KEPT, Target
from core.regions import filled
from core.store.frames import read_frame, write_frame
from core.studies.explanation import DEFAULT, Seen, explain, seen, task_of
from core.studies.parts import in_parts
from core.studies.regions import SOURCES, Source, source_of
from core.studies.robustness import drawn as of_split
from core.study import Classifier, run_name

__all__ = [
    "AREAS", "BOXES", "COLUMNS", "FIGURES", "METRICS", "SIGMA", "SOURCES", "TRIVIAL", "Source", "agreement",
    "by_methods", "differences", "drawn", "latest", "leaderboard", "source_of", "stored_agreement",
]  # fmt: skip

SIGMA = 2.0
"""Of the Gaussian that smooths every map first, pixels of the frame: as maps are displayed."""
SIZE = 2
"""Packages a part: a map takes seconds."""
DRAWS = 2000

TRIVIAL = {
    "center": "A blob in the middle of what the network sees.",
    "edges": "Sobel's edges of the picture.",
    "difference": "The picture minus the baseline.",
    "random": "Noise.",
}
"""Maps that ask no network, by the name of their row: what every method must beat."""
AREAS = {
    "seen": "Only pixels of the package that the networks see count: no credit for finding it.",
    "package": "Only pixels of the package count, seen or not: on its hidden side even noise is rightly silent.",
    "frame": "All pixels count: finding the package alone scores above chance.",
}
BOX = "box"
"""The rows that hold the overlap of boxes, one for each threshold."""
BOXES = "max_box_accuracy"
"""The figure that is made of them: MaxBoxAcc, an oracle."""
FIGURES = (*METRICS.names(), BOXES)

COLUMNS = (
    "package",  # id
    "view",  # of the cameras
    "model",  # name, or one of `TRIVIAL`
    "method",  # of attribution, "" for trivial maps
    "metric",  # in `METRICS`, or "box"
    "at",  # share of the largest value, for "box"; NaN for others
    "value",  # NaN where there is no region in that view
    "chance",
    "n",  # pixels that count
    "reason",  # why there is no value, or what is wrong with the map; "" where nothing is
    "p",  # of so much evidence on the region, were it anywhere on the package
    "probability",  # of damaged, as the model says of this view; NaN for trivial maps
)

Sums = NDArray[np.float64]


def agreement(
    dataset: Dataset,
    models: Mapping[str, Classifier],
    *,
    source: Source,
    method: str = DEFAULT,
    packages: Sequence[str] | None = None,
    area: str = "seen",
    border: float = 0.0,
    baseline: str = "blur",
    seed: int = 0,
    progress: Progress = silent,
) -> pd.DataFrame:
    """Every model's map of every view with a known region, and the trivial maps, by every metric; stored.

    Intact packages have no region, and are passed over. A model that the method does not apply to is left out. An error
    raised in `progress` stops the work; what was done is kept, and the next call does the rest.

    Args:
        dataset: whose pictures.
        models: whose evidence.
        source: where the damage is.
        method: name in the registry of attribution methods.
        packages: ids; by default all that are damaged and of which the source knows a view.
        area: one of `AREAS`: which pixels count. Where no silhouette is known, the package is what the framing found.
        border: pixels so near to the border of a region do not count.
        baseline: of the maps.
        seed: of the moves behind p, and of the random map.
        progress: called after each package.

    Returns:
        `COLUMNS`, one row a package, view, model and metric.

    Raises:
        UnknownName: no such method, area or package.
        BadInput: no model, no region, or no model that the method applies to.
    """
    asked = _Asked.of(dataset, models, source, method, packages, area, border, baseline, seed)
    found = in_parts(asked.name, asked.packages, asked.rows, columns=COLUMNS, size=SIZE, progress=progress)
    if (border, baseline, seed) == (0.0, "blur", 0):
        name = _latest(dataset, models, source, area)
        write_frame(name, _renewed(read_frame(name), found, method))
    return found


def latest(
    dataset: Dataset, models: Mapping[str, Classifier], *, source: Source, area: str = "seen"
) -> pd.DataFrame | None:
    """The last plain run of every method against these regions, below each other; None where there is none.

    Plain: no border, and the usual baseline and seed. Methods may have been run on different packages; the trivial maps
    of a picture stand there once. Never explains.

    Args:
        dataset: whose pictures.
        models: the same as in `agreement`.
        source: where the damage is; of regions that have changed since, nothing is found.
        area: one of `AREAS`.

    Returns:
        `COLUMNS`.
    """
    return read_frame(_latest(dataset, models, source, area))


def _latest(dataset: Dataset, models: Mapping[str, Classifier], source: Source, area: str) -> str:
    return run_name(
        "agreement", dataset, models, "latest", source.name, source.mark, area, SIGMA, KEPT, METRICS.names()
    )


def _renewed(before: pd.DataFrame | None, found: pd.DataFrame, method: str) -> pd.DataFrame:
    """What is known of other methods, and this run; trivial maps of the pictures that are still in one of them."""
    if before is None:
        return found
    every = pd.concat([found, before[before["method"] != method]], ignore_index=True)
    trivial = every["model"].isin(list(TRIVIAL))
    twice = trivial & every.duplicated(["package", "view", "model", "metric", "at"])
    lone = trivial & ~every["package"].isin(every.loc[~trivial, "package"])
    return every[~(twice | lone)].reset_index(drop=True)


def stored_agreement(
    dataset: Dataset,
    models: Mapping[str, Classifier],
    *,
    source: Source,
    method: str = DEFAULT,
    packages: Sequence[str] | None = None,
    area: str = "seen",
    border: float = 0.0,
    baseline: str = "blur",
    seed: int = 0,
) -> pd.DataFrame | None:
    """The run of `agreement` where it exists already, None otherwise: never explains."""
    return read_frame(_Asked.of(dataset, models, source, method, packages, area, border, baseline, seed).name)


def by_methods(
    dataset: Dataset,
    models: Mapping[str, Classifier],
    *,
    methods: Sequence[str] | None = None,
    progress: Progress = silent,
    **choices: Any,
) -> pd.DataFrame:
    """`agreement` by several methods, below each other; the trivial maps stand there once.

    Args:
        dataset: whose pictures.
        models: whose evidence.
        methods: names in the registry; by default `DEFAULT` alone.
        progress: called after each package.
        choices: what else `agreement` takes.
    """
    names = tuple(dict.fromkeys(methods or (DEFAULT,)))
    frames = []
    for at, name in enumerate(names):
        within = _within(progress, at, len(names))
        frame = agreement(dataset, models, method=name, progress=within, **choices)
        frames.append(frame[~frame["model"].isin(list(TRIVIAL))] if at else frame)
    return pd.concat(frames, ignore_index=True)


def _within(progress: Progress, at: int, parts: int) -> Progress:
    """The progress of one of several parts."""
    return lambda share, text: progress((at + share) / parts, text)


def drawn(
    dataset: Dataset,
    models: Mapping[str, Classifier],
    source: Source,
    *,
    split: str | None = None,
    count: int | None = None,
    seed: int = 0,
) -> tuple[str, ...]:
    """Damaged packages with a known region, sorted: of the named split, else of test, else not trained on, else all.

    Args:
        dataset: whose.
        models: that will be asked.
        source: where the damage is.
        split: only of this one.
        count: how many, drawn at random; None for all.
        seed: of the draw.

    Raises:
        UnknownName: no such split.
        BadInput: no such package has a known region.
    """
    known = {package for package, _ in source.known}
    ids = [one for one in of_split(dataset, models, split=split) if one in known]
    if not ids and split is None:
        ids = sorted(known & set(dataset.ids))
    if not ids:
        raise BadInput("No damaged package has a known region.", "Draw regions first, or choose other packages.")
    if count is not None and count < len(ids):
        ids = [ids[at] for at in np.random.default_rng(seed).permutation(len(ids))[:count]]
    return tuple(sorted(ids))


@dataclass(frozen=True, slots=True)
class _Asked:
    """One run: what, of which, by whom, held against what."""

    dataset: Dataset
    models: Mapping[str, Classifier]
    source: Source
    method: str
    packages: tuple[str, ...]
    area: str
    border: float
    baseline: str
    seed: int

    @classmethod
    def of(
        cls, dataset: Dataset, models: Mapping[str, Classifier], source: Source, method: str,
        packages: Sequence[str] | None, area: str, border: float, baseline: str, seed: int,
    ) -> _Asked:  # fmt: skip
        if area not in AREAS:
            raise UnknownName(f"There is no area called {area!r}.", f"Try one of: {', '.join(AREAS)}.")
        if not models:
            raise BadInput("There is no model to ask.", "Train one, or name a folder of checkpoints.")
        explained = ATTRIBUTIONS[method]()
        able = {name: model for name, model in models.items() if explained.fits(model.module) is None}
        if not able:
            raise BadInput(f"{explained.title} applies to none of the models.", "Choose another method.")
        if strange := sorted(set(packages or ()) - set(dataset.ids)):
            raise UnknownName(f"There is no package {strange[0]}.", "Choose one of the data set.")
        known = {package for package, _ in source.known}
        ids = tuple(one for one in (dataset.ids if packages is None else sorted(packages)) if one in known)
        if not ids:
            raise BadInput("No damaged package has a known region.", "Draw regions first, or choose other packages.")
        return cls(dataset, able, source, method, ids, area, border, baseline, seed)

    @property
    def name(self) -> str:
        """Of the run."""
        held = (self.source.name, self.source.mark, self.area, self.border, SIGMA, KEPT, METRICS.names())
        asked = (sorted(self.models), self.method, self.baseline, self.seed, self.packages)
        return run_name("agreement", self.dataset, self.models, *held, *asked)

    def rows(self, package: str) -> list[dict[str, object]]:
        """Of one package."""
        rows: list[dict[str, object]] = []
        for view in sorted(view for one, view in self.source.known if one == package):
            with suppress(UnreadableImage):
                rows += self._view(package, view)
        return rows

    def _view(self, package: str, view: str) -> list[dict[str, object]]:
        region = self.source.region(package, view)
        framings: dict[str, Classifier] = {}
        for model in self.models.values():
            framings.setdefault(repr(model.card.framing), model)
        looks = [seen(self.dataset, package, view, model) for model in framings.values()]
        target = Target.of(region, within=self._within(package, view, looks), border=self.border)
        rows: list[dict[str, object]] = []
        for name, method, values, probability in self._maps(package, view, looks[0]):
            fact = {"package": package, "view": view, "model": name, "method": method, "probability": probability}
            rows += [row | fact for row in _scored(values, target, self.seed)]
        return rows

    def _within(self, package: str, view: str, looks: Sequence[Seen]) -> Mask | None:
        if self.area == "frame":
            return None
        within = silhouette_of(self.dataset, package, view, looks[0])
        return within if self.area == "package" else np.logical_and.reduce([within, *map(crop_of, looks)])

    def _maps(self, package: str, view: str, looked: Seen) -> Iterator[tuple[str, str, Floats, float]]:
        for name, model in self.models.items():
            found = explain(self.dataset, package, view, model, self.method, baseline=self.baseline, seed=self.seed)
            yield name, self.method, found.values, found.probability
        first, seed = next(iter(self.models.values())), _seed(self.seed, package, view)
        for name, values in trivial_maps(first, looked, baseline=self.baseline, seed=seed).items():
            yield name, "", values, float("nan")


def trivial_maps(model: Classifier, looked: Seen, *, baseline: str, seed: int) -> dict[str, Floats]:
    """(H, W) each of `TRIVIAL`, drawn on what the network sees, in the coordinates of the frame."""
    task = task_of(model, looked, baseline=baseline)
    picture, ground = task.batch[0].cpu().numpy(), task.baseline.mean(dim=0).cpu().numpy()
    drawn = {
        "center": trivial.center(picture),
        "edges": trivial.edges(picture),
        "difference": trivial.difference(picture, ground),
        "random": np.random.default_rng(seed).random(picture.shape[-2:], np.float32),
    }
    return {name: looked.in_frame(task.batch.new_tensor(values).cpu()) for name, values in drawn.items()}


def silhouette_of(dataset: Dataset, package: str, view: str, looked: Seen) -> Mask:
    """(H, W) bool: the visible package where its silhouette is known, else what the framing took for it."""
    height, width = looked.picture.pixels.shape[:2]
    truth = dataset.truth(package, view)
    if truth is None or not truth.silhouette:
        return crop_of(looked)
    return filled([one.polygon for one in truth.silhouette], (height, width))


def crop_of(looked: Seen) -> Mask:
    """(H, W) bool: the pixels that the network sees."""
    height, width = looked.picture.pixels.shape[:2]
    outline = looked.placement.outline() / np.array([width, height], np.float32)
    return filled([outline.astype(np.float32)], (height, width))


def _seed(seed: int, package: str, view: str) -> int:
    return crc32(f"{seed}/{package}/{view}".encode())


def _scored(values: Floats, target: Target, seed: int) -> Iterator[dict[str, object]]:
    held = Held(Ranked.of(gaussian_filter(values, SIGMA), within=target.within), target)
    p = shift_p(held.ranked, target, seed=seed)
    for name in METRICS:
        found = score(name, held)
        yield {"metric": name, "at": np.nan, "value": found.value, "chance": found.chance, "n": found.n,
               "reason": found.reason or "", "p": p}  # fmt: skip
    drawn = boxes(held)
    chances = np.full(len(drawn), np.nan) if target.empty else box_chance(held, drawn, seed=seed)
    for at, value, chance in zip(THRESHOLDS, box_curve(held, drawn), chances, strict=True):
        yield {"metric": BOX, "at": at, "value": value, "chance": chance, "n": target.pixels,
               "reason": target.empty or held.ranked.reason, "p": p}  # fmt: skip


def leaderboard(frame: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """Every model and trivial map, on every view and on all of them, by every figure, with chance and interval.

    Per picture first, then the mean; intervals resample packages, both views of one together (BCa, 95 %).

    Args:
        frame: of `agreement`; several methods may stand below each other.
        seed: of the draws.

    Returns:
        One row a model, method, view ("package": all views) and figure in `FIGURES`: model, method, trivial (bool),
        view, metric, mean, low, high, chance, skill, gain (mean of value - chance on the same pictures, as chance
        differs between them), gain_low, gain_high, n (packages), pictures, missing (pictures without a region),
        flagged (pictures whose map is zero or even; they count). low and high are NaN with fewer than two packages,
        and Wilson's where every package scores 0, or every one 1; gain is NaN for the oracle of boxes.
    """
    return pd.DataFrame(
        [
            {"model": model, "method": method, "trivial": model in TRIVIAL, "view": view, "metric": name,
             **_mean(found, name, seed)}
            for (model, method), mine in frame.groupby(["model", "method"], sort=False)
            for view, rows in _views(mine)
            for name, found in _figures(rows)
        ]
    )  # fmt: skip


def _views(frame: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    for view, rows in frame.groupby("view"):
        yield str(view), rows
    yield PACKAGE, frame


def _figures(frame: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    for name, rows in frame.groupby("metric"):
        yield (BOXES if name == BOX else str(name)), rows


def _mean(rows: pd.DataFrame, name: str, seed: int) -> dict[str, object]:
    known = rows[rows["value"].notna()]
    sums, counts = _by_package(known, hits=name == BOXES)
    mean, (low, high) = _figure(sums, counts), _interval(sums, counts, seed)
    if mean in (0.0, 1.0) and len(counts) > 1:
        low, high = wilson(mean * len(counts), len(counts))  # packages drawn anew would all say the same
    chance = float(known.groupby("at", dropna=False)["chance"].mean().max()) if len(known) else np.nan
    pictures = int(counts.sum())
    per = max(rows["at"].nunique(), 1)
    return {
        "mean": mean, "low": low, "high": high, "chance": chance, "skill": skill(mean, chance),
        **_gain(known, name, seed), "n": len(counts), "pictures": pictures, "missing": len(rows) // per - pictures,
        "flagged": int((known["reason"] != "").sum()) // per,
    }  # fmt: skip


def _gain(known: pd.DataFrame, name: str, seed: int) -> dict[str, float]:
    """How far above chance, picture by picture."""
    if name == BOXES:
        return dict.fromkeys(("gain", "gain_low", "gain_high"), np.nan)
    sums, counts = _by_package(known.assign(value=known["value"] - known["chance"]), hits=False)
    low, high = _interval(sums, counts, seed)
    return {"gain": _figure(sums, counts), "gain_low": low, "gain_high": high}


def _by_package(known: pd.DataFrame, *, hits: bool) -> tuple[Sums, Sums]:
    """(n, T) sum over the pictures of each package, for each threshold where there are any; (n,) how many pictures."""
    values = (known["value"] >= AT).astype(float) if hits else known["value"]
    grouped = values.groupby([known["package"], known["at"].fillna(0)])
    sums, counts = grouped.sum().unstack(), grouped.size().unstack()
    return sums.to_numpy(float).reshape(len(sums), -1), counts.to_numpy(float)[:, 0] if len(sums) else np.zeros(0)


def _figure(sums: Sums, counts: Sums) -> float:
    return float((sums.sum(axis=0) / counts.sum()).max()) if len(counts) else float("nan")


def _interval(sums: Sums, counts: Sums, seed: int) -> tuple[float, float]:
    """95 % BCa interval of a mean over pictures (the largest of several means), packages resampled."""
    n = len(counts)
    if n < 2:
        return float("nan"), float("nan")
    weights = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), DRAWS).astype(float)
    weights = np.concatenate([weights, 1 - np.eye(n)])
    found = ((weights @ sums) / (weights @ counts)[:, None]).max(axis=1)
    return bca(found[:DRAWS], _figure(sums, counts), found[DRAWS:]) or (float("nan"), float("nan"))


def differences(frame: pd.DataFrame, metric: str, *, view: str = PACKAGE, seed: int = 0) -> pd.DataFrame:
    """Every two rows of the leaderboard on the same pictures, unless both are trivial.

    p is that of a paired permutation test, in which the two maps of a package change places (all 2^n of them up to 12
    packages, else 9999 at random); Holm's correction is over the rows returned.

    Args:
        frame: of `agreement`.
        metric: in `METRICS`.
        view: of the cameras, or "package" for all.
        seed: of the draws.

    Returns:
        one, other, difference (one minus other), low, high (BCa, packages resampled), p, p_holm, n (packages).

    Raises:
        UnknownName: there is no such metric.
    """
    METRICS[metric]
    rows = frame[(frame["metric"] == metric) & ((frame["view"] == view) | (view == PACKAGE))]
    names = _names(rows)
    wide = rows.assign(name=names).pivot(index=["package", "view"], columns="name", values="value")
    found = [
        _difference(wide, one, other, seed)
        for one, other in combinations(sorted(dict.fromkeys(names), key=TRIVIAL.__contains__), 2)
        if not {one, other} <= set(TRIVIAL)
    ]
    table = pd.DataFrame([row for row in found if row["n"]])
    return table.assign(p_holm=holm(table["p"].to_numpy(float))) if len(table) else table


def _names(rows: pd.DataFrame) -> pd.Series:
    """Of each row: its model, and its method where there are several."""
    methods = set(rows["method"]) - {""}
    return rows["model"] + np.where(rows["method"].eq("") | (len(methods) < 2), "", ", " + rows["method"])


def _difference(wide: pd.DataFrame, one: str, other: str, seed: int) -> dict[str, Any]:
    apart = (wide[one] - wide[other]).dropna().groupby("package")
    sums, counts = apart.sum().to_numpy(np.float64)[:, None], apart.size().to_numpy().astype(np.float64)
    low, high = _interval(sums, counts, seed)
    p = _swapped_p(sums[:, 0], seed)
    return {"one": one, "other": other, "difference": _figure(sums, counts), "low": low, "high": high, "p": p,
            "p_holm": p, "n": len(counts)}  # fmt: skip


def _swapped_p(sums: Sums, seed: int) -> float:
    """Two-sided p of no difference, were the sign of each package's difference a coin."""
    n = len(sums)
    if n <= 12:
        signs = 1.0 - 2.0 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
        return float((np.abs(signs @ sums) >= abs(sums.sum()) - 1e-12).mean())
    signs = np.random.default_rng(seed).choice((-1.0, 1.0), (9999, n))
    return float((1 + (np.abs(signs @ sums) >= abs(sums.sum()) - 1e-12).sum()) / 10_000)
