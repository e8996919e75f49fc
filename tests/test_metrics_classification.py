"""Counts, rates, intervals and curves against hand-drawn cases and scikit-learn."""

import json
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import bootstrap
from sklearn import metrics

from core.domain import Cut
from core.metrics.classification import Counts, confusion, figures, precision_recall, ranking, roc, summary
from core.metrics.intervals import wilson

TRUTH = np.array([True, True, True, False, False])
PROBABILITY = np.array([0.9, 0.6, 0.2, 0.7, 0.1])

answers = st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 0.1, 0.5, 0.5, 0.7, 1.0])), min_size=1, max_size=40)


def test_the_four_cells_of_a_hand_drawn_case() -> None:
    assert Counts(tp=2, fp=1, tn=1, fn=1) == confusion(TRUTH, PROBABILITY, Cut.at(0.5))


def test_a_probability_on_the_threshold_is_called_damaged() -> None:
    assert Counts(tp=1, fp=0, tn=0, fn=0) == confusion(np.array([True]), np.array([0.5]), Cut.at(0.5))


def test_a_probability_just_under_the_threshold_is_an_escape() -> None:
    assert Counts(tp=0, fp=0, tn=0, fn=1) == confusion(np.array([True]), np.array([0.4999]), Cut.at(0.5))


def test_the_figures_of_a_hand_drawn_case() -> None:
    figures = summary(TRUTH, PROBABILITY, Cut.at(0.5))
    assert (3 / 5, 2 / 3, 2 / 3, 2 / 3) == (
        figures["accuracy"],
        figures["precision"],
        figures["recall"],
        figures["f1"],
    )
    assert pytest.approx((2 / 3 + 1 / 2) / 2) == figures["balanced_accuracy"]
    assert pytest.approx(4 / 6) == figures["auroc"]


def test_the_summary_has_exactly_the_promised_keys() -> None:
    counts = ["n", "tp", "fp", "tn", "fn", "review_damaged", "review_intact"]
    names = ["accuracy", "precision", "recall", "specificity", "f1", "balanced_accuracy", "mcc", "auroc"]
    pairs = [key for name in (*names, "average_precision") for key in (name, f"{name}_interval")]
    assert [*counts, *pairs] == list(summary(TRUTH, PROBABILITY, Cut.at(0.5)))


def test_what_lies_between_two_thresholds_is_left_to_a_person() -> None:
    truth = np.array([True, True, True, False, False])
    found = confusion(truth, np.array([0.9, 0.5, 0.1, 0.5, 0.1]), Cut(0.3, 0.7))
    assert Counts(tp=1, fp=0, tn=1, fn=1, review_damaged=1, review_intact=1) == found


def test_a_damaged_package_in_review_did_not_escape() -> None:
    assert 0.75 == Counts(tp=2, fp=0, tn=0, fn=1, review_damaged=1).recall


def test_an_intact_package_in_review_was_not_passed() -> None:
    assert 0.5 == Counts(tp=0, fp=0, tn=1, fn=0, review_intact=1).specificity


def test_accuracy_counts_only_what_was_decided() -> None:
    assert 1.0 == Counts(tp=1, fp=0, tn=1, fn=0, review_damaged=5, review_intact=5).accuracy


def test_mcc_agrees_with_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    truth, probability = rng.random(60) < 0.4, rng.random(60)
    expected = metrics.matthews_corrcoef(truth, probability >= 0.5)
    assert pytest.approx(expected) == summary(truth, probability, Cut.at(0.5))["mcc"]


def test_the_interval_of_f1_is_that_of_the_share_it_is_made_of() -> None:
    low, high = wilson(6, 6 + 2 + 3)
    assert pytest.approx([2 * low / (1 + low), 2 * high / (1 + high)]) == figures(Counts(6, 2, 9, 3))["f1_interval"]


def test_the_interval_of_balanced_accuracy_adds_the_squares_of_both_classes() -> None:
    (low, high), (passed_low, passed_high) = wilson(9, 10), wilson(14, 20)
    below, above = np.hypot(0.9 - low, 0.7 - passed_low) / 2, np.hypot(high - 0.9, passed_high - 0.7) / 2
    assert pytest.approx([0.8 - below, 0.8 + above]) == figures(Counts(9, 6, 14, 1))["balanced_accuracy_interval"]


@pytest.mark.parametrize("name", ["f1", "balanced_accuracy", "mcc"])
@pytest.mark.parametrize("counts", [Counts(5, 0, 5, 0), Counts(0, 5, 0, 5), Counts(0, 5, 4, 5), Counts(3, 0, 5, 2)])
def test_what_never_went_wrong_or_never_right_is_not_certain(counts: Counts, name: str) -> None:
    low, high = figures(counts)[f"{name}_interval"]  # type: ignore[literal-required]
    assert 0.15 < high - low < 1


@given(st.tuples(*[st.integers(0, 30)] * 6))
def test_every_figure_lies_within_its_interval(cells: tuple[int, ...]) -> None:
    found = figures(Counts(*cells))
    for name in ("accuracy", "precision", "recall", "specificity", "f1", "balanced_accuracy", "mcc"):
        value, ends = found[name], found[f"{name}_interval"]  # type: ignore[literal-required]
        assert (value is None) == (ends is None)
        assert value is None or -1 <= ends[0] <= value + 1e-9 <= ends[1] + 2e-9 <= 1 + 3e-9


@pytest.mark.parametrize(("name", "truth"), [("f1", 0.8899), ("balanced_accuracy", 0.975), ("mcc", 0.8785)])
def test_an_interval_holds_the_truth_nineteen_times_in_twenty(name: str, truth: float) -> None:
    """20 of 200 damaged, recall 0.97, specificity 0.98: bootstrap intervals of balanced accuracy hold it 14 times."""
    shares, hits = np.array([0.097, 0.018, 0.882, 0.003]), 0
    for cells in np.random.default_rng(3).multinomial(200, shares, size=300):
        low, high = figures(Counts(*map(int, cells)))[f"{name}_interval"]  # type: ignore[literal-required]
        hits += low <= truth <= high
    assert 0.92 < hits / 300 < 0.995


def test_with_every_outcome_seen_the_interval_of_mcc_resamples_packages() -> None:
    truth, called = np.repeat([True, False], [40, 60]), np.repeat([True, False, True, False], [33, 7, 9, 51])
    both = np.column_stack([truth, called])
    slow = bootstrap(
        (np.arange(100),), lambda rows: metrics.matthews_corrcoef(*both[rows].T), n_resamples=500, method="BCa",
        vectorized=False, random_state=np.random.default_rng(0),
    )  # fmt: skip
    assert pytest.approx(list(slow.confidence_interval), abs=0.04) == figures(Counts(33, 9, 51, 7))["mcc_interval"]


def test_a_perfect_average_precision_is_as_sure_as_all_damaged_packages_found() -> None:
    truth = np.arange(40) < 20
    assert pytest.approx(wilson(20, 20)) == ranking(truth, truth * 1.0)["average_precision_interval"]


def test_one_damaged_package_says_next_to_nothing() -> None:
    found = ranking(np.arange(21) < 1, np.array([10.5, *range(20)]))
    assert all(high - low > 0.7 for low, high in (found["auroc_interval"], found["average_precision_interval"]))


def test_the_interval_of_the_average_precision_of_many_scores_is_that_of_few() -> None:
    rng = np.random.default_rng(2)
    truth = rng.random(1200) < 0.5
    scores = rng.normal(size=1200) + truth
    many = ranking(truth, scores)["average_precision_interval"]
    few = ranking(truth[:900], scores[:900])["average_precision_interval"]
    assert many is not None and few is not None
    assert pytest.approx(many, abs=0.03) == few


def test_nothing_at_all_has_no_figures() -> None:
    figures = summary(np.array([], bool), np.array([]), Cut.at(0.5))
    assert figures["n"] == 0
    assert {None} == {figures[key] for key in ("accuracy", "accuracy_interval", "precision", "recall", "f1", "auroc")}


def test_one_class_alone_has_no_auroc_and_no_curve() -> None:
    intact = np.array([False, False])
    assert summary(intact, np.array([0.1, 0.9]), Cut.at(0.5))["auroc"] is None
    assert roc(intact, np.array([0.1, 0.9])) is None
    assert precision_recall(intact, np.array([0.1, 0.9])) is None


def test_wilson_agrees_with_the_published_interval_of_37_in_40() -> None:
    assert (0.801, 0.974) == tuple(round(bound, 3) for bound in wilson(37, 40))


def test_wilson_of_20_in_20_ends_at_one() -> None:
    low, high = wilson(20, 20)
    assert (0.839, 1.0) == (round(low, 3), high)


def test_wilson_of_none_in_10_starts_at_zero() -> None:
    low, high = wilson(0, 10)
    assert (0.0, 0.278) == (low, round(high, 3))


def test_wilson_of_nothing_is_everything() -> None:
    assert (0.0, 1.0) == wilson(0, 0)


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_proportion_and_stays_within_zero_and_one(case: tuple[int, int]) -> None:
    k, n = case
    low, high = wilson(k, n)
    assert 0 <= low <= k / n <= high <= 1


@given(answers)
def test_the_summary_agrees_with_scikit_learn(case: list[tuple[bool, float]]) -> None:
    truth, probability = np.array([t for t, _ in case]), np.array([p for _, p in case])
    figures, called = summary(truth, probability, Cut.at(0.5)), probability >= 0.5
    assert [[figures["tn"], figures["fp"]], [figures["fn"], figures["tp"]]] == metrics.confusion_matrix(
        truth, called, labels=[False, True]
    ).tolist()
    for key, theirs in (
        ("precision", metrics.precision_score),
        ("recall", metrics.recall_score),
        ("f1", metrics.f1_score),
    ):
        expected = theirs(truth, called, zero_division=np.nan)
        assert (None if np.isnan(expected) else pytest.approx(expected)) == figures[key]  # type: ignore[literal-required]


@given(answers)
def test_balanced_accuracy_and_auroc_agree_with_scikit_learn_where_both_classes_occur(
    case: list[tuple[bool, float]],
) -> None:
    truth, probability = np.array([True, False, *(t for t, _ in case)]), np.array([0.5, 0.5, *(p for _, p in case)])
    figures = summary(truth, probability, Cut.at(0.5))
    assert pytest.approx(metrics.balanced_accuracy_score(truth, probability >= 0.5)) == figures["balanced_accuracy"]
    assert pytest.approx(metrics.roc_auc_score(truth, probability)) == figures["auroc"]


@given(answers)
def test_a_summary_can_be_written_as_strict_json(case: list[tuple[bool, float]]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figures = summary(np.array([t for t, _ in case]), np.array([p for _, p in case]), Cut.at(0.5))
    assert figures == json.loads(json.dumps(figures, allow_nan=False))


def test_the_roc_curve_passes_through_the_counts_of_every_threshold() -> None:
    curve = roc(TRUTH, PROBABILITY)
    assert curve is not None
    for x, y, threshold in zip(curve.x, curve.y, curve.thresholds, strict=True):
        counts = confusion(TRUTH, PROBABILITY, Cut.at(threshold))
        assert (counts.fp / 2, counts.tp / 3) == (pytest.approx(x), pytest.approx(y))


def test_the_area_of_the_roc_curve_is_the_auroc() -> None:
    curve = roc(TRUTH, PROBABILITY)
    assert curve is not None
    assert pytest.approx(curve.area) == np.trapezoid(curve.y, curve.x)


def test_the_area_of_the_precision_recall_curve_is_the_average_precision() -> None:
    curve = precision_recall(TRUTH, PROBABILITY)
    assert curve is not None
    assert pytest.approx(metrics.average_precision_score(TRUTH, PROBABILITY)) == curve.area


def test_the_precision_recall_curve_ends_where_nothing_is_called_damaged() -> None:
    curve = precision_recall(TRUTH, PROBABILITY)
    assert curve is not None
    assert (0.0, 1.0, np.inf) == (curve.x[-1], curve.y[-1], curve.thresholds[-1])


def test_separated_classes_have_both_areas_one() -> None:
    truth, probability = np.array([True, True, False]), np.array([0.9, 0.8, 0.1])
    curves = roc(truth, probability), precision_recall(truth, probability)
    assert [1.0, 1.0] == [curve.area for curve in curves if curve]
