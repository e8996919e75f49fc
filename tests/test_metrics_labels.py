"""Confident learning against hand-drawn cases and a slow twin of the paper's definition."""

import numpy as np
import pytest

from core.errors import BadInput
from core.metrics.labels import suspicion

GIVEN = np.array([0, 0, 0, 1, 1, 1])
PROBABILITIES = np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.2, 0.8], [0.3, 0.7], [0.1, 0.9]])


def separable(count: int = 200, classes: int = 2, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """True classes, and probabilities of a good network."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, count)
    logits = rng.normal(0, 1, (count, classes))
    logits[np.arange(count), truth] += 6
    powers = np.exp(logits)
    return truth, powers / powers.sum(axis=1, keepdims=True)


def test_a_threshold_is_the_mean_probability_of_the_class_where_it_is_given() -> None:
    assert pytest.approx([0.6, 0.8]) == suspicion(GIVEN, PROBABILITIES).thresholds.tolist()


def test_the_confident_joint_of_the_hand_drawn_case() -> None:
    assert [[2, 1], [0, 2]] == suspicion(GIVEN, PROBABILITIES).counts.tolist()


def test_the_joint_is_as_large_as_each_label_is_frequent() -> None:
    joint = suspicion(GIVEN, PROBABILITIES).joint
    assert pytest.approx(np.array([[1 / 3, 1 / 6], [0, 1 / 2]])) == joint
    assert pytest.approx(1.0) == suspicion(GIVEN, PROBABILITIES).expected


def test_only_the_contradicted_label_is_suspected() -> None:
    found = suspicion(GIVEN, PROBABILITIES)
    assert [False, False, True, False, False, False] == found.suspected.tolist()
    assert (1, pytest.approx(-0.8)) == (found.suggested[2], found.margin[2])


@pytest.mark.parametrize("classes", [2, 3])
def test_five_flipped_labels_are_found_first(classes: int) -> None:
    truth, probabilities = separable(classes=classes)
    given = truth.copy()
    given[:5] = (given[:5] + 1) % classes
    found = suspicion(given, probabilities)
    assert {0, 1, 2, 3, 4} == set(np.argsort(found.margin)[:5].tolist())
    assert found.suspected[:5].all()
    assert truth[:5].tolist() == found.suggested[:5].tolist()


@pytest.mark.parametrize("classes", [2, 4])
def test_the_joint_agrees_with_a_slow_twin_from_the_paper(classes: int) -> None:
    truth, probabilities = separable(150, classes, seed=5)
    given = np.where(np.random.default_rng(1).random(150) < 0.2, (truth + 1) % classes, truth)
    found = suspicion(given, probabilities)
    thresholds = [np.mean([p[j] for p, g in zip(probabilities, given, strict=True) if g == j]) for j in range(classes)]
    counts = np.zeros((classes, classes))
    for p, label in zip(probabilities, given, strict=True):
        reached = [j for j in range(classes) if p[j] >= thresholds[j]]
        if reached:
            counts[label, max(reached, key=lambda j: p[j])] += 1
    joint = np.array([counts[i] / counts[i].sum() * (given == i).sum() for i in range(classes)])
    assert counts.tolist() == found.counts.tolist()
    assert pytest.approx(joint / joint.sum()) == found.joint


def test_a_clean_separable_set_suspects_nobody() -> None:
    truth, probabilities = separable()
    assert not suspicion(truth, probabilities).suspected.any()


def test_a_class_that_is_never_given_has_no_threshold_and_is_never_suggested_with_confidence() -> None:
    found = suspicion(np.array([0, 0]), np.array([[0.9, 0.1], [0.2, 0.8]]))
    assert np.isnan(found.thresholds[1])
    assert not found.suspected.any()


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(BadInput):
        suspicion(np.array([0, 1]), np.array([[0.5, 0.5]]))
