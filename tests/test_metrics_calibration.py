"""Reliability, ECE, Brier, NLL and temperature, against cases by hand, slow twins, scikit-learn and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss

from core.metrics.calibration import (
    COLDEST,
    SMALL,
    WARMEST,
    bins_of,
    brier,
    calibration_error,
    ece,
    fit_temperature,
    losses,
    mean_interval,
    nll,
    reliability,
    rescaled,
)

TRUTH, SAID = np.array([False, True, True, True]), np.array([0.2, 0.2, 0.8, 1.0])
RNG = np.random.default_rng(0)


def drawn(n: int, temperature: float, *, seed: int = 0) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Truth and log-odds of a model that says log-odds `temperature` times as large as they are."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(0, 3, n)
    return rng.random(n) < expit(odds / temperature), odds


def slow_ece(truth: NDArray[np.bool_], said: NDArray[np.float64]) -> float:
    total = 0.0
    for at in set(bins_of(said)):
        mine = [number for number, one in enumerate(bins_of(said)) if one == at]
        total += len(mine) / len(said) * abs(np.mean(said[mine]) - np.mean(truth[mine]))
    return total


def test_one_bin_holds_four_packages() -> None:
    (one,) = reliability(TRUTH, SAID)
    assert (4, pytest.approx(0.55), 0.75, 0.2, 1.0) == (one.n, one.mean, one.rate, one.first, one.last)
    assert 0.2 == pytest.approx(ece(TRUTH, SAID))


def test_bins_have_equal_mass() -> None:
    assert [10] * 15 == np.bincount(bins_of(RNG.random(150))).tolist()
    assert {13, 14} == set(np.bincount(bins_of(RNG.random(200))).tolist())


def test_a_bin_is_never_split_within_one_probability() -> None:
    said = np.repeat([0.1, 0.4, 0.4, 0.9], 25)
    for value in (0.1, 0.4, 0.9):
        assert 1 == len(set(bins_of(said)[said == value]))


def test_all_scores_equal_are_one_bin() -> None:
    assert {0} == set(bins_of(np.full(500, 0.3)))
    truth = np.arange(500) % 2 == 0
    assert 0.2 == pytest.approx(ece(truth, np.full(500, 0.3)))


def test_bins_follow_the_probability_whatever_the_order_of_the_packages() -> None:
    said = RNG.random(300)
    order = np.argsort(said)
    assert (np.diff(bins_of(said)[order]) >= 0).all()


def test_the_ece_is_that_of_its_definition() -> None:
    truth, odds = drawn(157, 2.0)
    assert slow_ece(truth, expit(odds)) == pytest.approx(ece(truth, expit(odds)))


def test_a_perfectly_calibrated_model_is_called_badly_calibrated_one_time_in_twenty() -> None:
    alarms = 0
    for seed in range(200):
        truth, odds = drawn(60, 1.0, seed=seed)
        alarms += calibration_error(truth, expit(odds), seed=seed).beyond_chance
    assert alarms <= 20


def test_a_model_twice_too_sure_is_beyond_chance() -> None:
    truth, odds = drawn(400, 2.5)
    found = calibration_error(truth, expit(odds))
    assert found.beyond_chance
    assert found.chance < found.low < found.value < found.high


def test_where_chance_explains_the_error_its_interval_reaches_zero() -> None:
    truth, odds = drawn(100, 1.0)
    found = calibration_error(truth, expit(odds))
    assert not found.beyond_chance
    assert 0 == found.low <= found.value <= found.high


def test_the_chance_level_falls_with_the_number_of_packages() -> None:
    few, many = (calibration_error(*said(n)) for n in (50, 2000))
    assert many.chance < few.chance / 3


def said(n: int) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    truth, odds = drawn(n, 1.0)
    return truth, expit(odds)


def test_the_normal_limit_of_a_large_set_agrees_with_drawing_every_package(monkeypatch: pytest.MonkeyPatch) -> None:
    truth, odds = drawn(SMALL, 1.5)
    exact = calibration_error(truth, expit(odds))
    monkeypatch.setattr("core.metrics.calibration.SMALL", 10)
    limit = calibration_error(truth, expit(odds))
    assert (exact.value, exact.beyond_chance) == (limit.value, limit.beyond_chance)
    for name in ("low", "high", "chance", "chance_high"):
        assert getattr(exact, name) == pytest.approx(getattr(limit, name), abs=0.002)


def test_one_package_has_an_error_and_no_crash() -> None:
    found = calibration_error(np.array([True]), np.array([0.7]))
    assert 0.3 == pytest.approx(found.value)
    assert not found.beyond_chance


@pytest.mark.parametrize("n", [1, 4, 40, 157, 1000])
def test_the_parts_of_the_brier_score_add_up(n: int) -> None:
    truth, odds = drawn(n, 0.5)
    found = brier(truth, expit(odds))
    assert found.score == pytest.approx(found.reliability - found.resolution + found.uncertainty + found.within)


def test_the_parts_add_up_with_one_class_and_with_ties() -> None:
    for truth in (np.ones(60, bool), np.arange(60) % 3 == 0):
        found = brier(truth, np.repeat([0.1, 0.5, 0.9], 20))
        assert found.score == pytest.approx(found.reliability - found.resolution + found.uncertainty)
        assert found.within == pytest.approx(0)  # nothing varies inside a bin of one probability


def test_the_brier_score_is_that_of_scikit_learn() -> None:
    truth, odds = drawn(157, 2.0)
    assert brier_score_loss(truth, expit(odds)) == pytest.approx(brier(truth, expit(odds)).score)


def test_the_parts_of_four_packages_by_hand() -> None:
    found = brier(TRUTH, SAID)  # one bin: mean 0.55, rate 0.75
    assert (0.04 + 0.64 + 0.04 + 0) / 4 == pytest.approx(found.score)
    assert (0.2**2, 0, 0.75 * 0.25) == pytest.approx((found.reliability, found.resolution, found.uncertainty))


def test_the_loss_is_that_of_scikit_learn() -> None:
    truth, odds = drawn(157, 2.0)
    assert log_loss(truth, expit(odds)) == pytest.approx(nll(truth, odds))


def test_a_probability_that_rounds_to_one_has_a_finite_cost() -> None:
    assert [800.0, 0.0] == losses(np.array([False, True]), np.array([800.0, 800.0])).tolist()


@pytest.mark.parametrize("temperature", [0.4, 1.0, 3.0])
def test_the_temperature_is_found_again(temperature: float) -> None:
    truth, odds = drawn(4000, temperature)
    found = fit_temperature(truth, odds)
    assert found.low < temperature < found.high
    assert temperature == pytest.approx(found.value, rel=0.12)
    assert not found.clipped


def test_the_temperature_is_the_slope_of_a_logistic_regression_without_intercept() -> None:
    truth, odds = drawn(300, 2.0)
    slope = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-10).fit(odds[:, None], truth).coef_[0, 0]
    assert 1 / slope == pytest.approx(fit_temperature(truth, odds).value, rel=1e-4)


def test_the_interval_of_the_temperature_covers_it_nineteen_times_in_twenty() -> None:
    fits = [fit_temperature(*drawn(100, 1.5, seed=seed)) for seed in range(200)]
    assert 180 <= sum(one.low <= 1.5 <= one.high for one in fits) <= 199


def test_no_temperature_has_a_smaller_loss() -> None:
    truth, odds = drawn(80, 1.7)
    best = nll(truth, odds / fit_temperature(truth, odds).value)
    assert all(best <= nll(truth, odds / other) + 1e-9 for other in np.geomspace(COLDEST, WARMEST, 200))


def test_packages_that_are_all_right_cannot_tell_a_temperature() -> None:
    found = fit_temperature(TRUTH, np.array([-1.0, 2.0, 3.0, 1.0]))
    assert found.clipped
    assert COLDEST == pytest.approx(found.value) == pytest.approx(found.low)


def test_answers_that_are_all_wrong_cannot_tell_a_temperature_either() -> None:
    found = fit_temperature(TRUTH, np.array([1.0, -2.0, -3.0, -1.0]))
    assert found.clipped
    assert WARMEST == pytest.approx(found.value) == pytest.approx(found.high)


def test_a_temperature_changes_no_verdict_at_one_half() -> None:
    odds = RNG.normal(0, 3, 200)
    for temperature in (0.2, 3.0):
        assert ((odds >= 0) == (rescaled(odds, temperature)[1] >= 0.5)).all()


def test_rescaled_log_odds_are_those_of_the_probabilities() -> None:
    odds, said = rescaled(np.array([-2.0, 0.0, 3.0]), 2.0)
    np.testing.assert_allclose(logit(said), odds)
    np.testing.assert_allclose(odds, [-1.0, 0.0, 1.5])


def test_the_interval_of_a_mean_is_near_that_of_the_normal_law() -> None:
    values = RNG.normal(1.0, 2.0, 400)
    low, high = mean_interval(values) or (0.0, 0.0)
    half = 1.96 * values.std() / 20
    assert (values.mean() - half, values.mean() + half) == pytest.approx((low, high), abs=0.03)


def test_one_package_has_no_interval() -> None:
    assert mean_interval(np.array([1.0])) is None
