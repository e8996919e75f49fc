"""How often a two-class decision is right: counts, rates, intervals, curves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve, roc_auc_score, roc_curve

from core.domain import Cut
from core.metrics.delong import covariance, interval
from core.metrics.intervals import cells_interval, combined, wilson

EXACT = 1000
"""Different scores up to which the interval of the average precision takes every one of them."""

Truth = NDArray[np.bool_]
Probability = NDArray[np.floating]
Share = tuple[int, int]
"""How many, and of how many."""

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
        """Harmonic mean of precision and recall over the decided packages, 2 tp / (2 tp + fp + fn)."""
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
    """What follows from the counts alone: Wilson intervals of proportions and what is made of them, BCa for MCC.

    A bootstrap knows no error that did not occur, and calls a recall of 20 in 20 certain; so it is used only where
    there is no closed form, and every outcome was seen.
    """
    stopped, damaged = counts.tp + counts.review_damaged, counts.tp + counts.review_damaged + counts.fn
    intact = counts.tn + counts.fp + counts.review_intact
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
        f1_interval=_f1_interval(counts),
        balanced_accuracy=counts.balanced_accuracy,
        balanced_accuracy_interval=_balanced_interval(counts),
        mcc=counts.mcc,
        mcc_interval=_mcc_interval(counts),
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
    """BCa over packages; above `EXACT` different scores they are put into that many bins of equal mass first.

    Where no draw can differ, as with a perfect ranking or one damaged package, Wilson's for a mean over the damaged
    packages of values in [0, 1], which the average precision is (after Boyd, Eng & Page, Area under the
    precision-recall curve, ECML PKDD 2013).
    """
    damaged = int(truth.sum())
    values = np.unique(scores)
    if len(values) > EXACT:
        values = np.unique(np.quantile(scores, np.linspace(0, 1, EXACT + 1)))
    at = np.searchsorted(values, scores, side="right") - 1
    cells = np.bincount(at + len(values) * truth, minlength=2 * len(values))
    found = cells_interval(cells.tolist(), _average_precision, draws=1000)
    if damaged > 1 and found is not None and found[0] < found[1]:
        return list(found)
    return list(wilson(average_precision(truth, scores) * damaged, damaged))


def _average_precision(cells: NDArray[np.float64]) -> NDArray[np.float64]:
    """(..., 2 K) counts, intact then damaged, by rising score -> (...) average precision."""
    intact, damaged = (part[..., ::-1] for part in np.split(cells, 2, axis=-1))
    found, called = damaged.cumsum(-1), (damaged + intact).cumsum(-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = np.where(called > 0, found / called, 0.0)
        return np.asarray((precision * damaged).sum(-1) / damaged.sum(-1), np.float64)


def _proportion(k: int, n: int) -> Interval:
    return list(wilson(k, n)) if n else None


def _f1_interval(counts: Counts) -> Interval:
    """Wilson's of F1 / (2 - F1) = tp / (tp + fp + fn), which is a proportion.

    Lam, Gopal & Qian, Confidence intervals for the F1 score, arXiv 2309.14621 (2023), the indirect method.
    """
    called_or_damaged = counts.tp + counts.fp + counts.fn
    if not called_or_damaged:
        return None
    return [2 * end / (1 + end) for end in wilson(counts.tp, called_or_damaged)]


def _balanced_interval(counts: Counts) -> Interval:
    stopped, passed = counts.tp + counts.review_damaged, counts.tn
    damaged, intact = stopped + counts.fn, passed + counts.fp + counts.review_intact
    if not damaged or not intact:
        return None
    return _of_both((stopped, damaged), (passed, intact), lambda recall, specificity: (recall + specificity) / 2)


def _mcc_interval(counts: Counts) -> Interval:
    """BCa over packages; where an outcome never occurred, which no draw can mend, from recall and specificity."""
    cells = (counts.tp, counts.fp, counts.tn, counts.fn)
    if counts.mcc is None:
        return None
    if all(cells) and (found := cells_interval(cells, _mcc)):
        return list(found)
    damaged, intact = counts.tp + counts.fn, counts.tn + counts.fp

    def figure(recall: float, specificity: float) -> float:
        found, passed = damaged * recall, intact * specificity
        return float(np.nan_to_num(_mcc(np.array([found, intact - passed, passed, damaged - found]))))

    low, high = _of_both((counts.tp, damaged), (counts.tn, intact), figure)
    return [max(-1.0, low), min(1.0, high)]


def _of_both(found: Share, passed: Share, figure: Callable[[float, float], float]) -> list[float]:
    """95 % interval of a figure that rises with recall and specificity, from Wilson's of both."""
    recall, specificity = found[0] / found[1], passed[0] / passed[1]
    ends = [
        (figure(one, specificity), figure(recall, other))
        for one, other in zip(wilson(*found), wilson(*passed), strict=True)
    ]
    return list(combined(figure(recall, specificity), *ends))


def _mcc(cells: NDArray[np.float64]) -> NDArray[np.float64]:
    """(..., 4) true and false positives, true and false negatives -> (...) MCC, NaN where not defined."""
    tp, fp, tn, fn = np.moveaxis(cells, -1, 0)
    whole = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(whole > 0, (tp * tn - fp * fn) / np.sqrt(whole), np.nan), np.float64)


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
