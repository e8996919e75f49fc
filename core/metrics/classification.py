"""How often a two-class decision is right: counts, rates, intervals, curves."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve, roc_auc_score, roc_curve

Truth = NDArray[np.bool_]
Probability = NDArray[np.floating]

Z95 = 1.959963984540054
"""The 97.5 % point of the normal distribution."""


class Summary(TypedDict):
    """The figures of one model on one view, ready for JSON; None where a denominator is zero."""

    n: int
    tp: int
    fp: int
    tn: int
    fn: int
    accuracy: float | None
    accuracy_interval: list[float] | None
    precision: float | None
    recall: float | None
    f1: float | None
    balanced_accuracy: float | None
    auroc: float | None


@dataclass(frozen=True, slots=True)
class Counts:
    """The four cells of a confusion matrix; damaged is positive.

    Attributes:
        tp: damaged packages found.
        fp: false rejects, intact packages called damaged.
        tn: intact packages passed.
        fn: escapes, damaged packages called intact.
    """

    tp: int
    fp: int
    tn: int
    fn: int

    @property
    def n(self) -> int:
        """All packages."""
        return self.tp + self.fp + self.tn + self.fn

    @property
    def accuracy(self) -> float | None:
        """Share of all packages that were called right."""
        return ratio(self.tp + self.tn, self.n)

    @property
    def precision(self) -> float | None:
        """Share of the packages called damaged that are."""
        return ratio(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> float | None:
        """Share of the damaged packages that were found."""
        return ratio(self.tp, self.tp + self.fn)

    @property
    def specificity(self) -> float | None:
        """Share of the intact packages that were passed."""
        return ratio(self.tn, self.tn + self.fp)

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


def wilson(k: int, n: int) -> tuple[float, float]:
    """95 % interval of a proportion.

    Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927).

    >>> [round(bound, 3) for bound in wilson(37, 40)]
    [0.801, 0.974]
    """
    if n == 0:
        return 0.0, 1.0
    p, z2 = k / n, Z95**2
    center = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return (0.0 if k == 0 else center - half), (1.0 if k == n else center + half)


def confusion(truth: Truth, probability: Probability, threshold: float) -> Counts:
    """The four counts at a threshold; damaged is predicted from the threshold on.

    Args:
        truth: (N,) bool, True where damaged.
        probability: (N,) float in [0, 1], of damaged.
        threshold: in [0, 1].
    """
    truth, called = np.asarray(truth, bool), np.asarray(probability) >= threshold
    return Counts(
        tp=int((truth & called).sum()),
        fp=int((~truth & called).sum()),
        tn=int((~truth & ~called).sum()),
        fn=int((truth & ~called).sum()),
    )


def auroc(truth: Truth, probability: Probability) -> float | None:
    """Chance that a damaged package scores above an intact one, ties counting half; None with one class only."""
    truth = np.asarray(truth, bool)
    return float(roc_auc_score(truth, probability)) if both(truth) else None


def summary(truth: Truth, probability: Probability, threshold: float) -> Summary:
    """All figures of one model on one view at a threshold."""
    counts = confusion(truth, probability, threshold)
    return Summary(
        n=counts.n,
        tp=counts.tp,
        fp=counts.fp,
        tn=counts.tn,
        fn=counts.fn,
        accuracy=counts.accuracy,
        accuracy_interval=list(wilson(counts.tp + counts.tn, counts.n)) if counts.n else None,
        precision=counts.precision,
        recall=counts.recall,
        f1=counts.f1,
        balanced_accuracy=counts.balanced_accuracy,
        auroc=auroc(truth, probability),
    )


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
    area = float(-np.sum(np.diff(recall) * precision[:-1]))
    return Curve(x=recall, y=precision, thresholds=np.append(thresholds, np.inf), area=area)


def both(truth: Truth) -> bool:
    """Whether both classes occur."""
    return bool(truth.any() and not truth.all())
