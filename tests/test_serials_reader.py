"""What the shipped reader makes of faces whose print is known, of faces without any, and of bad pictures."""

from __future__ import annotations

import json
from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from core.domain import NOT_VISIBLE, READ, STATUSES, UNSURE, Pixels
from core.rendering.artwork import PRODUCTS, draw, printed
from core.serials.barcodes import barcodes
from core.serials.finding import candidates, gray_of, under_bars
from core.serials.reader import LineFound
from core.settings import settings
from core.studies import serials
from tests.printed_faces import printed_face

SERIAL, BATCH, EXPIRY = LINES = ("0487317766749", "QK363683-8D", "12.2029")


def read(pixels: Pixels) -> dict[str, LineFound]:
    return {one.line: one for one in serials.reader().read(pixels)}


def texts(lines: Sequence[str] = LINES, **look: float) -> dict[str, LineFound]:
    return read(printed_face(lines, **look))  # type: ignore[arg-type]


@pytest.mark.parametrize("skew", [-0.3, -0.12, 0.0, 0.12, 0.3])
@pytest.mark.parametrize("blur", [0.3, 0.7, 1.0])
def test_a_face_is_read_at_every_skew_and_blur(skew: float, blur: float) -> None:
    found = texts(skew=skew, blur=blur, tall=10.0)
    assert (READ, SERIAL) == (found["serial"].status, found["serial"].text)
    assert EXPIRY == found["expiry"].text
    assert BATCH == found["batch"].text


def crumpled(pixels: Pixels, *, reach: float, start: int = 195) -> Pixels:
    """The picture with everything right of a column pushed down, the farther the more."""
    height, width = pixels.shape[:2]
    shift = np.maximum(np.arange(width) - start, 0) ** 2 / 45.0**2 * reach
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    moved = (rows - shift[None]).astype(np.float32)
    return np.asarray(cv2.remap(pixels, columns, moved, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8)


@pytest.mark.parametrize("reach", [3.0, 5.0])
def test_a_line_on_a_crumpled_face_is_straightened_and_read(reach: float) -> None:
    face = crumpled(printed_face((SERIAL,), tall=11.0), reach=reach)
    bent = [one.bend for one in candidates(gray_of(face)) if one.bend is not None]
    assert bent and bent[0][-1] > bent[0][len(bent[0]) // 2] + 0.5 * reach
    assert SERIAL == read(face)["serial"].text


def test_a_straight_line_is_left_straight() -> None:
    found = candidates(gray_of(printed_face(LINES, tall=11.0, skew=0.2)))
    assert [None] * 3 == [one.bend for one in found[:3]]


@pytest.mark.parametrize("seed", range(6))
def test_other_serials_are_read_too(seed: int) -> None:
    what = printed(seed)
    found = texts((what.serial, what.batch, what.expiry), tall=9.0, skew=0.1, seed=seed)
    assert [what.serial, what.batch] == [found["serial"].text, found["batch"].text]


def test_each_character_has_a_confidence_and_the_whole_is_no_surer_than_all_of_them() -> None:
    found = texts()["serial"]
    assert len(SERIAL) == len(found.characters)
    assert all(0 < one <= 1 for one in found.characters) and 0 < found.confidence < 1


def test_the_corners_lie_around_the_ink() -> None:
    found = texts(tall=12.0)["serial"]
    assert found.corners is not None
    left, top = found.corners.min(axis=0)
    right, bottom = found.corners.max(axis=0)
    assert 146 <= left <= 153 and 94 <= top <= 101 and 108 <= bottom <= 113
    assert 6.5 <= (right - left) / (bottom - top) <= 11


def test_a_label_on_the_same_line_is_left_out() -> None:
    found = texts((f"SN: {SERIAL}", f"LOT: {BATCH}"), tall=11.0)
    assert [SERIAL, BATCH] == [found["serial"].text, found["batch"].text]


def test_a_face_upside_down_is_read_or_unsure_and_never_made_up() -> None:
    found = read(np.ascontiguousarray(printed_face(LINES, tall=12.0)[::-1, ::-1]))["serial"]
    assert found.text == SERIAL or found.status != READ


def test_light_print_on_a_dark_face_is_read() -> None:
    found = read(255 - printed_face(LINES, tall=11.0))["serial"]
    assert (READ, SERIAL) == (found.status, found.text)


def test_print_that_is_blurred_away_is_not_said_to_be_read() -> None:
    found = texts(blur=4.5)["serial"]
    assert found.status in (UNSURE, NOT_VISIBLE) and found.reason


def test_print_that_the_frame_cuts_off_is_not_visible_and_says_why() -> None:
    whole = printed_face(LINES, tall=10.0)
    found = read(np.ascontiguousarray(whole[:, :190]))["serial"]
    assert (NOT_VISIBLE, "") == (found.status, found.text)
    assert "frame" in found.reason


def test_two_serials_are_unsure_and_both_are_named() -> None:
    other = "0213825292688"
    found = texts((SERIAL, "", "", other), tall=11.0)["serial"]
    assert UNSURE == found.status and found.confidence <= 0.5
    assert SERIAL in found.reason and other in found.reason


@pytest.mark.parametrize("words", ["БГДЖЗИЙЛПУФЦЧ", "ΑΒΓΔΘΛΞΠΣΦΨΩδ", "აბგდევზთიკლმნ", "NOT A SERIAL", "SN:"])
def test_other_scripts_and_words_are_no_serial(words: str) -> None:
    found = texts((words,), tall=12.0)["serial"]
    assert NOT_VISIBLE == found.status or (UNSURE == found.status and found.confidence < 0.5)


@pytest.mark.parametrize("lines", [("048731776674",), ("04873177667495",), ("9487317766749",)])
def test_a_number_of_another_length_or_beginning_is_not_read_as_a_serial(lines: Sequence[str]) -> None:
    assert READ != texts(lines, tall=12.0)["serial"].status


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((540, 960, 3), np.uint8),
        np.full((540, 960, 3), 255, np.uint8),
        np.zeros((1, 1, 3), np.uint8),
        np.zeros((20, 2000, 3), np.uint8),
        np.random.default_rng(0).integers(0, 256, (200, 300, 3), dtype=np.uint8),
        np.tile(np.array([[[0], [255]], [[255], [0]]], np.uint8), (100, 150, 3)),
    ],
)
def test_a_picture_without_a_package_shows_no_serial_and_raises_nothing(pixels: Pixels) -> None:
    found = read(pixels)
    assert {NOT_VISIBLE} == {one.status for one in found.values()}
    assert all(not one.text and one.corners is None and one.reason for one in found.values())


def test_a_large_picture_is_read_at_its_own_scale() -> None:
    small = printed_face(LINES, tall=10.0, size=(320, 480))
    large = cv2.resize(small, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    assert SERIAL == read(large)["serial"].text


def test_another_factorys_line_is_read_from_one_line_of_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECONDLOOK_LINES", json.dumps({"serial": "0############", "lot": "LOT @-####"}))
    settings.cache_clear()
    found = texts((SERIAL, "LOT A-0042"), tall=12.0)
    assert [SERIAL, "LOT A-0042"] == [found["serial"].text, found["lot"].text]


def test_the_number_under_a_barcode_is_no_serial() -> None:
    face = printed_face(("0098112122878",), tall=11.0, at=(150.0, 150.0))
    bars = np.repeat(np.random.default_rng(1).integers(0, 2, 48), 2)[None] * 130
    face[100:136, 152:248] = np.clip(face[100:136, 152:248] - bars[..., None], 0, 255)
    gray = gray_of(face)
    barred = [one for one in candidates(gray) if under_bars(gray, one.corners)]
    assert 1 == len(barred)
    assert READ != read(face)["serial"].status


def test_a_line_under_another_line_does_not_stand_under_bars() -> None:
    gray = gray_of(printed_face((SERIAL, SERIAL, SERIAL), tall=10.0))
    assert [] == [one for one in candidates(gray) if under_bars(gray, one.corners)]


def test_a_legible_barcode_is_read_and_named() -> None:
    front = draw(PRODUCTS["quelvora"], printed(1)).faces["front"]
    (code,) = barcodes(front)
    assert ("204159265358", "EAN-13", True) == (code.text[:12], code.kind, code.product)
    assert (4, 2) == code.corners.shape


def test_every_status_is_one_of_the_three() -> None:
    for look in ({"blur": 0.4}, {"blur": 2.0}, {"tall": 5.0}, {"contrast": 12.0}):
        assert {one.status for one in texts(**look).values()} <= set(STATUSES)
