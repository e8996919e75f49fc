"""Whether people call the same packages damaged: kappa of Cohen and of Fleiss, and Krippendorff's alpha."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.metrics.annotators.resampled import Figure, Floats, interval
from core.metrics.intervals import cells_interval

Counts = NDArray[np.int64]


class Agreed(NamedTuple):
    """A figure of agreement.

    Attributes:
        value: 1 where all agree, 0 where they agree as often as by chance; NaN where there is none.
        low, high: 95 % interval, packages resampled; NaN with fewer than two.
        observed: how often two agree, in [0, 1].
        chance: how often two would, who know nothing of the package and call as often what people here call.
        n: packages that count.
    """

    value: float
    low: float
    high: float
    observed: float
    chance: float
    n: int


NOTHING = Agreed(float("nan"), float("nan"), float("nan"), float("nan"), float("nan"), 0)


def counts(said: Sequence[Sequence[str | None]], labels: Sequence[str]) -> Counts:
    """(n, K) how many people said each label of each package.

    Args:
        said: of each package, what each person said; None for nothing.
        labels: the K things that can be said.
    """
    rows = [[sum(one == label for one in some) for label in labels] for some in said]
    return np.array(rows, np.int64).reshape(len(said), len(labels))


def cohen(pairs: Sequence[tuple[str, str]], labels: Sequence[str], *, seed: int = 0) -> Agreed:
    """Cohen's kappa of two people who judged the same packages.

    Cohen, A coefficient of agreement for nominal scales, Educational and Psychological Measurement 20 (1960). Where
    both say one and the same of every package there is no chance to beat: NaN.

    Args:
        pairs: what the first and what the second said of each package.
        labels: the K things that can be said.
        seed: of the draws behind the interval.
    """
    if not pairs:
        return NOTHING
    k = len(labels)
    cells = np.zeros(k * k)
    for one, other in pairs:
        cells[labels.index(one) * k + labels.index(other)] += 1
    found = cells_interval(cells.astype(int).tolist(), _kappa, seed=seed) if len(pairs) > 1 else None
    table = cells.reshape(k, k) / len(pairs)
    chance = float(table.sum(axis=0) @ table.sum(axis=1))
    return Agreed(float(_kappa(cells)), *(found or (np.nan, np.nan)), float(np.trace(table)), chance, len(pairs))


def _kappa(cells: Floats) -> Floats:
    k = round(cells.shape[-1] ** 0.5)
    table = cells.reshape(*cells.shape[:-1], k, k)
    n = np.maximum(table.sum(axis=(-1, -2)), 1e-12)
    observed = np.trace(table, axis1=-2, axis2=-1) / n
    chance = (table.sum(axis=-1) * table.sum(axis=-2)).sum(axis=-1) / n**2
    return _beyond(observed, chance)


def _beyond(observed: Floats, chance: Floats) -> Floats:
    return np.where(chance < 1 - 1e-12, (observed - chance) / np.maximum(1 - chance, 1e-12), np.nan)


def fleiss(table: Counts, *, seed: int = 0) -> Agreed:
    """Fleiss' kappa of any number of people.

    Fleiss, Measuring nominal scale agreement among many raters, Psychological Bulletin 76 (1971), with its extension to
    packages that not all have judged (Fleiss, Levin & Paik, Statistical methods for rates and proportions, 2003,
    18.3): a package counts as much as another, and one that fewer than two have judged does not.

    Args:
        table: (n, K) of `counts`.
        seed: of the draws behind the interval.
    """
    table = table[table.sum(axis=1) >= 2].astype(float)
    if not len(table):
        return NOTHING
    people = table.sum(axis=1)
    same = (table * (table - 1)).sum(axis=1) / (people * (people - 1))

    def chance(weights: Floats) -> Floats:
        shares = weights @ table
        return np.asarray(((shares / shares.sum(axis=1, keepdims=True)) ** 2).sum(axis=1))

    return _agreed(lambda weights: weights @ same / weights.sum(axis=1), chance, len(table), seed)


def alpha(table: Counts, *, seed: int = 0) -> Agreed:
    """Krippendorff's alpha for labels without an order, whoever judged what.

    Krippendorff, Computing Krippendorff's alpha-reliability (2011), section C. A package that fewer than two have
    judged does not count. The observed agreement weighs a package by how many have judged it; that of chance is of two
    labels drawn without putting the first one back.

    Args:
        table: (n, K) of `counts`.
        seed: of the draws behind the interval.
    """
    table = table[table.sum(axis=1) >= 2].astype(float)
    if not len(table):
        return NOTHING
    people = table.sum(axis=1)
    same = (table * (table - 1)).sum(axis=1) / (people - 1)

    def chance(weights: Floats) -> Floats:
        labels = weights @ table
        n = labels.sum(axis=1)
        return np.asarray((labels * (labels - 1)).sum(axis=1) / (n * (n - 1)))

    return _agreed(lambda weights: weights @ same / (weights @ people), chance, len(table), seed)


def _agreed(observed: Figure, chance: Figure, n: int, seed: int) -> Agreed:
    once = np.ones((1, n))
    figure: Figure = lambda weights: _beyond(observed(weights), chance(weights))  # noqa: E731 - one line, one meaning
    low, high = interval(figure, n, seed=seed)
    return Agreed(float(figure(once)[0]), low, high, float(observed(once)[0]), float(chance(once)[0]), n)
