"""How far people agree, on cases small enough to draw, against published figures and other libraries."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from core.domain import Mask
from core.errors import BadInput
from core.metrics.annotators import alpha, ceiling, overlap, resampled, verdicts
from core.metrics.annotators.consensus import START, majority, staple

KRIPPENDORFF = (
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)
"""Section C of Krippendorff (2011): four observers, twelve units, with gaps."""


def published() -> list[list[str | None]]:
    """What the observers say of each unit."""
    return [[None if one == "." else one for one in some] for some in zip(*map(str.split, KRIPPENDORFF), strict=True)]


def box(top: int, left: int, bottom: int, right: int, *, size: int = 8) -> Mask:
    """A rectangle in a small frame."""
    mask = np.zeros((size, size), bool)
    mask[top:bottom, left:right] = True
    return mask


def test_alpha_is_the_published_one() -> None:
    found = verdicts.alpha(verdicts.counts(published(), "12345"))
    assert (0.743, 11) == (round(found.value, 3), found.n)


def test_alpha_of_two_observers_is_the_published_one() -> None:
    pairs = list(zip("0100000010", "1110010000", strict=True))
    assert pytest.approx(0.095, abs=5e-4) == verdicts.alpha(verdicts.counts(pairs, "01")).value


@pytest.mark.parametrize(("distance", "value"), [("nominal", 0.743), ("interval", 0.849)])
def test_alpha_with_a_distance_is_the_published_one(distance: str, value: float) -> None:
    said = [(float(one), unit) for unit, some in enumerate(published()) for one in some if one]
    numbers = np.array([one for one, _ in said])
    apart = (numbers[:, None] - numbers) ** 2 if distance == "interval" else (numbers[:, None] != numbers) * 1.0
    found = alpha.alpha(apart, [unit for _, unit in said])
    assert (value, 11) == (round(found.value, 3), found.n)


@pytest.mark.parametrize("seed", range(3))
def test_cohens_kappa_is_that_of_another_library(seed: int) -> None:
    one, other = np.random.default_rng(seed).choice(["a", "b", "c"], (2, 40), p=[0.5, 0.3, 0.2])
    found = verdicts.cohen(list(zip(one.tolist(), other.tolist(), strict=True)), "abc")
    assert pytest.approx(cohen_kappa_score(one, other)) == found.value
    assert found.low < found.value < found.high


def test_cohens_kappa_by_hand() -> None:
    found = verdicts.cohen([("a", "a")] * 4 + [("a", "b")] * 1 + [("b", "a")] * 2 + [("b", "b")] * 3, "ab")
    assert [0.7, 0.5] == pytest.approx([found.observed, found.chance])
    assert pytest.approx(0.4) == found.value


def test_where_all_say_one_thing_there_is_no_chance_to_beat() -> None:
    assert np.isnan(verdicts.cohen([("a", "a")] * 5, "ab").value)
    assert np.isnan(verdicts.alpha(verdicts.counts([["a", "a"]] * 5, "ab")).value)


def test_fleiss_kappa_is_the_published_one() -> None:
    table = np.array([
        [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1], [7, 7, 0, 0, 0],
        [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
    ])  # fmt: skip
    found = verdicts.fleiss(table)
    assert [0.378, 0.213, 0.210] == pytest.approx([found.observed, found.chance, found.value], abs=5e-4)


def test_a_package_that_one_has_judged_says_nothing_of_agreement() -> None:
    some = verdicts.counts([["a", "a"], ["b", "b"], ["a", "b"]], "ab")
    more = verdicts.counts([["a", "a"], ["b", "b"], ["a", "b"], ["b", None], [None, None]], "ab")
    assert (verdicts.alpha(some), verdicts.fleiss(some)) == (verdicts.alpha(more), verdicts.fleiss(more))


def test_nobody_says_nothing() -> None:
    assert 0 == verdicts.alpha(verdicts.counts([], "ab")).n == verdicts.cohen([], "ab").n
    assert 0 == alpha.alpha(np.zeros((0, 0)), []).n


def test_labels_drawn_by_chance_have_an_alpha_around_zero() -> None:
    rng = np.random.default_rng(0)
    every = [verdicts.alpha(np.array(rng.multinomial(3, [0.7, 0.3], 100))) for _ in range(60)]
    assert abs(np.mean([found.value for found in every])) < 0.02
    assert 53 <= sum(found.low < 0 < found.high for found in every) <= 60


def test_the_interval_of_alpha_resamples_packages_and_not_answers() -> None:
    rng = np.random.default_rng(1)
    values = [(float(rng.random() < 0.5) if at % 2 else float(package % 2), package) for package in range(30)
              for at in range(2)]  # fmt: skip
    numbers = np.array([one for one, _ in values])
    apart, units = np.abs(numbers[:, None] - numbers), [package for _, package in values]
    doubled = np.kron(np.array([0, 1]), np.ones(60, int))
    twice = np.tile(apart, (2, 2))
    same = alpha.alpha(twice, [(one, at) for at, one in zip(doubled, units * 2, strict=True)], packages=units * 2)
    plain = alpha.alpha(apart, units)
    assert pytest.approx(plain.high - plain.low, rel=0.15) == same.high - same.low


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng, hits = np.random.default_rng(0), 0
    for _ in range(100):
        values = rng.random(40)
        low, high = resampled.interval(resampled.ratio(values, np.ones(40)), 40, draws=400)
        hits += low <= 0.5 <= high
    assert 88 <= hits <= 99


def test_one_package_has_no_interval() -> None:
    assert np.isnan(resampled.interval(resampled.ratio(np.ones(1), np.ones(1)), 1)).all()


def test_overlap_by_hand() -> None:
    found = overlap.overlap(box(0, 0, 2, 2), box(0, 1, 2, 3))
    assert [2, 6, 1 / 3, 0.5] == pytest.approx([found.both, found.either, found.iou, found.dice])


def test_two_empty_regions_have_no_overlap_to_speak_of() -> None:
    found = overlap.overlap(box(0, 0, 0, 0), box(0, 0, 0, 0))
    assert np.isnan([found.iou, found.dice]).all()


def test_regions_of_two_sizes_are_refused() -> None:
    with pytest.raises(BadInput, match="differ in size"):
        overlap.overlap(box(0, 0, 1, 1), box(0, 0, 1, 1, size=9))


def test_damages_are_matched_by_hand() -> None:
    one = [box(0, 0, 2, 2), box(4, 4, 8, 8)]
    other = [box(0, 0, 2, 2), box(4, 4, 8, 7), box(0, 6, 1, 8)]
    found = overlap.matched(one, other)
    assert overlap.Matched(2, 0, 1) == found
    assert pytest.approx(0.8) == found.f1


def test_a_pair_below_the_limit_is_no_pair() -> None:
    assert overlap.Matched(0, 1, 1) == overlap.matched([box(0, 0, 2, 2)], [box(0, 1, 2, 3)])


def test_as_many_damages_as_possible_are_matched() -> None:
    row = [np.arange(64).reshape(8, 8) < end for end in (6, 10, 12)]  # 6/10 and 10/12 overlap enough, 6/12 just
    assert 2 == overlap.matched([row[1], row[0]], [row[1], row[2]]).found  # greedily 10 = 10 would leave 6 and 12 alone


@pytest.mark.parametrize("seed", range(4))
def test_matching_is_that_of_trying_every_order(seed: int) -> None:
    rng = np.random.default_rng(seed)
    one, other = ([rng.random((4, 4)) < 0.6 for _ in range(4)] for _ in range(2))
    same = [[overlap.overlap(a, b).iou >= 0.4 for b in other] for a in one]
    best = max(sum(same[at][to] for at, to in enumerate(order)) for order in permutations(range(4)))
    assert best == overlap.matched(one, other, at=0.4).found


def test_nobody_marked_anything() -> None:
    assert np.isnan(overlap.matched([], []).f1)
    assert 0 == overlap.matched([box(0, 0, 1, 1)], []).f1


def test_distances_are_those_of_every_pair() -> None:
    rng = np.random.default_rng(0)
    masks = [rng.random((6, 5)) < share for share in (0, 0, 0.2, 0.5, 0.9)]
    found = overlap.distances(masks)
    assert (0, 0, 1) == (found[0, 1], found[3, 3], found[0, 2])
    assert all(found[a, b] == pytest.approx(1 - overlap.overlap(masks[a], masks[b]).iou)
               for a, b in combinations(range(2, 5), 2))  # fmt: skip


def test_alpha_of_regions_by_hand() -> None:
    masks = [box(0, 0, 2, 2), box(0, 1, 2, 3), box(6, 6, 8, 8), box(6, 6, 8, 8)]
    found = alpha.alpha(overlap.distances(masks), ["p", "p", "q", "q"])
    within, between = (2 / 3) / 2, (2 * 2 / 3 + 8 * 1) / 12  # within p 2/3, within q 0; the other pairs 1
    assert pytest.approx(1 - within / between) == found.value


def test_too_few_distances_are_refused() -> None:
    with pytest.raises(BadInput, match="one distance for every two"):
        alpha.alpha(np.zeros((2, 2)), ["p"])


def test_the_majority_is_more_than_half() -> None:
    three = [box(0, 0, 4, 4), box(0, 0, 4, 6), box(0, 2, 4, 8)]
    assert np.array_equal(box(0, 0, 4, 6), majority(three))
    assert np.array_equal(box(0, 2, 4, 4), majority([three[0], three[2]]))


@pytest.mark.parametrize("join", [majority, staple])
def test_nobody_has_no_consensus(join: object) -> None:
    with pytest.raises(BadInput, match="A consensus needs"):
        join([])  # type: ignore[operator]  # one of the two


def drawn(truth: Mask, sensitivity: list[float], specificity: list[float], seed: int = 0) -> list[Mask]:
    """What people mark who find so much of the truth, and leave so much of the rest alone."""
    rng = np.random.default_rng(seed)
    return [np.where(truth, rng.random(truth.shape) < p, rng.random(truth.shape) > q)
            for p, q in zip(sensitivity, specificity, strict=True)]  # fmt: skip


def slowly(masks: list[Mask], steps: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """STAPLE as the paper writes it, pixel by pixel: equations 14, 15, 18, 19, with a global prior."""
    decisions = np.array([mask.ravel() for mask in masks], float)
    people, pixels = decisions.shape
    prior, p, q = decisions.mean(), [START] * people, [START] * people
    weight = np.zeros(pixels)
    for _ in range(steps):
        for at in range(pixels):
            damaged, clear = prior, 1 - prior
            for who in range(people):
                damaged *= p[who] if decisions[who, at] else 1 - p[who]
                clear *= 1 - q[who] if decisions[who, at] else q[who]
            weight[at] = damaged / (damaged + clear)
        p = [float((weight * decisions[who]).sum() / weight.sum()) for who in range(people)]
        q = [float(((1 - weight) * (1 - decisions[who])).sum() / (1 - weight).sum()) for who in range(people)]
    return weight.reshape(masks[0].shape), np.array(p), np.array(q)


def test_staple_is_its_slow_twin() -> None:
    truth = box(2, 2, 8, 8, size=12)
    masks = drawn(truth, [0.9, 0.8, 0.7, 0.6], [0.9, 0.95, 0.8, 0.9])
    for mask in masks:
        mask[0, 0] = mask[-1, -1] = True  # the rectangle around all marks is the frame
    found = staple(masks, most=7, tolerance=0)
    weight, p, q = slowly(masks, 7)
    assert (7, False) == (found.steps, found.settled)
    assert np.allclose(weight, found.probability, atol=1e-9)
    assert np.allclose([p, q], [found.sensitivity, found.specificity], atol=1e-9)


def test_staple_finds_the_qualities_that_were_put_in() -> None:
    p, q = [0.95, 0.9, 0.7, 0.8], [0.99, 0.9, 0.95, 0.97]
    truth = box(50, 40, 130, 160, size=200)
    found = staple(drawn(truth, p, q))
    assert found.settled
    assert np.allclose(p, found.sensitivity, atol=0.015)
    assert np.allclose(q, found.specificity, atol=0.015)


def test_staple_believes_the_good_ones_where_the_majority_does_not() -> None:
    truth = box(50, 40, 130, 160, size=200)
    masks = drawn(truth, [0.98, 0.98, 0.6, 0.6, 0.6], [0.98, 0.98, 0.6, 0.6, 0.6])
    wrong = [int((found != truth).sum()) for found in (staple(masks).region, majority(masks))]
    assert 2 * wrong[0] < wrong[1]


def test_staple_off_the_marks_is_certain() -> None:
    masks = [box(2, 2, 5, 5, size=40), box(2, 2, 5, 6, size=40), box(3, 2, 5, 5, size=40)]
    wide, narrow = staple(masks), staple([mask[:8, :8] for mask in masks])
    assert np.array_equal(wide.probability[:8, :8], narrow.probability)
    assert 0 == wide.probability[8:].max()


def test_staple_of_people_who_all_agree_is_what_they_say() -> None:
    for masks in ([box(1, 1, 3, 4)] * 3, [box(1, 1, 3, 4)]):
        assert np.array_equal(masks[0], staple(masks).region)


def test_staple_of_nothing_is_nothing() -> None:
    found = staple([box(0, 0, 0, 0)] * 3)
    assert not found.region.any()
    assert found.settled and np.isnan(found.sensitivity).all()


def test_staple_refuses_a_crowd() -> None:
    with pytest.raises(BadInput, match="up to 20 people, not 21"):
        staple([box(0, 0, 1, 1)] * 21)


def iou(values: np.ndarray, region: Mask) -> float:
    """A score of a map: how well its support covers the region."""
    return overlap.overlap(values > 0, region).iou


def test_the_ceiling_is_each_against_the_others() -> None:
    masks = [box(0, 0, 2, 2), box(0, 0, 2, 2), box(0, 0, 2, 4)]
    assert [1.0, 1.0, 0.5] == ceiling.left_out(masks, iou).tolist()


def test_who_is_alone_has_no_ceiling_and_neither_has_who_the_others_contradict() -> None:
    assert np.isnan(ceiling.left_out([box(0, 0, 2, 2)], iou)).all()
    assert np.isnan(ceiling.left_out([box(0, 0, 2, 2), box(0, 0, 0, 0)], iou)).tolist() == [True, False]
