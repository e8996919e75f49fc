"""Light, place and turn of packages drawn by hand."""

import cv2
import numpy as np
import pytest

from core.datasets.measures import apparent_yaw, damaged_share, filled, light, place, turned, yaw_of
from core.domain import Damage, Truth

SQUARE = np.array([[0.25, 0.25], [0.75, 0.25], [0.75, 0.75], [0.25, 0.75]], np.float32)
EVERYWHERE = np.ones((40, 40), bool)


def checkers(low: int, high: int, step: int = 2) -> np.ndarray:
    rows, columns = np.indices((40, 40)) // step
    return np.repeat(np.where((rows + columns) % 2, high, low).astype(np.uint8)[..., None], 3, axis=2)


def test_brightness_and_contrast_of_black_and_white_in_equal_parts() -> None:
    found = light(checkers(0, 255), EVERYWHERE)
    assert (pytest.approx(0.5, abs=0.01), pytest.approx(0.5, abs=0.01)) == (found.brightness, found.contrast)


def test_only_the_package_counts() -> None:
    picture = np.zeros((40, 40, 3), np.uint8)
    inside = np.zeros((40, 40), bool)
    picture[10:30, 10:30], inside[10:30, 10:30] = 255, True
    assert 1.0 == light(picture, inside).brightness


def test_a_blurred_picture_is_less_sharp() -> None:
    sharp = checkers(60, 200, step=5)
    blurred = cv2.GaussianBlur(sharp, (0, 0), 2)
    assert light(blurred, EVERYWHERE).sharpness < light(sharp, EVERYWHERE).sharpness / 5


def test_half_the_contrast_is_as_sharp() -> None:
    full, half = light(checkers(0, 200), EVERYWHERE), light(checkers(50, 150), EVERYWHERE)
    assert pytest.approx(full.sharpness, rel=0.02) == half.sharpness


def test_a_plain_picture_has_no_sharpness() -> None:
    assert np.isnan(light(np.full((40, 40, 3), 9, np.uint8), EVERYWHERE).sharpness)


def test_no_package_has_no_light_and_no_place() -> None:
    nowhere = np.zeros((40, 40), bool)
    assert np.isnan(light(checkers(0, 255), nowhere).brightness)
    assert np.isnan(list(place(nowhere).values())).all()


def test_a_square_in_the_middle_covers_a_quarter() -> None:
    found = place(filled([SQUARE], (200, 400)))
    assert pytest.approx({"size": 25.0, "x": 50.0, "y": 50.0}, abs=0.7) == found


def test_the_yaw_that_the_maker_wrote_down() -> None:
    mask = np.zeros((4, 4), bool)
    assert 13.6 == yaw_of(Truth(mask, facts={"pose": {"x": 1, "yaw": 13.6}}))
    assert np.isnan(yaw_of(Truth(mask)))
    assert np.isnan(yaw_of(Truth(mask, facts={"pose": {"yaw": "left"}})))


@pytest.mark.parametrize("degrees", [0, 30, -75, 170])
def test_a_turned_crop_has_its_angle_in_a_frame_of_any_shape(degrees: float) -> None:
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])  # y points down
    corners = (np.array([[-30, -20], [30, -20], [30, 20], [-30, 20]]) @ turn.T + [100, 60]) / [200, 120]
    assert pytest.approx(degrees) == apparent_yaw(corners, (120, 200))


def test_yaws_are_told_from_the_usual_one_across_the_half_turn() -> None:
    assert pytest.approx([-4.0, 4.0, np.nan], nan_ok=True) == turned(np.array([176.0, -176.0, np.nan])).tolist()


def test_the_damaged_share_is_of_the_package() -> None:
    mask, inside = np.zeros((10, 10), bool), np.zeros((10, 10), bool)
    inside[:, :5], mask[:2, 4:6] = True, True
    damages = (Damage("dent", 0.5),)
    assert pytest.approx(100 * 2 / 50) == damaged_share(Truth(mask, damages=damages), inside)
    assert np.isnan(damaged_share(Truth(mask), inside))
