"""Maps held against regions: cases drawn by hand, slow twins from the papers, other libraries."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, label
from sklearn.metrics import average_precision_score, roc_auc_score

from core.errors import BadInput, UnknownName
from core.metrics.localisation.metric import METRICS, redrawn, score, scores, skill
from core.metrics.localisation.overlap import box_chance, box_curve, boxes, iou_curve, max_box_accuracy
from core.metrics.localisation.permutation import moved_means, shift_p
from core.metrics.localisation.ranked import Held, Ranked
from core.metrics.localisation.target import Target, grown

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

DENT = np.array([[0, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]], bool)
"""Two of sixteen pixels."""
MAP = np.array([[0, 0, 0, 1], [0, 6, 2, 3], [0, 0, 0, 0], [0, 0, 0, 0]], float)
"""The strongest and the third strongest of four lie on the dent."""


def held(values: Floats, mask: Mask, **choices: object) -> Held:
    target = Target.of(mask, **choices)  # type: ignore[arg-type]
    return Held(Ranked.of(values, within=target.within), target)


def value(name: str, values: Floats, mask: Mask, **choices: object) -> float:
    return score(name, held(values, mask, **choices)).value


def smooth(seed: int, shape: tuple[int, int] = (40, 60), sigma: float = 3.0) -> Floats:
    return np.asarray(gaussian_filter(np.random.default_rng(seed).normal(size=shape), sigma), float)


def blob(seed: int, shape: tuple[int, int] = (40, 60)) -> Mask:
    return np.asarray(smooth(seed + 1000, shape) > np.quantile(smooth(seed + 1000, shape), 0.93), bool)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("relevance_mass", 8 / 12),
        ("relevance_rank", 1 / 2),  # 6 and 3 are the two highest
        ("dice", 1 / 2),
        ("iou", 1 / 3),
        ("best_iou", 2 / 3),  # down to 2: three pixels, two of them in the dent
        ("average_precision", (1 / 1 + 2 / 3) / 2),
        ("auroc", (14 + 13) / (2 * 14)),
        ("pointing_game", 1.0),
        ("aupro", (0.3 + 0.3 - 1 / 14) / 2 / 0.3),  # the second pixel comes after one of 14 false ones
    ],
)
def test_a_case_by_hand(name: str, expected: float) -> None:
    assert pytest.approx(expected) == value(name, MAP, DENT)


def test_every_metric_has_a_case_by_hand() -> None:
    mark = next(one for one in test_a_case_by_hand.pytestmark if one.name == "parametrize")
    assert set(METRICS.names()) == {name for name, _ in mark.args[1]}


@pytest.mark.parametrize("name", METRICS.names())
def test_a_metric_says_what_it_is(name: str) -> None:
    metric = METRICS[name]
    assert metric.title and metric.reference and metric.__doc__ and metric.low < metric.high


@pytest.mark.parametrize("name", METRICS.names())
def test_the_region_itself_as_a_map_scores_best(name: str) -> None:
    assert pytest.approx(METRICS[name].high) == value(name, DENT.astype(float), DENT)


@pytest.mark.parametrize("name", sorted(set(METRICS) - {"best_iou", "iou", "pointing_game"}))
def test_random_maps_score_chance_on_average(name: str) -> None:
    mask, rng = blob(1), np.random.default_rng(3)
    found = [score(name, held(rng.random(mask.shape), mask)) for _ in range(60)]
    mean, error = np.mean([one.value for one in found]), np.std([one.value for one in found]) / 60**0.5
    assert abs(mean - found[0].chance) < 4 * error + 2e-3


def test_a_random_pixel_hits_as_often_as_the_pointing_game_says() -> None:
    mask = np.zeros((80, 120), bool)
    mask[30:40, 50:70] = True
    rng = np.random.default_rng(0)
    found = [score("pointing_game", held(rng.random(mask.shape), mask)) for _ in range(400)]
    assert abs(np.mean([one.value for one in found]) - found[0].chance) < 4 * 0.5 / 20
    assert 0.1 < found[0].chance < 0.3


def test_skill_is_zero_at_chance_and_lift_one() -> None:
    even = score("relevance_mass", held(np.ones((4, 4)), DENT))
    assert (pytest.approx(0.0), pytest.approx(1.0)) == (even.components["skill"], even.components["lift"])
    found = score("relevance_mass", held(MAP, DENT))
    assert pytest.approx((8 / 12 - 1 / 8) / (7 / 8)) == found.components["skill"] == skill(8 / 12, 1 / 8)
    assert pytest.approx((8 / 12) / (1 / 8)) == found.components["lift"]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("ties", [False, True])
def test_ap_and_auroc_are_those_of_scikit_learn(seed: int, ties: bool) -> None:
    values, mask = np.abs(smooth(seed)), blob(seed)
    values = np.round(values / values.max() * 6) if ties else values
    assert pytest.approx(roc_auc_score(mask.ravel(), values.ravel())) == value("auroc", values, mask)
    precision = average_precision_score(mask.ravel(), values.ravel())
    assert pytest.approx(precision) == value("average_precision", values, mask)


def rank_from_the_paper(values: Floats, mask: Mask) -> float:
    """Arras et al.: the pixels sorted by relevance, the K first, how many of them in the region."""
    order = sorted(range(values.size), key=lambda at: -values.flat[at])
    return sum(bool(mask.flat[at]) for at in order[: mask.sum()]) / mask.sum()


def pro_from_the_paper(values: Floats, mask: Mask, most: float = 0.3) -> float:
    """Bergmann et al.: at every threshold the false pixels and the mean share of each part; trapezoids up to `most`."""
    parts, count = label(mask, structure=np.ones((3, 3)))
    x, y = [0.0], [0.0]
    for level in sorted(set(values.ravel().tolist()), reverse=True):
        marked = values >= level
        x.append(float((marked & ~mask).sum() / (~mask).sum()))
        y.append(float(np.mean([(marked & (parts == at)).sum() / (parts == at).sum() for at in range(1, count + 1)])))
    end = float(np.interp(most, x, y)) if most not in x else y[x.index(most)]
    inside = [(a, b) for a, b in zip(x, y, strict=True) if a <= most]
    inside += [(most, end)] if inside[-1][0] < most else []
    return sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in pairwise(inside)) / most


def pointing_from_the_paper(values: Floats, mask: Mask) -> float:
    """Zhang et al.: the highest pixel, and whether a pixel of the region lies within 15 of it."""
    y, x = np.unravel_index(values.argmax(), values.shape)
    return float(any((y - a) ** 2 + (x - b) ** 2 <= 15**2 for a, b in zip(*np.nonzero(mask), strict=True)))


@pytest.mark.parametrize("seed", range(6))
def test_the_slow_twins_from_the_papers_agree(seed: int) -> None:
    values, mask = smooth(seed, (24, 40)) ** 2, blob(seed, (24, 40))
    assert pytest.approx(rank_from_the_paper(values, mask)) == value("relevance_rank", values, mask)
    assert pytest.approx(values[mask].sum() / values.sum()) == value("relevance_mass", values, mask)
    assert pytest.approx(pro_from_the_paper(values, mask)) == value("aupro", values, mask)
    assert pointing_from_the_paper(values, mask) == value("pointing_game", values, mask)


@pytest.mark.parametrize("seed", range(3))
def test_the_slow_twin_of_aupro_agrees_with_ties(seed: int) -> None:
    values, mask = np.round(smooth(seed, (24, 40)) ** 2 * 200), blob(seed, (24, 40))
    assert pytest.approx(pro_from_the_paper(values, mask)) == value("aupro", values, mask)


def test_the_pointing_game_meets_its_tolerance_to_the_pixel() -> None:
    mask, near, far = np.zeros((3, 60), bool), np.zeros((3, 60)), np.zeros((3, 60))
    mask[1, 10] = True
    near[1, 25], far[1, 26] = 1, 1
    assert (1.0, 0.0) == (value("pointing_game", near, mask), value("pointing_game", far, mask))


def test_aupro_is_that_of_pyaupro() -> None:
    pyaupro = pytest.importorskip("pyaupro", reason="pyaupro is not installed (requirements-dev.txt)")
    torch = pytest.importorskip("torch")
    for seed in range(4):
        values, mask = smooth(seed, (60, 90)) ** 2, blob(seed, (60, 90))
        metric = pyaupro.PerRegionOverlap(reference_implementation=True)
        metric.update(torch.tensor(values)[None], torch.tensor(mask.astype(int))[None])
        x, y = (side.numpy() for side in metric.compute())
        kept = x <= 0.3
        ends = np.append(x[kept], 0.3), np.append(y[kept], np.interp(0.3, x, y))
        assert pytest.approx(np.trapezoid(ends[1], ends[0]) / 0.3, abs=1e-5) == value("aupro", values, mask)


shapes = st.tuples(st.integers(3, 7), st.integers(3, 7))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Floats, Mask]:
    """A map of few values, so that there are ties, and a region that is neither empty nor everything."""
    height, width = draw(shapes)
    values = draw(st.lists(st.integers(-2, 4), min_size=height * width, max_size=height * width))
    inside = draw(st.sets(st.integers(0, height * width - 1), min_size=1, max_size=height * width - 1))
    mask = np.zeros(height * width, bool)
    mask[list(inside)] = True
    return np.array(values, float).reshape(height, width), mask.reshape(height, width)


@given(pairs())
@settings(max_examples=60, deadline=None)
def test_overlaps_follow_from_the_rank(pair: tuple[Floats, Mask]) -> None:
    rank = value("relevance_rank", *pair)
    assert pytest.approx(rank) == value("dice", *pair)
    assert pytest.approx(rank / (2 - rank)) == value("iou", *pair)


@given(pairs())
@settings(max_examples=60, deadline=None)
def test_every_score_lies_in_its_range(pair: tuple[Floats, Mask]) -> None:
    for name in METRICS:
        assert METRICS[name].low - 1e-12 <= value(name, *pair) <= METRICS[name].high + 1e-12


@given(pairs(), st.floats(0.01, 100))
@settings(max_examples=60, deadline=None)
def test_the_scale_of_a_map_does_not_matter(pair: tuple[Floats, Mask], scale: float) -> None:
    for name in METRICS:
        assert pytest.approx(value(name, *pair)) == value(name, pair[0] * scale, pair[1])


@given(pairs())
@settings(max_examples=30, deadline=None)
def test_tied_pixels_count_what_they_would_on_average(pair: tuple[Floats, Mask]) -> None:
    values, mask = pair
    positive, rng = np.maximum(values, 0), np.random.default_rng(0)
    broken = [positive + rng.random(values.shape) * 1e-3 for _ in range(200)]
    found = np.array([value("relevance_rank", one, mask) for one in broken])
    expected = value("relevance_rank", values, mask) if positive.any() else mask.mean()
    assert abs(found.mean() - expected) <= 6 * (found.std() + 0.02) / 200**0.5


@given(pairs())
@settings(max_examples=30, deadline=None)
def test_counting_only_a_part_is_cutting_it_out(pair: tuple[Floats, Mask]) -> None:
    values, mask = pair
    wide, region, within = np.full((9, 9), 5.0), np.zeros((9, 9), bool), np.zeros((9, 9), bool)
    part = slice(1, 1 + len(values)), slice(1, 1 + len(values[0]))
    wide[part], region[part], within[part] = values, mask, True
    for name in set(METRICS) - {"pointing_game"}:
        assert pytest.approx(value(name, values, mask)) == value(name, wide, region, within=within)


def test_what_speaks_against_damage_is_no_evidence() -> None:
    signed = np.where(DENT, 9.0, 0) - np.where(np.arange(16).reshape(4, 4) == 15, 17.0, 0)
    assert pytest.approx(1.0) == value("relevance_mass", signed, DENT)  # the plain ratio would be 18 / 1


@pytest.mark.parametrize("name", METRICS.names())
def test_an_empty_region_is_no_hit(name: str) -> None:
    found = score(name, held(MAP, np.zeros((4, 4), bool)))
    assert np.isnan(found.value) and np.isnan(found.chance) and "The region is empty." == found.reason


@pytest.mark.parametrize("name", METRICS.names())
def test_a_region_that_is_everything_has_no_score(name: str) -> None:
    found = score(name, held(MAP, np.ones((4, 4), bool)))
    assert np.isnan(found.value) and found.reason and "nothing outside" in found.reason


def test_a_region_off_the_package_has_no_score() -> None:
    within = np.zeros((4, 4), bool)
    within[3] = True
    found = score("relevance_mass", held(MAP, DENT, within=within))
    assert np.isnan(found.value) and found.reason and "off the package" in found.reason


@pytest.mark.parametrize("name", METRICS.names())
def test_a_map_of_zeros_scores_zero_and_says_so(name: str) -> None:
    found = score(name, held(-np.ones((4, 4)), DENT))
    assert (0.0, "The map is zero everywhere.") == (found.value, found.reason)


@pytest.mark.parametrize("name", METRICS.names())
def test_a_map_that_is_nearly_the_same_everywhere_is_no_hit(name: str) -> None:
    found = score(name, held(1 + 1e-9 * DENT, DENT))
    assert pytest.approx(found.chance, abs=1e-9) == found.value
    assert "The map is the same everywhere." == found.reason


@pytest.mark.parametrize("name", METRICS.names())
def test_single_precision_says_the_same(name: str) -> None:
    values, mask = smooth(5), blob(5)
    assert pytest.approx(value(name, values, mask), abs=1e-5) == value(name, values.astype(np.float32), mask)


def test_a_map_with_nan_is_refused() -> None:
    broken = MAP.copy()
    broken[0, 0] = np.nan
    with pytest.raises(BadInput, match="not finite"):
        Ranked.of(broken)


def test_sizes_that_differ_are_refused() -> None:
    with pytest.raises(BadInput, match="differ in size"):
        Target.of(DENT, within=np.ones((4, 5), bool))
    with pytest.raises(BadInput, match="differ in size"):
        Ranked.of(MAP, within=np.ones((4, 5), bool))


def test_an_unknown_metric_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="auroc"):
        score("aurok", held(MAP, DENT))


def test_many_maps_on_many_regions_are_the_single_scores() -> None:
    maps, regions = [smooth(at) for at in range(3)], [Target.of(blob(at)) for at in range(4)]
    table = scores(maps, regions)
    assert (3, 4) == (len(table), len(table[0]))
    for values, row in zip(maps, table, strict=True):
        for region, found in zip(regions, row, strict=True):
            assert found == {name: score(name, Held(Ranked.of(values), region)) for name in METRICS}


def test_pixels_at_the_border_do_not_count() -> None:
    mask, values = np.zeros((9, 9), bool), np.zeros((9, 9))
    mask[2:7, 2:7] = True
    values[1, 1] = values[7, 4] = values[4, 4] = 1
    assert pytest.approx(1 / 3) == value("relevance_mass", values, mask)
    tolerant = held(values, mask, border=1.0)
    assert pytest.approx(1 / 2) == score("relevance_mass", tolerant).value  # the corner is farther than 1
    assert (9, 9 * 9 - 16 - 20) == (tolerant.target.area, tolerant.target.pixels)


def test_regions_grow_and_shrink_by_euclidean_pixels() -> None:
    dot = np.zeros((9, 9), bool)
    dot[4, 4] = True
    assert 5 == grown(dot, 1).sum() and 13 == grown(dot, 2).sum()
    assert (grown(grown(dot, 2), -1) >= dot).all() and not grown(dot, -1).any()
    at_the_edge = np.zeros((4, 8), bool)
    at_the_edge[:, :4] = True
    assert [True, True, True, False, False, False, False, False] == grown(at_the_edge, -1)[0].tolist()


def test_a_region_drawn_tighter_or_wider_moves_the_score() -> None:
    mask = np.zeros((30, 30), bool)
    mask[10:20, 10:20] = True
    low, high = redrawn(grown(mask, 2).astype(float), mask, by=2, names=["relevance_mass"])["relevance_mass"]
    assert low < value("relevance_mass", grown(mask, 2).astype(float), mask) < high == pytest.approx(1.0)


def test_a_region_that_vanishes_when_drawn_tighter_is_passed_over() -> None:
    low, high = redrawn(MAP, DENT, by=2, names=["relevance_mass"])["relevance_mass"]
    assert pytest.approx(8 / 12) == low and pytest.approx(1.0) == high


def test_the_curve_of_overlap_by_hand() -> None:
    curve = iou_curve(held(MAP, DENT), np.array([0.1, 0.3, 0.5, 1.0]))
    np.testing.assert_allclose([2 / 4, 2 / 3, 1 / 3, 1 / 2], curve)


def test_the_box_around_the_largest_part_by_hand() -> None:
    values = np.zeros((6, 8))
    values[1:3, 1:4], values[5, 7] = 0.6, 1.0
    mask = np.zeros((6, 8), bool)
    mask[1:3, 1:3] = True
    pair = held(values, mask)
    found = boxes(pair, np.array([0.5, 0.9]))
    assert [(slice(1, 3), slice(1, 4)), (slice(5, 6), slice(7, 8))] == found
    np.testing.assert_allclose([4 / 6, 0], box_curve(pair, found))


def test_the_best_threshold_is_that_of_all_pictures_together() -> None:
    curves = np.array([[0.6, 0.1], [0.2, 0.9], [0.1, 0.5]])
    assert (2 / 3, 0.7) == max_box_accuracy(curves, np.array([0.3, 0.7]))


def test_a_box_somewhere_else_hits_seldom() -> None:
    mask, values = np.zeros((60, 60), bool), np.zeros((60, 60))
    mask[10:20, 10:20], values[10:20, 10:20] = True, 1
    pair = held(values, mask)
    (chance,) = box_chance(pair, boxes(pair, np.array([0.5])), draws=4000)
    hits = sum(3 * (10 - abs(y)) * (10 - abs(x)) >= 200 for y in range(-9, 10) for x in range(-9, 10)) / 51**2
    assert abs(chance - hits) < 4 * (hits / 4000) ** 0.5


def test_a_flat_map_has_no_box() -> None:
    assert [None] == boxes(held(np.ones((4, 4)), DENT), np.array([0.5]))


def test_moving_the_region_is_summing_the_map_there() -> None:
    values, mask = np.abs(smooth(1, (12, 15))), blob(1, (12, 15))
    pair = held(values, mask)
    means = moved_means(pair.ranked, pair.target)
    for down, right in ((0, 0), (3, 5), (11, 14)):
        moved = np.roll(mask, (down, right), axis=(0, 1))
        assert pytest.approx(values[moved].mean()) == means[down, right]


def test_moving_the_region_off_the_package_is_not_asked() -> None:
    within, mask = np.zeros((20, 20), bool), np.zeros((20, 20), bool)
    within[2:18, 2:10], within[2:10, 2:18], mask[4:7, 4:7] = True, True, True  # an L
    target = Target.of(mask, within=within)
    height, width = target.overlap.shape
    for move in target.moves:
        down, right = divmod(int(move), width)
        moved = np.roll(mask[target.torus], (down, right), axis=(0, 1))
        assert (moved & within[target.torus]).sum() >= 0.5 * 9
    assert (16, 16) == (height, width) and 0 < len(target.moves) < 16 * 16


@pytest.mark.parametrize("shape", [(40, 60), (41, 53)])
def test_the_p_value_is_right_for_regions_put_at_random(shape: tuple[int, int]) -> None:
    rng, ps = np.random.default_rng(7), []
    for seed in range(250):
        mask = np.roll(blob(seed % 5, shape), rng.integers(0, shape), axis=(0, 1))
        pair = held(smooth(seed, shape), mask)
        ps.append(shift_p(pair.ranked, pair.target, draws=199, seed=seed))
    for level in (0.05, 0.2, 0.5):
        assert abs(np.mean(np.array(ps) <= level) - level) < 3.5 * (level * (1 - level) / 250) ** 0.5


def test_the_region_itself_as_a_map_is_significant() -> None:
    mask = np.zeros((40, 60), bool)
    mask[10:14, 10:14] = True
    pair = held(mask.astype(float), mask)
    assert 1 / 1000 <= shift_p(pair.ranked, pair.target) <= 3 / 1000


@pytest.mark.parametrize("values", [np.ones((4, 4)), np.zeros((4, 4)), 1 + 1e-9 * DENT])
def test_a_map_that_points_nowhere_is_not_significant(values: Floats) -> None:
    pair = held(values, DENT)
    assert 1.0 == shift_p(pair.ranked, pair.target)


def test_without_a_region_there_is_no_p_value() -> None:
    pair = held(MAP, np.zeros((4, 4), bool))
    assert np.isnan(shift_p(pair.ranked, pair.target))
