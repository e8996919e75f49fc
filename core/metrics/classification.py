"""How often a two-class decision is right: counts, rates, intervals, curves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve, roc_auc_score, roc_curve

from core.domain import Cut
from core.metrics.delong import covariance, interval
from core.metrics.intervals import cells_interval, wilson

EXACT = 1000
"""Different scores up to which the interval of the average precision takes every one of them."""

Truth = NDArray[np.bool_]
Probability = NDArray[np.floating]

Interval = list[float] | None
"""Both ends at 95 %, None where there is no figure."""


class Rates(TypedDict):
    """What the counts alone say, ready for JSON; None where a denominator is zero."""

    n: int
    tp: int
    fp: int
    tn: int
    fn: int
    review_damaged: int
    review_intact: int
    accuracy: float | None
    accuracy_interval: Interval
    precision: float | None
    precision_interval: Interval
    recall: float | None
    recall_interval: Interval
    specificity: float | None
    specificity_interval: Interval
    f1: float | None
    f1_interval: Interval
    balanced_accuracy: float | None
    balanced_accuracy_interval: Interval
    mcc: float | None
    mcc_interval: Interval


class Ranking(TypedDict):
    """What the scores say whatever the threshold, ready for JSON; None with one class only."""

    auroc: float | None
    auroc_interval: Interval
    average_precision: float | None
    average_precision_interval: Interval


class Summary(Rates, Ranking):
    """The figures of one model on one view."""


@dataclass(frozen=True, slots=True)
class Counts:
    """The cells of a confusion matrix; damaged is positive.

    Attributes:
        tp: damaged packages found.
        fp: false rejects, intact packages called damaged.
        tn: intact packages passed.
        fn: escapes, damaged packages called intact.
        review_damaged, review_intact: left to a person.
    """

    tp: int
    fp: int
    tn: int
    fn: int
    review_damaged: int = 0
    review_intact: int = 0

    @property
    def n(self) -> int:
        """All packages."""
        return self.decided + self.review_damaged + self.review_intact

    @property
    def decided(self) -> int:
        """Packages that were not left to a person."""
        return self.tp + self.fp + self.tn + self.fn

    @property
    def accuracy(self) -> float | None:
        """Share of the decided packages that were called right."""
        return ratio(self.tp + self.tn, self.decided)

    @property
    def precision(self) -> float | None:
        """Share of the packages called damaged that are."""
        return ratio(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> float | None:
        """Share of the damaged packages that did not get out: found, or left to a person."""
        stopped = self.tp + self.review_damaged
        return ratio(stopped, stopped + self.fn)

    @property
    def specificity(self) -> float | None:
        """Share of the intact packages that were passed."""
        return ratio(self.tn, self.tn + self.fp + self.review_intact)

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall, 2 tp / (2 tp + fp + fn)."""
        return ratio(2 * self.tp, 2 * self.tp + self.fp + self.fn)

    @property
    def balanced_accuracy(self) -> float | None:
        """Mean of recall and specificity: what accuracy would be with as many intact as damaged packages."""
        if self.recall is None or self.specificity is None:
            return None
        return (self.recall + self.specificity) / 2

    @property
    def mcc(self) -> float | None:
        """Matthews correlation of truth and call over the decided packages (Matthews 1975), in [-1, 1]."""
        whole = (self.tp + self.fp) * (self.tp + self.fn) * (self.tn + self.fp) * (self.tn + self.fn)
        return (self.tp * self.tn - self.fp * self.fn) / sqrt(whole) if whole else None


@dataclass(frozen=True, slots=True)
class Curve:
    """One point per threshold.

    Attributes:
        x: (K,) float, false reject rate for ROC, recall for precision-recall.
        y: (K,) float, recall for ROC, precision for precision-recall.
        thresholds: (K,) float, on the probability of damaged; infinite where nothing is called damaged.
        area: under the curve (AUROC), or average precision, in [0, 1].
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    thresholds: NDArray[np.float64]
    area: float


def ratio(part: int, whole: int) -> float | None:
    """A proportion, or None where there is nothing to divide by."""
    return part / whole if whole else None


def confusion(truth: Truth, probability: Probability, cut: Cut) -> Counts:
    """The counts where a model decides at a cut.

    Args:
        truth: (N,) bool, True where damaged.
        probability: (N,) float in [0, 1], of damaged.
        cut: where it decides.
    """
    truth, chance = np.asarray(truth, bool), np.asarray(probability)
    called, passed = chance >= cut.reject, chance < cut.accept
    return Counts(
        tp=int((truth & called).sum()),
        fp=int((~truth & called).sum()),
        tn=int((~truth & passed).sum()),
        fn=int((truth & passed).sum()),
        review_damaged=int((truth & ~called & ~passed).sum()),
        review_intact=int((~truth & ~called & ~passed).sum()),
    )


def auroc(truth: Truth, probability: Probability) -> float | None:
    """Chance that a damaged package scores above an intact one, ties counting half; None with one class only."""
    truth = np.asarray(truth, bool)
    return float(roc_auc_score(truth, probability)) if both(truth) else None


def summary(truth: Truth, probability: Probability, cut: Cut) -> Summary:
    """All figures of one model on one view, each with its 95 % interval."""
    return Summary(**figures(confusion(truth, probability, cut)), **ranking(truth, probability))


def figures(counts: Counts) -> Rates:
    """What follows from the counts alone: Wilson intervals of proportions, BCa over packages for the others."""
    stopped, damaged = counts.tp + counts.review_damaged, counts.tp + counts.review_damaged + counts.fn
    intact = counts.tn + counts.fp + counts.review_intact
    cells = (counts.tp, counts.fp, counts.tn, counts.fn, counts.review_damaged, counts.review_intact)
    return Rates(
        n=counts.n,
        tp=counts.tp,
        fp=counts.fp,
        tn=counts.tn,
        fn=counts.fn,
        review_damaged=counts.review_damaged,
        review_intact=counts.review_intact,
        accuracy=counts.accuracy,
        accuracy_interval=_proportion(counts.tp + counts.tn, counts.decided),
        precision=counts.precision,
        precision_interval=_proportion(counts.tp, counts.tp + counts.fp),
        recall=counts.recall,
        recall_interval=_proportion(stopped, damaged),
        specificity=counts.specificity,
        specificity_interval=_proportion(counts.tn, intact),
        f1=counts.f1,
        f1_interval=_of_cells(cells, _f1),
        balanced_accuracy=counts.balanced_accuracy,
        balanced_accuracy_interval=_of_cells(cells, _balanced),
        mcc=counts.mcc,
        mcc_interval=_of_cells(cells, _mcc),
    )


def ranking(truth: Truth, probability: Probability) -> Ranking:
    """What the order of the scores says: AUROC with DeLong's interval, average precision with a BCa one."""
    truth, scores = np.asarray(truth, bool), np.asarray(probability, np.float64)
    damaged, intact = int(truth.sum()), int((~truth).sum())
    if not damaged or not intact:
        return Ranking(auroc=None, auroc_interval=None, average_precision=None, average_precision_interval=None)
    areas, spread = covariance(truth, [scores])
    return Ranking(
        auroc=float(areas[0]),
        auroc_interval=list(interval(float(areas[0]), float(spread[0, 0]), damaged, intact)),
        average_precision=average_precision(truth, scores),
        average_precision_interval=_precision_interval(truth, scores),
    )


def average_precision(truth: Truth, probability: Probability) -> float:
    """Sum of precision times the step of recall, without interpolation; at least one damaged package."""
    precision, recall, _ = precision_recall_curve(truth, probability)
    return float(-np.sum(np.diff(recall) * precision[:-1]))


def _precision_interval(truth: Truth, scores: NDArray[np.float64]) -> Interval:
    """BCa over packages; above `EXACT` packages the scores are put into that many bins of equal mass first."""
    values = np.unique(scores)
    if len(values) > EXACT:
        values = np.unique(np.quantile(scores, np.linspace(0, 1, EXACT + 1)))
    at = np.searchsorted(values, scores, side="right") - 1
    cells = np.bincount(at + len(values) * truth, minlength=2 * len(values))
    found = cells_interval(cells.tolist(), _average_precision, draws=1000)
    return list(found) if found is not None and found[0] < found[1] else None


def _average_precision(cells: NDArray[np.float64]) -> NDArray[np.float64]:
    """(..., 2 K) counts, intact then damaged, by rising score -> (...) average precision."""
    intact, damaged = (part[..., ::-1] for part in np.split(cells, 2, axis=-1))
    found, called = damaged.cumsum(-1), (damaged + intact).cumsum(-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = np.where(called > 0, found / called, 0.0)
        return np.asarray((precision * damaged).sum(-1) / damaged.sum(-1), np.float64)


def _proportion(k: int, n: int) -> Interval:
    return list(wilson(k, n)) if n else None


def _of_cells(cells: Sequence[int], figure: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> Interval:
    """BCa over packages; where nothing went wrong, draws know no error: the figure if both classes were at their worst.

    The worst is the lower Wilson bound of each class, so that a perfect score on a handful has a wide interval.
    """
    found = cells_interval(cells, figure)
    if found is None:
        return None
    if found[0] < found[1]:
        return list(found)
    tp, fp, tn, fn, held, sent = cells
    found_low, passed_low = wilson(tp, tp + fn)[0], wilson(tn, tn + fp)[0]
    worst = np.array([(tp + fn) * found_low, (tn + fp) * (1 - passed_low), (tn + fp) * passed_low,
                      (tp + fn) * (1 - found_low), held, sent])  # fmt: skip
    return sorted([float(figure(worst)), found[1]])


def _f1(cells: NDArray[np.float64]) -> NDArray[np.float64]:
    tp, fp, _, fn, *_ = np.moveaxis(cells, -1, 0)
    return _share(2 * tp, 2 * tp + fp + fn)


def _balanced(cells: NDArray[np.float64]) -> NDArray[np.float64]:
    tp, fp, tn, fn, held, sent = np.moveaxis(cells, -1, 0)
    return (_share(tp + held, tp + held + fn) + _share(tn, tn + fp + sent)) / 2


def _mcc(cells: NDArray[np.float64]) -> NDArray[np.float64]:
    tp, fp, tn, fn, *_ = np.moveaxis(cells, -1, 0)
    return _share(tp * tn - fp * fn, np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)))


def _share(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(whole > 0, part / whole, np.nan), np.float64)


def roc(truth: Truth, probability: Probability) -> Curve | None:
    """Recall against false reject rate over all thresholds; None with one class only."""
    truth = np.asarray(truth, bool)
    if not both(truth):
        return None
    x, y, thresholds = roc_curve(truth, probability, drop_intermediate=False)
    return Curve(x=x, y=y, thresholds=thresholds, area=float(roc_auc_score(truth, probability)))


def precision_recall(truth: Truth, probability: Probability) -> Curve | None:
    """Precision against recall over all thresholds; None where nothing is damaged.

    The area is the average precision, sum of precision times the step of recall, without interpolation.
    """
    truth = np.asarray(truth, bool)
    if not truth.any():
        return None
    precision, recall, thresholds = precision_recall_curve(truth, probability)
    area = average_precision(truth, probability)
    return Curve(x=recall, y=precision, thresholds=np.append(thresholds, np.inf), area=area)


def both(truth: Truth) -> bool:
    """Whether both classes occur."""
    return bool(truth.any() and not truth.all())
