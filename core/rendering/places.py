"""Where on the top of a carton its text, its band and its ornaments are printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.ndimage import binary_closing, binary_dilation

from core.domain import Mask, Pixels, frozen
from core.rendering.press import put, wrap
from core.rendering.products import PRODUCTS, Barcode, Element, Product, Text
from core.rendering.sheet import DENSITY, Sheet

GRID = 2
"""Pixels of a mask per mm."""
AROUND = 1.0
"""Room around letters that still counts as text, mm: gaps between words belong to the line."""


@dataclass(frozen=True, slots=True)
class Places:
    """What is printed where on the top face, seen straight from above.

    Attributes:
        text: (H, W) bool, lines of text with the gaps between their words.
        band: (H, W) bool, the colored band with its stripe, and the signs; under text too.
    """

    text: Mask
    band: Mask

    def __post_init__(self) -> None:
        frozen(self.text)
        frozen(self.band)


def places_of(product: str) -> Places | None:
    """Where the print of a design lies, `GRID` pixels per mm; None for a design that is not of this house."""
    return _places(PRODUCTS[product]) if product in PRODUCTS else None


@cache
def _places(product: Product) -> Places:
    texts = [element for element in product.top if isinstance(element, Text | Barcode)]
    letters = _ink(product, texts)
    reach = round(2 * AROUND * GRID) + 1
    text = binary_dilation(binary_closing(np.pad(letters, reach), np.ones((reach, reach))), iterations=1)
    others = [element for element in product.top if not isinstance(element, Text | Barcode)]
    return Places(text[reach:-reach, reach:-reach], _ink(product, others, band=True))


def _ink(product: Product, elements: Sequence[Element], *, band: bool = False) -> Mask:
    """(H, W) bool, where these elements change the bare carton; raised dots count where they throw a shade."""
    printed, bare = Sheet(product.size[:2], product.paper), Sheet((1.0, 1.0), product.paper)
    if band:
        wrap(printed, product, net=lambda v: v)
    for element in elements:
        put(element, printed)
    return _coarse(printed.pixels(), bare.pixels()[0, 0])


def _coarse(printed: Pixels, bare: Pixels) -> Mask:
    changed = (np.abs(printed.astype(np.int16) - bare) > 12).any(axis=2)
    step = DENSITY // GRID
    height, width = (side // step * step for side in changed.shape)
    blocks = changed[:height, :width].reshape(height // step, step, width // step, step)
    return np.asarray(blocks.mean(axis=(1, 3)) > 0.1, np.bool_)
