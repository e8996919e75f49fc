"""A last layer trained again on the features of a network: cheap enough to do it a thousand times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from core.errors import BadInput

C = 0.1
"""Inverse of the pull of standardized weights to 0, per picture: as sklearn counts it."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Head:
    """A linear layer.

    Attributes:
        weights: (F,) of the features.
        added: to the log-odds.
    """

    weights: Floats
    added: float

    def log_odds(self, features: Floats) -> Floats:
        """(N,) log-odds of damaged, of (N, F) features."""
        return np.asarray(features @ self.weights + self.added, np.float64)


def fit_head(features: Floats, truth: NDArray[np.bool_], times: NDArray[np.integer]) -> Head:
    """Logistic regression with an L2 penalty on standardized features; both classes count the same.

    Args:
        features: (N, F) one row a picture.
        truth: (N,) whether its package is damaged.
        times: (N,) how often it was drawn; a picture that was not is not looked at.

    Raises:
        BadInput: only one class was drawn.
    """
    used = times > 0
    seen, damaged, weight = features[used], truth[used], times[used].astype(np.float64)
    if damaged.all() or not damaged.any():
        raise BadInput("A head learns from both classes, and one is missing.", "Draw more packages.")
    mean = np.average(seen, axis=0, weights=weight)
    spread = np.sqrt(np.average((seen - mean) ** 2, axis=0, weights=weight))
    scale = np.where(spread > 1e-9, spread, 1.0)
    found = LogisticRegression(C=C, class_weight="balanced", max_iter=1000)
    found.fit((seen - mean) / scale, damaged, sample_weight=weight)
    weights = np.asarray(found.coef_[0] / scale, np.float64)
    return Head(weights, float(found.intercept_[0] - mean @ weights))
