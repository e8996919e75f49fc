"""Thresholds from costs: by hand, and against a slow twin that tries every pair."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from core.domain import Cut
from core.errors import BadInput
from core.metrics import economics
from core.metrics.economics import (
    HALF,
    Terms,
    affordable,
    bayes,
    cheapest,
    curve,
    design,
    measured,
    needed,
    shifted,
)

FOUR = np.array([True, True, False, False]), np.array([0.9, 0.1, 0.5, 0.1])
TERMS = Terms(prevalence=0.1, escape=100, false_reject=5, review=1, budget=1.0)
RNG = np.random.default_rng(0)
TRUTH = np.arange(40) < 20
CHANCE = np.clip(RNG.normal(np.where(TRUTH, 0.7, 0.3), 0.25), 0, 0.999)
KINDS = [
    Terms(prevalence=0.3, escape=20, false_reject=4, review=1, budget=1.0),
    Terms(0.02, 100, 5, 1, budget=0.2),
    Terms(0.5, 1, 1, 0.1, budget=0.3),
    Terms(0.1, 50, 5, 100, budget=1.0),
    Terms(0.1, 0, 5, 0, budget=1.0),
]


def slow_cost(truth: np.ndarray, chance: np.ndarray, cut: Cut, terms: Terms) -> float:
    """Package by package, as the definition says."""
    each = []
    for damaged, one in zip(truth, chance, strict=True):
        weight = terms.prevalence / truth.sum() if damaged else (1 - terms.prevalence) / (~truth).sum()
        verdict = cut.verdict(float(one))
        wrong = {"intact": terms.escape * damaged, "damaged": terms.false_reject * (not damaged)}
        each.append(weight * wrong.get(verdict, terms.review))
    return 1000 * sum(each)


def test_the_cost_of_a_cut_by_hand() -> None:
    found = measured(*FOUR, Cut(0.3, 0.7), TERMS)  # one escape of two; one intact of two in review
    assert pytest.approx(0.9 * 0.5) == found.review_share
    assert pytest.approx(1000 * (0.1 * 100 * 0.5 + 0.9 * 0.5)) == found.per_thousand
    assert pytest.approx(0.1 * 0.5 / (0.1 * 0.5 + 0.9 * 0.5)) == found.outgoing


def test_where_nothing_is_accepted_nothing_goes_out() -> None:
    found = measured(*FOUR, Cut(0.0, 0.7), TERMS)
    assert (None, 0.0, 0.0) == (found.outgoing, found.escape_rate, found.escape_upper)


def test_the_bound_of_the_escape_rate_is_exact() -> None:
    found = measured(TRUTH, CHANCE, HALF, TERMS)
    assert pytest.approx(upper(found.counts.fn, 20)) == found.escape_upper


def test_ten_damaged_packages_without_an_escape_prove_a_quarter() -> None:
    truth = np.arange(20) < 10
    assert pytest.approx(0.259, abs=1e-3) == measured(truth, truth * 1.0, HALF, TERMS).escape_upper


def test_the_cost_at_the_bound_has_that_many_escapes_more() -> None:
    found = measured(TRUTH, CHANCE, HALF, TERMS)
    more = 1000 * 0.1 * 100 * (found.escape_upper - found.escape_rate)
    assert pytest.approx(found.per_thousand + more) == found.worst


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 20)), min_size=0, max_size=30),
    st.integers(0, 20), st.integers(0, 20),
)  # fmt: skip
def test_the_cost_is_that_of_the_packages_one_by_one(case: list[tuple[bool, int]], one: int, other: int) -> None:
    truth = np.array([True, False, *(t for t, _ in case)])
    chance = np.array([10, 10, *(p for _, p in case)]) / 20
    cut = Cut(min(one, other) / 20, max(one, other) / 20)
    assert pytest.approx(slow_cost(truth, chance, cut, KINDS[0])) == measured(truth, chance, cut, KINDS[0]).per_thousand


@pytest.mark.parametrize("terms", KINDS)
def test_no_other_pair_of_thresholds_is_cheaper(terms: Terms) -> None:
    found = slow_cost(TRUTH, CHANCE, cheapest(TRUTH, CHANCE, terms), terms)
    allowed = affordable(20, terms.budget) or 0
    every = [0.0, *np.unique(CHANCE).tolist(), 1.0]
    costs = [
        slow_cost(TRUTH, CHANCE, Cut(accept, reject), terms)
        for accept, reject in itertools.combinations_with_replacement(every, 2)
        if (TRUTH & (CHANCE < accept)).sum() <= allowed
    ]
    assert pytest.approx(min(costs)) == found


def test_no_single_threshold_within_the_budget_is_cheaper() -> None:
    terms = KINDS[0]
    best = measured(TRUTH, CHANCE, cheapest(TRUTH, CHANCE, terms), terms).per_thousand
    assert best <= curve(TRUTH, CHANCE, terms, np.linspace(0, 1, 101)).cost.min() + 1e-9


def test_a_review_dearer_than_any_mistake_is_never_asked_for() -> None:
    assert not cheapest(TRUTH, CHANCE, Terms(0.3, 20, 4, review=1000, budget=1.0)).reviews


def test_a_free_review_makes_no_mistake() -> None:
    cut = cheapest(TRUTH, CHANCE, Terms(0.3, 20, 4, review=0, budget=1.0))
    counts = measured(TRUTH, CHANCE, cut, TERMS).counts
    assert (0, 0) == (counts.fn, counts.fp)
    assert counts.tp + counts.tn > 0


def test_separated_classes_need_no_review_and_cost_nothing() -> None:
    truth = np.arange(20) < 10
    cut = cheapest(truth, np.where(truth, 0.9, 0.1), TERMS)
    assert (Cut.at(0.5), 0.0) == (cut, measured(truth, np.where(truth, 0.9, 0.1), cut, TERMS).per_thousand)


def test_all_scores_equal_leave_one_rule_for_all() -> None:
    same = np.full(40, 0.5)
    assert Cut(0.0, 0.0) == cheapest(TRUTH, same, Terms(0.5, 100, 1, 50, budget=0.01))  # reject all
    assert cheapest(TRUTH, same, Terms(0.01, 1, 100, 50, budget=1.0)).accept > 0.5  # accept all
    assert Cut(0.0, 0.75) == cheapest(TRUTH, same, Terms(0.5, 100, 100, 1, budget=0.01))  # review all


def test_thresholds_have_no_more_decimals_than_it_takes() -> None:
    truth = np.array([False, True])
    assert 0.127 == cheapest(truth, np.array([0.1234, 0.1299]), TERMS).accept
    assert 0.51 == cheapest(truth, np.array([0.1236, 0.8999]), TERMS).accept


def test_a_budget_that_so_few_cannot_prove_lets_nothing_escape() -> None:
    found = design(TRUTH, CHANCE, Terms(budget=0.01))
    assert (0, False, 279) == (found.outcome.counts.fn, found.proven, found.missing)
    assert pytest.approx(1 - 0.05 ** (1 / 20)) == found.outcome.escape_upper


def test_the_limit_is_the_largest_threshold_that_proves_the_budget() -> None:
    terms = Terms(budget=0.3)
    limit = design(TRUTH, CHANCE, terms).limit
    assert measured(TRUTH, CHANCE, Cut.at(limit), terms).escape_upper <= 0.3
    above = np.sort(CHANCE[TRUTH & (CHANCE >= limit)])[0]
    assert measured(TRUTH, CHANCE, Cut.at(above + 1e-9), terms).escape_upper > 0.3


def test_a_proven_budget_misses_no_packages() -> None:
    found = design(TRUTH, CHANCE, Terms(budget=0.5))
    assert (True, 0) == (found.proven, found.missing)
    assert found.outcome.escape_upper <= 0.5


@pytest.mark.parametrize(("escapes", "budget", "packages"), [(0, 0.01, 299), (0, 0.05, 59), (1, 0.05, 93), (0, 1.0, 1)])
def test_so_many_packages_prove_a_budget(escapes: int, budget: float, packages: int) -> None:
    assert packages == needed(escapes, budget)


@given(st.integers(0, 5), st.floats(0.005, 0.9))
def test_one_package_fewer_does_not_prove_it(escapes: int, budget: float) -> None:
    count = needed(escapes, budget)
    assert upper(escapes, count) <= budget + 1e-9
    assert count == escapes + 1 or upper(escapes, count - 1) > budget - 1e-9


@given(st.integers(1, 400), st.floats(0.01, 0.9))
def test_one_escape_more_would_not_be_proven(damaged: int, budget: float) -> None:
    most = affordable(damaged, budget)
    assert most is None or upper(most, damaged) <= budget + 1e-9
    assert upper(0 if most is None else most + 1, damaged) > budget - 1e-9


def upper(escapes: int, damaged: int) -> float:
    """The one-sided bound as scipy knows it: the end of a two-sided one at 90 %."""
    return float(binomtest(escapes, damaged).proportion_ci(0.9, method="exact").high)


def test_another_confidence_needs_another_number() -> None:
    assert (230, 459) == (needed(0, 0.01, confidence=0.9), needed(0, 0.01, confidence=0.99))


def test_the_curve_is_the_cost_of_single_thresholds() -> None:
    thresholds = np.array([0.0, 0.2, CHANCE[3], 0.5, 0.8, 1.0])
    thresholds.sort()
    expected = [slow_cost(TRUTH, CHANCE, Cut.at(float(at)), KINDS[0]) for at in thresholds]
    assert pytest.approx(expected) == curve(TRUTH, CHANCE, KINDS[0], thresholds).cost.tolist()


def test_the_band_of_the_curve_is_that_of_resampled_packages() -> None:
    at = np.array([0.3, 0.5, 0.7])
    found = curve(TRUTH, CHANCE, KINDS[0], at)
    rng = np.random.default_rng(1)
    sides = np.flatnonzero(TRUTH), np.flatnonzero(~TRUTH)
    drawn = [np.concatenate([rng.choice(side, len(side)) for side in sides]) for _ in range(2000)]
    slow = np.array([curve(TRUTH[rows], CHANCE[rows], KINDS[0], at).cost for rows in drawn[:1000]])
    low, high = np.quantile(slow, [0.025, 0.975], axis=0)
    spread = float((high - low).max())
    assert np.abs(found.low - low).max() < 0.15 * spread
    assert np.abs(found.high - high).max() < 0.15 * spread


def test_the_interval_of_the_cost_is_that_of_resampled_packages() -> None:
    cut, terms = Cut(0.4, 0.6), KINDS[0]
    found, rng = measured(TRUTH, CHANCE, cut, terms), np.random.default_rng(1)
    sides = np.flatnonzero(TRUTH), np.flatnonzero(~TRUTH)
    drawn = [np.concatenate([rng.choice(side, len(side)) for side in sides]) for _ in range(2000)]
    slow = [measured(TRUTH[rows], CHANCE[rows], cut, terms).per_thousand for rows in drawn]
    low, high = np.quantile(slow, [0.025, 0.975])
    assert np.abs(np.array(found.interval) - [low, high]).max() < 0.1 * (high - low)


def test_where_no_mistake_was_seen_the_interval_ends_at_the_bound() -> None:
    truth = np.arange(20) < 10
    found = measured(truth, truth * 1.0, HALF, TERMS)
    assert (0.0, pytest.approx(1000 * 0.1 * 100 * found.escape_upper)) == found.interval


def test_the_interval_of_reviews_holds_the_share_and_is_never_a_point() -> None:
    none = measured(TRUTH, CHANCE, HALF, TERMS)
    assert 0.0 == none.review_interval[0] == none.review_share < none.review_interval[1] < 0.2
    some = measured(TRUTH, CHANCE, Cut(0.4, 0.6), TERMS)
    assert some.review_interval[0] < some.review_share < some.review_interval[1]


def test_thresholds_chosen_on_the_same_packages_look_better_than_they_are() -> None:
    gaps = []
    for seed in range(15):
        rng = np.random.default_rng(seed)
        found = design(TRUTH, np.clip(rng.normal(np.where(TRUTH, 0.6, 0.4), 0.3), 0, 1), KINDS[0])
        assert found.honest is not None
        gaps.append(found.honest.per_thousand - found.outcome.per_thousand)
    assert np.mean(gaps) > 3 * np.std(gaps) / np.sqrt(len(gaps))


def test_held_out_packages_are_judged_by_thresholds_that_never_saw_them() -> None:
    found = design(TRUTH, CHANCE, KINDS[0], seed=3).honest
    rng, paid = np.random.default_rng(3), []
    for _ in range(economics.REPEATS):
        fold = np.empty(40, int)
        for rows in (TRUTH, ~TRUTH):
            fold[rows] = rng.permutation(np.arange(20) % 5)
        for at in range(5):
            cut = cheapest(TRUTH[fold != at], CHANCE[fold != at], KINDS[0])
            paid.append(
                slow_cost(TRUTH[fold == at], CHANCE[fold == at], cut, KINDS[0])
            )  # 4 and 4 packages: equal folds
    assert found is not None
    assert pytest.approx(np.mean(paid)) == found.per_thousand
    assert found.interval is not None
    assert found.interval[0] < found.per_thousand < found.interval[1]


def test_a_handful_has_no_held_out_figure() -> None:
    assert design(*FOUR, TERMS).honest is None


def test_without_review_a_calibrated_model_decides_at_the_ratio_of_costs() -> None:
    found = bayes(Terms(0.2, escape=90, false_reject=10, review=1000), seen=0.2)
    assert found is not None
    assert pytest.approx((0.1, 0.1)) == (found.accept, found.reject)


def test_with_review_a_calibrated_model_decides_by_chows_rule() -> None:
    found = bayes(Terms(0.2, escape=100, false_reject=5, review=1), seen=0.2)
    assert found is not None
    assert pytest.approx((0.01, 0.8)) == (found.accept, found.reject)


def test_the_rule_of_a_calibrated_model_moves_with_the_prevalence() -> None:
    terms = Terms(0.1, escape=90, false_reject=10, review=1000)
    found = bayes(terms, seen=0.5)
    assert found is not None
    assert pytest.approx([0.1]) == shifted(np.array([found.accept]), 0.5, 0.1)
    assert pytest.approx(0.5) == found.accept  # odds 1/9 at 10 %, times 9


def test_a_calibrated_model_is_cheapest_near_the_rule() -> None:
    rng = np.random.default_rng(0)
    truth = rng.random(200_000) < 0.3
    score = rng.normal(np.where(truth, 1.0, -1.0), 1.0)
    chance = 1 / (1 + np.exp(-(2 * score + np.log(0.3 / 0.7))))  # the posterior itself
    terms = Terms(0.3, escape=20, false_reject=5, review=1, budget=1.0)
    found, rule = cheapest(truth, chance, terms), bayes(terms, 0.3)
    assert rule is not None
    assert pytest.approx((rule.accept, rule.reject), abs=0.02) == (found.accept, found.reject)


def test_where_no_mistake_costs_anything_there_is_no_rule() -> None:
    assert bayes(Terms(0.2, escape=0, false_reject=0, review=1), seen=0.2) is None


def test_the_same_prevalence_changes_no_probability() -> None:
    assert pytest.approx(CHANCE) == shifted(CHANCE, 0.3, 0.3)


def test_one_class_has_no_thresholds() -> None:
    with pytest.raises(BadInput, match="damaged and intact"):
        design(np.array([True, True]), np.array([0.1, 0.9]), Terms())


@pytest.mark.parametrize(
    "wrong",
    [
        {"prevalence": 0.0},
        {"prevalence": float("nan")},
        {"budget": 0.0},
        {"budget": 1.5},
        {"confidence": 1.0},
        {"review": -1.0},
        {"escape": float("inf")},
        {"escape": float("nan")},
    ],
)
def test_impossible_terms_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(BadInput):
        Terms(**wrong)
