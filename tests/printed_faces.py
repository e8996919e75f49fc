"""Pictures of printed faces whose text is known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from core.domain import Pixels

FONT = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
FINE = 3


def printed_face(
    lines: Sequence[str],
    *,
    tall: float = 9.0,
    skew: float = 0.0,
    blur: float = 0.5,
    contrast: float = 120.0,
    size: tuple[int, int] = (320, 480),
    at: tuple[float, float] = (150.0, 110.0),
    seed: int = 0,
) -> Pixels:
    """Lines of dark print on a light face before a dark mat, as an oblique camera sees them.

    Args:
        lines: one under the other.
        tall: height of a digit, pixels.
        skew: rise of the lines, as a share of their length; strokes stay upright.
        blur: standard deviation, pixels.
        contrast: of ink and paper, gray levels.
        size: height and width of the picture.
        at: left end of the first base line, x and y.
        seed: of the noise.
    """
    height, width = size
    fine = Image.new("L", (width * FINE, height * FINE), 0)
    font = ImageFont.truetype(FONT, round(tall / 0.73 * FINE), layout_engine=ImageFont.Layout.BASIC)
    pen = ImageDraw.Draw(fine)
    for row, words in enumerate(lines):
        pen.text((at[0] * FINE, (at[1] + row * 1.9 * tall) * FINE), words, font=font, fill=255, anchor="ls")
    ink = np.asarray(fine.resize((width, height), Image.Resampling.BOX), np.float32) / 255
    shear = np.array([[1, 0, 0], [-skew, 1, skew * at[0]]], np.float32)
    ink = cv2.warpAffine(ink, shear, (width, height))
    face = np.full((height, width), 60.0, np.float32)
    face[30:-30, 40:-40] = 190.0
    seen = face - contrast * ink
    if blur:
        seen = cv2.GaussianBlur(seen, (0, 0), blur)
    seen = seen + np.random.default_rng(seed).normal(0, 1.5, seen.shape)
    gray: NDArray[np.uint8] = np.clip(seen, 0, 255).astype(np.uint8)
    return np.repeat(gray[..., None], 3, axis=2)
