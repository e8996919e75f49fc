"""Thumbnails on disk, close-ups, and which view an uploaded file shows."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app import closeups, thumbnails
from app.components.upload import guess, serial
from core.domain import Region, View
from core.study import open_models
from tests.conftest import draw_carton
from tests.tiny_models import SIZE, save_tiny_models


def test_a_thumbnail_is_narrow_and_keeps_its_proportions(tmp_path: Path) -> None:
    thumbnails.make(tmp_path / "small.webp", np.zeros((540, 960, 3), np.uint8))
    assert (320, 180) == Image.open(tmp_path / "small.webp").size


def test_a_picture_that_is_small_already_is_not_enlarged(tmp_path: Path) -> None:
    thumbnails.make(tmp_path / "small.webp", np.zeros((40, 60, 3), np.uint8))
    assert (60, 40) == Image.open(tmp_path / "small.webp").size


def test_a_thumbnail_that_was_not_made_has_no_address(tmp_path: Path) -> None:
    assert thumbnails.address(tmp_path / "none.webp") is None


def test_a_picture_that_cannot_be_read_is_not_tried_again(tmp_path: Path) -> None:
    thumbnails.give_up(tmp_path / "broken.webp")
    assert "" == thumbnails.address(tmp_path / "broken.webp")


def test_a_changed_picture_has_another_thumbnail(tmp_path: Path) -> None:
    picture = tmp_path / "1_top.png"
    draw_carton(damaged=True).save(picture)
    before = thumbnails.place(str(picture), tmp_path, "whole")
    os.utime(picture, ns=(1, 1))
    assert before != thumbnails.place(str(picture), tmp_path, "whole")


def test_a_region_is_where_it_was_in_the_close_up_of_a_whole_frame(tmp_path: Path) -> None:
    opened, _ = open_models(save_tiny_models(tmp_path, "tiny"))
    corners = np.array([[0.25, 0.25], [0.5, 0.25], [0.5, 0.75]], np.float32)
    view = View("top", np.array(draw_carton(damaged=True)), (Region("dent", corners),))
    found = closeups.cut(view, opened["tiny"])
    assert (SIZE, 1.0) == (found.view.pixels.shape[:2], found.confidence)
    np.testing.assert_allclose(found.view.regions[0].polygon, corners, atol=1e-6)


def test_damage_and_twin_are_cut_out_at_the_place_of_their_picture(tmp_path: Path) -> None:
    opened, _ = open_models(save_tiny_models(tmp_path, "tiny"))
    corners = np.array([[0.25, 0.25], [0.5, 0.25], [0.5, 0.75]], np.float32)
    view = View("top", np.array(draw_carton(damaged=True)))
    found = closeups.cut(view, opened["tiny"], outline=(corners,), twin=view)
    assert found.twin is not None
    np.testing.assert_allclose(found.outline[0], corners, atol=1e-6)
    np.testing.assert_array_equal(found.twin.pixels, found.view.pixels)


@pytest.mark.parametrize(
    ("name", "taken", "view"),
    [
        ("0123_top.png", [], "top"),
        ("0123-SIDE.JPG", [], "side"),
        ("0456_side.png", ["side"], "side"),
        ("picture.png", [], "side"),
        ("picture.png", ["side"], "top"),
        ("picture.png", ["side", "top"], "picture"),
        ("picture.png", ["side", "top", "picture"], "picture 4"),
        ("stopwatch.png", [], "side"),
    ],
)
def test_the_view_of_an_uploaded_file_is_guessed_from_its_name(name: str, taken: list[str], view: str) -> None:
    assert view == guess(name, ("side", "top"), taken)


@pytest.mark.parametrize(
    ("name", "says"),
    [("0123_top.png", "0123"), ("0123-SIDE.JPG", "0123"), ("line 4 0456_side.png", "line 4 0456"), ("IMG_0001.png", ""),
     ("top.png", "")],
)  # fmt: skip
def test_a_file_name_says_a_serial_where_it_says_a_camera(name: str, says: str) -> None:
    assert says == serial(name, ("side", "top"))
