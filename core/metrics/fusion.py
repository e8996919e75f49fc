"""From the views to the package: rules that fuse them, and what fusion is worth against the best single view."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from core.metrics.intervals import cells_interval

Truth = NDArray[np.bool_]
Floats = NDArray[np.float64]

FOLDS = 5
FEWEST = 2 * FOLDS
"""Packages of each class from which on weights can be learnt: two for each fold."""
PENALTY = 1.0
"""Strength of the ridge on the weights, as in scikit-learn: a few dozen packages outweigh it."""
MOST_VIEWS = 8
"""Beyond, the patterns of right and wrong views are too many to count."""


@dataclass(frozen=True, slots=True)
class Gain:
    """Accuracy of the fused decision minus that of the best single view.

    Attributes:
        best: number of that view.
        more: packages that fusion gets right, minus those that the view does.
        value: the same as a share of the packages.
        low, high: 95 % interval over packages, the best view chosen anew each time; None where it cannot be told.
        n: packages that every view has seen.
    """

    best: int
    more: int
    value: float
    low: float | None
    high: float | None
    n: int


def maximum(log_odds: Floats) -> Floats:
    """Damaged as soon as one view says so: the largest log-odds.

    Args:
        log_odds: (N, V) of damaged by view, NaN where there is no such view.

    Returns:
        (N,) log-odds, NaN where there is no view at all.
    """
    seen = np.where(np.isnan(log_odds), -np.inf, log_odds).max(axis=1)
    return np.where(np.isinf(seen) & np.isnan(log_odds).all(axis=1), np.nan, seen)


def noisy_or(log_odds: Floats) -> Floats:
    """Damaged unless every view misses it by itself: 1 - product of (1 - p) (Pearl 1988, section 4.3.2).

    Two views that are not sure make a package that is more damaged than either says. Arguments as of `maximum`.
    """
    there = np.where(np.isnan(log_odds), -np.inf, log_odds)  # a missing view misses for sure
    misses = -np.logaddexp(0.0, there).sum(axis=1)  # log of the product
    with np.errstate(divide="ignore"):
        odds = np.log(-np.expm1(misses)) - misses
    return np.where(np.isnan(log_odds).all(axis=1), np.nan, odds)


def mean_logit(log_odds: Floats) -> Floats:
    """The mean of the log-odds: each view counts the same. Arguments as of `maximum`."""
    there = ~np.isnan(log_odds)
    count = there.sum(axis=1)
    return np.where(count > 0, np.where(there, log_odds, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)


RULES: Mapping[str, tuple[Callable[[Floats], Floats], str]] = {
    "maximum": (maximum, "The view that is surest of damage decides."),
    "noisy-or": (noisy_or, "1 - product of (1 - p): damaged unless every view misses it by itself."),
    "mean logit": (mean_logit, "The mean of the log-odds: each view counts the same."),
}
"""Rules that have nothing to learn: function and meaning."""


def stacked(log_odds: Floats, truth: Truth, *, teaches: Truth, seed: int = 0) -> Floats | None:
    """Logistic regression on the log-odds of the views; no package is answered by weights that it taught.

    Wolpert, Stacked generalization, Neural Networks 5 (1992). A row is a package, so folds of rows are folds of
    packages. A missing view counts as log-odds 0, which speak for neither class.

    Args:
        log_odds: (N, V) of damaged by view, NaN where missing; from networks that had not seen the packages.
        truth: (N,) bool, True where damaged.
        teaches: (N,) bool, packages that weights may be learnt on: these are answered by the other folds, the rest by
            all of them.
        seed: of the folds.

    Returns:
        (N,) log-odds; None where fewer than `FEWEST` packages of a class teach.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold

    if min(int(truth[teaches].sum()), int((~truth)[teaches].sum())) < FEWEST:
        return None
    seen = np.nan_to_num(log_odds)
    pupils = np.flatnonzero(teaches)
    answers = np.full(len(truth), np.nan)

    def learn(rows: NDArray[np.int64], asked: NDArray[np.int64]) -> None:
        if len(asked):
            fitted = LogisticRegression(C=1 / PENALTY, max_iter=1000).fit(seen[rows], truth[rows])
            answers[asked] = fitted.decision_function(seen[asked])

    for others, own in StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(seen[pupils], truth[pupils]):
        learn(pupils[others], pupils[own])
    learn(pupils, np.flatnonzero(~teaches))
    return np.where(np.isnan(log_odds).all(axis=1), np.nan, answers)


def right(log_odds: Floats, truth: Truth, *, threshold: float = 0.5) -> Floats:
    """1 where a package is stopped and damaged, or passed and intact; 0 where not; NaN where nothing was said.

    Args:
        log_odds: (N,) or (N, V) of damaged.
        truth: (N,) bool, True where damaged.
        threshold: on the probability; a package is stopped from it on.
    """
    edge = np.inf if threshold >= 1 else -np.inf if threshold <= 0 else float(logit(threshold))
    true = truth if log_odds.ndim == 1 else truth[:, None]
    return np.where(np.isnan(log_odds), np.nan, (log_odds >= edge) == true)


def rescued(fused: Floats, view: Floats) -> Truth:
    """(N,) packages that the fused decision gets right and a view by itself wrong, both of `right`."""
    return np.asarray((fused == 1) & (view == 0))


def broken(fused: Floats, view: Floats) -> Truth:
    """(N,) packages that the fused decision gets wrong and a view by itself right, both of `right`."""
    return np.asarray((fused == 0) & (view == 1))


def gain(fused: Floats, views: Floats, *, seed: int = 0) -> Gain | None:
    """What fusion adds to the best single view, on the packages that every view has seen.

    Which view is best is a choice made on the same packages, so it is made again in every resample: an interval for
    the view that happened to win would be too narrow, and too favorable to the view.

    Args:
        fused: (N,) of `right`.
        views: (N, V) of `right`, V at most `MOST_VIEWS`.
        seed: of the draws.

    Returns:
        None where no package has every view, or there are fewer than two.
    """
    count = views.shape[1]
    there = ~np.isnan(views).any(axis=1) & ~np.isnan(fused)
    if not 2 <= count <= MOST_VIEWS or not there.any():
        return None
    table = np.column_stack([fused, views])[there].astype(np.int64)
    patterns = (np.arange(2 ** (count + 1))[:, None] >> np.arange(count + 1)) & 1
    cells = np.bincount(table @ (1 << np.arange(count + 1)), minlength=len(patterns))

    def figure(counts: Floats) -> Floats:
        good = counts @ patterns
        return np.asarray((good[..., 0] - good[..., 1:].max(axis=-1)) / counts.sum(axis=-1))

    good = cells @ patterns
    best, n = int(good[1:].argmax()), int(cells.sum())
    low, high = cells_interval(cells.tolist(), figure, seed=seed) or (None, None)
    return Gain(best, int(good[0] - good[1 + best]), float(figure(cells.astype(float))), low, high, n)


def conflict(log_odds: Floats, *, threshold: float = 0.5) -> Floats:
    """How far apart the views of a package lie where they call it differently, in log-odds; NaN where they agree.

    Args:
        log_odds: (N, V) of damaged by view, NaN where missing.
        threshold: on the probability; a view stops a package from it on.

    Returns:
        (N,) the largest minus the smallest.
    """
    edge = float(logit(np.clip(threshold, 1e-12, 1 - 1e-12)))
    high = maximum(log_odds)
    low = -maximum(-log_odds)
    return np.where((high >= edge) & (low < edge), high - low, np.nan)
