"""Finding a printed face, and getting back to the frame."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.domain import Pixels, View
from core.errors import BadInput
from core.models.framing import FRAMINGS, Framer, Placement, whole_frame
from core.models.framings.pattern import PatternFraming

SIZE = (88, 160)
CORNERS = [[150, 120], [350, 120], [350, 220], [150, 220]]


def printed_face(design: int = 7) -> Pixels:
    """(100, 200, 3): random print, the same at every call for one design."""
    rng = np.random.default_rng(design)
    face = np.full((100, 200, 3), 230, np.uint8)
    for _ in range(160):
        x, y = rng.integers(4, 190), rng.integers(4, 92)
        width, height = rng.integers(2, 9, 2)
        cv2.rectangle(face, (int(x), int(y)), (int(x + width), int(y + height)), rng.integers(0, 160, 3).tolist(), -1)
    return face


def scene(
    *,
    angle: float = 0.0,
    shift: tuple[float, float] = (0.0, 0.0),
    size: tuple[int, int] = (360, 520),
    design: int = 7,
) -> View:
    """The face on a plain mat, turned about its center and shifted, as the view "top"."""
    turn = np.vstack([cv2.getRotationMatrix2D((100, 50), angle, 1.0), [0, 0, 1]])
    place = np.array([[1, 0, 150 + shift[0]], [0, 1, 120 + shift[1]], [0, 0, 1]]) @ turn
    picture = np.full((360, 520, 3), 90, np.uint8)
    cv2.warpPerspective(printed_face(design), place, (520, 360), picture, cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT)
    return View("top", cv2.resize(picture, (size[1], size[0]), interpolation=cv2.INTER_AREA))


@pytest.fixture(scope="module")
def framer() -> Framer:
    """Learnt from one marked picture."""
    return PatternFraming.learn({"top": [scene()]}, SIZE, {"top": {"corners": CORNERS}})


def difference(one: Pixels, other: Pixels) -> float:
    return float(np.abs(one.astype(float) - other.astype(float)).mean())


@pytest.mark.parametrize("name", FRAMINGS.names())
def test_every_framing_is_restored_from_its_own_state(name: str) -> None:
    learnt = FRAMINGS[name].learn({"top": [scene()]}, SIZE, {"top": {"corners": CORNERS}})
    restored = FRAMINGS[name].restore(*learnt.state())
    np.testing.assert_allclose(restored.locate(scene()).transform, learnt.locate(scene()).transform, atol=1e-6)


@pytest.mark.parametrize(("angle", "shift"), [(0, (40, 30)), (15, (0, 0)), (-22, (-60, 50)), (120, (30, -20))])
def test_a_turned_and_shifted_face_is_cut_out_upright(
    framer: Framer, angle: float, shift: tuple[float, float]
) -> None:
    reference = framer.locate(scene())
    view = scene(angle=angle, shift=shift)
    found = framer.locate(view)
    assert found.sure
    assert difference(found.crop(view.pixels), reference.crop(scene().pixels)) < 8


def test_the_marked_corners_lie_inside_the_crop_with_a_margin(framer: Framer) -> None:
    corners = cv2.perspectiveTransform(np.array([CORNERS], np.float32), framer.locate(scene()).transform)[0]
    margin = np.array([SIZE[1] - 160 / 1.24, SIZE[0] - 80 / 1.24]) / 2
    np.testing.assert_allclose(corners[0], margin, atol=1.5)
    np.testing.assert_allclose(corners[2], np.array([SIZE[1], SIZE[0]]) - margin, atol=1.5)


def test_a_frame_of_half_the_resolution_is_framed_alike(framer: Framer) -> None:
    small = scene(size=(180, 260))
    assert framer.locate(small).sure
    assert difference(framer.locate(small).crop(small.pixels), framer.locate(scene()).crop(scene().pixels)) < 20


def test_an_empty_mat_is_said_to_be_unsure_and_shown_whole(framer: Framer) -> None:
    view = View("top", np.full((360, 520, 3), 90, np.uint8))
    found = framer.locate(view)
    assert not found.sure
    assert found.confidence == 0
    np.testing.assert_allclose(found.outline(), [[0, 0], [520, 0], [520, 360], [0, 360]], atol=1e-3)


def test_a_view_without_a_pattern_is_unsure(framer: Framer) -> None:
    found = framer.locate(View("back", scene().pixels))
    assert found.confidence == 0
    assert "back" in found.reason


def test_a_plain_face_is_refused_with_a_remedy() -> None:
    view = View("top", np.full((360, 520, 3), 90, np.uint8))
    with pytest.raises(BadInput, match="features"):
        PatternFraming.learn({"top": [view]}, SIZE, {"top": {"corners": CORNERS}})


@pytest.mark.parametrize(
    "corners",
    [
        [[150, 120], [350, 220], [350, 120], [150, 220]],
        [[150, 220], [350, 220], [350, 120], [150, 120]],
        [[150, 120], [151, 120], [151, 121], [150, 121]],
        [[150, 120]] * 4,
    ],
    ids=["crossed", "counterclockwise", "tiny", "one point"],
)
def test_corners_that_surround_no_face_are_refused(corners: list[list[int]]) -> None:
    with pytest.raises(BadInput, match="clockwise"):
        PatternFraming.learn({"top": [scene()]}, SIZE, {"top": {"corners": corners}})


def test_missing_marks_are_refused_with_the_layout_of_the_file() -> None:
    with pytest.raises(BadInput, match="corners"):
        PatternFraming.learn({"top": [scene()]}, SIZE, {})


def test_the_whole_frame_maps_corner_to_corner() -> None:
    found = whole_frame((40, 60), (20, 20))
    assert isinstance(found, Placement)
    np.testing.assert_allclose(found.outline(), [[0, 0], [60, 0], [60, 40], [0, 40]], atol=1e-4)


@pytest.fixture(scope="module")
def two_designs() -> PatternFraming:
    """Learnt from two products before the same camera, the second one marked a little to the right."""
    moved = [[x + 40, y + 30] for x, y in CORNERS]
    views = [scene(), scene(design=8, shift=(40, 30)), scene(angle=9), scene(angle=-7, design=8)]
    return PatternFraming.learn({"top": views}, SIZE, {"top": [{"corners": CORNERS}, {"corners": moved}]})


@pytest.mark.parametrize("design", [7, 8])
def test_each_of_two_products_is_found_by_its_own_print(two_designs: PatternFraming, design: int) -> None:
    view = scene(angle=-22, shift=(-60, 50), design=design)
    found = two_designs.locate(view)
    assert found.confidence == 1
    reference = scene(design=design)
    assert difference(found.crop(view.pixels), two_designs.locate(reference).crop(reference.pixels)) < 8


def test_faces_in_one_plane_before_one_camera_share_it(two_designs: PatternFraming) -> None:
    one, other = two_designs.patterns["top"]
    np.testing.assert_array_equal(one.plane, other.plane)
    assert one.canvas == other.canvas


def test_a_face_that_is_seen_obliquely_gets_a_plane_of_its_own() -> None:
    oblique = [[170, 125], [335, 122], [350, 220], [150, 220]]
    marks = {"top": [{"corners": CORNERS}, {"corners": oblique, "aspect": 2.0}]}
    one, other = PatternFraming.learn({"top": [scene(), scene(design=8)]}, SIZE, marks).patterns["top"]
    assert not np.allclose(one.plane, other.plane)


def test_another_picture_enriches_the_product_it_shows(two_designs: PatternFraming) -> None:
    marks = {"top": [{"corners": CORNERS}, {"corners": CORNERS}]}
    poor = PatternFraming.learn({"top": [scene(), scene(design=8)]}, SIZE, marks)
    rich = PatternFraming.learn({"top": [scene(), scene(design=8), scene(angle=5, design=8)]}, SIZE, marks)
    before, after = ([len(pattern.points) for pattern in one.patterns["top"]] for one in (poor, rich))
    assert after[0] == before[0]
    assert after[1] > before[1]


def test_two_products_are_restored_as_they_were(two_designs: PatternFraming) -> None:
    restored = PatternFraming.restore(*two_designs.state())
    for design in (7, 8):
        view = scene(angle=9, design=design)
        np.testing.assert_allclose(restored.locate(view).transform, two_designs.locate(view).transform, atol=1e-6)


def test_a_card_of_one_product_from_before_is_still_read(framer: Framer) -> None:
    card, arrays = framer.state()
    old = card | {"views": {name: entries[0] for name, entries in card["views"].items()}}
    renamed = {name.replace(".0.", "."): array for name, array in arrays.items()}
    restored = PatternFraming.restore(old, renamed)
    np.testing.assert_allclose(restored.locate(scene()).transform, framer.locate(scene()).transform, atol=1e-6)
