"""Shapes of the canvas as marked areas, and back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from app.shapes import BRUSH, FILL, LINE, drawing_of, followed, region_of, shapes_of
from app.sheet import Sheet
from core.domain import SUGGESTED, AnnotatedRegion, Runs
from core.studies.marking import is_box

SHEET = Sheet((100, 200), left=40, top=20, width=100, height=50, canvas=(200, 400))
"""Four pixels of the canvas for one of the frame."""


def rect(left: float, top: float, width: float, height: float, **more: Any) -> dict[str, Any]:
    return {
        "type": "Rect", "originX": "left", "originY": "top", "left": left, "top": top, "width": width,
        "height": height, "strokeWidth": 2, "strokeUniform": True, "scaleX": 1, "scaleY": 1, "angle": 0, **more,
    }  # fmt: skip


def corners(region: AnnotatedRegion) -> list[list[float]]:
    assert region.polygon is not None
    return np.round(region.polygon * (200, 100), 3).tolist()


def polygon(*points: tuple[float, float]) -> AnnotatedRegion:
    return AnnotatedRegion(polygon=np.array(points, np.float32))


SQUARE = polygon((0.3, 0.3), (0.5, 0.3), (0.5, 0.5), (0.3, 0.5))
KITE = polygon((0.4, 0.3), (0.5, 0.4), (0.4, 0.6), (0.3, 0.4))


def test_a_box_is_where_the_mouse_went() -> None:
    (shape,) = shapes_of({"objects": [rect(40, 80, 20, 40)]})
    found = region_of(shape, SHEET)
    assert [[50, 40], [55, 40], [55, 50], [50, 50]] == corners(found) and is_box(found)


def test_a_box_that_was_stretched_is_as_large_as_its_scale() -> None:
    (shape,) = shapes_of({"objects": [rect(40, 80, 20, 40, scaleX=2, scaleY=0.5)]})
    assert [[50, 40], [60, 40], [60, 45], [50, 45]] == corners(region_of(shape, SHEET))


def test_a_box_that_was_turned_by_a_quarter_lies_on_its_side() -> None:
    turned = rect(100, 100, 40, 20, angle=90, originX="center", originY="center")
    (shape,) = shapes_of({"objects": [turned]})
    assert {(90, 80), (90, 120), (110, 80), (110, 120)} == {tuple(map(round, one)) for one in shape.lines[0].tolist()}


def test_a_polygon_that_was_moved_and_doubled_is_measured_from_its_middle() -> None:
    points = [{"x": 10, "y": 10}, {"x": 30, "y": 10}, {"x": 20, "y": 30}]
    moved = {"type": "Polygon", "points": points, "left": 100, "top": 60, "scaleX": 2, "scaleY": 2, "strokeWidth": 2}
    (shape,) = shapes_of({"objects": [moved]})
    assert [[80, 40], [120, 40], [100, 80]] == shape.lines[0].tolist()


def test_a_polygon_that_is_not_closed_yet_is_none() -> None:
    open_path = {"type": "Path", "path": [["M", 0, 0], ["L", 9, 0], ["L", 9, 9]], "left": 4, "top": 4, "stroke": LINE}
    assert [] == shapes_of({"objects": [open_path]})


def freehand(stroke: str, width: float) -> dict[str, Any]:
    path = [["M", 100, 50], ["Q", 100, 50, 120, 50], ["Q", 140, 50, 140, 70], ["L", 140, 90]]
    return {"type": "Path", "path": path, "left": 120, "top": 70, "stroke": stroke, "strokeWidth": width}


def test_a_freehand_line_is_closed_to_an_outline() -> None:
    (shape,) = shapes_of({"objects": [freehand(LINE, 2)]})
    found = corners(region_of(shape, SHEET))
    assert [65, 32.5] == found[0] and [75, 42.5] == found[-1] and len(found) > 10


def test_a_brush_paints_the_pixels_under_it() -> None:
    stroke = {"type": "Path", "path": [["M", 40, 98], ["L", 80, 98]], "left": 60, "top": 98, "stroke": BRUSH}
    (shape,) = shapes_of({"objects": [{**stroke, "strokeWidth": 12}]})
    painted = region_of(shape, SHEET).brush
    assert painted is not None
    rows, columns = np.nonzero(painted.mask)
    assert (43, 45) == (rows.min(), rows.max())  # three pixels of the frame, around 44.5
    assert 48 <= columns.min() <= 49 and 60 <= columns.max() <= 61


def test_what_leaves_the_frame_is_cut_off() -> None:
    whole = Sheet((100, 200), 0, 0, 200, 100, (100, 200))
    (shape,) = shapes_of({"objects": [rect(-20, 50, 60, 90)]})
    assert [[0, 50], [40, 50], [40, 100], [0, 100]] == corners(region_of(shape, whole))


def ring() -> AnnotatedRegion:
    mask = np.zeros((100, 200), bool)
    mask[30:60, 60:90] = True
    mask[40:50, 70:80] = False
    mask[22:25, 100:120] = True
    return AnnotatedRegion(brush=Runs.of(mask))


@pytest.mark.parametrize("region", [SQUARE, KITE, ring()], ids=["box", "polygon", "paint with a hole"])
def test_an_area_put_on_the_canvas_comes_back(region: AnnotatedRegion) -> None:
    (shape,) = shapes_of(drawing_of([region], SHEET))
    found = region_of(shape, SHEET)
    if region.polygon is None:
        assert region == found
    else:
        assert found.polygon == pytest.approx(region.polygon, abs=0.01 / 100)


def test_a_suggested_area_is_dashed() -> None:
    drawn = drawing_of([replace(KITE, origin=SUGGESTED), KITE], SHEET)["objects"]
    assert drawn[0]["strokeDashArray"] and not drawn[1]["strokeDashArray"]
    assert FILL == drawn[0]["fill"]


def geometries(drawing: dict[str, Any]) -> list[tuple[object, ...]]:
    return [one.geometry for one in shapes_of(drawing)]


def test_what_nobody_touched_stays_exactly_as_it_was() -> None:
    drawing = drawing_of([KITE, SQUARE], SHEET)
    before = geometries(drawing)
    drawing["objects"].append(rect(10, 10, 50, 50))
    after = followed([KITE, SQUARE], before, shapes_of(drawing), SHEET)
    assert (KITE, SQUARE) == after[:2] and 3 == len(after)


def test_what_was_moved_keeps_its_words() -> None:
    named = replace(SQUARE, kind="dent", severity=0.5, note="corner", origin=SUGGESTED)
    drawing = drawing_of([KITE, named], SHEET)
    before = geometries(drawing)
    drawing["objects"][1]["left"] += 40
    _, moved = followed([KITE, named], before, shapes_of(drawing), SHEET)
    assert ("dent", 0.5, "corner", SUGGESTED) == (moved.kind, moved.severity, moved.note, moved.origin)
    assert [70, 30] == corners(moved)[0]


def test_one_of_three_is_deleted_and_the_others_keep_their_words() -> None:
    every = [replace(KITE, kind="dent"), SQUARE, replace(SQUARE, polygon=SQUARE.polygon + np.float32(0.1), kind="tear")]
    drawing = drawing_of(every, SHEET)
    before = geometries(drawing)
    del drawing["objects"][1]
    assert ["dent", "tear"] == [one.kind for one in followed(every, before, shapes_of(drawing), SHEET)]


def test_what_comes_back_has_its_words_again() -> None:
    named = replace(SQUARE, kind="dent")
    drawing = drawing_of([named], SHEET)
    (geometry,) = geometries(drawing)
    assert (named,) == followed([], [], shapes_of(drawing), SHEET, {geometry: named})
