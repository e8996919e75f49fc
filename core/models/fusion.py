"""From views to the package, and from models to the ensemble: the mean of the logits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from core.domain import PACKAGE, Floats, Prediction


def softmax(logits: Floats) -> Floats:
    """(C,) probabilities of (C,) logits."""
    powers = np.exp(logits - logits.max())
    return np.asarray(powers / powers.sum(), np.float32)


def mean_logits(predictions: Sequence[Prediction], *, model: str) -> Prediction:
    """The fused prediction of several: mean of their logits, and the least sure of their framings.

    Args:
        predictions: at least one, all with the same classes.
        model: what the fused prediction is called.
    """
    first = predictions[0]
    logits = np.stack([prediction.logits for prediction in predictions]).mean(axis=0, keepdims=True)[0]
    framing = min(prediction.framing for prediction in predictions)
    return Prediction(first.package, model, PACKAGE, first.labels, logits, softmax(logits), framing)


def log_odds(logits: Floats, at: int) -> NDArray[np.float64]:
    """(N,) log-odds of one class against all others, of (N, C) logits."""
    others = np.delete(np.asarray(logits, np.float64), at, axis=1)
    return np.asarray(logits[:, at] - logsumexp(others, axis=1), np.float64)
