"""Marked areas as Label Studio writes them: one JSON file with polygons, rectangles and brush strokes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from core.contracts import Progress, silent
from core.datasets.regions import bits
from core.datasets.regions.cvat import OTHERS
from core.datasets.regions.files import files_of, read_json, write_json
from core.datasets.regions.sheet import (
    FORMATS,
    Losses,
    Sheet,
    SizeOf,
    Words,
    label_of,
    malformed,
)
from core.domain import SUGGESTED, VERDICTS, AnnotatedRegion, Runs
from core.regions import ellipse, turned

_UPLOADED = re.compile(r"^[0-9a-f]{8}-")
"""What Label Studio puts before the name of an uploaded picture."""
_AREAS = {"polygonlabels", "rectanglelabels", "brushlabels", "ellipselabels"}
OLDER = "Older annotations of a picture, left out"


@FORMATS.register("label-studio")
class LabelStudio:
    """Label Studio JSON, one file of tasks: polygons, and painted areas as brush strokes; nothing is lost.

    Of several annotations of a task the newest is read. Verdict and note are a choice and a text of the picture,
    severity and note a number and a text of the area.
    """

    title = "Label Studio JSON"
    single = True
    reference = "labelstud.io/guide/export#Label-Studio-JSON-format-of-annotated-tasks"

    def write(self, sheets: Sequence[Sheet], target: Path, *, losses: Losses, progress: Progress = silent) -> None:
        """See `Format`."""
        tasks = []
        for at, sheet in enumerate(sheets, start=1):
            result = [part for number, one in enumerate(sheet.regions) for part in _area(one, sheet, f"{at}-{number}")]
            result += _of_picture(sheet, at)
            tasks.append({"id": at, "data": {"image": sheet.name}, "annotations": [{"id": at, "result": result}]})
            progress(at / len(sheets), f"picture {at:,} of {len(sheets):,}")
        write_json(target, tasks)

    def read(self, source: Path, *, size_of: SizeOf, losses: Losses, progress: Progress = silent) -> tuple[Sheet, ...]:
        """See `Format`."""
        sheets: list[Sheet] = []
        for name, path in files_of(source, ".json"):
            try:
                sheets += [_sheet(task, size_of, losses) for task in read_json(path)]
            except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
                raise malformed(name, "Label Studio JSON", error) from error
            progress(1.0, name)
        return tuple(sheets)


def _area(one: AnnotatedRegion, sheet: Sheet, id: str) -> list[dict[str, object]]:
    assert sheet.size is not None  # whoever writes knows the pictures
    height, width = sheet.size
    place = {"id": id, "to_name": "image", "original_width": width, "original_height": height, "image_rotation": 0}
    if one.polygon is not None:
        kind = "polygonlabels"
        value: dict[str, object] = {"points": (one.polygon.astype(np.float64) * 100).tolist(), "closed": True}
    else:
        assert one.brush is not None  # a marked area is one of the two
        kind, value = "brushlabels", {"format": "rle", "rle": bits.packed(one.brush.mask)}
    origin = {"origin": "prediction-changed" if one.origin == SUGGESTED else "manual", "meta": {"origin": one.origin}}
    parts: list[dict[str, object]] = [
        place | origin | {"type": kind, "from_name": kind, "value": value | {kind: [label_of(one)]}}
    ]
    if one.severity is not None:
        parts.append(place | {"type": "number", "from_name": "severity", "value": {"number": one.severity}})
    if one.note:
        parts.append(place | {"type": "textarea", "from_name": "note", "value": {"text": [one.note]}})
    return parts


def _of_picture(sheet: Sheet, at: int) -> list[dict[str, object]]:
    said: list[dict[str, object]] = []
    if sheet.verdict:
        said.append({"id": f"{at}-verdict", "type": "choices", "value": {"choices": [sheet.verdict]}})
    if sheet.note:
        said.append({"id": f"{at}-note", "type": "textarea", "value": {"text": [sheet.note]}})
    names = {"choices": "verdict", "textarea": "package_note"}
    return [{"to_name": "image", "from_name": names[str(one["type"])]} | one for one in said]


def _sheet(task: Mapping[str, Any], size_of: SizeOf, losses: Losses) -> Sheet:
    name = _picture(task)
    done = [one for one in task.get("annotations") or () if not one.get("was_cancelled")]
    newest: Mapping[str, Any] = max(done, key=lambda one: str(one.get("updated_at", "")), default={})
    losses[OLDER] += max(len(done) - 1, 0)
    areas, said, size = [], defaultdict[object, dict[str, Any]](dict), None
    for part in newest.get("result", ()):
        said[part.get("id")][part["type"]] = part
        if part["type"] in _AREAS:
            areas.append(part)
            size = (int(part["original_height"]), int(part["original_width"]))
        elif part["type"] not in ("choices", "number", "textarea"):
            losses[OTHERS] += 1
    regions = [_region(part, said[part.get("id")], losses) for part in areas]
    own = {part["id"] for part in areas}
    about = [parts for id, parts in said.items() if id not in own]
    verdict = next((word for parts in about for word in _values(parts, "choices", "choices") if word in VERDICTS), "")
    note = next((text for parts in about for text in _values(parts, "textarea", "text")), "")
    return Sheet(name, size or size_of(name), tuple(one for one in regions if one is not None), verdict, note)


def _picture(task: Mapping[str, Any]) -> str:
    data = task["data"]
    place = next((value for key in ("image", "img", "picture") if isinstance(value := data.get(key), str)), None)
    place = place or next((value for value in data.values() if isinstance(value, str)), None)
    if place is None:
        raise ValueError("a task has no picture")
    folder, _, name = unquote(place.partition("?d=")[2] or place.partition("?")[0]).rpartition("/")
    return f"{folder}/{_UPLOADED.sub('', name)}".removeprefix("/")


def _values(parts: Mapping[str, Any], kind: str, key: str) -> list[str]:
    found = parts[kind]["value"][key] if kind in parts else []
    return [found] if isinstance(found, str) else [str(one) for one in found]


def _region(part: Mapping[str, Any], said: Mapping[str, Any], losses: Losses) -> AnnotatedRegion | None:
    size = (int(part["original_height"]), int(part["original_width"]))
    if min(size) < 1:
        raise ValueError("a picture has no size")
    value, kind = part["value"], part["type"]
    label = next(iter(value.get(kind) or value.get("labels") or ()), "")
    severity = said["number"]["value"]["number"] if "number" in said else None
    note = next(iter(_values(said, "textarea", "text")), "")
    words = Words(str(label), severity, note, (part.get("meta") or {}).get("origin"))
    if kind == "brushlabels":
        if value.get("format", "rle") != "rle":
            raise ValueError(f"its brush strokes are of the format {value['format']}")
        return words.brush(Runs.of(bits.unpacked(value["rle"], size)))
    return words.polygon(_corners(value, kind, size).tolist(), size, losses)


def _corners(value: Mapping[str, Any], kind: str, size: tuple[int, int]) -> NDArray[np.float64]:
    """Corners in pixels: Label Studio counts in percent of each side, and turns around the upper left corner."""
    scale = np.array([size[1], size[0]], np.float64)
    if kind == "polygonlabels":
        return np.asarray(np.array(value["points"], np.float64) / 100 * scale)
    x, y = float(value["x"]), float(value["y"])
    if kind == "ellipselabels":
        corners = ellipse((x, y), (float(value["radiusX"]), float(value["radiusY"])))
    else:
        right, bottom = x + float(value["width"]), y + float(value["height"])
        corners = np.array([(x, y), (right, y), (right, bottom), (x, bottom)])
    pivot = np.array([x, y]) / 100 * scale
    return turned(corners / 100 * scale, pivot, float(value.get("rotation", 0)))
