"""Masks to polygons, on cases drawn by hand."""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image, ImageDraw

from core.regions import outlines


def mask(*rows: str) -> np.ndarray:
    """A mask drawn with # for damaged."""
    return np.array([[sign == "#" for sign in row] for row in rows])


def corners(drawn: np.ndarray) -> list[set[tuple[float, float]]]:
    """Corners of every polygon, in pixels."""
    size = drawn.shape[::-1]
    return [{(float(x), float(y)) for x, y in polygon * size} for polygon in outlines(drawn)]


def test_an_outline_runs_along_the_outer_edges_of_the_pixels() -> None:
    drawn = mask("....", ".##.", ".##.", "....")
    assert [{(1, 1), (3, 1), (3, 3), (1, 3)}] == corners(drawn)


def test_one_pixel_is_a_square() -> None:
    assert [{(3, 2), (4, 2), (4, 3), (3, 3)}] == corners(mask("....", "....", "...#", "...."))


def test_a_hole_has_an_outline_of_its_own() -> None:
    drawn = mask("####", "#..#", "#..#", "####")
    assert [{(0, 0), (4, 0), (4, 4), (0, 4)}, {(1, 1), (3, 1), (3, 3), (1, 3)}] == corners(drawn)


def test_two_parts_have_two_outlines() -> None:
    assert 2 == len(outlines(mask("#...", "....", "....", "...#")))


def test_a_simpler_outline_has_fewer_corners_and_the_same_area() -> None:
    ys, xs = np.mgrid[:60, :80]
    disk = np.hypot(xs - 40, ys - 30) < 20
    (exact,), (simple,) = outlines(disk), outlines(disk, within=0.8)
    assert len(simple) < len(exact) / 2
    areas = [cv2.contourArea(one) for one in (exact, simple)]
    assert abs(areas[0] - areas[1]) < 0.03 * areas[0]


def test_one_pixel_stays_a_square_however_simple() -> None:
    assert (4, 2) == outlines(mask("....", ".#..", "....", "...."), within=2)[0].shape


def test_an_empty_mask_has_no_outline() -> None:
    assert () == outlines(np.zeros((4, 4), bool))


def test_outlines_filled_by_the_even_odd_rule_are_the_mask_again() -> None:
    ys, xs = np.mgrid[:60, :80]
    ring = np.abs(np.hypot(xs - 40, ys - 30) - 18) < 6
    scale = 8
    filled = np.zeros((60 * scale, 80 * scale), bool)
    for polygon in outlines(ring):
        picture = Image.new("1", (80 * scale, 60 * scale))
        ImageDraw.Draw(picture).polygon([(x * 80 * scale, y * 60 * scale) for x, y in polygon.tolist()], fill=1)
        filled ^= np.array(picture)
    middles = filled[scale // 2 :: scale, scale // 2 :: scale]
    assert (middles != ring).mean() < 0.01
