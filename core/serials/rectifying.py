"""Makes a line upright and of one height, as the network reads it and a person looks at it."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from core.domain import Floats, Pixels
from core.serials.network import HEIGHT, STRIDE

ABOVE = 0.32
"""Room above and below the ink, in its heights."""

BESIDE = 0.45
"""Room at both ends of the ink, in its heights."""

WIDER, LEAN = 1.13, 0.15
"""How much wider (and narrower) further looks at a line are, and how much they lean."""

WIDEST = 640
"""Pixels of the longest line."""

Gray = NDArray[np.uint8]


def upright(picture: Pixels | Gray, corners: Floats, *, height: int = HEIGHT, bend: Floats | None = None) -> Gray:
    """A line, upright and enlarged, with some room around its ink.

    Args:
        picture: (H, W) or (H, W, 3) uint8.
        corners: (4, 2) float32 of the ink in pixels of the picture, clockwise from the top left as it is read.
        height: of the result, pixels.
        bend: (K,) how far the line lies below the middle of its box at K places from its left end to its right one,
            pixels of the picture; None where it is straight.

    Returns:
        (height, w) or (height, w, 3) uint8; what lies outside the picture repeats its border.
    """
    around = with_room(corners)
    wide, tall = extent(around)
    width = int(np.clip(round(height * wide / max(tall, 1e-3) / STRIDE) * STRIDE, height, WIDEST * height // HEIGHT))
    target = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    matrix = cv2.getPerspectiveTransform(np.asarray(around - 0.5, np.float32), target - 0.5)
    source = np.ascontiguousarray(picture)
    if bend is None:
        cut = cv2.warpPerspective(
            source, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(cut, np.uint8)
    columns, rows = _places(np.asarray(matrix, np.float64), (height, width))
    room = BESIDE * extent(corners)[1] / max(wide, 1e-3)
    share = np.linspace(room, 1 - room, len(bend))
    rows += np.interp(np.linspace(0, 1, width), share, bend)[None]
    cut = cv2.remap(source, columns, rows.astype(np.float32), cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cut, np.uint8)


def _places(matrix: NDArray[np.floating], size: tuple[int, int]) -> tuple[Floats, Floats]:
    """Where each pixel of an upright line comes from: (h, w) columns and rows of the picture."""
    u, v = np.meshgrid(np.arange(size[1], dtype=np.float64), np.arange(size[0], dtype=np.float64))
    x, y, w = np.einsum("ij,jhw->ihw", np.linalg.inv(matrix), np.stack([u, v, np.ones_like(u)]))
    return np.asarray(x / w, np.float32), np.asarray(y / w, np.float32)


def with_room(corners: Floats) -> Floats:
    """(4, 2) corners moved outwards by `ABOVE` and `BESIDE`."""
    left_top, right_top, right_bottom, left_bottom = np.asarray(corners, np.float64)
    along_top, along_bottom = _unit(right_top - left_top), _unit(right_bottom - left_bottom)
    down_left, down_right = left_bottom - left_top, right_bottom - right_top
    tall = (np.linalg.norm(down_left) + np.linalg.norm(down_right)) / 2
    return np.array(
        [
            left_top - ABOVE * down_left - BESIDE * tall * along_top,
            right_top - ABOVE * down_right + BESIDE * tall * along_top,
            right_bottom + ABOVE * down_right + BESIDE * tall * along_bottom,
            left_bottom + ABOVE * down_left - BESIDE * tall * along_bottom,
        ],
        np.float32,
    )


def extent(corners: Floats) -> tuple[float, float]:
    """Width and height of a slanted box, pixels; the height is measured across the line."""
    left_top, right_top, right_bottom, left_bottom = np.asarray(corners, np.float64)
    along = (right_top - left_top + right_bottom - left_bottom) / 2
    down = (left_bottom - left_top + right_bottom - right_top) / 2
    wide = float(np.linalg.norm(along))
    across = abs(float(along[0] * down[1] - along[1] * down[0])) / max(wide, 1e-6)
    return wide, across


def even(line: Gray) -> Gray:
    """The same line with its darkest ink black, and its paper white."""
    low, high = np.percentile(line, (1.0, 90.0))
    scaled = (line.astype(np.float32) - low) * (255.0 / max(high - low, 8.0))
    return np.asarray(np.clip(scaled, 0, 255), np.uint8)


def stacked(lines: Sequence[Gray]) -> NDArray[np.float32]:
    """Lines as (N, 1, height, W) float32 in [-1, 1], the last column of the shorter ones repeated, as EasyOCR does."""
    wide = max(one.shape[1] for one in lines)
    padded = np.stack([np.pad(one, ((0, 0), (0, wide - one.shape[1])), mode="edge") for one in lines])
    return np.asarray(padded[:, None], np.float32) / 127.5 - 1.0


def looks(line: Gray) -> list[Gray]:
    """The same upright line as it is, narrower and wider, and leaning to both sides.

    A reader that is right says the same of all of them; `core.serials.decoding.agreed` asks it.
    """
    height, width = line.shape
    sizes = [max(height, round(width * share / STRIDE) * STRIDE) for share in (1 / WIDER, WIDER)]
    leans = [np.array([[1, lean, -lean * (height - 1) / 2], [0, 1, 0]], np.float32) for lean in (-LEAN, LEAN)]
    return [
        line,
        *(np.asarray(cv2.resize(line, (size, height), interpolation=cv2.INTER_CUBIC), np.uint8) for size in sizes),
        *(
            np.asarray(
                cv2.warpAffine(line, lean, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE),
                np.uint8,
            )
            for lean in leans
        ),
    ]


def turned(corners: Floats) -> Floats:
    """The same box, read upside down."""
    return np.ascontiguousarray(np.roll(corners, 2, axis=0))


def _unit(way: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(way / max(float(np.linalg.norm(way)), 1e-6), np.float64)
