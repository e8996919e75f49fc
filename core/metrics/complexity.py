"""How scattered a map is."""

from __future__ import annotations

import numpy as np
from scipy.special import entr

from core.domain import Floats


def complexity(values: Floats) -> float:
    """Entropy of the evidence over the pixels, of the largest possible one (Bhatt 2005.00631): 0 one pixel, 1 even.

    Where weights are randomized, a map that reads the network becomes more scattered; Hedstroem 2405.02383 (efficient
    MPRT) ask for this rise rather than for a low similarity, which noise alone can make. They take the entropy of the
    histogram; here it is that of the evidence as a distribution over the pixels, which needs no bins.

    Args:
        values: (h, w) float, signed; its positive part is the evidence.

    Returns:
        In [0, 1]; NaN where there is no evidence.
    """
    evidence = np.maximum(np.asarray(values, np.float64).ravel(), 0.0)
    if not evidence.sum():
        return float("nan")
    return float(entr(evidence / evidence.sum()).sum() / np.log(evidence.size))
