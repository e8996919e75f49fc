"""Krippendorff's alpha for whatever two answers can lie apart by, for example 1 - IoU of two regions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput
from core.metrics.annotators.resampled import Figure, Floats, interval
from core.metrics.annotators.verdicts import NOTHING, Agreed


def alpha(
    distances: Floats, units: Sequence[object], *, packages: Sequence[object] | None = None, seed: int = 0
) -> Agreed:
    """1 - (mean distance within a picture) / (mean distance over all pictures).

    Krippendorff, Computing Krippendorff's alpha-reliability (2011), with any distance in place of the squared
    difference (for regions: 1 - IoU). A unit with fewer than two answers does not count. Unlike the paper, the interval
    resamples packages, and not pairs of answers, which are not independent.

    Args:
        distances: (v, v) between every two answers, symmetric, 0 on the diagonal.
        units: (v,) what each answer is about, for example a picture.
        packages: (v,) the package that it belongs to; by default the unit.
        seed: of the draws behind the interval.

    Returns:
        observed and chance: 1 - mean distance within units, and over all answers that count.

    Raises:
        BadInput: the distances are not as many as the answers.
    """
    if distances.shape != (len(units), len(units)):
        raise BadInput("There is not one distance for every two answers.", "Give a square of distances.")
    names = list(units) if packages is None else list(packages)
    unit, size = _numbered(units)
    kept = size[unit] >= 2 if len(units) else np.zeros(0, bool)
    if not kept.any():
        return NOTHING
    apart, unit, size = distances[np.ix_(kept, kept)], unit[kept], size[unit[kept]]
    package, _ = _numbered([name for name, there in zip(names, kept, strict=True) if there])
    own = np.where(unit[:, None] == unit, apart, 0).sum(axis=1) / (size - 1)  # of each answer, to the others beside it
    n = int(package.max()) + 1
    within = np.bincount(package, own, n)
    answers = np.bincount(package, minlength=n).astype(float)
    between = np.zeros((n, n))
    np.add.at(between, (package[:, None], package), apart)

    def observed(weights: Floats) -> Floats:
        return np.asarray(1 - weights @ within / (weights @ answers), np.float64)

    def chance(weights: Floats) -> Floats:
        count = weights @ answers
        return np.asarray(1 - ((weights @ between) * weights).sum(axis=1) / (count * (count - 1)))

    def figure(weights: Floats) -> Floats:
        by_chance = 1 - chance(weights)
        share = np.divide(1 - observed(weights), by_chance, out=np.full(by_chance.shape, np.nan), where=by_chance > 0)
        return np.asarray(1 - share, np.float64)

    low, high = interval(figure, n, seed=seed)
    return Agreed(_once(figure, n), low, high, _once(observed, n), _once(chance, n), n)


def _once(figure: Figure, n: int) -> float:
    return float(figure(np.ones((1, n)))[0])


def _numbered(names: Sequence[object]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The number of each name, in the order of first sight, and how often each number is there."""
    numbers = {name: at for at, name in enumerate(dict.fromkeys(names))}
    found = np.array([numbers[name] for name in names], np.int64)
    return found, np.bincount(found, minlength=len(numbers))
