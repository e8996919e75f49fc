"""What one model costs, or gets right, more than another on the same packages: the paired bootstrap, class by class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.domain import Cut
from core.metrics.economics import PER, Terms
from core.metrics.intervals import bca

DRAWS = 4000
Floats = NDArray[np.float64]


class Difference(NamedTuple):
    """Of two models on the same packages.

    Attributes:
        value: one minus the other.
        low, high: ends of its 95 % interval; both the value where no two packages differ in it.
        n: packages.
        differing: packages on which the two are not the same.
    """

    value: float
    low: float
    high: float
    n: int
    differing: int


def paid(truth: NDArray[np.bool_], probability: NDArray[np.floating], cut: Cut, terms: Terms) -> Floats:
    """(N,) cost of every package where a model decides at a cut: nothing where it is right.

    Args:
        truth: (N,) bool, True where damaged.
        probability: (N,) float in [0, 1], of damaged.
        cut: where it decides.
        terms: costs.
    """
    chance = np.asarray(probability, np.float64)
    passed, called = chance < cut.accept, chance >= cut.reject
    wrong = np.where(truth, terms.escape * passed, terms.false_reject * called)
    return np.asarray(wrong + terms.review * (~passed & ~called), np.float64)


def per_thousand(truth: NDArray[np.bool_], one: Floats, other: Floats, terms: Terms, *, seed: int = 0) -> Difference:
    """Expected cost of 1000 packages of one model minus the other's, at the prevalence of the terms.

    Args:
        truth: (N,) bool, True where damaged; both classes occur.
        one: (N,) of `paid`.
        other: (N,) of `paid`.
        terms: prevalence.
        seed: of the draws.
    """
    apart = one - other
    shares = PER * terms.prevalence, PER * (1 - terms.prevalence)
    return difference([(shares[0], apart[truth]), (shares[1], apart[~truth])], seed=seed)


def difference(groups: Sequence[tuple[float, Floats]], *, seed: int = 0) -> Difference:
    """A sum of weighted means of paired differences, with its 95 % BCa interval.

    Packages are drawn anew within their group, each with what both models did on it (Efron & Tibshirani, An
    Introduction to the Bootstrap, 1993, chapters 8 and 14). Where all differences of a group are the same, draws cannot
    move: the interval then knows nothing of differences too rare to be seen on so many packages.

    Args:
        groups: weight of each group's mean, and its (n,) differences, n >= 1.
        seed: of the draws.
    """
    rng = np.random.default_rng(seed)
    means = [weight * float(apart.mean()) for weight, apart in groups]
    value, drawn, left_out = sum(means), np.zeros(DRAWS), []
    for (weight, apart), mean in zip(groups, means, strict=True):
        kinds, counts = np.unique(apart, return_counts=True)
        n = len(apart)
        drawn += weight * (rng.multinomial(n, counts / n, size=DRAWS) @ kinds) / n
        if n > 1:
            left_out.append(value - mean + weight * (apart.sum() - apart) / (n - 1))
    found = bca(drawn, value, np.concatenate(left_out)) if left_out else None
    low, high = found or (value, value)
    every = [apart for _, apart in groups]
    return Difference(value, low, high, sum(map(len, every)), sum(int((apart != 0).sum()) for apart in every))
