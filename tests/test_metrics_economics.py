"""Thresholds from costs: by hand, and against trying every pair."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from core.domain import Cut
from core.errors import BadInput
from core.metrics.economics import (
    Terms,
    affordable,
    band,
    candidates,
    cheapest,
    cost,
    curve,
    design,
    missing,
    needed,
    shifted,
)

RNG = np.random.default_rng(0)
TRUTH = np.arange(40) < 20
CHANCE = np.clip(RNG.normal(np.where(TRUTH, 0.7, 0.3), 0.25), 0, 1)
LOOSE = Terms(prevalence=0.3, escape=20, false_reject=4, review=1, budget=1.0)


def test_the_cost_of_a_cut_by_hand() -> None:
    truth, chance = np.array([True, True, False, False]), np.array([0.9, 0.1, 0.5, 0.1])
    found = cost(truth, chance, Cut(0.3, 0.7), Terms(prevalence=0.1, escape=100, false_reject=5, review=1))
    assert (pytest.approx(0.45), pytest.approx(1000 * (0.1 * 100 * 0.5 + 0.45))) == (
        found.review_share, found.per_thousand
    )  # fmt: skip


def test_what_goes_out_is_weighed_by_prevalence() -> None:
    truth, chance = np.array([True, True, False, False]), np.array([0.9, 0.1, 0.1, 0.1])
    assert pytest.approx(0.05 / 0.95) == cost(truth, chance, Cut.at(0.5), Terms(prevalence=0.1)).outgoing


@pytest.mark.parametrize("terms", [
    LOOSE, Terms(0.02, 100, 5, 1, budget=0.2), Terms(0.5, 1, 1, 0.1, budget=0.3), Terms(0.1, 50, 5, 100, budget=1.0),
])  # fmt: skip
def test_no_other_pair_of_thresholds_is_cheaper(terms: Terms) -> None:
    found = cost(TRUTH, CHANCE, cheapest(TRUTH, CHANCE, terms), terms).per_thousand
    allowed = affordable(20, terms.budget)
    tried = [
        cost(TRUTH, CHANCE, Cut(accept, reject), terms)
        for accept, reject in itertools.combinations_with_replacement(candidates(CHANCE).tolist(), 2)
    ]
    assert pytest.approx(min(one.per_thousand for one in tried if one.escapes <= allowed)) == found


def test_a_review_dearer_than_any_mistake_is_never_asked_for() -> None:
    assert not cheapest(TRUTH, CHANCE, Terms(0.3, 20, 4, review=1000, budget=1.0)).reviews


def test_a_free_review_decides_everything() -> None:
    cut = cheapest(TRUTH, CHANCE, Terms(0.3, 20, 4, review=0, budget=1.0))
    assert pytest.approx(0) == cost(TRUTH, CHANCE, cut, Terms(0.3, 20, 4, review=0)).per_thousand


def test_a_budget_that_so_few_cannot_prove_lets_nothing_escape() -> None:
    found = design(TRUTH, CHANCE, Terms(budget=0.01))
    assert (0, False, 279) == (found.cost.escapes, found.proven, found.missing)


def test_a_proven_budget_misses_nothing() -> None:
    found = design(TRUTH, CHANCE, Terms(budget=0.5))
    assert (True, 0) == (found.proven, found.missing)


@pytest.mark.parametrize(("escapes", "budget", "packages"), [(0, 0.01, 299), (0, 0.05, 59), (1, 0.05, 93)])
def test_so_many_packages_prove_a_budget(escapes: int, budget: float, packages: int) -> None:
    assert packages == needed(escapes, budget)


def test_no_number_proves_a_budget_that_is_broken() -> None:
    assert missing(2, 20, 0.1) is None


def test_the_curve_is_the_cost_of_single_thresholds() -> None:
    thresholds = np.array([0.2, 0.5, 0.8])
    expected = [cost(TRUTH, CHANCE, Cut.at(float(at)), LOOSE).per_thousand for at in thresholds]
    assert pytest.approx(expected) == curve(TRUTH, CHANCE, LOOSE, thresholds).tolist()


def test_the_band_holds_the_curve() -> None:
    thresholds = np.linspace(0.1, 0.9, 9)
    low, high = band(TRUTH, CHANCE, LOOSE, thresholds)
    inside = curve(TRUTH, CHANCE, LOOSE, thresholds)
    assert ((low <= inside) & (inside <= high)).all()


def test_thresholds_chosen_on_the_same_packages_look_better_than_they_are() -> None:
    found = [
        design(truth, np.clip(rng.normal(np.where(truth, 0.6, 0.4), 0.3), 0, 1), LOOSE)
        for rng in map(np.random.default_rng, range(20)) for truth in [np.arange(40) < 20]
    ]  # fmt: skip
    assert np.mean([one.honest for one in found]) > np.mean([one.cost.per_thousand for one in found])


def test_another_prevalence_multiplies_the_odds() -> None:
    assert pytest.approx([0.5 * 0.25 / (0.5 * 0.25 + 0.5)]) == shifted(np.array([0.5]), 0.5, 0.2).tolist()


def test_the_same_prevalence_changes_nothing() -> None:
    assert pytest.approx(CHANCE) == shifted(CHANCE, 0.3, 0.3)


def test_one_class_has_no_thresholds() -> None:
    with pytest.raises(BadInput, match="damaged and intact"):
        design(np.array([True, True]), np.array([0.1, 0.9]), Terms())


@pytest.mark.parametrize("wrong", [{"prevalence": 0.0}, {"budget": 0.0}, {"confidence": 1.0}, {"review": -1.0}])
def test_impossible_terms_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(BadInput):
        Terms(**wrong)
