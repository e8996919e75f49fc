"""Weights of the views, learnt from what each was worth."""

from __future__ import annotations

import numpy as np

from core.domain import Prediction
from core.models.fusion import decided, learn_weights, log_odds, share_of, softmax

LABELS = ("damaged", "intact")
RNG = np.random.default_rng(0)
TRUTH = np.arange(400) % 2 == 0
SIGN = np.where(TRUTH, 1.0, -1.0)


def test_a_view_that_knows_nothing_gets_almost_no_weight() -> None:
    margins = np.stack([2 * SIGN + RNG.normal(size=400), RNG.normal(size=400)], axis=1)
    (good, useless), _ = learn_weights(margins, TRUTH)
    assert useless < 0.1 * good


def test_a_view_that_is_always_wrong_is_ignored_and_not_turned_round() -> None:
    margins = np.stack([SIGN + RNG.normal(size=400), -SIGN + RNG.normal(size=400)], axis=1)
    assert learn_weights(margins, TRUTH)[0][1] == 0


def test_views_that_are_too_sure_are_toned_down() -> None:
    margins = 8 * np.where(RNG.random((400, 1)) < 0.8, SIGN[:, None], -SIGN[:, None])
    assert learn_weights(margins, TRUTH)[0][0] < 0.3


def test_a_missing_view_takes_no_part() -> None:
    margins = np.stack([SIGN + RNG.normal(size=400), np.full(400, np.nan)], axis=1)
    assert np.isfinite(learn_weights(margins, TRUTH)[0]).all()


def test_a_network_that_calls_damaged_too_seldom_is_helped() -> None:
    margins = (3 * SIGN + RNG.normal(size=400) - 4)[:, None]
    (weight,), added = learn_weights(margins, TRUTH)
    assert 3 < added / weight < 5


def test_what_is_added_moves_the_package_and_no_view() -> None:
    raw = [Prediction("p", "m", view, LABELS, np.array([0.0, 0.5], np.float32), np.zeros(2, np.float32))
           for view in ("side", "top")]  # fmt: skip
    weights = {"side": 1.0, "top": 1.0, "package": 3.0}
    said = decided(raw, model="m", weights=weights, temperature=lambda view: 1.0, positive="damaged")
    assert [-0.5, -0.5, 2.0] == [one.margin("damaged") for one in said]


def test_a_view_nobody_weighed_gets_the_mean_of_the_views() -> None:
    assert 2.0 == share_of("front", 3, {"side": 1.0, "top": 3.0, "package": 50.0})


def test_the_log_odds_of_two_classes_are_the_difference_of_the_logits() -> None:
    logits = np.array([[2.0, -1.0], [0.5, 0.5]], np.float32)
    np.testing.assert_allclose(log_odds(logits, 0), [3.0, 0.0])


def test_the_log_odds_of_three_classes_give_the_probability_of_the_softmax() -> None:
    logits = np.array([1.0, 2.0, -0.5], np.float32)
    odds = log_odds(logits[None], 1)[0]
    np.testing.assert_allclose(1 / (1 + np.exp(-odds)), softmax(logits)[1], rtol=1e-6)
