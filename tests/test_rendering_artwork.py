"""The artwork of the bundled cartons: what the serial, the bars and the edges of the band promise."""

from __future__ import annotations

import re

import numpy as np
import pytest

from core.domain import Pixels
from core.rendering import artwork, barcode
from core.rendering.artwork import DENSITY, FACES, PRODUCTS, Artwork, draw, printed
from core.rendering.press import MODULE
from core.rendering.products import Barcode, Product

EVERY = pytest.mark.parametrize("product", PRODUCTS.values(), ids=PRODUCTS)


def ink(pixels: Pixels) -> np.ndarray:
    return pixels.max(axis=2) < 140


def drawn_anew(product: Product, seed: int) -> Artwork:
    artwork._constant.cache_clear()
    artwork._blank_end.cache_clear()
    return draw(product, printed(seed))


def corners(drawn: Artwork) -> tuple[int, int, int, int]:
    height, width = drawn.faces["end"].shape[:2]
    left, top = drawn.serial[0] * (width, height)
    right, bottom = drawn.serial[2] * (width, height)
    return int(left), int(top), int(np.ceil(right)), int(np.ceil(bottom))


@EVERY
def test_every_face_has_the_size_of_its_side(product: Product) -> None:
    length, width, height = (round(side * DENSITY) for side in product.size)
    expected = {
        "top": (width, length, 3),
        "bottom": (width, length, 3),
        "front": (height, length, 3),
        "back": (height, length, 3),
        "end": (height, width, 3),
        "tail": (height, width, 3),
    }
    faces = draw(product, printed(0)).faces
    assert expected == {name: faces[name].shape for name in FACES}


@EVERY
def test_the_ink_of_the_serial_touches_all_sides_of_its_quad(product: Product) -> None:
    drawn = draw(product, printed(1))
    left, top, right, bottom = corners(drawn)
    inside = ink(drawn.faces["end"][top:bottom, left:right])
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    assert max(rows[0], columns[0], inside.shape[0] - 1 - rows[-1], inside.shape[1] - 1 - columns[-1]) <= 2


@EVERY
def test_there_is_no_ink_around_the_quad_of_the_serial(product: Product) -> None:
    drawn = draw(product, printed(2))
    left, top, right, bottom = corners(drawn)
    around = ink(drawn.faces["end"][top - 12 : bottom + 12, left - 6 : right + 30])
    around[12:-12, 6:-30] = False
    assert not around.any()


@EVERY
def test_the_thirteen_digits_are_large_enough_to_read(product: Product) -> None:
    left, top, right, bottom = corners(draw(product, printed(3)))
    assert 31 <= (right - left) / DENSITY <= 34 and 3 <= (bottom - top) / DENSITY <= 3.6


@EVERY
def test_another_serial_changes_the_end_and_nothing_else(product: Product) -> None:
    one, other = draw(product, printed(4)), draw(product, printed(5))
    assert {"end"} == {name for name in FACES if not np.array_equal(one.faces[name], other.faces[name])}


@EVERY
def test_the_same_print_gives_the_same_pixels(product: Product) -> None:
    one, again = draw(product, printed(6)), drawn_anew(product, 6)
    assert all(np.array_equal(one.faces[name], again.faces[name]) for name in FACES)


@EVERY
def test_the_band_goes_on_around_the_upper_edge_of_the_front(product: Product) -> None:
    faces = draw(product, printed(0)).faces
    change = np.abs(faces["top"][-1].astype(int) - faces["front"][0]).max(axis=1)
    assert (change > 60).sum() < 1.5 * DENSITY


@EVERY
def test_the_band_goes_on_around_the_upper_edge_of_the_back(product: Product) -> None:
    faces = draw(product, printed(0)).faces
    change = np.abs(faces["top"][0].astype(int) - faces["back"][0, ::-1]).max(axis=1)
    assert (change > 60).sum() < 1.5 * DENSITY


@EVERY
def test_the_bars_on_the_front_are_those_of_the_product_code(product: Product) -> None:
    code = next(element for element in product.front if isinstance(element, Barcode))
    row = draw(product, printed(0)).faces["front"][round((code.y + 5) * DENSITY)]
    places = np.round((code.x + (np.arange(barcode.MODULES) + 0.5) * MODULE) * DENSITY).astype(int)
    assert barcode.modules(barcode.checked(code.digits)) == "".join(
        str(int(dark)) for dark in ink(row[None])[0, places]
    )


def test_the_check_digit_is_that_of_a_known_code() -> None:
    assert "4006381333931" == barcode.checked("400638133393")


def test_the_bars_are_those_of_a_known_code() -> None:
    left = "000110101001110101111011110100010010110011"
    right = "100001010000101000010111010010000101100110"
    assert f"101{left}01010{right}101" == barcode.modules("4006381333931")


def test_a_print_has_the_form_of_a_print() -> None:
    said = printed(7)
    assert re.fullmatch(
        r"0\d{12} [A-Z]{2}\d{6}-\d[A-Z] (0[1-9]|1[0-2])\.20\d\d", f"{said.serial} {said.batch} {said.expiry}"
    )


def test_every_seed_has_its_own_serial() -> None:
    assert 500 == len({printed(seed).serial for seed in range(500)})
