"""The forms in which a map is drawn."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from core.figures import maps
from core.figures.maps import FORMS, Display, Window

PIXELS = np.full((20, 30, 3), 128, np.uint8)
VALUES = np.zeros((20, 30), np.float32)
VALUES[10, 15], VALUES[4, 4] = 1.0, -1.0


def test_smoothing_is_a_gaussian() -> None:
    values = np.random.default_rng(0).normal(size=(40, 50)).astype(np.float32)
    theirs = gaussian_filter(values, 2.0)
    np.testing.assert_allclose(maps.smoothed(values, 2.0), theirs, atol=1e-3)


def test_without_smoothing_a_map_stays_as_it_is() -> None:
    assert maps.smoothed(VALUES, 0.0) is VALUES


def test_a_map_alone_shows_nothing_of_the_picture() -> None:
    drawn = maps.alone(np.maximum(VALUES, 0), Display(), limit=1)
    assert tuple(maps.palette("positive")[0]) == tuple(drawn[0, 0])
    assert tuple(maps.palette("positive")[-1]) == tuple(drawn[10, 15])


def test_a_signed_map_alone_is_white_where_nothing_speaks() -> None:
    drawn = maps.alone(VALUES, Display(part="signed"), limit=1)
    assert min(drawn[0, 0]) > 240
    assert drawn[10, 15, 0] > drawn[10, 15, 1]
    assert drawn[4, 4, 1] > drawn[4, 4, 0]


def test_a_ring_has_its_color_and_leaves_what_lies_outside_alone() -> None:
    mask = np.zeros((20, 30), bool)
    mask[6:14, 8:20] = True
    drawn = maps.ringed(PIXELS, mask, "#0072B2", width=1)
    assert drawn[6, 12, 2] > drawn[6, 12, 0]
    assert (128, 128, 128) == tuple(drawn[0, 0])
    assert 128 == PIXELS.max()


def test_a_mask_of_nothing_has_no_ring() -> None:
    assert np.array_equal(PIXELS, maps.ringed(PIXELS, np.zeros((20, 30), bool), "#0072B2"))


def test_a_polygon_moves_with_its_window() -> None:
    corner = np.array([[0.5, 0.5], [0.75, 0.5]], np.float32)
    (moved,) = maps.within((corner,), Window(10, 20, 15, 30), (20, 30))
    assert moved.tolist() == [[0.0, 0.0], [0.5, 0.0]]


def test_without_a_window_polygons_stay() -> None:
    corner = np.array([[0.5, 0.5]], np.float32)
    assert corner is maps.within((corner,), None, (20, 30))[0]


@pytest.mark.parametrize("name", FORMS)
def test_every_form_says_what_it_is(name: maps.Form) -> None:
    assert FORMS[name].endswith(".")
