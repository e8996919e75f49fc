"""Whether models that judged the same packages differ, and what so many packages can show at all."""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import binom, chi2

from core.metrics.intervals import wilson

Right = NDArray[np.bool_]


def mcnemar(only_one: int, only_other: int) -> float:
    """P of no difference between two models, exact, from the packages that only one of them gets right.

    McNemar, Note on the sampling error of the difference between correlated proportions, Psychometrika 12 (1947);
    p = min(1, 2 sum_{k <= min(b, c)} C(b + c, k) / 2^(b + c)).

    Args:
        only_one: packages that the one gets right and the other wrong.
        only_other: the reverse.

    >>> mcnemar(1, 3)
    0.625
    """
    discordant = only_one + only_other
    return min(1.0, 2 * float(binom.cdf(min(only_one, only_other), discordant, 0.5))) if discordant else 1.0


def cochran(right: Right) -> tuple[float, float]:
    """Cochran's Q and p of no difference between three or more models.

    Cochran, The comparison of percentages in matched samples, Biometrika 37 (1950).

    Args:
        right: (N, M) whether model m is right on package n.

    Returns:
        Q, chi-squared with M - 1 degrees of freedom, and p; 0 and 1 where all models agree everywhere.
    """
    models = right.shape[1]
    columns, rows = right.sum(axis=0).astype(float), right.sum(axis=1).astype(float)
    spread = float((rows * (models - rows)).sum())
    if not spread:
        return 0.0, 1.0
    q = models * (models - 1) * float(((columns - columns.mean()) ** 2).sum()) / spread
    return q, float(chi2.sf(q, models - 1))


def accuracy_difference(both: int, only_one: int, only_other: int, neither: int) -> tuple[float, tuple[float, float]]:
    """Accuracy of one model minus the other's on the same packages, with its 95 % interval.

    Newcombe, Improved confidence intervals for the difference between binomial proportions based on paired data,
    Statistics in Medicine 17 (1998), method 10: Wilson intervals of both, and their correlation.

    Args:
        both: packages that both get right.
        only_one: that only the one does.
        only_other: that only the other does.
        neither: that none does.
    """
    n = both + only_one + only_other + neither
    one, other = both + only_one, both + only_other
    (low, high), (low_other, high_other) = wilson(one, n), wilson(other, n)
    p, q = one / n, other / n
    tie = _correlation(both, only_one, only_other, neither)
    below = (p - low) ** 2 - 2 * tie * (p - low) * (high_other - q) + (high_other - q) ** 2
    above = (q - low_other) ** 2 - 2 * tie * (q - low_other) * (high - p) + (high - p) ** 2
    return p - q, (p - q - sqrt(max(below, 0.0)), p - q + sqrt(max(above, 0.0)))


def _correlation(both: int, only_one: int, only_other: int, neither: int) -> float:
    """Newcombe's phi with its continuity correction."""
    n = both + only_one + only_other + neither
    margins = (both + only_one) * (only_other + neither) * (both + only_other) * (only_one + neither)
    if not margins:
        return 0.0
    cross = both * neither - only_one * only_other
    return (max(cross - n / 2, 0.0) if cross > 0 else float(cross)) / sqrt(margins)


def detectable(n: int, discordant: float, *, power: float = 0.8, alpha: float = 0.05) -> float | None:
    """The smallest difference in accuracy that the exact McNemar test would show on n packages, with this power.

    Exact and unconditional: on how many packages the models differ is itself left to chance (Duffy, Asymptotic and
    exact power for the McNemar test, Biometrics 40, 1984).

    Args:
        n: packages that both models judge, at least one.
        discordant: share of packages, in (0, 1], that only one of the models gets right.
        power: chance of a p below alpha.
        alpha: level of the test, two-sided.

    Returns:
        A difference in (0, discordant], None where not even models that differ to one side only would be told apart.
    """
    pairs, chances = _differing(n, discordant)
    most = binom.ppf(alpha / 2, pairs, 0.5) - 1  # packages of the worse model up to which p < alpha

    def beyond(share: float) -> float:
        return float(chances @ (binom.cdf(most, pairs, share) + binom.cdf(most, pairs, 1 - share))) - power

    return None if beyond(1.0) < 0 else (2 * float(brentq(beyond, 0.5, 1.0)) - 1) * discordant


def _differing(n: int, discordant: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """On how many of n packages models may differ, and the chance of each; six standard deviations about the mean."""
    mean, spread = n * discordant, sqrt(n * discordant * (1 - discordant))
    pairs = np.arange(max(1, int(mean - 6 * spread)), min(n, int(mean + 6 * spread) + 1) + 1)
    return pairs, np.asarray(binom.pmf(pairs, n, discordant), np.float64)
