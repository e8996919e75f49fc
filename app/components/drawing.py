"""A canvas to mark damage on: the picture below, boxes, polygons, lines and paint above."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import streamlit as st
import streamlit_drawable_canvas

from app import shapes
from app.annotating import Draft
from app.sheet import Sheet
from core.domain import AnnotatedRegion, Pixels

QUALITY = 92
TOOLS = {"Box": "rect", "Polygon": "polygon", "Freehand": "freedraw", "Brush": "freedraw"}
"""What a person calls a tool, and what the canvas calls it."""
Said = Mapping[str, Any] | None
"""What a canvas says, None before it said anything."""
OFFER = (86, 180, 233)
"""The line around what is suggested, RGB."""


@dataclass(frozen=True, slots=True)
class Pen:
    """What a person draws with.

    Attributes:
        tool: one of `TOOLS`.
        size: of the brush, pixels of the frame.
    """

    tool: str = "Box"
    size: int = 10

    def look(self, sheet: Sheet) -> tuple[str, float]:
        """Color, and width in pixels of the canvas."""
        if self.tool != "Brush":
            return shapes.LINE, shapes.WIDTH
        return shapes.BRUSH, max(round(self.size * float(np.mean(sheet.scale)), 1), 1.0)


def show(
    draft: Draft, view: str, sheet: Sheet, picture: Pixels, *, pen: Pen, heard: Callable[[Said], None], key: str
) -> None:
    """Draw the canvas of a view, and follow what is drawn on it.

    Args:
        draft: that is drawn on.
        view: of its package.
        sheet: where the canvas lies on the frame.
        picture: (h, w, 3) uint8 RGB, what it shows, of the size of the canvas.
        pen: what is drawn with.
        heard: gets what the canvas says, before the page is drawn again.
        key: of the component; the same as long as the canvas shows the same place in the same size.
    """
    canvas = draft.canvas(view, sheet)
    before = {**canvas.drawing, "background": ""}
    stroke, width = pen.look(sheet)
    data = {
        "fillColor": shapes.FILL, "strokeWidth": width, "strokeColor": stroke,
        "backgroundColor": "", "backgroundImageURL": address(_offered(picture, draft.offered.get(view, ()), sheet)),
        # The canvas itself is asked, not `st_canvas` around it: that one says nothing of what is moved, undone or
        # deleted while the polygon is the tool, and it would be lost.
        "realtimeUpdateStreamlit": True,
        "canvasWidth": sheet.canvas[1], "canvasHeight": sheet.canvas[0],
        "drawingMode": TOOLS[pen.tool], "initialDrawing": before,
        "displayRadius": 3, "returnImageData": False, "disabled": False, "backgroundImageFit": "stretch",
        "maxDisplayHeight": None, "fontSize": 14, "label": "",
    }  # fmt: skip

    streamlit_drawable_canvas.out(
        data=data, key=key, default={"drawing": {"raw": before, "data": None}, "backgroundFit": None},
        on_drawing_change=lambda: heard(_drawing(st.session_state.get(key))), on_backgroundFit_change=lambda: None,
        width="content", height="content",
    )  # fmt: skip


def _drawing(said: Said) -> Said:
    return ((said or {}).get("drawing") or {}).get("raw")


def _offered(picture: Pixels, offered: Sequence[AnnotatedRegion], sheet: Sheet) -> Pixels:
    """The picture with lines around what is suggested."""
    if not offered:
        return picture
    drawn = picture.copy()
    for one in offered:
        assert one.polygon is not None  # a suggestion is an outline
        corners = sheet.to_canvas(one.polygon).round().astype(np.int32)[:, None]
        for color, width in (((0, 0, 0), 4), (OFFER, 2)):
            cv2.polylines(drawn, [corners], True, color, width, cv2.LINE_AA)
    return drawn


def shown(pixels: Pixels, sheet: Sheet) -> Pixels:
    """The part of a frame that a canvas shows, in its size."""
    part = pixels[sheet.top : sheet.top + sheet.height, sheet.left : sheet.left + sheet.width]
    how = cv2.INTER_AREA if max(sheet.scale) < 1 else cv2.INTER_CUBIC
    return np.ascontiguousarray(cv2.resize(part, (sheet.canvas[1], sheet.canvas[0]), interpolation=how), np.uint8)


def address(pixels: Pixels) -> str:
    """A picture as a `data:` address."""
    _, file = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return f"data:image/jpeg;base64,{base64.b64encode(file.tobytes()).decode()}"
