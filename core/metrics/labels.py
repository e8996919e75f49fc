"""Labels that may be wrong: confident learning, on answers of networks that had not seen the package."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What confident learning says of N labels among C classes.

    Attributes:
        thresholds: (C,) mean probability of each class where it is the given label; NaN where it never is.
        counts: (C, C) int, the confident joint: given label in rows, confidently predicted one in columns.
        joint: (C, C) float, its calibrated share of all N rows; sums to 1.
        suggested: (N,) int, the likeliest other class.
        margin: (N,) in [-1, 1], probability of the given label less that of the likeliest other one: lowest first.
        suspected: (N,) bool, confidently predicted to be of another class than given.
    """

    thresholds: NDArray[np.float64]
    counts: NDArray[np.intp]
    joint: NDArray[np.float64]
    suggested: NDArray[np.intp]
    margin: NDArray[np.float64]
    suspected: NDArray[np.bool_]

    @property
    def expected(self) -> float:
        """How many labels are wrong, as far as the calibrated joint can tell."""
        return len(self.margin) * (1 - float(np.trace(self.joint)))


def suspicion(given: NDArray[np.integer], probabilities: NDArray[np.floating]) -> Suspicion:
    """Find labels that networks contradict with more confidence than they usually have in that class.

    Northcutt, Jiang & Chuang, Confident Learning: Estimating Uncertainty in Dataset Labels (JAIR 2021, 1911.00068),
    sections 3.1 and 3.2: a row counts for the class whose probability reaches the class's own threshold (the largest,
    where several do), and for none where none does; rows that count for another class than their label are
    suspected (C_confusion); they are ranked by normalized margin. It tells labels that do not fit from those that do:
    a hard package looks the same as a wrong label.

    Args:
        given: (N,) labels as numbers in 0..C-1.
        probabilities: (N, C), rows sum to 1, of networks that were not trained on these rows.

    Raises:
        BadInput: the shapes do not fit, or there are fewer than two classes.
    """
    given, probabilities = np.asarray(given), np.asarray(probabilities, np.float64)
    if probabilities.ndim != 2 or len(given) != len(probabilities) or probabilities.shape[1] < 2:
        raise BadInput("There is not one probability a label and class.", "Give (N,) labels and (N, C) probabilities.")
    rows, classes = np.arange(len(given)), probabilities.shape[1]
    own = probabilities[rows, given]
    thresholds = np.array([own[given == at].mean() if (given == at).any() else np.nan for at in range(classes)])
    reached = probabilities >= np.where(np.isnan(thresholds), np.inf, thresholds)
    confident = np.where(reached, probabilities, -1.0).argmax(axis=1)
    counted = reached.any(axis=1)
    counts = np.zeros((classes, classes), np.intp)
    np.add.at(counts, (given[counted], confident[counted]), 1)
    others = probabilities.copy()
    others[rows, given] = -1.0
    return Suspicion(
        thresholds=thresholds,
        counts=counts,
        joint=_calibrated(counts, np.bincount(given, minlength=classes)),
        suggested=others.argmax(axis=1),
        margin=own - others.max(axis=1),
        suspected=counted & (confident != given),
    )


def _calibrated(counts: NDArray[np.intp], given: NDArray[np.intp]) -> NDArray[np.float64]:
    """(C, C) shares: each row as large as its label is frequent (equation 2 of the paper).

    A label that counts for nothing keeps all its rows.
    """
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.where(totals > 0, counts / np.maximum(totals, 1), np.eye(len(given)))
    scaled = shares * given[:, None]
    return np.asarray(scaled / max(scaled.sum(), 1), np.float64)
