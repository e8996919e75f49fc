"""Marked areas as the shapes of a Fabric canvas, and shapes as marked areas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any

import numpy as np

from app.sheet import Points, Sheet
from core.domain import SUGGESTED, AnnotatedRegion
from core.studies import marking

LINE = "#D55E00"
BRUSH = "rgba(213, 94, 0, 0.55)"
"""Strokes of this color are painted pixels; those of the other are outlines."""
FILL = "rgba(213, 94, 0, 0.12)"
WIDTH = 2
"""Of an outline, pixels of the canvas."""
HOLES = "evenodd"
"""The fill rule of painted pixels that were on the canvas before; it tells them from a polygon that is being drawn."""
SPECK = 4.5
"""A shape smaller than this both ways is a click that slipped, pixels of the canvas."""
_ORIGIN = {"left": 0.5, "top": 0.5, "center": 0.0, "right": -0.5, "bottom": -0.5}
_STEPS = np.linspace(0, 1, 9)[1:, None]
_FINE = np.linspace(0, 1, 33)[:, None]

Drawing = dict[str, Any]
"""What the canvas says and is given: {"objects": [...]}."""
Geometry = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """One shape on a canvas.

    Attributes:
        lines: (K, 2) each, pixels of the canvas; closed, but for a stroke.
        brush: width of a painted stroke, pixels of the canvas; None for outlines.
        painted: whether the outlines are around painted pixels.
    """

    lines: tuple[Points, ...]
    brush: float | None = None
    painted: bool = False

    @property
    def geometry(self) -> Geometry:
        """What is equal as long as nobody touches the shape."""
        lines = tuple(tuple(map(tuple, line.round(1).tolist())) for line in self.lines)
        return lines, None if self.brush is None else round(self.brush, 1), self.painted

    @property
    def speck(self) -> bool:
        """Whether there is nothing of it."""
        every = np.concatenate(self.lines)
        return self.brush is None and bool((np.ptp(every, axis=0) < SPECK).all())


def shapes_of(drawing: Mapping[str, Any]) -> list[Shape]:
    """The shapes of a drawing, in their order; a polygon that is not closed yet is none."""
    found = (_shape(one) for one in drawing.get("objects", ()))
    return [one for one in found if one is not None]


def region_of(shape: Shape, sheet: Sheet) -> AnnotatedRegion:
    """A shape as a marked area of the frame, cut off at its edges."""
    lines = [sheet.to_frame(line) for line in shape.lines]
    if shape.brush is not None:
        width = shape.brush / float(np.mean(sheet.scale))
        return marking.painted(marking.along(lines[0], width, sheet.frame))
    inside = [np.clip(line, 0, 1).astype(np.float32) for line in lines]
    if shape.painted or len(inside) > 1:
        return marking.painted(marking.filled(inside, sheet.frame))
    return AnnotatedRegion(polygon=inside[0])


def drawing_of(regions: Sequence[AnnotatedRegion], sheet: Sheet) -> Drawing:
    """Marked areas as a drawing that the canvas can be given."""
    return {"objects": [_object(one, sheet) for one in regions]}


def followed(
    regions: Sequence[AnnotatedRegion],
    before: Sequence[Geometry],
    shapes: Sequence[Shape],
    sheet: Sheet,
    gone: Mapping[Geometry, AnnotatedRegion] | None = None,
) -> tuple[AnnotatedRegion, ...]:
    """The marked areas after the drawing has changed; what nobody touched stays exactly as it was.

    A shape that was moved or corrected keeps its kind, severity and note; one that comes back has them again.

    Args:
        regions: before the change.
        before: geometry of each.
        shapes: on the canvas now.
        sheet: of the canvas.
        gone: areas that were there once, by geometry.
    """
    now = [one.geometry for one in shapes]
    found: list[AnnotatedRegion] = []
    for what, old, old_end, new, new_end in SequenceMatcher(None, list(before), now, autojunk=False).get_opcodes():
        if what == "equal":
            found += regions[old:old_end]
            continue
        for at in range(new, new_end):
            known = (gone or {}).get(now[at])
            drawn = region_of(shapes[at], sheet) if known is None else known
            touched = old + at - new
            if known is None and what == "replace" and touched < old_end:
                one = regions[touched]
                drawn = replace(drawn, kind=one.kind, severity=one.severity, note=one.note, origin=one.origin)
            found.append(drawn)
    return tuple(found)


def _shape(one: Mapping[str, Any]) -> Shape | None:
    kind = str(one.get("type", "")).lower()
    if kind in ("rect", "labeledrect"):
        return Shape((_rectangle(one),))
    if kind == "polygon":
        points = np.array([(point["x"], point["y"]) for point in one["points"]], np.float64)
        return Shape((_placed(points - _middle([points]), one),)) if len(points) > 2 else None
    if kind != "path":
        return None
    drawn = list(_lines(one["path"]))
    middle = _middle([line.around for line in drawn])
    lines = tuple(_placed(line.points - middle, one) for line in drawn)
    stroke = one.get("stroke")
    if str(stroke).replace(" ", "") == BRUSH.replace(" ", "") and one.get("fillRule") != HOLES:
        size = (abs(one.get("scaleX", 1)) + abs(one.get("scaleY", 1))) / 2
        return Shape(lines[:1], brush=float(one.get("strokeWidth", 1) * size))
    if one.get("fillRule") == HOLES:
        return Shape(tuple(line for line in lines if len(line) > 2), painted=True)
    curved = any(step[0] == "Q" for step in one["path"])
    return Shape(lines[:1]) if curved and len(lines[0]) > 2 else None


def _rectangle(one: Mapping[str, Any]) -> Points:
    """The corners; of an upright one where the mouse was, whatever the line is wide."""
    width, height = one["width"] * one.get("scaleX", 1), one["height"] * one.get("scaleY", 1)
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64)
    if one.get("originX") == "left" and one.get("originY") == "top" and not one.get("angle", 0):
        return corners + np.array([one["left"], one["top"]], np.float64)
    return _turned(corners - (width / 2, height / 2), one) + _center(one)


def _placed(around_zero: Points, one: Mapping[str, Any]) -> Points:
    scale = np.array([one.get("scaleX", 1), one.get("scaleY", 1)], np.float64)
    scale *= (-1 if one.get("flipX") else 1, -1 if one.get("flipY") else 1)
    return _turned(around_zero * scale, one) + _center(one)


def _turned(points: Points, one: Mapping[str, Any]) -> Points:
    angle = np.radians(one.get("angle", 0))
    cos, sin = np.cos(angle), np.sin(angle)
    return np.asarray(points @ np.array([[cos, sin], [-sin, cos]]))


def _center(one: Mapping[str, Any]) -> Points:
    """The middle of a shape; Fabric places it by its corner, and counts the line to it."""
    stroke = np.full(2, float(one.get("strokeWidth", 1)))
    scale = np.array([one.get("scaleX", 1), one.get("scaleY", 1)], np.float64)
    size = np.array([one.get("width", 0), one.get("height", 0)]) * scale
    size += stroke if one.get("strokeUniform") else stroke * scale
    shift = size * (_ORIGIN[one.get("originX", "center")], _ORIGIN[one.get("originY", "center")])
    return np.array([one["left"], one["top"]], np.float64) + _turned(shift[None], one)[0]


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a path, and the points that Fabric takes its middle from."""

    points: Points
    around: Points


def _lines(path: Sequence[Sequence[Any]]) -> Iterator[_Line]:
    points: list[Points] = []
    around: list[Points] = []
    for name, *numbers in path:
        ends = np.array(numbers, np.float64).reshape(-1, 2)
        if name == "M":
            if points:
                yield _Line(np.concatenate(points), np.concatenate(around))
            points, around = [ends], [ends]
        elif name == "L":
            points.append(ends)
            around.append(ends)
        elif name == "Q":
            start, (middle, end) = points[-1][-1], ends
            points.append((1 - _STEPS) ** 2 * start + 2 * _STEPS * (1 - _STEPS) * middle + _STEPS**2 * end)
            pull = (1 - _FINE) ** 3 * start + 3 * _FINE * (1 - _FINE) * middle + _FINE**3 * end
            around.append(pull)  # Fabric takes the middle of a cubic curve with both controls in one place
    if points:
        yield _Line(np.concatenate(points), np.concatenate(around))


def _middle(lines: Sequence[Points]) -> Points:
    every = np.concatenate(list(lines))
    return np.asarray((every.min(axis=0) + every.max(axis=0)) / 2)


def _object(region: AnnotatedRegion, sheet: Sheet) -> Drawing:
    look: Drawing = {
        "stroke": LINE, "strokeWidth": WIDTH, "strokeUniform": True, "fill": FILL,
        "strokeDashArray": [7, 4] if region.origin == SUGGESTED else None,
    }  # fmt: skip
    if region.brush is not None:
        polygons = marking.outlines(region.brush.mask)
        lines = [sheet.to_canvas(one).round(2) for one in polygons] or [np.zeros((3, 2))]
        path = [step for line in lines for step in _steps(line)]
        return {**look, "type": "Path", "path": path, "fill": BRUSH, "strokeWidth": 1, "fillRule": HOLES,
                **_at(_middle(lines))}  # fmt: skip
    assert region.polygon is not None  # a marked area is one of the two
    points = sheet.to_canvas(region.polygon).round(2)
    if marking.is_box(region):
        (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
        return {**look, "type": "Rect", "originX": "left", "originY": "top", "left": float(left), "top": float(top),
                "width": round(float(right - left), 2), "height": round(float(bottom - top), 2)}  # fmt: skip
    corners = [{"x": float(x), "y": float(y)} for x, y in points]
    return {**look, "type": "Polygon", "points": corners, **_at(_middle([points]))}


def _steps(line: Points) -> list[list[Any]]:
    """A closed line of a path without the sign that closes it: the canvas would take a closed path for a polygon."""
    first, *rest = line.tolist()
    return [["M", *first], *(["L", *one] for one in [*rest, first])]


def _at(middle: Points) -> Drawing:
    return {"originX": "center", "originY": "center", "left": float(middle[0]), "top": float(middle[1])}
