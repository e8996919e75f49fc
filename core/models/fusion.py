"""From views to the package, and from models to the ensemble: weighted sums of logits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logsumexp

from core.domain import PACKAGE, Floats, Prediction

RIDGE = 0.01
"""Pull of the weights towards the mean of the views: a hundred packages outweigh it."""


def softmax(logits: Floats) -> Floats:
    """(C,) probabilities of (C,) logits."""
    powers = np.exp(logits - logits.max())
    return np.asarray(powers / powers.sum(), np.float32)


def fuse(predictions: Sequence[Prediction], *, model: str, weights: Mapping[str, float] | None = None) -> Prediction:
    """The fused prediction of several: a weighted sum of their logits, and the least sure of their framings.

    Args:
        predictions: at least one, all with the same classes.
        model: what the fused prediction is called.
        weights: by name of the view; a view without one gets the mean of them. None: the mean of the logits.
    """
    first = predictions[0]
    shares = np.array([share_of(prediction.view, len(predictions), weights) for prediction in predictions], np.float32)
    logits = shares @ np.stack([prediction.logits for prediction in predictions])
    framing = min(prediction.framing for prediction in predictions)
    return Prediction(first.package, model, PACKAGE, first.labels, logits, softmax(logits), framing)


def decided(
    raw: Sequence[Prediction], *, model: str, weights: Mapping[str, float], temperature: Callable[[str], float]
) -> tuple[Prediction, ...]:
    """The answers of one model to the views of a package, then the fused one, each as sure as its temperature says.

    The weights of the views were learnt from raw logits, so raw ones are fused; the temperature comes last.

    Args:
        raw: one a view, at least one, with the logits of the network as they are.
        model: its name.
        weights: of the views, see `fuse`.
        temperature: of a view, or of the fused decision "package".
    """
    return tuple(_cooled(one, temperature(one.view)) for one in (*raw, fuse(raw, model=model, weights=weights)))


def _cooled(prediction: Prediction, temperature: float) -> Prediction:
    """The same with its logits divided by a temperature (Guo et al. 2017, arXiv 1706.04599)."""
    logits = prediction.logits / np.float32(temperature)
    return replace(prediction, logits=logits, probabilities=softmax(logits))


def share_of(view: str, views: int, weights: Mapping[str, float] | None) -> float:
    """What the logits of one view are multiplied by before they are added up."""
    if not weights:
        return 1 / views
    return weights.get(view, sum(weights.values()) / len(weights))


def learn_weights(margins: NDArray[np.float64], truth: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Weights of the views by logistic regression without intercept, none negative (stacking, Wolpert 1992).

    Their sum is a calibration too: where the views together are too sure of themselves it is below 1.

    Args:
        margins: (N, V) log-odds of damaged by view, of networks that had not seen the packages; NaN where missing.
        truth: (N,) whether the package is damaged.

    Returns:
        (V,) weights.
    """
    seen = np.nan_to_num(margins)
    even = np.full(margins.shape[1], 1 / margins.shape[1])
    sign = np.where(truth, 1.0, -1.0)

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        agreement = sign * (seen @ weights)
        slope = -(expit(-agreement) * sign) @ seen / len(seen)
        value = np.logaddexp(0, -agreement).mean() + RIDGE / 2 * ((weights - even) ** 2).sum()
        return float(value), slope + RIDGE * (weights - even)

    return np.asarray(minimize(loss, even, jac=True, bounds=[(0, None)] * len(even)).x, np.float64)


def log_odds(logits: Floats, at: int) -> NDArray[np.float64]:
    """(N,) log-odds of one class against all others, of (N, C) logits."""
    others = np.delete(np.asarray(logits, np.float64), at, axis=1)
    return np.asarray(logits[:, at] - logsumexp(others, axis=1), np.float64)
