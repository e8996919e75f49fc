"""The last layer of a network trained again, on features that are known already."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from core.errors import BadInput
from core.metrics.neighbors import Features

C = 0.01
"""Inverse strength of the L2 penalty, on standardized features: weak enough to learn, strong enough for few packages."""


def head(features: Features, truth: NDArray[np.bool_], train: NDArray[np.integer], *, c: float = C) -> NDArray[np.float64]:
    """Log-odds of damaged for every row, of a logistic regression taught on some of them.

    Args:
        features: (N, F), finite.
        truth: (N,) whether the package in the picture is damaged.
        train: (K,) rows to teach on; a row that occurs twice counts twice.
        c: inverse strength of the L2 penalty.

    Returns:
        (N,) float64.

    Raises:
        BadInput: one class only among the rows to teach on.
    """
    if len(set(truth[train].tolist())) < 2:
        raise BadInput("There is one class only to teach on.", "Add packages of the other class.")
    rows = np.asarray(features, np.float64)
    center, spread = rows[train].mean(axis=0), rows[train].std(axis=0)
    scaled = np.divide(rows - center, spread, out=np.zeros_like(rows), where=spread > 1e-9)
    taught = LogisticRegression(C=c, max_iter=1000).fit(scaled[train], truth[train])
    return np.asarray(taught.decision_function(scaled), np.float64)
