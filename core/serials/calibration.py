"""From what the network gives to probabilities that hold: two numbers, learnt on lines of known text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from core.serials.decoding import log_odds


@dataclass(frozen=True, slots=True)
class Scaling:
    """Calibrated log-odds = slope * log-odds + offset (Platt 1999).

    Attributes:
        slope: at least 0; below 1 where the network is too sure of itself.
        offset: above 0 where it is too modest.
        most: the highest probability that the calibration lines speak for; nothing is said to be surer.
    """

    slope: float = 1.0
    offset: float = 0.0
    most: float = 1.0

    def __call__(self, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
        """Calibrated probabilities."""
        scaled = expit(self.slope * log_odds(probabilities) + self.offset)
        return np.asarray(np.minimum(scaled, self.most), np.float64)


def scaling_of(probabilities: NDArray[np.float64], right: NDArray[np.bool_]) -> Scaling:
    """The scaling under which it is likeliest that just these were right.

    Args:
        probabilities: (N,) of the network, in [0, 1].
        right: (N,) whether it was right; the targets are drawn in a little, as Platt does, so that a case in which
            all were right has an answer too.

    Returns:
        `most` is what N right answers of N would allow one to say: (N + 1) / (N + 2), the rule of succession.
    """
    odds, hits, misses = log_odds(probabilities), int(right.sum()), int((~right).sum())
    targets = np.where(right, (hits + 1) / (hits + 2), 1 / (misses + 2))

    def loss(values: NDArray[np.float64]) -> float:
        z = np.exp(values[0]) * odds + values[1]
        return float(np.mean(np.logaddexp(0, z) - targets * z)) + 1e-4 * float(values[0] ** 2)

    found = minimize(loss, np.zeros(2), method="Nelder-Mead")
    count = len(odds)
    return Scaling(float(np.exp(found.x[0])), float(found.x[1]), (count + 1) / (count + 2))
