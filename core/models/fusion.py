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
"""Pull of the weights towards the mean of the views, and of what is added to 0: a hundred packages outweigh it."""


def softmax(logits: Floats) -> Floats:
    """(C,) probabilities of (C,) logits."""
    powers = np.exp(logits - logits.max())
    return np.asarray(powers / powers.sum(), np.float32)


def fuse(
    predictions: Sequence[Prediction],
    *,
    model: str,
    weights: Mapping[str, float] | None = None,
    positive: str | None = None,
) -> Prediction:
    """The fused prediction of several: a weighted sum of their logits, and the least sure of their framings.

    Args:
        predictions: at least one, all with the same classes.
        model: what the fused prediction is called.
        weights: by name of the view; a view without one gets the mean of them; under "package" what is added to the
            log-odds of the positive class. None: the mean of the logits.
        positive: the class that this is added to.
    """
    first = predictions[0]
    shares = np.array([share_of(prediction.view, len(predictions), weights) for prediction in predictions], np.float32)
    logits = shares @ np.stack([prediction.logits for prediction in predictions])
    if positive is not None:
        logits[first.labels.index(positive)] += (weights or {}).get(PACKAGE, 0.0)
    framing = min(prediction.framing for prediction in predictions)
    return Prediction(first.package, model, PACKAGE, first.labels, logits, softmax(logits), framing)


def decided(
    raw: Sequence[Prediction],
    *,
    model: str,
    weights: Mapping[str, float],
    temperature: Callable[[str], float],
    positive: str,
) -> tuple[Prediction, ...]:
    """The answers of one model to the views of a package, then the fused one, each as sure as its temperature says.

    The weights of the views were learnt from raw logits, so raw ones are fused; the temperature comes last.

    Args:
        raw: one a view, at least one, with the logits of the network as they are.
        model: its name.
        weights: of the views, see `fuse`.
        temperature: of a view, or of the fused decision "package".
        positive: the class that is looked for.
    """
    fused = fuse(raw, model=model, weights=weights, positive=positive)
    return tuple(_cooled(one, temperature(one.view)) for one in (*raw, fused))


def _cooled(prediction: Prediction, temperature: float) -> Prediction:
    """The same with its logits divided by a temperature (Guo et al. 2017, arXiv 1706.04599)."""
    logits = prediction.logits / np.float32(temperature)
    return replace(prediction, logits=logits, probabilities=softmax(logits))


def share_of(view: str, views: int, weights: Mapping[str, float] | None) -> float:
    """What the logits of one view are multiplied by before they are added up."""
    known = {name: weight for name, weight in (weights or {}).items() if name != PACKAGE}
    if not known:
        return 1 / views
    return known.get(view, sum(known.values()) / len(known))


def learn_weights(margins: NDArray[np.float64], truth: NDArray[np.bool_]) -> tuple[NDArray[np.float64], float]:
    """Weights of the views by logistic regression, none negative (stacking, Wolpert 1992).

    Their sum is a calibration too: where the views together are too sure of themselves it is below 1. The intercept
    mends a network that calls damaged too seldom or too often, which no temperature can.

    Args:
        margins: (N, V) log-odds of damaged by view, of networks that had not seen the packages; NaN where missing.
        truth: (N,) whether the package is damaged.

    Returns:
        (V,) weights; what is added to the log-odds of the package.
    """
    seen = np.nan_to_num(np.column_stack([margins, np.ones(len(margins))]))
    even = np.append(np.full(margins.shape[1], 1 / margins.shape[1]), 0.0)
    sign = np.where(truth, 1.0, -1.0)

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        agreement = sign * (seen @ weights)
        slope = -(expit(-agreement) * sign) @ seen / len(seen)
        value = np.logaddexp(0, -agreement).mean() + RIDGE / 2 * ((weights - even) ** 2).sum()
        return float(value), slope + RIDGE * (weights - even)

    bounds = [*[(0, None)] * margins.shape[1], (None, None)]
    found = np.asarray(minimize(loss, even, jac=True, bounds=bounds).x, np.float64)
    return found[:-1], float(found[-1])


def log_odds(logits: Floats, at: int) -> NDArray[np.float64]:
    """(N,) log-odds of one class against all others, of (N, C) logits."""
    others = np.delete(np.asarray(logits, np.float64), at, axis=1)
    return np.asarray(logits[:, at] - logsumexp(others, axis=1), np.float64)
