"""Corrections of p values for many looks at the same data."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ps = NDArray[np.float64]


def holm(p: NDArray[np.floating]) -> Ps:
    """Adjusted p values that keep the chance of any false alarm (Holm, Scand. J. Statist. 6, 1979).

    Sorted ascending, p_(i) is multiplied by m - i + 1 and never falls below an earlier one.

    Args:
        p: (M,) in [0, 1].
    """
    order = np.argsort(p)
    raised = np.maximum.accumulate(np.asarray(p, np.float64)[order] * np.arange(len(p), 0, -1))
    return _back(np.minimum(raised, 1.0), order)


def benjamini_hochberg(p: NDArray[np.floating]) -> Ps:
    """Adjusted p values that keep the share of false alarms among the alarms (Benjamini & Hochberg 1995).

    Sorted ascending, p_(i) is multiplied by m / i and never exceeds a later one.

    Args:
        p: (M,) in [0, 1].
    """
    order = np.argsort(p)
    raised = np.asarray(p, np.float64)[order] * len(p) / np.arange(1, len(p) + 1)
    return _back(np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1.0), order)


def _back(values: Ps, order: NDArray[np.intp]) -> Ps:
    """Sorted values in their old order."""
    placed = np.empty_like(values)
    placed[order] = values
    return placed
