"""Draws the printed faces of a carton."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from core.domain import Floats, Pixels, frozen
from core.rendering.press import put, wrap
from core.rendering.products import BOLD, PRODUCTS, SANS, Product
from core.rendering.sheet import DENSITY, Box, Sheet

__all__ = ["DENSITY", "FACES", "PRODUCTS", "Artwork", "Print", "Product", "draw", "printed"]

FACES = ("top", "bottom", "front", "back", "end", "tail")
"""Faces of a carton: +z, -z, -y, +y, +x, -x."""

_PLAIN, _INK, _FOLD = "#ecedeb", "#333333", "#c9cac8"
_LETTERS = "ABCDEFGHKLMNPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Print:
    """What is printed on one particular carton.

    Attributes:
        serial: 13 digits.
        batch: two letters, six digits, a dash, a digit and a letter.
        expiry: month and year, for example "08.2029".
    """

    serial: str
    batch: str
    expiry: str


@dataclass(frozen=True, slots=True)
class Artwork:
    """The printed faces of one carton.

    Attributes:
        faces: (H, W, 3) uint8 sRGB by name of the face, `DENSITY` pixels per mm.
        serial: (4, 2) float32 corners of the serial's digits on the "end" picture, x right and y down,
            in [0, 1], clockwise from the top left, tight around the ink.
    """

    faces: Mapping[str, Pixels]
    serial: Floats


def printed(seed: int) -> Print:
    """What is printed on the carton with this number."""
    rng = np.random.default_rng(seed)
    digits = "".join(str(digit) for digit in rng.integers(0, 10, 19))
    first, second, last = (_LETTERS[place] for place in rng.integers(0, len(_LETTERS), 3))
    batch = f"{first}{second}{digits[:6]}-{rng.integers(1, 10)}{last}"
    return Print(f"0{digits[6:18]}", batch, f"{rng.integers(1, 13):02d}.{rng.integers(2027, 2031)}")


def draw(product: Product, printed: Print) -> Artwork:
    """The faces of a carton with its own serial, batch and expiry."""
    sheet = _blank_end(product).copy()
    box = _stamped(sheet, printed, labels=product.labels)
    end = sheet.pixels()
    frozen(end)
    height, width = end.shape[:2]
    left, top, right, bottom = np.array(box) * DENSITY / (width, height, width, height)
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float32)
    return Artwork({**_constant(product), "end": end}, corners)


@cache
def _constant(product: Product) -> Mapping[str, Pixels]:
    """All faces but the end: they are the same on every carton of the product."""
    length, width, height = product.size
    elements = {"top": product.top, "front": product.front, "back": product.back, "tail": product.tail}
    sheets = {
        "top": Sheet((length, width), product.paper),
        "bottom": Sheet((length, width), product.paper),
        "front": Sheet((length, height), product.paper),
        "back": Sheet((length, height), product.paper),
        "tail": Sheet((width, height), product.paper),
    }
    # Place on the unfolded carton: the top in the middle, the front below it, the back (upside down) above it.
    wrap(sheets["top"], product, net=lambda v: v)
    wrap(sheets["front"], product, net=lambda v: width + v)
    wrap(sheets["back"], product, net=lambda v: -v, mirrored=True)
    for name, row in elements.items():
        for element in row:
            put(element, sheets[name])
    faces = {name: sheet.pixels() for name, sheet in sheets.items()}
    for pixels in faces.values():
        frozen(pixels)
    return faces


@cache
def _blank_end(product: Product) -> Sheet:
    """The end face before its serial is printed."""
    _, width, height = product.size
    sheet = Sheet((width, height), _PLAIN)
    middle = width / 2
    flap = [(2.0, 0.0), (4.2, 4.6), (5.2, 5.2), (width - 5.2, 5.2), (width - 4.2, 4.6), (width - 2.0, 0.0)]
    sheet.polygon([(x, y + 0.35) for x, y in flap], "#dcdddb")
    sheet.polygon(flap, "#f1f2f0")
    angles = np.linspace(0, np.pi, 41)
    for start, stop in zip(angles[0::2], angles[1::2], strict=False):
        ends = [(middle + 11 * np.cos(angle), 9.5 * np.sin(angle)) for angle in (start, stop)]
        sheet.line([(float(x), float(y)) for x, y in ends], _FOLD, width=0.28)
    return sheet


def _stamped(sheet: Sheet, printed: Print, *, labels: tuple[str, str, str]) -> Box:
    """Print the three lines on the end; gives the box around the digits of the serial."""
    width, height = sheet.size
    left, first, pitch = width / 2 - 23.5, height / 2 - 1.2, 6.4
    boxes = []
    values = (printed.serial, printed.batch, printed.expiry)
    for number, (label, value) in enumerate(zip(labels, values, strict=True)):
        y = first + number * pitch
        sheet.text((left, y), label, font=BOLD, height=3.0, color=_INK, stretch=0.85)
        at = (left + 14.5, y)
        boxes.append(sheet.text(at, value, font=SANS, height=3.2, color=_INK, stretch=0.9))
    return boxes[0]
