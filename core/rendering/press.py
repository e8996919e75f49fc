"""Prints the elements of a design on a sheet."""

from __future__ import annotations

from collections.abc import Callable
from functools import singledispatch

import numpy as np

from core.rendering import barcode
from core.rendering.ornaments import SIGNS
from core.rendering.products import SANS, Band, Bar, Barcode, Braille, Element, Product, Sign, Text
from core.rendering.sheet import Point, Sheet

MODULE = 0.4
"""Width of the thinnest bar of a barcode, mm."""

_BLACK = "#151515"

_EDGES: dict[str, Callable[[float], float]] = {
    "wave": lambda t: float(np.sin(2 * np.pi * t)),
    "slant": lambda t: t,
    "arc": lambda t: t * t,
}

# The raised dots of the letters a to z: 1 to 3 down the left column, 4 to 6 down the right one.
_BRAILLE = (
    "1 12 14 145 15 124 1245 125 24 245 13 123 134 1345 135 1234 12345 1235 234 2345 136 1236 2456 1346 13456 1356"
)
_DOTS = dict(zip("abcdefghijklmnopqrstuvwxyz", _BRAILLE.split(" "), strict=True))


def wrap(sheet: Sheet, product: Product, *, net: Callable[[float], float], mirrored: bool = False) -> None:
    """Print the part of the product's band that lies on one face.

    Args:
        sheet: the face.
        product: whose band it is.
        net: where a row of the face lies on the unfolded carton, mm below the upper edge of the top.
        mirrored: whether the +x end is at the left of the face.
    """
    band, (length, width, _) = product.band, product.size
    rows = np.arange(-1.0, sheet.size[1] + 1.5, 0.25)

    def outline(shift: float, lag: float) -> list[Point]:
        edge = [_edge(band, (net(float(v)) / width) - 0.5 - lag) + shift for v in rows]
        return [(length - x if mirrored else x, float(v)) for x, v in zip(edge, rows, strict=True)]

    end = -1.0 if mirrored else length + 1.0
    colors = (band.colors[1], band.colors[0]) if mirrored else band.colors
    sheet.blend([*outline(0, 0), (end, float(rows[-1])), (end, -1.0)], colors)
    stripe = outline(-band.gap - band.width, band.lag) + outline(-band.gap, 0)[::-1]
    sheet.polygon(stripe, band.stripe)


def _edge(band: Band, t: float) -> float:
    return band.x + band.reach * _EDGES[band.edge](t)


@singledispatch
def put(element: Element, sheet: Sheet) -> None:
    """Print one element of a design."""
    raise NotImplementedError(type(element).__name__)


@put.register
def _(element: Text, sheet: Sheet) -> None:
    for number, line in enumerate(element.words.split("\n")):
        sheet.text(
            (element.x, element.y + number * element.leading * element.height),
            line,
            font=element.font,
            height=element.height,
            color=element.color,
            stretch=element.stretch,
            align=element.align,
            turn=element.turn,
        )


@put.register
def _(element: Sign, sheet: Sheet) -> None:
    for number, polygon in enumerate(SIGNS[element.name]):
        corners = [(element.x + x * element.size, element.y + y * element.size) for x, y in polygon.tolist()]
        sheet.polygon(corners, element.colors[min(number, len(element.colors) - 1)])


@put.register
def _(element: Bar, sheet: Sheet) -> None:
    box = (element.x, element.y, element.x + element.width, element.y + element.height)
    sheet.box(box, element.color, radius=element.radius)


@put.register
def _(element: Braille, sheet: Sheet) -> None:
    sheet.relief(lambda print_: _dots(print_, element), depth=0.36)


def _dots(sheet: Sheet, element: Braille) -> None:
    """Cells 6 mm apart with dots 2.5 mm apart, 1.5 mm wide, as on real cartons."""
    for cell, letter in enumerate(element.words):
        for dot in _DOTS[letter]:
            column, row = divmod(int(dot) - 1, 3)
            x, y = element.x + 6.0 * cell + 2.5 * column, element.y + 2.5 * row
            sheet.box((x - 0.75, y - 0.75, x + 0.75, y + 0.75), "#ffffff", radius=0.75)


@put.register
def _(element: Barcode, sheet: Sheet) -> None:
    code = barcode.checked(element.digits)
    bottom = element.y + element.height
    sheet.box(
        (
            element.x - barcode.QUIET[0] * MODULE,
            element.y - 1.5,
            element.x + (barcode.MODULES + barcode.QUIET[1]) * MODULE,
            bottom + 4.4,
        ),
        "#ffffff",
    )
    for place, bar in enumerate(barcode.modules(code)):
        if bar == "1":
            left = element.x + place * MODULE
            longer = 1.8 if any(place in guard for guard in barcode.GUARDS) else 0.0
            sheet.box((left, element.y, left + MODULE, bottom + longer), _BLACK)
    for digit, place in zip(code, (-5.5, *range(6, 48, 7), *range(53, 95, 7)), strict=True):
        at = (element.x + (place + 0.5) * MODULE, bottom + 3.4)
        sheet.text(at, digit, font=SANS, height=2.5, color=_BLACK, align="m")
