"""Canvas to window to frame, and back."""

from __future__ import annotations

import numpy as np
import pytest

from app.sheet import LEVELS, SHAPE, Sheet, opened

FRAME = (540, 960)
BOX = (284.0, 103.0, 651.0, 297.0)


def test_a_point_of_the_canvas_lies_where_a_ruler_says() -> None:
    looks = Sheet((100, 200), left=50, top=20, width=40, height=30, canvas=(60, 80))
    assert [[0.25, 0.2], [0.45, 0.5], [0.35, 0.35]] == looks.to_frame(np.array([[0, 0], [80, 60], [40, 30]])).tolist()


def test_a_point_left_of_the_frame_is_below_zero() -> None:
    looks = Sheet((100, 200), left=0, top=0, width=200, height=100, canvas=(50, 100))
    assert -0.1 == pytest.approx(looks.to_frame(np.array([[-10.0, 0.0]]))[0, 0])


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("width", [285, 493, 1037])
@pytest.mark.parametrize("at", [None, (0.0, 1.0), (0.5, 0.4)])
def test_every_point_comes_back_from_the_frame(level: str, width: int, at: tuple[float, float] | None) -> None:
    looks = opened(FRAME, BOX, width=width, level=level, at=at)
    points = np.random.default_rng(0).uniform(-20, 1.2 * width, (200, 2))
    assert points == pytest.approx(looks.to_canvas(looks.to_frame(points)), abs=1e-9)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("at", [None, (0.0, 0.0), (1.0, 1.0)])
def test_the_window_stays_in_the_frame_and_the_canvas_in_its_place(level: str, at: tuple[float, float] | None) -> None:
    looks = opened(FRAME, BOX, width=500, level=level, at=at)
    assert 0 <= looks.left <= looks.left + looks.width <= 960 and 0 <= looks.top <= looks.top + looks.height <= 540
    assert max(looks.canvas) <= 500
    across, down = looks.scale
    assert across == pytest.approx(down, rel=0.01)


def test_the_package_is_in_the_window_with_a_margin() -> None:
    looks = opened(FRAME, BOX, width=500)
    assert looks.left < 284 - 30 and looks.left + looks.width > 651 + 30
    assert looks.top < 103 - 30 and looks.top + looks.height > 297 + 30


def test_closer_shows_half_of_it_in_a_canvas_of_the_same_size() -> None:
    near, far = opened(FRAME, BOX, width=500, level="2 x"), opened(FRAME, BOX, width=500)
    assert near.canvas == pytest.approx(far.canvas, abs=2) and near.width == pytest.approx(far.width / 2, abs=1)
    assert near.width / near.height == pytest.approx(SHAPE, rel=0.02)


def test_a_tiny_frame_and_a_tall_one_are_shown_whole() -> None:
    assert (64, 48) == (opened((48, 64), (0, 0, 64, 48), width=300, level="Frame").width, 48)
    tall = opened((900, 300), (0, 0, 300, 900), width=300, level="Frame")
    assert (300, 100) == tall.canvas
