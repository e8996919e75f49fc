"""The barcode of the product, where one can be read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.domain import Floats, Pixels

BARCODE = "barcode"
"""Name of its line."""


@dataclass(frozen=True, slots=True)
class Code:
    """A barcode that was read; its check digit was right.

    Attributes:
        text: what it says.
        kind: "EAN-13", "Code 128", "Data Matrix", ...
        corners: (4, 2) float32 pixels, clockwise from its top left.
    """

    text: str
    kind: str
    corners: Floats

    @property
    def product(self) -> bool:
        """Whether it names the product, and so is the same on every package."""
        return self.kind.startswith(("EAN", "UPC"))


def barcodes(pixels: Pixels) -> tuple[Code, ...]:
    """Every barcode of a picture that can be read.

    Args:
        pixels: (H, W, 3) uint8 RGB.
    """
    import zxingcpp

    found = zxingcpp.read_barcodes(np.ascontiguousarray(pixels), try_invert=False)
    return tuple(
        Code(one.text, str(one.format).rpartition(".")[2], _corners(one.position)) for one in found if one.valid
    )


def _corners(place: object) -> Floats:
    names = ("top_left", "top_right", "bottom_right", "bottom_left")
    return np.array([(getattr(place, name).x, getattr(place, name).y) for name in names], np.float32)
