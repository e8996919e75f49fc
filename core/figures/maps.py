"""An attribution map laid over its picture, as RGB."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Literal, TypeVar

import cv2
import numpy as np
import plotly.colors
from numpy.typing import NDArray
from PIL import Image

from core.domain import Floats, Mask, Pixels, Region

Number = TypeVar("Number", bound=np.generic)

Part = Literal["positive", "signed", "absolute"]
PARTS: dict[Part, str] = {
    "positive": "What spoke for damaged.",
    "signed": "What spoke for damaged (vermillion) and against it (green).",
    "absolute": "What mattered at all, for or against.",
}
"""Which part of a signed map to show, with its meaning."""

Form = Literal["overlay", "map", "contour", "slider"]
FORMS: dict[Form, str] = {
    "overlay": "The map over the picture in gray.",
    "map": "The map alone.",
    "contour": "The picture, with a line around the strongest places.",
    "slider": "Picture and map, with a divider to drag between them.",
}
"""In which form to show a map, with its meaning."""

PERCENTILE = 99.5
FADE: dict[Part, float] = {"positive": 0.5, "signed": 0.8, "absolute": 0.5}
"""Power by which weak places fade into the picture; white, the middle of the signed scale, must not veil it."""
DIVERGING = ("#003B2B", "#009E73", "#9ED9C6", "#F7F7F7", "#F4B58D", "#D55E00", "#6B2C00")
"""Against to for: from the hue of intact over white to the hue of damaged."""

WHITE, DAMAGE = (255, 255, 255), (255, 122, 40)
"""Of what a person has marked, and of damage that is known beyond doubt: vermillion, light enough for a dark map."""


@dataclass(frozen=True, slots=True)
class Display:
    """How a map is shown; none of it changes the map.

    Attributes:
        part: "positive", "signed" or "absolute".
        sigma: of the Gaussian that smooths the map, pixels of the frame, 0 for none.
        opacity: of the strongest places, in [0, 1].
        form: "overlay", "map", "contour" or "slider" (whose other half, the picture, is not drawn here).
        top: share of the pixels that a contour goes around, in (0, 1].
    """

    part: Part = "positive"
    sigma: float = 2.0
    opacity: float = 0.8
    form: Form = "overlay"
    top: float = 0.05


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the frame to look at, pixels: rows top to bottom, columns left to right, ends excluded."""

    top: int
    bottom: int
    left: int
    right: int


def shown(values: Floats, display: Display) -> Floats:
    """The map as it is displayed, (H, W) float32: smoothed, then the chosen part of it."""
    smooth = smoothed(values, display.sigma)
    if display.part == "positive":
        return np.maximum(smooth, 0).astype(np.float32)
    return (np.abs(smooth) if display.part == "absolute" else smooth).astype(np.float32)


def smoothed(values: Floats, sigma: float) -> Floats:
    """The map under a Gaussian of `sigma` pixels, cut off at 4 sigma, (H, W) float32; as it is for 0."""
    if sigma <= 0:
        return values
    blurred = cv2.GaussianBlur(np.asarray(values, np.float32), (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    return np.asarray(blurred, np.float32)


def limit(maps: Iterable[Floats]) -> float:
    """Where the color scale ends: the largest 99.5th percentile of |map|, over the pixels that have one; 0 if none has.

    Give one map for a scale of its own, or all of them for a common scale.
    """
    strengths = [np.abs(one[one != 0]) for one in maps]
    return max((float(np.percentile(one, PERCENTILE)) for one in strengths if one.size), default=0.0)


def overlay(pixels: Pixels, shown: Floats, display: Display, *, limit: float) -> Pixels:
    """The map over the gray picture, (H, W, 3) uint8; where the map is zero the picture is untouched.

    Args:
        pixels: (H, W, 3) uint8 RGB.
        shown: (H, W) float32 from `shown`.
        display: part and opacity.
        limit: value that gets the full color; larger ones too.
    """
    scaled = _scaled(shown, limit)
    weight = (display.opacity * np.abs(scaled) ** FADE[display.part])[..., None]
    blended: Pixels = np.rint(gray(pixels) * (1 - weight) + _colored(scaled, display.part) * weight).astype(np.uint8)
    return blended


def alone(shown: Floats, display: Display, *, limit: float) -> Pixels:
    """The map without its picture, (H, W, 3) uint8.

    Args:
        shown: (H, W) float32 from `shown`.
        display: the part.
        limit: value that gets the full color; larger ones too.
    """
    return _colored(_scaled(shown, limit), display.part)


def ringed(pixels: Pixels, mask: Mask, color: str, *, width: int = 2) -> Pixels:
    """The picture with a line around a mask, which is softly filled; in a color, on a dark line.

    Args:
        pixels: (H, W, 3) uint8 RGB.
        mask: (H, W) bool.
        color: "#rrggbb".
        width: of the colored line, pixels.
    """
    ink = plotly.colors.hex_to_rgb(color)
    filled = pixels.copy()
    filled[mask] = np.rint(0.7 * pixels[mask] + 0.3 * np.array(ink)).astype(np.uint8)
    borders, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    for drawn, thickness in (((20, 20, 20), width + 2), (ink, width)):
        cv2.polylines(filled, borders, isClosed=True, color=drawn, thickness=thickness, lineType=cv2.LINE_AA)
    return filled


def _scaled(shown: Floats, limit: float) -> Floats:
    return np.clip(shown / np.float32(limit), -1, 1) if limit > 0 else np.zeros_like(shown)


def _colored(scaled: Floats, part: Part) -> Pixels:
    colors = palette(part)
    at = (scaled + 1) / 2 if part == "signed" else scaled
    return colors[np.rint(at * (len(colors) - 1)).astype(np.intp)]


def gray(pixels: Pixels) -> NDArray[np.float32]:
    """Rec. 601 luma in all three channels, (H, W, 3) float32, so that only the map has color."""
    luma = pixels.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    return np.repeat(luma[..., None], 3, axis=2)


@cache
def palette(part: Part) -> NDArray[np.uint8]:
    """(256, 3) uint8 colors: inferno, or a diverging scale with white in the middle."""
    stops = DIVERGING if part == "signed" else plotly.colors.sequential.Inferno
    anchors = np.array([plotly.colors.hex_to_rgb(stop) for stop in stops], np.float32)
    at = np.linspace(0, len(anchors) - 1, 256)
    channels = [np.interp(at, np.arange(len(anchors)), anchors[:, channel]) for channel in range(3)]
    return np.rint(np.stack(channels, axis=1)).astype(np.uint8)


def outlined(pixels: Pixels, regions: Sequence[Region], *, width: int = 2) -> Pixels:
    """The picture with every region drawn as a white line on a dark one, to be seen on any ground.

    Args:
        pixels: (H, W, 3) uint8 RGB, the whole frame.
        regions: what to draw.
        width: of the white line, pixels.
    """
    return _lines(pixels, [region.polygon for region in regions], WHITE, width)


def contoured(pixels: Pixels, outline: Sequence[Floats], *, width: int = 2) -> Pixels:
    """The picture with the border of the known damage drawn in vermillion on a dark line, to be seen on any map.

    Args:
        pixels: (H, W, 3) uint8 RGB, the whole frame.
        outline: polygons, (K, 2) each, in [0, 1] of the frame.
        width: of the vermillion line, pixels.
    """
    return _lines(pixels, outline, DAMAGE, width)


def _lines(pixels: Pixels, polygons: Sequence[Floats], color: tuple[int, int, int], width: int) -> Pixels:
    drawn, size = pixels.copy(), np.array([pixels.shape[1], pixels.shape[0]], np.float32)
    fine = [np.rint((polygon * size - 0.5) * 16).astype(np.int32) for polygon in polygons]  # 4 bits below the pixel
    for ink, thickness in (((20, 20, 20), width + 2), (color, width)):
        cv2.polylines(drawn, fine, isClosed=True, color=ink, thickness=thickness, lineType=cv2.LINE_AA, shift=4)
    return drawn


def window(maps: Iterable[Floats], *, margin: float = 0.06) -> Window | None:
    """The part of the frame in which any map has a value, in the proportions of the frame; None where there is none.

    Args:
        maps: (H, W) each, of the same frame.
        margin: added on every side, as a share of the part's longer side.
    """
    there = np.logical_or.reduce([one != 0 for one in maps])
    rows, columns = np.flatnonzero(there.any(axis=1)), np.flatnonzero(there.any(axis=0))
    if not rows.size:
        return None
    height, width = there.shape
    tall, wide = rows[-1] + 1 - rows[0], columns[-1] + 1 - columns[0]
    share = min(1.0, max(tall / height, wide / width) * (1 + 2 * margin))
    h, w = round(share * height), round(share * width)
    top = int(np.clip((rows[0] + rows[-1] + 1 - h) // 2, 0, height - h))
    left = int(np.clip((columns[0] + columns[-1] + 1 - w) // 2, 0, width - w))
    return Window(top, top + h, left, left + w)


def cut(pixels: NDArray[Number], window: Window | None) -> NDArray[Number]:
    """The part of a picture or map inside a window; all of it for None."""
    return pixels if window is None else pixels[window.top : window.bottom, window.left : window.right]


def within(polygons: Iterable[Floats], window: Window | None, frame: tuple[int, int]) -> tuple[Floats, ...]:
    """Polygons in 0..1 of the frame, in 0..1 of a part of it; they may lie outside.

    Args:
        polygons: (K, 2) each.
        window: the part, None for all of it.
        frame: (H, W), pixels.
    """
    if window is None:
        return tuple(polygons)
    start = np.array([window.left, window.top], np.float32)
    size = np.array([window.right - window.left, window.bottom - window.top], np.float32)
    whole = np.array(frame[::-1], np.float32)
    return tuple(np.asarray((one * whole - start) / size, np.float32) for one in polygons)


def png(pixels: Pixels) -> bytes:
    """The picture as a PNG file."""
    file = BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, "PNG")
    return file.getvalue()


def npz(values: Floats, **facts: object) -> bytes:
    """The map as an `.npz` file: `values` (H, W) float32, and one entry a fact."""
    file = BytesIO()
    np.savez_compressed(
        file, allow_pickle=False, values=values, **{key: np.asarray(fact) for key, fact in facts.items()}
    )
    return file.getvalue()
