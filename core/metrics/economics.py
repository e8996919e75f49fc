"""What decisions cost: thresholds from prevalence, costs and an escape budget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.domain import Cut
from core.errors import BadInput
from core.metrics.intervals import clopper_pearson

Floats = NDArray[np.float64]
Truth = NDArray[np.bool_]

FOLDS = 5
DRAWS = 500
PER = 1000
"""Packages that an expected cost is given for."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a line pays, and what it allows.

    Attributes:
        prevalence: share of damaged packages on the line, in (0, 1).
        escape: cost of a damaged package that gets out.
        false_reject: cost of an intact package that is rejected.
        review: cost of a package that a person looks at.
        budget: share of the damaged packages that may escape, in (0, 1].
        confidence: that the true escape rate lies within the budget, in (0, 1).
    """

    prevalence: float = 0.02
    escape: float = 100.0
    false_reject: float = 5.0
    review: float = 1.0
    budget: float = 0.05
    confidence: float = 0.95

    def __post_init__(self) -> None:
        if not 0 < self.prevalence < 1:
            raise BadInput(f"A prevalence of {self.prevalence:g} is none.", "Give a share between 0 and 1.")
        if not 0 < self.budget <= 1:
            raise BadInput(f"An escape budget of {self.budget:g} is none.", "Give a share above 0, at most 1.")
        if not 0 < self.confidence < 1:
            raise BadInput(f"A confidence of {self.confidence:g} is none.", "Give a share between 0 and 1.")
        if min(self.escape, self.false_reject, self.review) < 0:
            raise BadInput("A cost is negative.", "Give costs of 0 or more.")

    @property
    def bayes(self) -> float | None:
        """The threshold on a calibrated probability below which passing a package is the cheaper mistake; None if free.

        p* = c_FP / (c_FP + c_FN) (Elkan, The foundations of cost-sensitive learning, IJCAI 2001).
        """
        whole = self.false_reject + self.escape
        return self.false_reject / whole if whole else None


class Cost(NamedTuple):
    """Rates at a cut and what they cost.

    Attributes:
        escapes: damaged packages that were accepted.
        damaged: damaged packages.
        escape_rate: escapes / damaged.
        escape_upper: upper bound of it (Clopper-Pearson, one-sided).
        false_rejects: intact packages that were rejected.
        intact: intact packages.
        false_reject_rate: false_rejects / intact.
        review_share: of all packages at this prevalence, that a person looks at.
        outgoing: share of damaged among the accepted at this prevalence; NaN where nothing is accepted.
        per_thousand: expected cost of 1000 packages.
    """

    escapes: int
    damaged: int
    escape_rate: float
    escape_upper: float
    false_rejects: int
    intact: int
    false_reject_rate: float
    review_share: float
    outgoing: float
    per_thousand: float


@dataclass(frozen=True, slots=True)
class Design:
    """Thresholds that cost least within a budget.

    Attributes:
        cut: accept below, reject from, a person in between.
        cost: at the cut, on the packages it was chosen on: optimistic.
        interval: 95 % of the cost of 1000 packages, at this cut; packages are resampled within their class.
        honest: the same measured on packages the thresholds were not chosen on (5 folds); NaN for fewer than 5 a class.
        plain: cost of 1000 packages at 0.5 without review.
        proven: whether the upper bound of the escape rate lies within the budget.
        missing: further damaged packages without an escape that would prove it; 0 where it is proven, None where
            no number would at this escape rate.
    """

    cut: Cut
    cost: Cost
    interval: tuple[float, float]
    honest: float
    plain: float
    proven: bool
    missing: int | None


def cost(truth: Truth, probability: NDArray[np.floating], cut: Cut, terms: Terms) -> Cost:
    """Rates and cost of a cut: pi c_FN FNR + (1 - pi) c_FP FPR + c_review review, for 1000 packages.

    Args:
        truth: (N,) True where damaged; both classes occur.
        probability: (N,) of damaged.
        cut: where it decides.
        terms: prevalence and costs.
    """
    truth, chance = np.asarray(truth, bool), np.asarray(probability, np.float64)
    accepted, rejected = chance < cut.accept, chance >= cut.reject
    damaged, intact = int(truth.sum()), int((~truth).sum())
    escapes, rejects = int((truth & accepted).sum()), int((~truth & rejected).sum())
    share = terms.prevalence
    held = share * _rate(~accepted & ~rejected & truth, damaged)
    held += (1 - share) * _rate(~accepted & ~rejected & ~truth, intact)
    out = share * escapes / damaged + (1 - share) * _rate(accepted & ~truth, intact)
    return Cost(
        escapes,
        damaged,
        escapes / damaged,
        clopper_pearson(escapes, damaged, confidence=terms.confidence),
        rejects,
        intact,
        rejects / intact,
        held,
        share * escapes / damaged / out if out else float("nan"),
        PER * (share * terms.escape * escapes / damaged + (1 - share) * terms.false_reject * rejects / intact)
        + PER * terms.review * held,
    )


def _rate(rows: Truth, of: int) -> float:
    return float(rows.sum()) / of


def design(truth: Truth, probability: NDArray[np.floating], terms: Terms, *, seed: int = 0) -> Design:
    """The pair of thresholds with the least expected cost whose escape rate is proven to lie within the budget.

    Where no threshold proves the budget, accept is the largest one without an escape, and `proven` is False.

    Args:
        truth: (N,) True where damaged.
        probability: (N,) of damaged.
        terms: prevalence, costs, budget.
        seed: of folds and draws.

    Raises:
        BadInput: one class only.
    """
    truth, chance = np.asarray(truth, bool), np.asarray(probability, np.float64)
    if truth.all() or not truth.any():
        raise BadInput("Thresholds need damaged and intact packages.", "Choose a split that holds both.")
    cut = cheapest(truth, chance, terms)
    found = cost(truth, chance, cut, terms)
    proven = found.escape_upper <= terms.budget
    return Design(
        cut,
        found,
        _interval(truth, chance, cut, terms, seed),
        _honest(truth, chance, terms, seed),
        cost(truth, chance, Cut.at(0.5), terms).per_thousand,
        proven,
        0 if proven else missing(found.escapes, found.damaged, terms.budget, confidence=terms.confidence),
    )


def cheapest(truth: Truth, chance: Floats, terms: Terms) -> Cut:
    """The cheapest cut within the budget: the cost is a sum of one term of accept and one of reject.

    Candidates lie halfway between neighboring scores. A package moved from accepted to reviewed costs c_review and
    saves c_FN if it is damaged; moved from rejected to reviewed it costs c_review and saves c_FP if it is intact.
    """
    at = candidates(chance)
    damaged, intact = np.sort(chance[truth]), np.sort(chance[~truth])
    below_damaged, below_intact = (np.searchsorted(side, at, side="left") for side in (damaged, intact))
    share = terms.prevalence / len(damaged), (1 - terms.prevalence) / len(intact)
    accepting = share[0] * below_damaged * (terms.escape - terms.review) - share[1] * below_intact * terms.review
    rejecting = share[1] * (len(intact) - below_intact) * (terms.false_reject - terms.review)
    rejecting = rejecting - share[0] * (len(damaged) - below_damaged) * terms.review
    allowed = below_damaged <= affordable(len(damaged), terms.budget, confidence=terms.confidence)
    accept, reject = _best_pair(np.where(allowed, accepting, np.inf), rejecting)
    return Cut(float(at[accept]), float(at[reject]))


def candidates(chance: Floats) -> Floats:
    """(K,) thresholds worth a try, rising: 0, the middles between neighboring scores, and just above 1."""
    values = np.unique(chance)
    return np.concatenate([[0.0], (values[1:] + values[:-1]) / 2, [1.0 + 1e-9]])


def _best_pair(accepting: Floats, rejecting: Floats) -> tuple[int, int]:
    """Indices a <= r with the least sum; of equals the pair that leaves least to a person."""
    best = np.minimum.accumulate(accepting)
    where = np.maximum.accumulate(np.where(accepting <= best, np.arange(len(accepting)), 0))
    total = best + rejecting
    least = total.min()
    ties = np.flatnonzero(total <= least + 1e-12 * max(1.0, abs(least)))
    reject = int(ties[np.argmin(ties - where[ties])])
    return int(where[reject]), reject


def affordable(damaged: int, budget: float, *, confidence: float = 0.95) -> int:
    """How many of so many damaged packages may escape with the budget still proven; 0 where none may, or not even 0."""
    counts = np.arange(damaged + 1)
    fits = np.array([clopper_pearson(int(k), damaged, confidence=confidence) <= budget for k in counts[:2000]])
    return int(np.flatnonzero(fits)[-1]) if fits.any() else 0


def needed(escapes: int, budget: float, *, confidence: float = 0.95) -> int:
    """How many damaged packages, of which so many escaped, prove an escape rate within the budget.

    >>> needed(0, 0.01)
    299
    """
    low, high = escapes + 1, escapes + 2
    while clopper_pearson(escapes, high, confidence=confidence) > budget:
        low, high = high, 2 * high
    while low < high:
        middle = (low + high) // 2
        if clopper_pearson(escapes, middle, confidence=confidence) <= budget:
            high = middle
        else:
            low = middle + 1
    return low


def missing(escapes: int, damaged: int, budget: float, *, confidence: float = 0.95) -> int | None:
    """Further damaged packages without an escape that would prove the budget; None where the rate seen is above it."""
    if escapes / damaged >= budget:
        return None
    return max(0, needed(escapes, budget, confidence=confidence) - damaged)


def curve(truth: Truth, probability: NDArray[np.floating], terms: Terms, thresholds: Floats) -> Floats:
    """(K,) expected cost of 1000 packages at single thresholds, without review."""
    damaged, intact = np.sort(probability[truth]), np.sort(probability[~truth])
    escapes = np.searchsorted(damaged, thresholds, side="left") / len(damaged)
    rejects = 1 - np.searchsorted(intact, thresholds, side="left") / len(intact)
    paid = terms.prevalence * terms.escape * escapes + (1 - terms.prevalence) * terms.false_reject * rejects
    return np.asarray(PER * paid, np.float64)


def band(
    truth: Truth, probability: NDArray[np.floating], terms: Terms, thresholds: Floats, *, seed: int = 0
) -> tuple[Floats, Floats]:
    """(K,), (K,) the 95 % interval of `curve`; packages are resampled within their class."""
    rng = np.random.default_rng(seed)
    damaged, intact = probability[truth], probability[~truth]
    flags = np.repeat([True, False], [len(damaged), len(intact)])
    drawn = [
        curve(
            flags,
            np.concatenate([rng.choice(damaged, len(damaged)), rng.choice(intact, len(intact))]),
            terms,
            thresholds,
        )
        for _ in range(200)
    ]
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    return low, high


def shifted(probability: NDArray[np.floating], seen: float, expected: float) -> Floats:
    """Calibrated probabilities for another prevalence: the odds times the ratio of the prevalence odds (Elkan 2001)."""
    ratio = expected / (1 - expected) / (seen / (1 - seen))
    chance = np.asarray(probability, np.float64)
    return np.asarray(chance * ratio / (chance * ratio + 1 - chance), np.float64)


def _interval(truth: Truth, chance: Floats, cut: Cut, terms: Terms, seed: int) -> tuple[float, float]:
    """Percentile interval of the cost at a cut: what becomes of a class is a multinomial draw."""
    rng, total = np.random.default_rng(seed), np.zeros(DRAWS * 4)
    for flags, share, wrong, price in (
        (truth, terms.prevalence, chance < cut.accept, terms.escape),
        (~truth, 1 - terms.prevalence, chance >= cut.reject, terms.false_reject),
    ):
        n = int(flags.sum())
        held = (chance >= cut.accept) & (chance < cut.reject)
        shares = np.array([(flags & wrong).sum(), (flags & held).sum()], float) / n
        drawn = rng.multinomial(n, [*shares, max(0.0, 1 - shares.sum())], size=len(total))
        total += PER * share * (price * drawn[:, 0] + terms.review * drawn[:, 1]) / n
    low, high = np.quantile(total, [0.025, 0.975])
    return float(low), float(high)


def _honest(truth: Truth, chance: Floats, terms: Terms, seed: int) -> float:
    """Cost of 1000 packages where each fold is judged by thresholds chosen on the others."""
    if min(truth.sum(), (~truth).sum()) < FOLDS:
        return float("nan")
    rng, fold = np.random.default_rng(seed), np.empty(len(truth), int)
    for flags in (truth, ~truth):
        fold[flags] = rng.permutation(np.arange(flags.sum()) % FOLDS)
    paid = np.zeros(len(truth))
    for at in range(FOLDS):
        others, here = fold != at, fold == at
        cut = cheapest(truth[others], chance[others], terms)
        held = (chance >= cut.accept) & (chance < cut.reject)
        wrong = np.where(truth, (chance < cut.accept) * terms.escape, (chance >= cut.reject) * terms.false_reject)
        paid[here] = (wrong + held * terms.review)[here]
    share = terms.prevalence
    return float(PER * (share * paid[truth].mean() + (1 - share) * paid[~truth].mean()))
