"""How far a probability can be taken at its word: reliability, ECE, Brier score, NLL, temperature."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize_scalar
from scipy.special import expit
from scipy.stats import rankdata

from core.metrics.intervals import bca, wilson

Truth = NDArray[np.bool_]
Floats = NDArray[np.float64]

BINS, PER_BIN = 15, 10
"""At most so many bins, and so many packages in each: fewer make an observed rate that says nothing."""
DRAWS = 1000
SMALL = 3000
"""Packages up to which they are drawn one by one; beyond, the sums of the bins from their normal limit."""
COLDEST, WARMEST = 0.05, 20.0
"""Temperatures looked at: where the best lies at an end, there is none."""
ALARM = 0.05
"""Of perfectly calibrated models so many are called badly calibrated."""
HALF_CHI2 = 1.9207294103470667
"""Half the 95 % point of chi-squared with one degree of freedom."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Packages of like probability.

    Attributes:
        n: how many.
        mean: their mean probability of damaged.
        rate: share of them that is damaged.
        low, high: 95 % Wilson interval of that share.
        first, last: their smallest and largest probability.
    """

    n: int
    mean: float
    rate: float
    low: float
    high: float
    first: float
    last: float


@dataclass(frozen=True, slots=True)
class Error:
    """The expected calibration error (ECE) with its bar, and what chance alone makes of it.

    Attributes:
        value: mean gap between what is said and what is observed, in [0, 1].
        low, high: 95 % interval of what it would be with packages without end, from packages drawn anew.
        chance: the value expected of a model whose every probability is right, on as many packages.
        chance_high: 95 % of such models lie below it.
        p: share of such models whose ECE is at least as large.
    """

    value: float
    low: float
    high: float
    chance: float
    chance_high: float
    p: float

    @property
    def beyond_chance(self) -> bool:
        """Whether a perfectly calibrated model would hardly ever show so much."""
        return self.p < ALARM


@dataclass(frozen=True, slots=True)
class Brier:
    """The Brier score and its parts: score = reliability - resolution + uncertainty + within.

    Attributes:
        score: mean squared distance between probability and truth, in [0, 1].
        reliability: of it, because bins are not as damaged as they are said to be; 0 is best.
        resolution: taken off, because bins differ in how damaged they are; the more the better.
        uncertainty: what always saying the share of damaged packages would score.
        within: what the bins hide, variance of the probabilities in them minus twice their covariance with the truth.
    """

    score: float
    reliability: float
    resolution: float
    uncertainty: float
    within: float


@dataclass(frozen=True, slots=True)
class Temperature:
    """The temperature that fits best.

    Attributes:
        value: in [`COLDEST`, `WARMEST`]; above 1 the model is too sure of itself, below 1 not sure enough.
        low, high: 95 % interval.
        clipped: the best lies at an end: no temperature can be told from these packages.
    """

    value: float
    low: float
    high: float
    clipped: bool


def bins_of(probability: NDArray[np.floating]) -> NDArray[np.int64]:
    """The bin of each package, numbered from 0 upwards with the probability; equal mass, ties kept together.

    As many bins as hold `PER_BIN` packages each, at most `BINS`. Packages of one probability share their middle rank,
    and so their bin; a bin is larger for it, and another may be empty and left out.

    Args:
        probability: (N,) float in [0, 1].

    Returns:
        (N,) int.
    """
    n = len(probability)
    count = max(1, min(BINS, n // PER_BIN))
    places = np.floor(count * (rankdata(probability) - 0.5) / max(n, 1))
    return np.unique(places, return_inverse=True)[1].astype(np.int64)


def reliability(truth: Truth, probability: NDArray[np.floating]) -> tuple[Bin, ...]:
    """Said against observed, from the least to the most damaged bin.

    Murphy & Winkler, Reliability of subjective probability forecasts, Applied Statistics 26 (1977); bins of equal mass
    after Nguyen & O'Connor, EMNLP 2015 (arXiv 1508.05154).

    Args:
        truth: (N,) bool, True where damaged; one row a package.
        probability: (N,) float in [0, 1], of damaged.
    """
    truth, said = np.asarray(truth, bool), np.asarray(probability, np.float64)
    bins = bins_of(said)
    return tuple(_bin(truth[bins == at], said[bins == at]) for at in range(int(bins.max(initial=-1)) + 1))


def _bin(truth: Truth, said: Floats) -> Bin:
    n, k = len(truth), int(truth.sum())
    low, high = wilson(k, n)
    return Bin(n, float(said.mean()), k / n, low, high, float(said.min()), float(said.max()))


def ece(truth: Truth, probability: NDArray[np.floating]) -> float:
    """Expected calibration error, sum over bins of n_b / N |mean probability - share of damaged|, in [0, 1].

    Naeini et al., Obtaining well calibrated probabilities using Bayesian binning, AAAI 2015, on the probability of
    damaged and with bins of equal mass. Few packages make it larger than it is: see `calibration_error`.
    """
    said = np.asarray(probability, np.float64)
    return _gap(_sums(bins_of(said), said - np.asarray(truth, bool)), len(said)) if len(said) else float("nan")


def calibration_error(truth: Truth, probability: NDArray[np.floating], *, seed: int = 0) -> Error:
    """`ece` with its interval and what a perfectly calibrated model shows by chance; the bins stay as they are.

    Chance: the truth is drawn anew with the probabilities as they are (consistency resampling, Vaicenavicius et al.,
    AISTATS 2019, arXiv 1902.06977). Interval: packages are drawn anew, and because every drawing is biased upwards
    again, the distance of the drawings from the value is taken off it (the pivot, Davison & Hinkley 1997, section 5.2);
    it reaches down to 0 where chance explains the value. BCa fails here: nearly every drawing lies above the value.

    Args:
        truth: (N,) bool, True where damaged; one row a package, at least one.
        probability: (N,) float in [0, 1], of damaged.
        seed: of both drawings.
    """
    said, n = np.asarray(probability, np.float64), len(probability)
    bins, off = bins_of(said), said - np.asarray(truth, bool)
    sums, rng = _sums(bins, off), np.random.default_rng(seed)
    value = _gap(sums, n)
    perfect = _perfect(bins, said, rng)
    p = float((1 + (perfect >= value - 1e-12).sum()) / (1 + len(perfect)))
    lowest, highest = np.quantile(_resampled(bins, off, rng), [0.025, 0.975])
    low = 0.0 if p >= ALARM else min(value, max(0.0, 2 * value - float(highest)))
    high = min(1.0, max(value, 2 * value - float(lowest)))
    return Error(value, low, high, float(perfect.mean()), float(np.quantile(perfect, 0.95)), p)


def _sums(bins: NDArray[np.int64], values: Floats) -> Floats:
    """(K,) sum of the values of each bin."""
    return np.asarray(np.bincount(bins, weights=values), np.float64)


def _gap(sums: Floats, n: int) -> float:
    return float(np.abs(sums).sum() / n)


def _perfect(bins: NDArray[np.int64], said: Floats, rng: np.random.Generator) -> Floats:
    """(DRAWS,) ECE of models that say just these probabilities, and are right."""
    n = len(said)
    if n > SMALL:
        spread = np.sqrt(_sums(bins, said * (1 - said)))
        return np.asarray(np.abs(rng.normal(0.0, spread, (DRAWS, len(spread)))).sum(axis=1) / n)
    off = said - (rng.random((DRAWS, n)) < said)
    return np.asarray(np.abs(off @ _members(bins)).sum(axis=1) / n)


def _resampled(bins: NDArray[np.int64], off: Floats, rng: np.random.Generator) -> Floats:
    """(DRAWS,) ECE of the packages drawn with replacement."""
    n = len(off)
    if n > SMALL:
        sums, spread = _sums(bins, off), np.sqrt(_sums(bins, off**2))
        return np.asarray(np.abs(rng.normal(sums, spread, (DRAWS, len(sums)))).sum(axis=1) / n)
    times = rng.multinomial(n, np.full(n, 1 / n), size=DRAWS)
    return np.asarray(np.abs((times * off) @ _members(bins)).sum(axis=1) / n)


def _members(bins: NDArray[np.int64]) -> Floats:
    """(N, K) 1 where a package is in a bin."""
    return np.asarray(bins[:, None] == np.arange(bins.max() + 1), np.float64)


def brier(truth: Truth, probability: NDArray[np.floating]) -> Brier:
    """The Brier score, split.

    Murphy, A new vector partition of the probability score, J. Applied Meteorology 12 (1973), over the bins of
    `reliability`; the part that bins hide after Stephenson et al., Weather and Forecasting 23 (2008), so that the parts
    add up exactly.

    Args:
        truth: (N,) bool, True where damaged; at least one.
        probability: (N,) float in [0, 1], of damaged.
    """
    said, true = np.asarray(probability, np.float64), np.asarray(truth, np.float64)
    bins = bins_of(said)
    sizes = np.bincount(bins)
    means, rates, share = _sums(bins, said) / sizes, _sums(bins, true) / sizes, true.mean()
    inside, beside = said - means[bins], true - rates[bins]
    weights = sizes / len(said)
    return Brier(
        score=float(((said - true) ** 2).mean()),
        reliability=float(weights @ (means - rates) ** 2),
        resolution=float(weights @ (rates - share) ** 2),
        uncertainty=float(share * (1 - share)),
        within=float((inside**2).mean() - 2 * (inside * beside).mean()),
    )


def losses(truth: Truth, log_odds: NDArray[np.floating]) -> Floats:
    """(N,) minus the log of the probability that each package's truth was given, in nats."""
    return np.asarray(np.logaddexp(0.0, -_signed(truth, log_odds)))


def nll(truth: Truth, log_odds: NDArray[np.floating]) -> float:
    """Mean negative log-likelihood, in nats; from log-odds: no rounding to a probability of 1 costs without end.

    Args:
        truth: (N,) bool, True where damaged; at least one.
        log_odds: (N,) float, of damaged.
    """
    return float(losses(truth, log_odds).mean())


def fit_temperature(truth: Truth, log_odds: NDArray[np.floating]) -> Temperature:
    """The temperature T that makes the NLL of log-odds / T least, with its profile likelihood interval.

    Guo et al., On calibration of modern neural networks, ICML 2017 (arXiv 1706.04599). The loss is convex in 1 / T, so
    there is one best T; where every package lies on its side of 0 the best is T -> 0, and it is clipped.

    Args:
        truth: (N,) bool, True where damaged; at least one.
        log_odds: (N,) float, of damaged.
    """
    signed = _signed(truth, log_odds)
    ends = np.log([COLDEST, WARMEST])

    def loss(log_t: float) -> float:
        return float(np.logaddexp(0.0, -signed * np.exp(-log_t)).sum())

    best = float(minimize_scalar(loss, bounds=ends, method="bounded", options={"xatol": 1e-7}).x)
    best = min((best, *map(float, ends)), key=loss)
    limit = loss(best) + HALF_CHI2

    def crossing(end: float) -> float:
        return end if loss(end) <= limit else float(brentq(lambda at: loss(at) - limit, *sorted((best, end))))

    low, high = (float(np.exp(crossing(float(end)))) for end in ends)
    clipped = not COLDEST * 1.001 < np.exp(best) < WARMEST / 1.001
    return Temperature(float(np.exp(best)), low, high, clipped)


def _signed(truth: Truth, log_odds: NDArray[np.floating]) -> Floats:
    """(N,) log-odds of what is true."""
    return np.where(np.asarray(truth, bool), 1.0, -1.0) * np.asarray(log_odds, np.float64)


def mean_interval(values: Floats, *, seed: int = 0) -> tuple[float, float] | None:
    """95 % BCa interval of a mean over packages; None where it cannot be told.

    Args:
        values: (N,) one a package.
        seed: of the draws.
    """
    n = len(values)
    if n < 2:
        return None
    rng, mean, spread = np.random.default_rng(seed), float(values.mean()), float(values.std())
    if n > SMALL:
        return mean - 1.96 * spread / np.sqrt(n), mean + 1.96 * spread / np.sqrt(n)
    drawn = values[rng.integers(0, n, (DRAWS, n))].mean(axis=1)
    return bca(drawn, mean, (mean * n - values) / (n - 1))


def rescaled(log_odds: NDArray[np.floating], temperature: float) -> tuple[Floats, Floats]:
    """(N,) log-odds divided by a temperature, and (N,) the probabilities that follow."""
    odds = np.asarray(log_odds, np.float64) / temperature
    return odds, np.asarray(expit(odds))
