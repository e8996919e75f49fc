"""A sheet of carton that one prints on in millimeters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter, ImageFont

from core.domain import Pixels

DENSITY = 10
"""Pixels of a finished picture per mm."""

FINE = 2
"""A sheet is drawn this many times finer than it is delivered."""

Point = tuple[float, float]
"""Place on a sheet from its top left corner, x right and y down, mm."""

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, mm."""

_FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
_EM = 1000
_SOFT = 4
_SCALE = DENSITY * FINE


@cache
def _font(name: str, pixels: int) -> ImageFont.FreeTypeFont:
    # The basic layout is in every build of Pillow; Raqm is not.
    return ImageFont.truetype(_FONTS / f"{name}.ttf", pixels, layout_engine=ImageFont.Layout.BASIC)


@cache
def _capital(name: str) -> float:
    """Height of a capital letter, in ems."""
    return -_font(name, _EM).getbbox("H", anchor="ls")[1] / _EM


class Sheet:
    """A sheet of carton that is being printed.

    Args:
        size: width and height, mm.
        color: of the bare carton, as "#rrggbb".
    """

    def __init__(self, size: tuple[float, float], color: str) -> None:
        self.size = size
        self._image = Image.new("RGB", _grid(size), color)

    def copy(self) -> Sheet:
        """A second sheet with the same print."""
        other = Sheet(self.size, "#ffffff")
        other._image = self._image.copy()
        return other

    def pixels(self) -> Pixels:
        """(H, W, 3) uint8 sRGB, `DENSITY` pixels per mm."""
        width, height = self._image.size
        return np.array(self._image.resize((width // FINE, height // FINE), Image.Resampling.LANCZOS), np.uint8)

    def polygon(self, corners: Sequence[Point], color: str) -> None:
        """A filled shape."""
        mask, corner = _filled(corners)
        self._image.paste(color, corner, mask)

    def box(self, box: Box, color: str, *, radius: float = 0.0) -> None:
        """A filled rectangle, with rounded corners where there is a radius."""
        left, top, right, bottom = (round(value * _SCALE) for value in box)
        ImageDraw.Draw(self._image).rounded_rectangle((left, top, right - 1, bottom - 1), radius * _SCALE, fill=color)

    def line(self, points: Sequence[Point], color: str, *, width: float) -> None:
        """A line through points."""
        ends = [(x * _SCALE, y * _SCALE) for x, y in points]
        ImageDraw.Draw(self._image).line(ends, fill=color, width=max(1, round(width * _SCALE)), joint="curve")

    def blend(self, corners: Sequence[Point], colors: tuple[str, str]) -> None:
        """A filled shape that turns from the first color to the second, from left to right of the shape."""
        mask, corner = _filled(corners)
        share = np.linspace(0, 1, mask.width)[:, None]
        start, end = (np.array(ImageColor.getrgb(color)[:3]) for color in colors)
        row = np.round(start + (end - start) * share).astype(np.uint8)
        self._image.paste(Image.fromarray(np.tile(row, (mask.height, 1, 1))), corner, mask)

    def relief(self, draw: Callable[[Sheet], None], *, depth: float) -> None:
        """Emboss what `draw` prints in white on a black sheet: lit from the top left."""
        print_ = Sheet(self.size, "#000000")
        draw(print_)
        height = print_._image.convert("L").filter(ImageFilter.GaussianBlur(0.16 * _SCALE))
        step = max(1, round(0.14 * _SCALE))
        lit = ImageChops.offset(height, -step, -step)
        shade = ImageChops.offset(height, step, step)
        slope = (np.asarray(lit, np.float32) - np.asarray(shade, np.float32))[..., None]
        plain = np.asarray(self._image, np.float32)
        self._image = Image.fromarray(np.clip(plain + slope * depth, 0, 255).astype(np.uint8))

    def text(
        self,
        at: Point,
        words: str,
        *,
        font: str,
        height: float,
        color: str,
        stretch: float = 1.0,
        align: str = "l",
        turn: int = 0,
    ) -> Box:
        """One line of text.

        Args:
            at: left end (align "l"), middle ("m") or right end ("r") of the base line.
            words: the text.
            font: file of matplotlib's fonts, without its ending.
            height: of a capital letter, mm.
            color: as "#rrggbb".
            stretch: width of the letters, 1 for the width that they were drawn with.
            align: "l", "m" or "r".
            turn: quarters that the text is turned by, counterclockwise, around `at`.

        Returns:
            The box around the ink.
        """
        face = _font(font, round(height / _capital(font) * _SCALE))
        left, top, right, bottom = (round(edge) for edge in face.getbbox(words, anchor="ls"))
        mask = Image.new("L", (max(1, right - left), max(1, bottom - top)), 0)
        ImageDraw.Draw(mask).text((-left, -top), words, font=face, fill=255, anchor="ls")
        mask = mask.resize((max(1, round(mask.width * stretch)), mask.height), Image.Resampling.LANCZOS)
        shift = {"l": 0.0, "m": 0.5, "r": 1.0}[align] * face.getlength(words)
        mask, corner = _turned(mask, ((left - shift) * stretch, float(top)), turn=turn)
        x, y = round(at[0] * _SCALE + corner[0]), round(at[1] * _SCALE + corner[1])
        self._image.paste(color, (x, y), mask)
        ink = mask.point(lambda value: 255 * (value > 40)).getbbox() or (0, 0, 0, 0)
        return (x + ink[0]) / _SCALE, (y + ink[1]) / _SCALE, (x + ink[2]) / _SCALE, (y + ink[3]) / _SCALE


def _grid(size: tuple[float, float]) -> tuple[int, int]:
    return round(size[0] * DENSITY) * FINE, round(size[1] * DENSITY) * FINE


def _filled(corners: Sequence[Point]) -> tuple[Image.Image, tuple[int, int]]:
    """The mask of a polygon and where its top left corner lies, with soft edges."""
    # Pillow rounds corners to pixels and draws hard edges: slanted lines would wobble.
    points = np.array(corners) * _SCALE
    left, top = np.floor(points.min(axis=0)).astype(int).tolist()
    width, height = (np.ceil(points.max(axis=0)).astype(int) - (left, top) + 1).tolist()
    mask = Image.new("L", (width * _SOFT, height * _SOFT), 0)
    fine = ((points - (left, top)) * _SOFT).ravel().tolist()
    ImageDraw.Draw(mask).polygon(fine, fill=255)
    return mask.resize((width, height), Image.Resampling.BOX), (left, top)


def _turned(mask: Image.Image, corner: Point, *, turn: int) -> tuple[Image.Image, Point]:
    """The mask and its top left corner after quarter turns around the origin."""
    for _ in range(turn % 4):
        corner = (corner[1], -(corner[0] + mask.width))
        mask = mask.transpose(Image.Transpose.ROTATE_90)
    return mask, corner
