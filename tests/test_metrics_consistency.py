"""Agreement of maps, against cases drawn by hand, slow twins and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.distance import jensenshannon
from scipy.stats import spearmanr

from core.errors import BadInput
from core.metrics.consistency import CHANCE, FLAT, MEASURES, SMALL, agreement, evidence, prepare, reasons

Floats = NDArray[np.float64]


def between(one: Floats, other: Floats, *, sigma: float = 0.0) -> dict[str, float]:
    """All measures of two single maps."""
    left, right = (prepare(values[None], sigma=sigma) for values in (one, other))
    return {name: float(values[0]) for name, values in agreement(left, right).items()}


def drawn(seed: int, shape: tuple[int, int] = (24, 31)) -> Floats:
    return np.asarray(np.random.default_rng(seed).normal(size=shape), np.float64)


def slow_ssim(one: Floats, other: Floats) -> float:
    """Wang 2004, window by window, with L = 1."""
    away = np.arange(11) - 5
    window = np.exp(-(away[:, None] ** 2 + away**2) / (2 * 1.5**2))
    window /= window.sum()
    found = []
    for row in range(one.shape[0] - 10):
        for column in range(one.shape[1] - 10):
            x, y = (each[row : row + 11, column : column + 11] for each in (one, other))
            mx, my = (window * x).sum(), (window * y).sum()
            vx, vy = (window * (x - mx) ** 2).sum(), (window * (y - my) ** 2).sum()
            cov = (window * (x - mx) * (y - my)).sum()
            c1, c2 = 0.01**2, 0.03**2
            found.append((2 * mx * my + c1) * (2 * cov + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2)))
    return float(np.mean(found))


def test_a_map_agrees_with_itself_by_every_measure() -> None:
    assert pytest.approx(dict.fromkeys(MEASURES, 1.0)) == between(drawn(0), drawn(0), sigma=2.0)


def test_a_map_agrees_with_a_stronger_copy_of_itself() -> None:
    assert pytest.approx(dict.fromkeys(MEASURES, 1.0)) == between(drawn(0), 7.5 * drawn(0), sigma=2.0)


def test_maps_that_share_no_pixel_have_neither_strongest_places_nor_mass_in_common() -> None:
    one, other = np.zeros((4, 4)), np.zeros((4, 4))
    one[0, 0], other[3, 3] = 1.0, 1.0
    found = between(one, other)
    assert (0.0, 0.0) == (found["iou"], pytest.approx(found["jsd"]))
    assert pytest.approx(-1 / 15) == found["spearman"]  # 16 pixels, one of them high in each


def test_half_of_the_mass_in_common_is_half_a_bit() -> None:
    one, other = np.zeros((4, 4)), np.zeros((4, 4))
    one[0, :2], other[0, 1:3] = 1.0, 1.0  # (1/2, 1/2, 0) and (0, 1/2, 1/2): divergence 1/2
    assert pytest.approx(0.5) == between(one, other)["jsd"]


def test_a_tie_for_the_last_place_is_shared() -> None:
    one, other = np.zeros((4, 4)), np.zeros((4, 4))
    one[0, 0] = one[0, 1] = 1.0  # one pixel of 16 counts: each of the two for a half
    other[0, 1] = 1.0
    assert pytest.approx(0.5 / 1.5) == between(one, other)["iou"]


def test_the_strongest_places_without_ties_are_plain_sets() -> None:
    one, other = np.abs(drawn(1, (20, 20))), np.abs(drawn(2, (20, 20)) + drawn(1, (20, 20)))
    sets = [set(np.argsort(each.ravel())[-20:].tolist()) for each in (one, other)]
    assert pytest.approx(len(sets[0] & sets[1]) / len(sets[0] | sets[1])) == between(one, other)["iou"]


def test_unrelated_maps_reach_chance() -> None:
    maps = np.abs(np.random.default_rng(3).normal(size=(200, 40, 40)))
    prepared = prepare(maps, sigma=0.0)
    found = agreement(prepared.take(np.arange(100)), prepared.take(np.arange(100, 200)))
    assert pytest.approx(CHANCE, abs=0.004) == found["iou"].mean()
    assert pytest.approx(0.0, abs=0.01) == found["spearman"].mean()


def test_ranks_agree_with_scipy_ties_included() -> None:
    one, other = (np.maximum(np.round(drawn(seed), 1), 0) for seed in (4, 5))
    assert pytest.approx(spearmanr(one.ravel(), other.ravel()).statistic) == between(one, other)["spearman"]


def test_the_divergence_is_the_square_of_scipys_distance() -> None:
    one, other = (np.maximum(drawn(seed), 0) for seed in (6, 7))
    expected = jensenshannon(one.ravel(), other.ravel(), base=2) ** 2
    assert pytest.approx(1 - expected) == between(one, other)["jsd"]


def test_ssim_is_what_the_paper_defines() -> None:
    one, other = np.abs(drawn(8)), np.abs(drawn(8) + 0.5 * drawn(9))
    assert pytest.approx(slow_ssim(one / one.max(), other / other.max())) == between(one, other)["ssim"]


def test_maps_are_smoothed_before_their_positive_part_is_taken() -> None:
    signed = np.zeros((1, 9, 9))
    signed[0, 4, 4], signed[0, 4, 5] = 1.0, -1.0
    assert 0 < evidence(signed, sigma=2.0).max() < evidence(np.maximum(signed, 0), sigma=2.0).max()


@pytest.mark.parametrize("value", [0.0, -1.0, 0.3])
def test_a_flat_map_has_no_agreement_and_says_why(value: float) -> None:
    flat, other = prepare(np.full((1, 16, 16), value), sigma=0.0), prepare(drawn(1, (16, 16))[None])
    assert all(np.isnan(values[0]) for values in agreement(flat, other).values())
    assert [FLAT] == reasons(flat, other)
    assert all(np.isnan(values[0]) for values in agreement(flat, flat).values())


def test_maps_below_the_window_have_all_but_ssim() -> None:
    one, other = prepare(drawn(1, (8, 8))[None], sigma=0.0), prepare(drawn(2, (8, 8))[None], sigma=0.0)
    undefined = {name for name, values in agreement(one, other).items() if np.isnan(values[0])}
    assert ({"ssim"}, [SMALL]) == (undefined, reasons(one, other))


def test_pixels_outside_do_not_count() -> None:
    inside = np.zeros((24, 31), bool)
    inside[4:20, 4:26] = True
    one, other = drawn(1), drawn(1)
    other[~inside] = 9.0
    left, right = (prepare(values[None], sigma=0.0, inside=inside) for values in (one, other))
    assert pytest.approx(dict.fromkeys(MEASURES, 1.0)) == {
        name: float(values[0]) for name, values in agreement(left, right).items()
    }


def test_many_maps_at_once_are_the_same_as_one_by_one() -> None:
    maps = np.stack([drawn(seed) for seed in range(5)])
    prepared = prepare(maps)
    found = agreement(prepared.take([0, 0, 1, 3]), prepared.take([1, 4, 2, 2]))
    alone = [between(maps[one], maps[other], sigma=2.0) for one, other in ((0, 1), (0, 4), (1, 2), (3, 2))]
    assert all(np.allclose(found[name], [each[name] for each in alone]) for name in MEASURES)


@pytest.mark.parametrize("maps", [np.zeros((4, 4)), np.full((1, 4, 4), np.nan)])
def test_what_is_no_map_is_refused(maps: Floats) -> None:
    with pytest.raises(BadInput):
        prepare(maps)
