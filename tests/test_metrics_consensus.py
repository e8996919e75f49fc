"""Agreement of maps against cases drawn by hand, and a slow twin written from the definition."""

from __future__ import annotations

from statistics import median, pstdev

import numpy as np
import pytest

from core.errors import BadInput
from core.metrics.consensus import consensus, dissent, to_mass_one, top, votes


def grid(*rows: str) -> np.ndarray:
    """A 4 x 4 map, a digit a pixel."""
    return np.array([[float(digit) for digit in row] for row in rows], np.float32)


LEFT = grid("4000", "4000", "0000", "0000")
RIGHT = grid("0001", "0001", "0000", "0000")
WIDE = grid("2002", "0000", "0000", "0000")
THREE = np.stack([LEFT, RIGHT, WIDE])


def test_a_map_is_brought_to_mass_one_whatever_its_unit() -> None:
    assert [1.0, 1.0, 1.0] == to_mass_one(THREE).sum(axis=(1, 2)).tolist()
    assert 0.5 == to_mass_one(THREE)[0, 1, 0]


def test_what_speaks_against_is_no_mass() -> None:
    assert 1.0 == to_mass_one(np.stack([LEFT - 1, LEFT]))[0].max() * 2


def test_a_map_without_evidence_stays_empty() -> None:
    assert 0.0 == to_mass_one(np.stack([-LEFT, LEFT]))[0].max()


def test_a_place_that_two_of_three_mark_is_in_the_consensus() -> None:
    found = consensus(THREE)
    assert [(0, 0), (0, 3)] == [tuple(place) for place in np.argwhere(found > 0).tolist()]
    assert 0.5 == found[0, 0] == found[0, 3]


def test_maps_that_agree_have_no_dissent() -> None:
    assert 0.0 == dissent(np.stack([LEFT, 7 * LEFT])).max()


def test_dissent_is_the_spread_of_the_masses() -> None:
    assert dissent(np.stack([LEFT, RIGHT]))[0, 0] == pytest.approx(0.25)


def test_consensus_and_dissent_are_what_their_definition_says() -> None:
    maps = np.random.default_rng(3).normal(size=(5, 4, 4))
    masses = [np.maximum(one, 0) / np.maximum(one, 0).sum() for one in maps]
    for row in range(4):
        for column in range(4):
            here = [float(mass[row, column]) for mass in masses]
            assert consensus(maps)[row, column] == pytest.approx(median(here))
            assert dissent(maps)[row, column] == pytest.approx(pstdev(here))


def test_the_top_quarter_of_sixteen_pixels_are_the_four_strongest() -> None:
    values = np.arange(16, dtype=np.float32).reshape(4, 4)
    assert [12, 13, 14, 15] == sorted(values[top(values, 0.25)].tolist())


def test_only_pixels_that_count_can_be_among_the_strongest() -> None:
    values, inside = np.arange(16, dtype=np.float32).reshape(4, 4), np.zeros((4, 4), bool)
    inside[:2] = True
    assert [6, 7] == sorted(values[top(values, 0.25, inside=inside)].tolist())


def test_a_pixel_without_evidence_is_never_among_the_strongest() -> None:
    assert 2 == top(LEFT, 0.5).sum()


def test_pixels_as_strong_as_the_last_are_among_the_strongest_too() -> None:
    assert 16 == top(np.ones((4, 4), np.float32), 0.05).sum()


def test_votes_count_the_maps_that_have_a_pixel_on_top() -> None:
    found = votes(THREE, 0.125)
    assert [2, 0, 0, 2] == found[0].tolist()
    assert [1, 0, 0, 1] == found[1].tolist()


@pytest.mark.parametrize("asked", [consensus, dissent, votes])
def test_one_map_agrees_with_nobody(asked: object) -> None:
    with pytest.raises(BadInput, match="at least two maps"):
        asked(LEFT[None])  # type: ignore[operator]  # one of three functions
