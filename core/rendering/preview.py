"""A contact sheet of packages as an order would render them: each with its damage outlined, beside its twin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
from PIL import Image, ImageDraw

from core.contracts import Progress, silent
from core.domain import Pixels
from core.regions import outlines
from core.rendering.bundle import Order, variations
from core.rendering.camera import CAMERAS
from core.rendering.package import QUALITIES, Shot, shoot
from core.rendering.variation import Variation

OUTLINE = (213, 94, 0)
"""Vermillion, as damage is everywhere."""

CAPTION = 22
"""Height of the line under a package, pixels."""


def sheet(order: Order, *, progress: Progress = silent) -> Pixels:
    """Render the packages of an order onto one sheet, a row each: side, its twin, top, its twin.

    Args:
        order: what to render; its quality is taken as it is, drafts get twins.
        progress: share done, and what is being done.

    Returns:
        (H, W, 3) uint8.

    Raises:
        BadInput: the order cannot be rendered, or Mitsuba is not installed.
    """
    order.check()
    samples = replace(QUALITIES[order.quality], twin=True)
    rows = []
    for at, variation in enumerate(variations(order)):
        progress(at / order.packages, f"package {at + 1} of {order.packages}")
        shots = [shoot(variation, camera, size=order.size, samples=samples) for camera in CAMERAS]
        pictures = np.hstack([picture for shot in shots for picture in _pair(shot)])
        rows += [pictures, _caption(variation, pictures.shape[1])]
    return np.vstack(rows)


def _pair(shot: Shot) -> Iterator[Pixels]:
    """The picture with its damage outlined, then the twin; an intact package stands alone."""
    drawn = shot.picture.copy()
    corners = [np.rint(one * shot.mask.shape[::-1]).astype(np.int32) for one in outlines(shot.mask, within=0.6)]
    yield np.asarray(cv2.polylines(drawn, corners, True, OUTLINE, 1, cv2.LINE_AA), np.uint8)
    yield np.full_like(shot.picture, 250) if shot.twin is None else shot.twin


def _caption(variation: Variation, width: int) -> Pixels:
    harms = ", ".join(f"{harm.kind} {harm.severity:.2f}" for harm in variation.harms)
    line = Image.new("RGB", (width, CAPTION), (250, 250, 250))
    text = f"{variation.print.serial}   {variation.product.name}   {variation.label}   {harms}"
    ImageDraw.Draw(line).text((8, 4), text, fill=(40, 40, 40), font_size=13)
    return np.array(line)
