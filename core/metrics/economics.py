"""What decisions cost: thresholds from prevalence, costs and an escape budget."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.domain import HALF, Cut
from core.errors import BadInput
from core.metrics.classification import Counts, confusion
from core.metrics.intervals import clopper_pearson, wilson

PER = 1000
"""Packages that a cost is given for."""
FOLDS = 5
REPEATS, MANY = 10, 5000
"""Times that the folds are drawn anew; once where there are many packages."""
DRAWS, SEED = 2000, 0
Floats = NDArray[np.float64]
Truth = NDArray[np.bool_]
Probability = NDArray[np.floating]
Counted = NDArray[np.integer]
Ends = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a line pays, and what it allows; all costs in one unit, whichever it is.

    Attributes:
        prevalence: share of damaged packages on the line, in (0, 1).
        escape: cost of a damaged package that gets out, >= 0.
        false_reject: cost of an intact package that is rejected, >= 0.
        review: cost of a package that a person looks at, >= 0; the person is taken to be right.
        budget: share of the damaged packages that may escape, in (0, 1].
        confidence: that the true escape rate lies within the budget, in (0, 1).
    """

    prevalence: float = 0.02
    escape: float = 100.0
    false_reject: float = 5.0
    review: float = 1.0
    budget: float = 0.01
    confidence: float = 0.95

    def __post_init__(self) -> None:
        if not 0 < self.prevalence < 1:
            raise BadInput(f"A prevalence of {self.prevalence:g} is none.", "Give a share between 0 and 1.")
        if not 0 < self.budget <= 1:
            raise BadInput(f"An escape budget of {self.budget:g} is none.", "Give a share above 0, at most 1.")
        if not 0 < self.confidence < 1:
            raise BadInput(f"A confidence of {self.confidence:g} is none.", "Give a share between 0 and 1.")
        if not all(0 <= cost < inf for cost in (self.escape, self.false_reject, self.review)):
            raise BadInput("A cost is negative, or no number.", "Give costs of 0 or more.")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of packages at a cut, and what it costs on a line with the prevalence of the terms.

    Attributes:
        cut: where it was decided.
        counts: of the packages measured on, of each class at least one.
        terms: prevalence and costs.
    """

    cut: Cut
    counts: Counts
    terms: Terms

    @property
    def damaged(self) -> int:
        """Damaged packages measured on."""
        return self.counts.tp + self.counts.fn + self.counts.review_damaged

    @property
    def intact(self) -> int:
        """Intact packages measured on."""
        return self.counts.tn + self.counts.fp + self.counts.review_intact

    @property
    def escape_rate(self) -> float:
        """Share of the damaged packages that were accepted."""
        return self.counts.fn / self.damaged

    @property
    def escape_upper(self) -> float:
        """Upper bound of the escape rate, one-sided (Clopper-Pearson); 0 where nothing is ever accepted."""
        if self.cut.accept <= 0:
            return 0.0
        return clopper_pearson(self.counts.fn, self.damaged, confidence=self.terms.confidence)

    @property
    def false_reject_rate(self) -> float:
        """Share of the intact packages that were rejected."""
        return self.counts.fp / self.intact

    @property
    def false_reject_interval(self) -> Ends:
        """95 % Wilson interval of it."""
        return wilson(self.counts.fp, self.intact)

    @property
    def review_share(self) -> float:
        """Share of all packages on the line that a person looks at."""
        return self._mixed(self.counts.review_damaged / self.damaged, self.counts.review_intact / self.intact)

    @property
    def review_interval(self) -> Ends:
        """95 % interval of it, from the Wilson intervals of both classes (MOVER; Zou & Donner, Stat. Med. 27, 2008)."""
        shares = self.terms.prevalence, 1 - self.terms.prevalence
        held = (self.counts.review_damaged, self.damaged), (self.counts.review_intact, self.intact)
        off = [[weight * (k / n - end) for end in wilson(k, n)] for weight, (k, n) in zip(shares, held, strict=True)]
        below, above = (sqrt(sum(pair[at] ** 2 for pair in off)) for at in (0, 1))
        return max(0.0, self.review_share - below), min(1.0, self.review_share + above)

    @property
    def outgoing(self) -> float | None:
        """Outgoing defect level: share of damaged among what is accepted on the line; None where nothing is."""
        return self._outgoing(self.escape_rate)

    @property
    def outgoing_upper(self) -> float | None:
        """The same at the upper bound of the escape rate."""
        return self._outgoing(self.escape_upper)

    @property
    def per_thousand(self) -> float:
        """Expected cost of 1000 packages: pi c_FN FNR + (1 - pi) c_FP FPR + c_review review, times 1000."""
        return self._cost(self.escape_rate)

    @property
    def worst(self) -> float:
        """The same at the upper bound of the escape rate; the share left to a person stays as it is."""
        return self._cost(self.escape_upper)

    @property
    def interval(self) -> Ends:
        """95 % of the cost, packages resampled within their class.

        Draws know only what was seen; where that is nothing that costs, the interval ends at `worst`.
        """
        paid = self.terms.escape, self.terms.review, 0.0
        cells = self.counts.fn, self.counts.review_damaged, self.counts.tp
        others = self.counts.fp, self.counts.review_intact, self.counts.tn
        found = _interval(
            (np.array(paid), np.array(cells)),
            (np.array([self.terms.false_reject, *paid[1:]]), np.array(others)),
            self.terms,
        )
        return found or (self.per_thousand, self.worst)

    def _mixed(self, of_damaged: float, of_intact: float) -> float:
        return self.terms.prevalence * of_damaged + (1 - self.terms.prevalence) * of_intact

    def _outgoing(self, escape_rate: float) -> float | None:
        bad = self.terms.prevalence * escape_rate
        out = bad + (1 - self.terms.prevalence) * self.counts.tn / self.intact
        return bad / out if out else None

    def _cost(self, escape_rate: float) -> float:
        wrong = self._mixed(self.terms.escape * escape_rate, self.terms.false_reject * self.false_reject_rate)
        return PER * (wrong + self.terms.review * self.review_share)


class Honest(NamedTuple):
    """The same way of choosing, measured on packages that the thresholds were not chosen on.

    Attributes:
        per_thousand: expected cost of 1000 packages.
        interval: 95 % of it, packages resampled within their class; None where every package costs the same.
        escape_rate, false_reject_rate, review_share: as `Outcome`.
        folds: parts that the packages were cut into.
        repeats: times this was done.
    """

    per_thousand: float
    interval: Ends | None
    escape_rate: float
    false_reject_rate: float
    review_share: float
    folds: int
    repeats: int


@dataclass(frozen=True, slots=True)
class Design:
    """Thresholds that cost least within a budget.

    Attributes:
        outcome: at the thresholds, on the packages they were chosen on: optimistic.
        honest: on packages they were not chosen on; None for fewer than 5 of a class.
        plain: what the thresholds replace, on the same packages.
        bayes: thresholds that a perfectly calibrated model would need no packages to know, see `bayes`.
        limit: the largest accept threshold whose escape rate is proven to lie within the budget; where none is, the
            largest one without an escape.
        proven: whether the upper bound of the escape rate lies within the budget.
        missing: further damaged packages without an escape that would prove it; 0 where it is proven.
    """

    outcome: Outcome
    honest: Honest | None
    plain: Outcome
    bayes: Cut | None
    limit: float
    proven: bool
    missing: int

    @property
    def cut(self) -> Cut:
        """Accept below, reject from, a person in between."""
        return self.outcome.cut


class Curve(NamedTuple):
    """Cost over one threshold, without review.

    Attributes:
        thresholds: (K,) in [0, 1], rising.
        cost: (K,) expected cost of 1000 packages.
        low, high: (K,) its 95 % interval, packages resampled within their class.
    """

    thresholds: Floats
    cost: Floats
    low: Floats
    high: Floats


def measured(truth: Truth, probability: Probability, cut: Cut, terms: Terms) -> Outcome:
    """What a cut does and costs.

    Args:
        truth: (N,) bool, True where damaged.
        probability: (N,) float in [0, 1], of damaged.
        cut: where it is decided.
        terms: prevalence and costs.

    Raises:
        BadInput: one class only.
    """
    truth = _both(truth)
    return Outcome(cut, confusion(truth, probability, cut), terms)


def design(truth: Truth, probability: Probability, terms: Terms, *, plain: Cut = HALF, seed: int = 0) -> Design:
    """The pair of thresholds with the least expected cost whose escape rate is proven to lie within the budget.

    Where no threshold proves the budget, accept is the cheapest one without an escape, and `proven` is False.

    Args:
        truth: (N,) bool, True where damaged.
        probability: (N,) float in [0, 1], of damaged.
        terms: prevalence, costs, budget.
        plain: the cut to compare with.
        seed: of the folds.

    Raises:
        BadInput: one class only.
    """
    truth, chance = _both(truth), np.asarray(probability, np.float64)
    cut, limit = _chosen(truth, chance, terms)
    outcome = Outcome(cut, confusion(truth, chance, cut), terms)
    proven = outcome.escape_upper <= terms.budget
    more = needed(outcome.counts.fn, terms.budget, confidence=terms.confidence) - outcome.damaged
    return Design(
        outcome,
        _honest(truth, chance, terms, seed),
        Outcome(plain, confusion(truth, chance, plain), terms),
        bayes(terms, float(truth.mean())),
        limit,
        proven,
        0 if proven else more,
    )


def cheapest(truth: Truth, probability: Probability, terms: Terms) -> Cut:
    """The cut with the least expected cost within the budget, see `design`."""
    return _chosen(_both(truth), np.asarray(probability, np.float64), terms)[0]


def affordable(damaged: int, budget: float, *, confidence: float = 0.95) -> int | None:
    """How many of so many damaged packages may escape with the budget still proven; None where not even 0 may.

    >>> affordable(299, 0.01), affordable(298, 0.01), affordable(473, 0.01)
    (0, None, 1)
    """
    if clopper_pearson(0, damaged, confidence=confidence) > budget:
        return None
    low, high = 0, damaged
    while low < high:
        middle = (low + high + 1) // 2
        if clopper_pearson(middle, damaged, confidence=confidence) <= budget:
            low = middle
        else:
            high = middle - 1
    return low


def needed(escapes: int, budget: float, *, confidence: float = 0.95) -> int:
    """How many damaged packages, of which so many escaped, prove an escape rate within the budget.

    >>> needed(0, 0.01), needed(1, 0.01)
    (299, 473)
    """
    low, high = escapes + 1, 2 * (escapes + 1)
    while clopper_pearson(escapes, high, confidence=confidence) > budget:
        low, high = high, 2 * high
    while low < high:
        middle = (low + high) // 2
        if clopper_pearson(escapes, middle, confidence=confidence) <= budget:
            high = middle
        else:
            low = middle + 1
    return low


def bayes(terms: Terms, seen: float) -> Cut | None:
    """The cheapest cut of calibrated probabilities; None where no mistake costs anything.

    Without review p* = c_FP / (c_FP + c_FN) (Elkan, The foundations of cost-sensitive learning, IJCAI 2001); with it,
    accept below c_review / c_FN and reject from 1 - c_review / c_FP (Chow, On optimum recognition error and reject
    tradeoff, IEEE Trans. Inf. Theory 16, 1970), where that leaves a band. Both hold for the prevalence of the terms.

    Args:
        terms: prevalence and costs.
        seen: share of damaged packages, in (0, 1), where the probabilities are calibrated: they are shifted to it.
    """
    if not terms.escape + terms.false_reject:
        return None
    accept = terms.review / terms.escape if terms.escape else inf
    reject = 1 - terms.review / terms.false_reject if terms.false_reject else -inf
    if accept >= reject:
        accept = reject = terms.false_reject / (terms.false_reject + terms.escape)
    ends = shifted(np.array([accept, reject]), terms.prevalence, seen)
    return Cut(float(ends[0]), float(ends[1]))


def shifted(probability: Probability, seen: float, expected: float) -> Floats:
    """Calibrated probabilities at another prevalence: the odds times the ratio of the prevalence odds (Elkan 2001).

    Args:
        probability: (N,) float in [0, 1].
        seen: share of damaged packages where they are calibrated, in (0, 1).
        expected: share of damaged packages where they are wanted, in (0, 1).
    """
    ratio = expected * (1 - seen) / ((1 - expected) * seen)
    chance = np.asarray(probability, np.float64)
    return np.asarray(chance * ratio / (chance * ratio + 1 - chance), np.float64)


def curve(truth: Truth, probability: Probability, terms: Terms, thresholds: Floats, *, seed: int = 0) -> Curve:
    """Expected cost of 1000 packages where everything is decided at one threshold.

    Args:
        truth: (N,) bool, True where damaged.
        probability: (N,) float in [0, 1], of damaged.
        terms: prevalence and costs.
        thresholds: (K,) float in [0, 1], rising.
        seed: of the draws.
    """
    truth, rng = _both(truth), np.random.default_rng(seed)
    place = np.searchsorted(thresholds, probability, side="right")
    cost, drawn = np.zeros(len(thresholds)), np.zeros((DRAWS // 4, len(thresholds)))
    for rows, share, price, escaping in (
        (truth, terms.prevalence, terms.escape, True),
        (~truth, 1 - terms.prevalence, terms.false_reject, False),
    ):
        counts = np.bincount(place[rows], minlength=len(thresholds) + 1)
        weight, n = PER * share * price, int(counts.sum())
        cost += weight * _wrong(counts, escaping)
        drawn += weight * _wrong(rng.multinomial(n, counts / n, size=len(drawn)), escaping)
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    return Curve(thresholds, cost, low, high)


def _wrong(counts: NDArray[np.integer], escaping: bool) -> Floats:
    """(..., K) share of packages decided wrongly at K thresholds, from (..., K + 1) counts of a class between them.

    Args:
        counts: the first below all thresholds, the last from the largest one on.
        escaping: whether what lies below a threshold is wrong, or what lies from it on.
    """
    below = counts.cumsum(-1)[..., :-1] / counts.sum(-1, keepdims=True)
    return np.asarray(below if escaping else 1 - below, np.float64)


def _both(truth: Truth) -> Truth:
    known = np.asarray(truth, bool)
    if known.all() or not known.any():
        raise BadInput("Thresholds need damaged and intact packages.", "Choose a split that holds both.")
    return known


def _chosen(truth: Truth, chance: Floats, terms: Terms) -> tuple[Cut, float]:
    """The cheapest cut within the budget, and the largest accept threshold that the budget allows.

    The cost is what it costs to review everything, plus a term of accept, plus one of reject: what is accepted is not
    reviewed (- c_review), and costs c_FN where it is damaged; what is rejected costs c_FP where it is intact.
    """
    values, (below_damaged, below_intact) = _below(truth, chance)
    damaged, intact = int(below_damaged[-1]), int(below_intact[-1])
    share = terms.prevalence / damaged, (1 - terms.prevalence) / intact
    accepting = share[0] * below_damaged * (terms.escape - terms.review) - share[1] * below_intact * terms.review
    rejecting = share[1] * (intact - below_intact) * (terms.false_reject - terms.review)
    rejecting -= share[0] * (damaged - below_damaged) * terms.review
    allowed = below_damaged <= (affordable(damaged, terms.budget, confidence=terms.confidence) or 0)
    accepting[~allowed] = np.inf
    accept, reject = _best_pair(accepting, rejecting)
    return Cut(_between(values, accept), _between(values, reject)), _between(values, int(np.flatnonzero(allowed)[-1]))


def _below(truth: Truth, chance: Floats) -> tuple[Floats, tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """(K,) different scores, rising, and how many damaged and intact packages lie below each place between them.

    Of the K + 1 places the first lies below all scores, the last above them.
    """
    values, place = np.unique(chance, return_inverse=True)
    counts = [np.bincount(place[rows], minlength=len(values)) for rows in (truth, ~truth)]
    damaged, intact = (np.concatenate([[0], np.cumsum(count)]) for count in counts)
    return values, (damaged, intact)


def _best_pair(accepting: NDArray[np.floating], rejecting: NDArray[np.floating]) -> tuple[int, int]:
    """Places a <= r with the least sum; of equals the pair that leaves least to a person."""
    best = np.minimum.accumulate(accepting)
    where = np.maximum.accumulate(np.where(accepting <= best, np.arange(len(accepting)), 0))
    total = best + rejecting
    least = float(total.min())
    ties = np.flatnonzero(total <= least + 1e-12 * max(1.0, abs(least)))
    reject = int(ties[np.argmin(ties - where[ties])])
    return int(where[reject]), reject


def _between(values: Floats, place: int) -> float:
    """A threshold halfway between two neighboring scores, with no more decimals than it takes to tell them apart."""
    if place == 0:
        return 0.0
    low, high = float(values[place - 1]), float(values[place]) if place < len(values) else 1.0
    middle = (low + high) / 2
    short = (round(middle, decimals) for decimals in range(2, 17))
    return next((one for one in short if low < one <= high), high)


def _interval(damaged: tuple[Floats, Counted], intact: tuple[Floats, Counted], terms: Terms) -> Ends | None:
    """95 % percentile interval of the cost of 1000 packages; None where all draws are the same.

    Args:
        damaged: (K,) costs of one package, and (K,) how many damaged packages cost that.
        intact: the same of the intact ones.
        terms: prevalence.
    """
    rng, total = np.random.default_rng(SEED), np.zeros(DRAWS)
    for share, (paid, counts) in ((terms.prevalence, damaged), (1 - terms.prevalence, intact)):
        n = int(counts.sum())
        total += PER * share * (rng.multinomial(n, counts / n, size=DRAWS) @ paid) / n
    low, high = np.quantile(total, [0.025, 0.975])
    return (float(low), float(high)) if low < high else None


def _honest(truth: Truth, chance: Floats, terms: Terms, seed: int) -> Honest | None:
    """Each fold is judged by thresholds chosen on the others."""
    if min(truth.sum(), (~truth).sum()) < FOLDS:
        return None
    rng, repeats = np.random.default_rng(seed), REPEATS if len(truth) <= MANY else 1
    wrong, held = np.zeros(len(truth)), np.zeros(len(truth))
    for _ in range(repeats):
        fold = _folds(truth, rng)
        for at in range(FOLDS):
            cut, here = _chosen(truth[fold != at], chance[fold != at], terms)[0], fold == at
            wrong += here & np.where(truth, chance < cut.accept, chance >= cut.reject)
            held += here & (chance >= cut.accept) & (chance < cut.reject)
    return _pooled(truth, wrong / repeats, held / repeats, terms, repeats)


def _folds(truth: Truth, rng: np.random.Generator) -> NDArray[np.intp]:
    """(N,) fold of each package, both classes evenly over all of them."""
    fold = np.empty(len(truth), np.intp)
    for rows in (truth, ~truth):
        fold[rows] = rng.permutation(np.arange(rows.sum()) % FOLDS)
    return fold


def _pooled(truth: Truth, wrong: Floats, held: Floats, terms: Terms, repeats: int) -> Honest:
    """From the (N,) shares of the repeats in which a package was decided wrongly, and left to a person."""
    share = terms.prevalence
    paid = np.where(truth, terms.escape, terms.false_reject) * wrong + terms.review * held
    kinds = [np.unique(paid[rows], return_counts=True) for rows in (truth, ~truth)]
    return Honest(
        float(PER * (share * paid[truth].mean() + (1 - share) * paid[~truth].mean())),
        _interval(kinds[0], kinds[1], terms),
        float(wrong[truth].mean()),
        float(wrong[~truth].mean()),
        float(share * held[truth].mean() + (1 - share) * held[~truth].mean()),
        FOLDS,
        repeats,
    )
