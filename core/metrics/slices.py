"""Where errors gather: groups of rows against the rest, with intervals, and corrected for how many were looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import fisher_exact

from core.metrics.corrections import benjamini_hochberg, holm
from core.metrics.intervals import wilson

FEWEST = 5
"""Packages that a slice and its rest need at least: less cannot be told from chance."""

MOST_MOVED = 100_000_000
"""Rows moved about in one permutation test: of a very large data set there are fewer draws, 199 at least."""

COLUMNS = (
    "column", "slice", "n", "packages", "errors", "rate", "low", "high", "rest_n", "rest_errors", "rest_rate",
    "difference", "difference_low", "difference_high", "p", "holm", "fdr",
)  # fmt: skip

MOST_DIGITS = 6
"""Of a border in a name."""

PARTS = {
    2: ("lower half", "upper half"),
    3: ("lowest third", "middle third", "highest third"),
    4: ("lowest quarter", "second quarter", "third quarter", "highest quarter"),
}
"""What the parts of a column of numbers are called."""

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Slice:
    """A group of rows, and the rows it is compared with.

    Attributes:
        column: what was looked at: "Sharpness".
        name: which part of it: "lowest quarter (below 0.12)".
        members: (N,) bool, the group.
        pool: (N,) bool, the group and the rest: rows that could have been in it.
    """

    column: str
    name: str
    members: Flags
    pool: Flags


def by_name(column: str, values: Sequence[object]) -> list[Slice]:
    """One slice for each value of a column of names; a row without one (None or NaN) is in no rest."""
    series = pd.Series(list(values), dtype=object)
    pool = series.notna().to_numpy()
    names = sorted({str(value) for value in series[pool]})
    return [Slice(column, name, pool & (series.astype(str) == name).to_numpy(), pool) for name in names]


def by_parts(column: str, values: NDArray[np.floating], *, digits: int = 2, unit: str = "") -> list[Slice]:
    """The quarters of a column of numbers; thirds or halves of few; none where nearly all are the same.

    Args:
        column: its title.
        values: (N,), NaN where unknown: such a row is in no rest.
        digits: of the borders, in the name; more where two of them would read the same.
        unit: behind them: " %".
    """
    values = np.asarray(values, np.float64)
    pool = np.isfinite(values)
    parts = 4 if pool.sum() >= 80 else 3 if pool.sum() >= 24 else 2
    edges = np.quantile(values[pool], np.arange(1, parts) / parts) if pool.any() else np.zeros(0)
    if len(edges) == 0 or len(np.unique([values[pool].min(), *edges])) < parts:
        return []
    part = np.searchsorted(edges, np.where(pool, values, 0), side="right")
    names = zip(PARTS[parts], _between(edges, digits, unit), strict=True)
    return [Slice(column, f"{name} ({range_})", pool & (part == at), pool) for at, (name, range_) in enumerate(names)]


def _between(edges: NDArray[np.float64], digits: int, unit: str) -> list[str]:
    shown = [f"{edge:.{digits}f}" for edge in edges]
    if len(set(shown)) < len(shown) and digits < MOST_DIGITS:  # "0.63 to 0.63" would say nothing
        return _between(edges, digits + 1, unit)
    middle = [f"{low} to {high}" for low, high in pairwise(shown)]
    return [f"{words}{unit}" for words in (f"below {shown[0]}", *middle)] + [f"{shown[-1]}{unit} or more"]


def compare(
    wrong: Flags, packages: Sequence[object], slices: Sequence[Slice], *, draws: int = 4999, seed: int = 0
) -> pd.DataFrame:
    """Error rate of each slice against its rest, the one that is worse beyond doubt first.

    Rows of one package stay together. Intervals of a rate are Wilson's with as many rows as are independent (design
    effect of clusters, Rao & Scott, Biometrics 48, 1992); those of a difference combine the two (Newcombe, Statist.
    Med. 17, 1998, method 10): unlike percentiles of a bootstrap they do not shrink to nothing where a small slice has
    no error. p is of Fisher's exact test where every package has one row; otherwise of a permutation test that moves
    the errors of whole packages, and swaps them between the rows of one. Both are two-sided. `holm` keeps the chance
    of any false alarm over all slices that were looked at, `fdr` (Benjamini & Hochberg) the share of false ones.

    Args:
        wrong: (N,) bool.
        packages: (N,) ids.
        slices: over the same N rows; those with too few packages, or with a rest of too few, are not looked at.
        draws: of the permutation test.
        seed: of its random numbers.

    Returns:
        `COLUMNS`, sorted by difference_low, then difference, descending; `attrs["looks"]` is how many slices were
        looked at.
    """
    codes = pd.factorize(pd.Series(list(packages)))[0]
    wrong = np.asarray(wrong, bool)
    looked = [one for one in slices if _enough(one, codes)]
    frame = pd.DataFrame([_row(one, wrong, codes) for one in looked], columns=list(COLUMNS[:-3]))
    p = _p_values(wrong, codes, looked, draws, seed)
    frame = frame.assign(p=p, holm=holm(p), fdr=benjamini_hochberg(p))
    frame = frame.sort_values(["difference_low", "difference"], ascending=False, ignore_index=True)
    frame.attrs["looks"] = len(looked)
    return frame


def _enough(one: Slice, codes: NDArray[np.intp]) -> bool:
    inside, rest = one.members & one.pool, one.pool & ~one.members
    return min(len(np.unique(codes[inside])), len(np.unique(codes[rest]))) >= FEWEST


def _row(one: Slice, wrong: Flags, codes: NDArray[np.intp]) -> tuple[object, ...]:
    inside, rest = one.members & one.pool, one.pool & ~one.members
    (rate, low, high), (rest_rate, rest_low, rest_high) = (rate_of(wrong[rows], codes[rows]) for rows in (inside, rest))
    difference = rate - rest_rate
    return (
        one.column, one.name, int(inside.sum()), len(np.unique(codes[inside])), int(wrong[inside].sum()),
        rate, low, high, int(rest.sum()), int(wrong[rest].sum()), rest_rate, difference,
        difference - float(np.hypot(rate - low, rest_high - rest_rate)),
        difference + float(np.hypot(high - rate, rest_rate - rest_low)),
    )  # fmt: skip


def rate_of(wrong: Flags, codes: NDArray[np.intp]) -> tuple[float, float, float]:
    """A rate and its 95 % interval, with as many rows as are independent.

    Args:
        wrong: (N,) bool, at least one row.
        codes: (N,) number of the package of each row.
    """
    n = len(wrong) / design_effect(wrong, codes)
    p = float(wrong.mean())
    return p, *wilson(p * n, n)


def design_effect(wrong: Flags, codes: NDArray[np.intp]) -> float:
    """By how much rows that come in packages say less than as many independent ones, at least 1.

    The variance of the rate between packages over that of independent rows; the mean number of rows a package, which
    is the most it can be where views agree entirely, where there is no error, or nothing but errors.
    """
    _, at, sizes = np.unique(codes, return_inverse=True, return_counts=True)
    most, p = float(sizes.mean()), float(wrong.mean())
    if p in (0.0, 1.0) or len(sizes) < 2 or most == 1.0:
        return most
    excess = np.bincount(at, wrong - p)
    between = float((excess**2).sum()) / len(wrong) ** 2 * len(sizes) / (len(sizes) - 1)
    return min(max(between * len(wrong) / (p * (1 - p)), 1.0), most)


def _p_values(
    wrong: Flags, codes: NDArray[np.intp], slices: Sequence[Slice], draws: int, seed: int
) -> NDArray[np.float64]:
    exact = [len(np.unique(codes[one.pool])) == one.pool.sum() for one in slices]  # one row a package
    p = np.array([_fisher(one, wrong) if alone else np.nan for one, alone in zip(slices, exact, strict=True)])
    several = [one for one, alone in zip(slices, exact, strict=True) if not alone]
    p[~np.array(exact, bool)] = _permuted(wrong, codes, several, draws, seed)
    return p


def _fisher(one: Slice, wrong: Flags) -> float:
    inside, rest = one.members & one.pool, one.pool & ~one.members
    cells = [[int(wrong[rows].sum()), int((~wrong[rows]).sum())] for rows in (inside, rest)]
    return float(fisher_exact(cells).pvalue)


def _permuted(
    wrong: Flags, codes: NDArray[np.intp], slices: Sequence[Slice], draws: int, seed: int
) -> NDArray[np.float64]:
    """(S,) p values: how often errors that are moved about by chance differ as much between slice and rest."""
    rng, p = np.random.default_rng(seed), np.ones(len(slices))
    for pool, at in _by_pool(slices):  # only rows that could have been in the slice may change places
        weights = np.stack([_weights(slices[one])[pool] for one in at], axis=1).astype(np.float32)
        seen, here = np.abs(wrong[pool].astype(np.float32) @ weights), list(_by_size(codes[pool]))
        times = min(draws, max(199, MOST_MOVED // max(1, int(pool.sum()))))
        reached = sum(np.abs(_moved(wrong[pool], here, rng) @ weights) >= seen - 1e-6 for _ in range(times))
        p[at] = (1 + reached) / (times + 1)
    return p


def _by_pool(slices: Sequence[Slice]) -> Iterator[tuple[Flags, list[int]]]:
    """Each different pool, and the numbers of the slices that have it."""
    groups: dict[bytes, list[int]] = {}
    for at, one in enumerate(slices):
        groups.setdefault(one.pool.tobytes(), []).append(at)
    return ((slices[at[0]].pool, at) for at in groups.values())


def _weights(one: Slice) -> NDArray[np.float64]:
    inside, rest = one.members & one.pool, one.pool & ~one.members
    return np.asarray(inside / inside.sum() - rest / rest.sum(), np.float64)


def _moved(wrong: Flags, packages: Sequence[NDArray[np.intp]], rng: np.random.Generator) -> NDArray[np.float32]:
    """The errors given to other packages with as many rows, each package's in a new order."""
    moved = np.zeros(len(wrong), np.float32)
    for rows in packages:
        order = rng.permuted(rng.permutation(rows, axis=0), axis=1)
        moved[rows.ravel()] = wrong[order.ravel()]
    return moved


def _by_size(codes: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    """(P, V) row numbers of the packages with V rows, for each V that occurs."""
    order = np.argsort(codes, kind="stable")
    sizes = np.bincount(codes)[codes[order]]
    for size in np.unique(sizes):
        yield order[sizes == size].reshape(-1, size)
