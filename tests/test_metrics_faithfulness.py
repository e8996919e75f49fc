"""Curves, infidelity and sensitivity against cases that can be done by hand, and slow twins."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import spsolve

from core.domain import Floats
from core.errors import BadInput
from core.metrics.complexity import complexity
from core.metrics.faithfulness import Curve, Score, deletion, insertion, ranks, road, shares
from core.metrics.imputation import imputed
from core.metrics.infidelity import infidelity, max_sensitivity
from core.metrics.trivial import center, difference, edges

SIZE = (12, 16)


def linear(weights: Floats) -> Score:
    """Score sum of weights times pixels, over (h, w) and all colors alike."""
    return lambda batch: (batch * weights).sum(axis=(1, 2, 3))


def drawn(*shape: int, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


@pytest.fixture
def case() -> tuple[Score, Floats, Floats, Floats]:
    """A linear model, a picture, its substitute, and the exact map."""
    weights, picture, other = drawn(*SIZE), drawn(3, *SIZE, seed=1), drawn(3, *SIZE, seed=2)
    return linear(weights), picture, other, (weights * (picture - other)).sum(axis=0)


def test_pixels_are_ordered_by_their_value_with_its_sign() -> None:
    values = np.array([[0.5, -2.0], [3.0, 0.0]], np.float32)
    assert [[1, 3], [0, 2]] == ranks(values).tolist()
    assert [[2, 0], [3, 1]] == ranks(values, least_first=True).tolist()


def test_ties_are_ordered_by_chance_and_every_pixel_has_its_place() -> None:
    flat = np.zeros((20, 20), np.float32)
    one, other = ranks(flat, seed=0).ravel(), ranks(flat, seed=1).ravel()
    assert set(range(400)) == set(one.tolist()) and (one != other).any() and (np.diff(one) != 1).any()


def test_a_map_with_holes_is_refused() -> None:
    with pytest.raises(BadInput, match="not finite"):
        ranks(np.array([[np.nan]], np.float32))


def test_shares_are_denser_at_the_start() -> None:
    assert [0, 0.0625, 0.25, 0.5625, 1] == shares(4).tolist()
    assert 0.9 == shares(8, most=0.9)[-1]


def test_the_area_is_the_mean_score() -> None:
    assert pytest.approx(1.5) == Curve(np.array([0, 0.5, 1]), np.array([1.0, 2.0, 1.0])).area
    assert pytest.approx(2.0) == Curve(np.array([0, 0.9]), np.array([2.0, 2.0])).area


def test_four_pixels_of_a_linear_model_are_deleted_by_hand() -> None:
    picture = np.array([[[4.0, 1.0], [3.0, 2.0]]], np.float32)
    score, zero = linear(np.ones((2, 2), np.float32)), np.zeros_like(picture)
    found = deletion(score, picture, zero, picture[0], steps=2)
    assert [0, 0.25, 1] == found.shares.tolist() and [10, 6, 0] == found.scores.tolist()
    assert [0, 4, 10] == insertion(score, picture, zero, picture[0], steps=2).scores.tolist()
    assert [10, 9, 0] == deletion(score, picture, zero, picture[0], steps=2, least_first=True).scores.tolist()


def test_the_curve_of_a_linear_model_is_the_sum_of_what_is_left(case: tuple[Score, Floats, Floats, Floats]) -> None:
    score, picture, other, exact = case
    found = deletion(score, picture, other, exact, steps=5)
    sizes = np.sort(exact.ravel())[::-1].astype(float)
    start = float(score(picture[None])[0])
    slow = [start - sizes[: round(float(share) * exact.size)].sum() for share in found.shares]
    np.testing.assert_allclose(slow, found.scores, rtol=1e-3, atol=1e-3)


def test_deleting_the_least_relevant_first_is_the_mirror_image_of_insertion(
    case: tuple[Score, Floats, Floats, Floats],
) -> None:
    score, picture, other, exact = case
    forward = insertion(score, picture, other, exact, steps=5)
    backward = deletion(score, picture, other, exact, steps=5, least_first=True)
    assert pytest.approx(1) == forward.shares[3] + backward.shares[4]  # 0.36 and 0.64
    assert forward.scores[3] == pytest.approx(backward.scores[4], abs=1e-3)


@pytest.mark.parametrize("seed", range(5))
def test_no_other_map_beats_the_exact_one_of_a_linear_model(
    case: tuple[Score, Floats, Floats, Floats], seed: int
) -> None:
    score, picture, other, exact = case
    some = drawn(*SIZE, seed=10 + seed)
    assert deletion(score, picture, other, exact).area < deletion(score, picture, other, some).area
    assert insertion(score, picture, other, exact).area > insertion(score, picture, other, some).area
    assert infidelity(score, picture, other, [exact])[0] < infidelity(score, picture, other, [some])[0]


def test_a_picture_of_another_size_is_refused() -> None:
    with pytest.raises(BadInput, match="differ in size"):
        deletion(linear(np.ones((4, 4), np.float32)), drawn(3, 4, 4), drawn(3, 4, 5), drawn(4, 4))


def test_road_finds_the_spot_that_matters() -> None:
    picture = np.zeros((3, *SIZE), np.float32)
    picture[:, 5:7, 6:9] = 4.0
    score, spot = linear(np.ones(SIZE, np.float32)), picture[0]
    most, least = road(score, picture, spot), road(score, picture, spot, least_first=True)
    assert pytest.approx(72) == most.scores[0] == least.scores[0]
    assert abs(most.scores[-1]) < 2 and least.scores[5] > 60
    assert most.area < road(score, picture, drawn(*SIZE)).area < least.area


def exact_filling(picture: Floats, gone: NDArray[np.bool_]) -> Floats:
    """The sparse linear system of the paper, equation by equation."""
    height, width = gone.shape
    holes = [(int(y), int(x)) for y, x in np.argwhere(gone)]
    system, right = np.zeros((len(holes), len(holes))), np.zeros((len(holes), len(picture)))
    for row, (y, x) in enumerate(holes):
        for v, u in ((y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dy or dx):
            if not (0 <= v < height and 0 <= u < width):
                continue
            weight = 1 / 6 if v == y or u == x else 1 / 12
            system[row, row] += weight
            if gone[v, u]:
                system[row, holes.index((v, u))] -= weight
            else:
                right[row] += weight * picture[:, v, u]
    filled = picture.copy()
    filled[:, gone] = np.reshape(spsolve(csc_matrix(system), right), right.shape).T
    return filled


def test_one_missing_pixel_is_the_weighted_mean_of_its_neighbors() -> None:
    picture = np.arange(9, dtype=np.float32).reshape(1, 3, 3) ** 2
    gone = np.zeros((1, 3, 3), bool)
    gone[0, 1, 1] = True
    assert pytest.approx((1 + 9 + 25 + 49) / 6 + (0 + 4 + 36 + 64) / 12, rel=1e-4) == imputed(picture, gone)[0, 0, 1, 1]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_fillings_are_those_of_the_exact_system(share: float) -> None:
    y, x = np.mgrid[:15, :22]
    picture = np.stack([np.sin(x / 5), np.cos(y / 4), (x > 10).astype(float)]).astype(np.float32)
    gone = np.random.default_rng(0).random((15, 22)) < share
    error = np.abs(imputed(picture, gone[None])[0] - exact_filling(picture, gone))
    assert error[:, gone].mean() < 0.02 and error.max() < 0.15
    assert 0 == error[:, ~gone].max()


def test_the_noise_is_on_filled_pixels_alone() -> None:
    gone = np.zeros((1, 40, 40), bool)
    gone[0, :, ::2] = True
    noisy = imputed(np.zeros((3, 40, 40), np.float32), gone, noise=0.1, seed=3)[0]
    assert 0 == np.abs(noisy[:, ~gone[0]]).max()
    assert noisy[:, gone[0]].std() == pytest.approx(0.1, rel=0.05)


def test_an_exact_map_foretells_every_loss_whatever_its_unit(case: tuple[Score, Floats, Floats, Floats]) -> None:
    score, picture, other, exact = case
    found = infidelity(score, picture, other, [exact, 7 * exact, -exact, 0 * exact])
    np.testing.assert_allclose([0, 0, 1, 1], found, atol=1e-5)


def test_infidelity_is_that_of_the_paper_with_the_best_scale(case: tuple[Score, Floats, Floats, Floats]) -> None:
    score, picture, other, exact = case
    some = exact + drawn(*SIZE, seed=5)
    seen: list[Floats] = []

    def watched(batch: Floats) -> NDArray[np.floating]:
        seen.extend(batch)
        return score(batch)

    found = float(infidelity(watched, picture, other, [some])[0])
    pieces = [(one != picture).any(axis=0) for one in seen[1:]]
    lost = np.array([float(score(picture[None])[0] - score(one[None])[0]) for one in seen[1:]])
    said = np.array([float(some[piece].sum()) for piece in pieces])
    tried = [np.mean((scale * said - lost) ** 2) / np.mean(lost**2) for scale in np.linspace(0, 2, 2001)]
    assert pytest.approx(min(tried), abs=1e-5) == found


def test_a_score_that_never_changes_has_no_infidelity() -> None:
    assert np.isnan(infidelity(lambda batch: np.zeros(len(batch)), drawn(3, 8, 8), drawn(3, 8, 8), [drawn(8, 8)]))


def test_a_map_that_holds_still_has_no_sensitivity() -> None:
    still = drawn(*SIZE)
    moved, maps = max_sensitivity(lambda picture: still, drawn(3, *SIZE), still, draws=2)
    assert 0 == moved and 2 == len(maps)


def test_the_sensitivity_is_the_largest_move_over_the_size_of_the_map() -> None:
    picture = drawn(3, *SIZE)
    moved, maps = max_sensitivity(lambda one: one.sum(axis=0), picture, picture.sum(axis=0), radius=0.1, draws=4)
    far = [np.linalg.norm(one - picture.sum(axis=0)) for one in maps]
    assert pytest.approx(max(far) / np.linalg.norm(picture.sum(axis=0)), rel=1e-5) == moved
    assert all(np.abs(one - picture.sum(axis=0)).max() <= 0.3 + 1e-5 for one in maps) and min(far) < max(far)


def test_an_empty_map_has_no_sensitivity() -> None:
    assert np.isnan(max_sensitivity(lambda one: one[0], drawn(3, 4, 4), np.zeros((4, 4), np.float32))[0])


def test_one_pixel_is_simple_and_an_even_map_is_not() -> None:
    spot = np.zeros((4, 4), np.float32)
    spot[1, 2] = 3
    assert (0, pytest.approx(1)) == (complexity(spot), complexity(np.ones((4, 4), np.float32)))
    spot[0, 0] = 3
    assert pytest.approx(0.25) == complexity(spot)  # one bit of four
    assert np.isnan(complexity(-spot))


def test_trivial_maps_are_what_they_say() -> None:
    picture = np.zeros((3, 9, 9), np.float32)
    picture[:, :, 5:] = 1
    assert (4, 4) == np.unravel_index(center(picture).argmax(), (9, 9))
    assert {4, 5} == set(np.argwhere(edges(picture) > 0)[:, 1].tolist())
    np.testing.assert_array_equal(3 * picture[0], difference(picture, np.zeros_like(picture)))
