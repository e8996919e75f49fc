"""Do architectures, and methods, find the same evidence: beside other pictures, and beside the luck of training."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.attribution.method import METHODS
from core.contracts import Dataset, Progress, silent
from core.domain import Floats
from core.errors import BadInput, UnreadableImage
from core.metrics.consistency import CHANCE, MEASURES, SIGMA, TOP, Prepared, agreement, prepare, reasons
from core.metrics.intervals import groups_interval
from core.models.framing import Placement
from core.store.frames import read_frame, write_frame
from core.studies.cropped import cropped
from core.studies.explanation import DEFAULT
from core.studies.parts import in_parts
from core.studies.robustness import drawn
from core.studies.siblings import HEAD, NONE, SEEDS, Siblings, taught_again, trained_apart
from core.study import Classifier, run_name

__all__ = [
    "CEILING", "CHANCE", "COLUMNS", "HEAD", "MEASURES", "METHOD", "MODEL", "NONE", "PACKAGES", "SEEDS", "SIGMA", "TOP",
    "consistency", "dissent", "drawn", "fitting", "last", "matrix", "shared",
]  # fmt: skip

PACKAGES = 10
"""How many are compared where nobody says."""
OTHERS = 2
"""Other packages whose map is held against each: the null."""
PART = 2
"""Packages that are stored together."""

PAIR, NULL, CEILING = "pair", "null", "ceiling"
"""Relations of two maps: the same picture; another package's picture; the same architecture by another training."""
MODEL, METHOD = "model", "method"
"""What differs between the two maps of a pair."""

COLUMNS = (
    "package", "view", "label", "relation", "differs", "model", "other_model", "method", "other_method", "against",
    *MEASURES, "reason", "source",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Key:
    """Whose map: a model or its sibling, by a method."""

    model: str
    method: str
    sibling: str = ""


@dataclass(frozen=True, slots=True)
class _Looked:
    """All maps of one view, side by side."""

    keys: tuple[_Key, ...]
    maps: Prepared


def fitting(models: Mapping[str, Classifier], methods: Sequence[str]) -> dict[str, dict[str, str]]:
    """Why methods do not apply: method to model to the reason; empty where all do.

    Raises:
        UnknownName: no such method.
    """
    found: dict[str, dict[str, str]] = {}
    for name in methods:
        method = METHODS[name]()
        for model, one in models.items():
            if (reason := method.fits(one.module)) is not None:
                found.setdefault(name, {})[model] = reason
    return found


def consistency(
    dataset: Dataset,
    models: Mapping[str, Classifier],
    *,
    packages: Sequence[str],
    methods: Sequence[str] = (DEFAULT,),
    seeds: Path | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> pd.DataFrame:
    """How much every two maps of every picture agree; stored, and read back.

    Maps are compared in the crop of the first model, smoothed with sigma 2 px, positive part. Each pair stands beside
    its null (the same two, the second map of another package's crop) and its ceiling (a model and its sibling: another
    checkpoint of its architecture, or the same network with its last layer taught again). Stopped by an error raised
    in `progress`, it goes on with the package at which it was.

    Args:
        dataset: whose pictures.
        models: whose maps.
        packages: ids, for example of `drawn`.
        methods: names in the registry of attribution methods; where one does not apply, its maps are left out.
        seeds: folder with other checkpoints of the same architectures; None for the last layer taught again.
        seed: of that teaching.
        progress: called along every map.

    Returns:
        `COLUMNS`, one row a package, view and two maps: relation, "pair", "null" (against: the other package) or
        "ceiling" (against: the sibling); differs, "model" or "method"; each of `MEASURES`, NaN with a reason where it
        is not defined; source, where siblings come from.

    Raises:
        UnknownName: no such method.
        BadInput: fewer than two maps to compare, no package, or no sibling in the folder.
    """
    asked = tuple(dict.fromkeys(methods))
    if not packages:
        raise BadInput("No package to compare maps on.", "Choose at least two.")
    if len(models) < 2 and len(asked) < 2:
        raise BadInput("One model and one method make one map.", "Take a second model, or a second method.")
    apart = fitting(models, asked)
    others = trained_apart(models, seeds) if seeds else None
    name = run_name("consistency", dataset, models, tuple(packages), asked, _marks(others), seed, SIGMA, OTHERS)
    found = read_frame(name)
    if found is None:
        if others is None:
            others = taught_again(
                dataset, models, seed=seed, progress=lambda share, text: progress(0.02 * share, f"features, {text}")
            )
        found = _Work(dataset, models, tuple(packages), asked, apart, others, progress).done(name)
    write_frame(run_name("consistency", dataset, models, "last"), found)
    return found


def last(dataset: Dataset, models: Mapping[str, Classifier]) -> pd.DataFrame | None:
    """The run that was last asked for, whatever its settings; None where there is none. Never computes."""
    return read_frame(run_name("consistency", dataset, models, "last"))


def _marks(others: Siblings | None) -> object:
    if others is None:
        return HEAD
    return sorted(one.card.weights_sha256 for some in others.of.values() for one in some)


class _Work:
    """The maps of one package after the other, each kept while its neighbors are held against it."""

    def __init__(
        self,
        dataset: Dataset,
        models: Mapping[str, Classifier],
        packages: tuple[str, ...],
        methods: tuple[str, ...],
        apart: Mapping[str, Mapping[str, str]],
        siblings: Siblings,
        progress: Progress,
    ) -> None:
        self._dataset, self._packages, self._siblings, self._progress = dataset, packages, siblings, progress
        self._networks = {
            _Key(name, method, other.name if other is not model else ""): other
            for name, model in models.items()
            for method in methods
            if name not in apart.get(method, {})
            for other in (model, *siblings.of.get(name, ()))
        }
        self._first = next(iter(models.values()))
        self._kept: OrderedDict[str, dict[str, _Looked]] = OrderedDict()
        rows = dataset.index.drop_duplicates("package").set_index("package")
        self._labels, self._share = rows["label"], 0.0

    def done(self, name: str) -> pd.DataFrame:
        """The rows of all packages, stored part by part."""
        return in_parts(name, self._packages, self._rows, columns=COLUMNS, size=PART)

    def _rows(self, package: str) -> list[dict[str, object]]:
        at = self._packages.index(package)
        looked = self._maps(package)
        before = reversed(self._packages[max(0, at - OTHERS) : at])  # still kept, where none comes after
        others = [*self._packages[at + 1 : at + 1 + OTHERS], *before][:OTHERS]
        label, source = self._labels[package], self._siblings.source
        known = {"package": package, "label": label if isinstance(label, str) else None, "source": source}
        rows = [known | row for view, one in looked.items() for row in _same(view, one)]
        for other in others:
            theirs = self._maps(other)
            rows += [known | row for view, one in looked.items() if view in theirs
                     for row in _apart(view, one, theirs[view], other)]  # fmt: skip
        return rows

    def _maps(self, package: str) -> dict[str, _Looked]:
        """By view; of the last few packages they are kept."""
        if package not in self._kept:
            self._kept[package] = dict(self._looked(package))
            while len(self._kept) > 2 * OTHERS + 1:
                self._kept.popitem(last=False)
        self._kept.move_to_end(package)
        return self._kept[package]

    def _looked(self, package: str) -> Iterator[tuple[str, _Looked]]:
        index = self._dataset.index
        views = sorted(map(str, index.loc[index["package"] == package, "view"]))
        for number, view in enumerate(views):
            try:
                placement = self._first.frame(self._dataset.view(package, view))
            except UnreadableImage:
                continue
            maps = [
                self._map(package, view, key, placement, (number + at / len(self._networks)) / len(views))
                for at, key in enumerate(self._networks)
            ]
            yield view, _Looked(tuple(self._networks), prepare(np.stack(maps)))

    def _map(self, package: str, view: str, key: _Key, placement: Placement, within: float) -> Floats:
        count, number = len(self._packages), self._packages.index(package)
        where = f"package {number + 1:,} of {count:,}, {view} view, {key.sibling or key.model}"
        self._share = max(self._share, (number + within) / count)  # a neighbor may come before its turn

        def tell(share: float, text: str) -> None:
            self._progress(0.02 + 0.98 * self._share, where)

        tell(0.0, "")
        return cropped(
            self._dataset, package, view, self._networks[key], key.method, placement=placement, progress=tell
        )


def _pairs(keys: Sequence[_Key]) -> list[tuple[int, int, str]]:
    """Places of two maps of the models themselves that differ in one thing only, and in which."""
    own = [(at, key) for at, key in enumerate(keys) if not key.sibling]
    return [
        (left, right, MODEL if one.model != other.model else METHOD)
        for (left, one), (right, other) in combinations(own, 2)
        if (one.model != other.model) != (one.method != other.method)
    ]


def _same(view: str, looked: _Looked) -> Iterator[dict[str, object]]:
    """Maps of one picture: of two models, of two methods, of a model and its sibling."""
    yield from _compared(view, looked, looked, [(*pair, PAIR, "") for pair in _pairs(looked.keys)])
    places = {key: at for at, key in enumerate(looked.keys)}
    ceilings = [
        (places[_Key(key.model, key.method)], at, MODEL, CEILING, key.sibling)
        for key, at in places.items() if key.sibling
    ]  # fmt: skip
    yield from _compared(view, looked, looked, ceilings)


def _apart(view: str, looked: _Looked, theirs: _Looked, other: str) -> Iterator[dict[str, object]]:
    """The first map of a pair against the second map of another package."""
    yield from _compared(view, looked, theirs, [(*pair, NULL, other) for pair in _pairs(looked.keys)])


def _compared(
    view: str, left: _Looked, right: _Looked, pairs: Sequence[tuple[int, int, str, str, str]]
) -> Iterator[dict[str, object]]:
    if not pairs:
        return
    one, other = left.maps.take([pair[0] for pair in pairs]), right.maps.take([pair[1] for pair in pairs])
    found, why = agreement(one, other), reasons(one, other)
    for at, (first, second, differs, relation, against) in enumerate(pairs):
        mine, theirs = left.keys[first], right.keys[second]
        values = {name: float(values[at]) for name, values in found.items()}
        yield {"view": view, "relation": relation, "differs": differs, "model": mine.model,
               "other_model": theirs.model, "method": mine.method, "other_method": theirs.method,
               "against": against, "reason": why[at], **values}  # fmt: skip


def matrix(
    frame: pd.DataFrame, measure: str, *, differs: str = MODEL, fixed: str, view: str | None = None, seed: int = 0
) -> pd.DataFrame:
    """How much the maps of every two models by one method agree, or of every two methods of one model.

    A package counts once: the mean of its views. Intervals draw packages anew (BCa), None where fewer than two count.

    Args:
        frame: of `consistency`.
        measure: in `MEASURES`.
        differs: "model" or "method".
        fixed: the method, or the model, that both maps share.
        view: only of this one; None for all.
        seed: of the intervals.

    Returns:
        One row a pair: one, other; value, n (packages), undefined (maps that could not be compared); null and ceiling
        (the mean of both partners' own); gain, value less null on the same packages, and reached, the share of the way
        from null to ceiling; each with _low and _high, NaN where unknown. Rows with one == other are
        ceilings: the same architecture by another training.
    """
    rows = frame if view is None else frame[frame["view"] == view]
    shared, varied = ("method", "model") if differs == MODEL else ("model", "method")
    mine = rows[(rows[shared] == fixed) & (rows[f"other_{shared}"] == fixed)]
    pairs = mine[mine["differs"] == differs]
    ceilings = {
        str(name): _by_package(some, measure)
        for name, some in mine[mine["relation"] == CEILING].groupby(varied, sort=False)
    }
    real, nulls = (pairs[pairs["relation"] == relation] for relation in (PAIR, NULL))
    table = []
    for (one, other), some in real.groupby([varied, f"other_{varied}"], sort=False):
        apart = nulls[(nulls[varied] == one) & (nulls[f"other_{varied}"] == other)]
        both = [ceilings[name] for name in (str(one), str(other)) if name in ceilings]
        ceiling = pd.concat(both).groupby(level=0).mean() if len(both) == 2 else pd.Series(dtype=float)
        table.append({"one": one, "other": other, **_cell(some, apart, ceiling, measure, seed)})
    for name, values in ceilings.items():
        some = mine[(mine["relation"] == CEILING) & (mine[varied] == name)]
        table.append({"one": name, "other": name, **_cell(some, some.iloc[:0], values, measure, seed)})
    return pd.DataFrame(table)


def shared(frame: pd.DataFrame) -> list[tuple[str, str]]:
    """Every matrix that a run holds: what differs, and the method or model that both maps share."""
    pairs = frame[frame["relation"] == PAIR]
    by_model, by_method = pairs[pairs["differs"] == MODEL], pairs[pairs["differs"] == METHOD]
    return [
        *((MODEL, str(name)) for name in by_model["method"].unique()),
        *((METHOD, str(name)) for name in by_method["model"].unique()),
    ]


def _by_package(rows: pd.DataFrame, measure: str) -> pd.Series:
    """The mean of each package over its views and its partners; without those that are not defined."""
    by_view = rows.dropna(subset=[measure]).groupby(["package", "view"], observed=True)[measure].mean()
    return by_view.groupby(level=0).mean()


def _cell(
    rows: pd.DataFrame, apart: pd.DataFrame, ceiling: pd.Series, measure: str, seed: int
) -> dict[str, Any]:
    value, null = _by_package(rows, measure), _by_package(apart, measure)
    gain = (value - null).dropna()
    together = pd.concat([value, null, ceiling], axis=1, join="inner").to_numpy(float)
    return {
        **_estimate("value", value.to_numpy(float)[:, None], seed),
        **_estimate("null", null.to_numpy(float)[:, None], seed),
        **_estimate("ceiling", ceiling.to_numpy(float)[:, None], seed),
        **_estimate("gain", gain.to_numpy(float)[:, None], seed),
        **_estimate("reached", together, seed),
        "n": len(value),
        "undefined": int(rows[measure].isna().sum()),
    }


def _estimate(name: str, columns: np.ndarray[tuple[int, int], np.dtype[np.float64]], seed: int) -> dict[str, float]:
    """A mean over packages, or, of three columns, how far the first lies on the way from the second to the third."""

    def figure(at: np.ndarray[tuple[int], np.dtype[np.int64]]) -> float:
        means = columns[at].mean(axis=0)
        if len(means) == 1:
            return float(means[0])
        way = means[2] - means[1]
        return float((means[0] - means[1]) / way) if way > 1e-6 else np.nan

    n = len(columns)
    value = figure(np.arange(n)) if n else np.nan
    ends = groups_interval([np.array([at]) for at in range(n)], figure, seed=seed) if n > 1 else None
    low, high = ends or (np.nan, np.nan)
    return {name: value, f"{name}_low": low, f"{name}_high": high}


def dissent(frame: pd.DataFrame, measure: str, *, method: str, view: str | None = None) -> pd.DataFrame:
    """Packages by how little the models agree on them, the least agreement first.

    Returns:
        package, label, dissent (1 - the mean agreement of all pairs of models over the views), one, other (the pair
        that agrees least) and least (its agreement).
    """
    rows = frame[(frame["relation"] == PAIR) & (frame["differs"] == MODEL) & (frame["method"] == method)]
    rows = (rows if view is None else rows[rows["view"] == view]).dropna(subset=[measure])
    table = []
    for package, mine in rows.groupby("package", observed=True, sort=True):
        pairs = mine.groupby(["model", "other_model"], observed=True)[measure].mean().sort_values(kind="stable")
        one, other = pairs.index[0]
        table.append({"package": package, "label": mine["label"].iloc[0], "dissent": 1 - float(pairs.mean()),
                      "one": one, "other": other, "least": float(pairs.iloc[0])})  # fmt: skip
    columns = ["package", "label", "dissent", "one", "other", "least"]
    found = pd.DataFrame(table, columns=columns)
    return found.sort_values(["dissent", "package"], ascending=[False, True], ignore_index=True)
