"""Rules that fuse views, and what fusion is worth."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from core.metrics.fusion import (
    FOLDS,
    RULES,
    broken,
    conflict,
    gain,
    maximum,
    mean_logit,
    noisy_or,
    rescued,
    right,
    stacked,
)

NAN = np.nan
ODDS = np.array([[2.0, -1.0], [NAN, 0.5], [-3.0, -4.0], [NAN, NAN]])
RNG = np.random.default_rng(0)


def two_views(n: int, *, seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % 2 == 0
    return np.where(truth, 1.0, -1.0)[:, None] + rng.normal(size=(n, 2)), truth


def test_the_surest_view_decides() -> None:
    np.testing.assert_array_equal([2.0, 0.5, -3.0, NAN], maximum(ODDS))


def test_noisy_or_is_one_minus_the_product_of_the_misses() -> None:
    said = expit(ODDS)
    expected = [1 - (1 - said[0, 0]) * (1 - said[0, 1]), said[1, 1], 1 - (1 - said[2, 0]) * (1 - said[2, 1])]
    np.testing.assert_allclose(expected, expit(noisy_or(ODDS))[:3])
    assert np.isnan(noisy_or(ODDS)[3])


def test_noisy_or_of_very_sure_views_stays_finite() -> None:
    np.testing.assert_allclose([60.0, -59.306853], noisy_or(np.array([[60.0, -60.0], [-60.0, -60.0]])), rtol=1e-6)


def test_the_mean_leaves_missing_views_out() -> None:
    np.testing.assert_array_equal([0.5, 0.5, -3.5, NAN], mean_logit(ODDS))


@pytest.mark.parametrize("name", RULES)
def test_a_package_with_one_view_is_decided_by_it(name: str) -> None:
    np.testing.assert_allclose([1.3], RULES[name][0](np.array([[1.3, NAN]])))


@pytest.mark.parametrize("name", RULES)
def test_the_order_of_the_views_does_not_matter(name: str) -> None:
    odds = RNG.normal(0, 3, (50, 3))
    np.testing.assert_allclose(RULES[name][0](odds), RULES[name][0](odds[:, ::-1]))


def test_stacking_never_answers_a_package_that_taught_it() -> None:
    odds, truth = two_views(100)
    expected = np.empty(100)
    for others, own in StratifiedKFold(FOLDS, shuffle=True, random_state=3).split(odds, truth):
        assert not set(others) & set(own)
        expected[own] = LogisticRegression(max_iter=1000).fit(odds[others], truth[others]).decision_function(odds[own])
    answers = stacked(odds, truth, teaches=np.ones(100, bool), seed=3)
    assert answers is not None
    np.testing.assert_allclose(expected, answers, rtol=1e-6)
    in_sample = LogisticRegression(max_iter=1000).fit(odds, truth).decision_function(odds)
    assert (np.abs(in_sample - answers) > 1e-3).all()


def test_a_package_that_does_not_teach_is_answered_by_all_that_do() -> None:
    odds, truth = two_views(100)
    teaches = np.arange(100) < 80
    expected = LogisticRegression(max_iter=1000).fit(odds[:80], truth[:80]).decision_function(odds[80:])
    answers = stacked(odds, truth, teaches=teaches)
    assert answers is not None
    np.testing.assert_allclose(expected, answers[80:], rtol=1e-6)


def test_the_truth_of_a_package_that_does_not_teach_changes_nothing() -> None:
    odds, truth = two_views(100)
    teaches = np.arange(100) < 80
    other = np.where(teaches, truth, ~truth)
    np.testing.assert_array_equal(stacked(odds, truth, teaches=teaches), stacked(odds, other, teaches=teaches))


def test_too_few_packages_teach_nothing() -> None:
    odds, truth = two_views(12)
    assert stacked(odds, truth, teaches=np.ones(12, bool)) is None
    assert stacked(odds, np.ones(12, bool), teaches=np.ones(12, bool)) is None


def test_right_is_stopped_and_damaged_or_passed_and_intact() -> None:
    odds, truth = logit(np.array([0.9, 0.6, 0.6, 0.1])), np.array([True, True, False, False])
    assert [1, 1, 0, 1] == right(odds, truth).tolist()
    assert [1, 0, 1, 1] == right(odds, truth, threshold=0.7).tolist()
    assert [1, 1, 0, 0] == right(odds, truth, threshold=0.0).tolist()


def test_a_threshold_is_met_by_the_same_probability() -> None:
    assert [1.0] == right(np.array([0.0]), np.array([True])).tolist()


def test_rescued_and_broken_are_each_others_reverse() -> None:
    fused, view = np.array([1.0, 1, 0, 0, 1]), np.array([0.0, 1, 1, 0, NAN])
    assert [True, False, False, False, False] == rescued(fused, view).tolist()
    assert [False, False, True, False, False] == broken(fused, view).tolist()


def test_the_gain_is_over_the_view_that_is_right_most_often() -> None:
    fused = np.array([1.0, 1, 1, 0])
    views = np.array([[1.0, 0], [1, 0], [0, 0], [0, 1]])
    found = gain(fused, views)
    assert found is not None
    assert (0, 1, 0.25, 4) == (found.best, found.more, found.value, found.n)


def test_the_gain_counts_packages_that_every_view_has_seen() -> None:
    found = gain(np.array([1.0, 1, 0]), np.array([[1.0, 1], [0, NAN], [1, 0]]))
    assert found is not None
    assert 2 == found.n


def test_there_is_no_gain_over_a_single_view() -> None:
    assert gain(np.array([1.0, 0]), np.array([[1.0], [0]])) is None
    assert gain(np.array([1.0, 0]), np.array([[NAN, 1], [0, NAN]])) is None


def test_the_interval_of_the_gain_is_that_of_resampling_packages_and_choosing_the_best_view_anew() -> None:
    rng = np.random.default_rng(3)
    fused, views = (rng.random(200) < 0.9).astype(float), (rng.random((200, 2)) < 0.8).astype(float)
    found = gain(fused, views)
    assert found is not None and found.low is not None and found.high is not None
    rows = rng.integers(0, 200, (4000, 200))
    slow = fused[rows].mean(axis=1) - views[rows].mean(axis=1).max(axis=1)
    low, high = np.quantile(slow, [0.025, 0.975])
    assert (low, high) == pytest.approx((found.low, found.high), abs=0.03)


def test_a_conflict_is_as_large_as_the_views_are_apart() -> None:
    np.testing.assert_array_equal([3.0, NAN, NAN, NAN], conflict(ODDS))


def test_views_on_one_side_of_the_threshold_are_no_conflict() -> None:
    np.testing.assert_array_equal([NAN], conflict(np.array([[2.0, -1.0]]), threshold=0.1))
