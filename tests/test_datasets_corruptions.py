"""What spoils a picture, and how much."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.datasets.corruptions import CORRUPTIONS, GRAY, MIDDLE, STRENGTHS, corrupt
from core.domain import Pixels
from core.errors import BadInput, UnknownName

EVERY = tuple(CORRUPTIONS)


def picture() -> Pixels:
    """Something with edges, flat parts, and colors, 450 high and 600 wide."""
    rng = np.random.default_rng(0)
    drawn = np.full((450, 600, 3), (90, 100, 110), np.uint8)
    drawn[125:300, 200:400] = (220, 210, 180)
    drawn[150:200, 225:300] = (60, 40, 120)
    return np.clip(drawn + rng.normal(0, 3, drawn.shape), 0, 255).astype(np.uint8)


def distance(one: Pixels, other: Pixels) -> float:
    return float(np.abs(one.astype(float) - other).mean())


@pytest.mark.parametrize("name", EVERY)
def test_the_same_seed_spoils_the_same_way(name: str) -> None:
    assert np.array_equal(corrupt(picture(), name, 3, seed=7), corrupt(picture(), name, 3, seed=7))


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_every_strength_is_worse_than_the_one_before(name: str, seed: int) -> None:
    clean = picture()
    away = [distance(clean, corrupt(clean, name, strength, seed=seed)) for strength in (0, *STRENGTHS)]
    assert away == sorted(away) and len(set(away)) == 6


@pytest.mark.parametrize("name", EVERY)
def test_shape_and_kind_stay_and_the_clean_picture_is_left_alone(name: str) -> None:
    clean = picture()
    spoiled = corrupt(clean, name, 5)
    assert ((450, 600, 3), "uint8") == (spoiled.shape, spoiled.dtype.name)
    assert np.array_equal(clean, picture())


@pytest.mark.parametrize("name", ["brightness", "contrast", "rotation"])
def test_what_goes_both_ways_does(name: str) -> None:
    assert CORRUPTIONS[name].both
    assert 2 == len({corrupt(picture(), name, 3, seed=seed).tobytes() for seed in range(12)})


def test_brightness_doubles_the_light_at_one_stop() -> None:
    gray = np.full((4, 4, 3), 100, np.uint8)
    said = {int(CORRUPTIONS["brightness"].apply(gray, 1.0, seed)[0, 0, 0]) for seed in range(12)}
    assert {round(100 * 2 ** (1 / 2.2)), round(100 * 0.5 ** (1 / 2.2))} == said


def test_contrast_keeps_the_mean_and_scales_about_it() -> None:
    two = np.array([[[110] * 3, [130] * 3]], np.uint8)
    said = {tuple(CORRUPTIONS["contrast"].apply(two, 100.0, seed)[0, :, 0].tolist()) for seed in range(12)}
    assert {(100, 140), (115, 125)} == said


def test_noise_is_as_strong_as_it_says() -> None:
    gray = np.full((200, 200, 3), 128, np.uint8)
    assert pytest.approx(16, rel=0.02) == (CORRUPTIONS["noise"].apply(gray, 16.0, 0) - 128.0).std()


def test_blur_spreads_an_edge_over_its_share_of_the_height() -> None:
    step = np.zeros((200, 200, 3), np.uint8)
    step[:, 100:] = 200
    row = CORRUPTIONS["blur"].apply(step, 2.0, 0)[100, :, 0].astype(float)  # a deviation of 4 pixels
    slope = np.diff(row)
    center = (slope * np.arange(199)).sum() / slope.sum()
    assert pytest.approx(4.0, rel=0.05) == np.sqrt((slope * (np.arange(199) - center) ** 2).sum() / slope.sum())


def test_a_shift_is_as_far_as_it_says_and_repeats_the_border() -> None:
    rng = np.random.default_rng(1)
    texture = cv2.GaussianBlur(rng.integers(0, 255, (200, 200, 3), dtype=np.uint8), (0, 0), 4)
    moved = CORRUPTIONS["shift"].apply(texture, 10.0, 3)
    window = cv2.createHanningWindow((200, 200), cv2.CV_32F)
    gray = [cv2.cvtColor(one, cv2.COLOR_RGB2GRAY).astype(np.float32) for one in (texture, moved)]
    (x, y), _ = cv2.phaseCorrelate(gray[0], gray[1], window)
    assert pytest.approx(20.0, abs=0.6) == float(np.hypot(x, y))
    assert moved.min() > 0


def test_rotation_leaves_the_center_where_it_is() -> None:
    dot = np.zeros((101, 101, 3), np.uint8)
    dot[50, 50] = dot[50, 90] = 255
    turned = CORRUPTIONS["rotation"].apply(dot, 30.0, 0)[:, :, 0]
    assert turned[50, 50] > 200
    angles = [abs(round(float(np.degrees(np.arctan2(y - 50, x - 50))))) for y, x in np.argwhere(turned > 80)
              if (y, x) != (50, 50)]  # fmt: skip
    assert angles and all(abs(angle - 30) <= 1 for angle in angles)


@pytest.mark.parametrize("seed", range(6))
def test_occlusion_covers_its_share_of_the_middle_and_nothing_else(seed: int) -> None:
    white = np.full((300, 400, 3), 255, np.uint8)
    rows, columns = np.nonzero(CORRUPTIONS["occlusion"].apply(white, 20.0, seed)[:, :, 0] == GRAY)
    assert pytest.approx(0.2 * (MIDDLE * 300) * (MIDDLE * 400), rel=0.03) == len(rows)
    assert rows.min() >= 60 and rows.max() < 240 and columns.min() >= 80 and columns.max() < 320


def test_what_nobody_knows_is_refused_with_the_names() -> None:
    with pytest.raises(UnknownName, match="brightness"):
        corrupt(picture(), "fog", 1)


def test_a_strength_beyond_the_last_is_refused() -> None:
    with pytest.raises(BadInput, match="strength 6"):
        corrupt(picture(), "blur", 6)


@pytest.mark.parametrize(("name", "strength", "says"), [
    ("shift", 4, "12 %"), ("rotation", 2, "±5°"), ("jpeg", 5, "quality 5"), ("noise", 0, "clean"),
])  # fmt: skip
def test_a_strength_is_said_with_its_unit(name: str, strength: int, says: str) -> None:
    assert says == CORRUPTIONS[name].says(strength)
