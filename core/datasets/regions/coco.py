"""Marked areas as COCO writes them: one JSON file with polygons and run lengths."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.contracts import Progress, silent
from core.datasets.regions import rle
from core.datasets.regions.files import files_of, read_json, write_json
from core.datasets.regions.sheet import (
    FORMATS,
    Losses,
    Sheet,
    SizeOf,
    Words,
    in_pixels,
    label_of,
    malformed,
    shares,
)
from core.domain import VERDICTS, AnnotatedRegion, Runs
from core.regions import box_of, boxed, filled

PARTS = "Areas of several polygons, read as the pixels inside of them"


@FORMATS.register("coco")
class Coco:
    """COCO instances, one JSON file: polygons stay polygons, painted areas become run lengths; nothing is lost.

    Verdict and note of a picture, severity, note and origin of an area stand in fields of their own, which other
    programs pass over.
    """

    title = "COCO (polygons and RLE)"
    single = True
    reference = "Lin et al., Microsoft COCO: Common Objects in Context, ECCV 2014; cocodataset.org/#format-data"

    def write(self, sheets: Sequence[Sheet], target: Path, *, losses: Losses, progress: Progress = silent) -> None:
        """See `Format`."""
        kinds = sorted({label_of(one) for sheet in sheets for one in sheet.regions})
        numbers = {kind: at for at, kind in enumerate(kinds, start=1)}
        images: list[dict[str, object]] = []
        areas: list[dict[str, object]] = []
        for at, sheet in enumerate(sheets, start=1):
            assert sheet.size is not None  # whoever writes knows the pictures
            height, width = sheet.size
            images.append({"id": at, "file_name": sheet.name, "width": width, "height": height}
                          | {"verdict": sheet.verdict, "note": sheet.note})  # fmt: skip
            for one in sheet.regions:
                areas.append({"id": len(areas) + 1, "image_id": at, "category_id": numbers[label_of(one)]}
                             | _shape(one, sheet.size))  # fmt: skip
            progress(at / len(sheets), f"picture {at:,} of {len(sheets):,}")
        categories = [{"id": at, "name": kind, "supercategory": "damage"} for kind, at in numbers.items()]
        write_json(target, {"info": {"description": "Second Look"}, "licenses": [], "images": images,
                            "annotations": areas, "categories": categories})  # fmt: skip

    def read(self, source: Path, *, size_of: SizeOf, losses: Losses, progress: Progress = silent) -> tuple[Sheet, ...]:
        """See `Format`."""
        sheets: list[Sheet] = []
        for name, path in files_of(source, ".json"):
            try:
                sheets += _sheets(read_json(path), losses)
            except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
                raise malformed(name, "COCO", error) from error
            progress(1.0, name)
        return tuple(sheets)


def _shape(one: AnnotatedRegion, size: tuple[int, int]) -> dict[str, object]:
    left, top, right, bottom = np.array(box_of(one), np.float64) * (size[1], size[0], size[1], size[0])
    if one.polygon is not None:
        corners = in_pixels(one.polygon, size)
        x, y = np.array(corners).T
        area = abs(float(x @ np.roll(y, 1) - y @ np.roll(x, 1))) / 2
        segmentation: object = [[value for corner in corners for value in corner]]
    else:
        assert one.brush is not None  # a marked area is one of the two
        area, segmentation = float(one.brush.area), {"size": list(one.brush.shape), "counts": rle.packed(one.brush)}
    return {
        "segmentation": segmentation, "area": area, "bbox": [left, top, right - left, bottom - top], "iscrowd": 0,
        "attributes": {"severity": one.severity, "note": one.note, "origin": one.origin},
    }  # fmt: skip


def _sheets(content: Mapping[str, Any], losses: Losses) -> list[Sheet]:
    images = content["images"]
    kinds = {one["id"]: str(one["name"]) for one in content.get("categories", ())}
    areas: defaultdict[object, list[Mapping[str, Any]]] = defaultdict(list)
    known = {image["id"] for image in images}
    for one in content["annotations"]:
        if one["image_id"] not in known:
            raise ValueError(f"an area belongs to the picture {one['image_id']}, which it does not list")
        areas[one["image_id"]].append(one)
    sheets = []
    for image in images:
        size = (int(image["height"]), int(image["width"]))
        if min(size) < 1:
            raise ValueError("a picture has no size")
        found = (_region(one, size, kinds, losses) for one in areas[image["id"]])
        verdict, note = image.get("verdict", ""), str(image.get("note", ""))
        regions = tuple(one for one in found if one is not None)
        sheets.append(Sheet(str(image["file_name"]), size, regions, verdict if verdict in VERDICTS else "", note))
    return sheets


def _region(
    one: Mapping[str, Any], size: tuple[int, int], kinds: Mapping[object, str], losses: Losses
) -> AnnotatedRegion | None:
    said = one.get("attributes") or {}
    number = one["category_id"]
    words = Words(kinds.get(number, str(number)), said.get("severity"), said.get("note"), said.get("origin"))
    drawn = one.get("segmentation")
    if isinstance(drawn, Mapping):
        return words.brush(_runs(drawn, size))
    if not drawn:
        left, top, width, height = map(float, one["bbox"])
        return words.polygon(boxed(left, top, left + width, top + height).tolist(), size, losses)
    if len(drawn) == 1:
        return words.polygon(_pairs(drawn[0]), size, losses)
    parts = [part for some in drawn if (part := shares(_pairs(some), size, losses)) is not None]
    losses[PARTS] += 1
    return words.brush(Runs.of(np.any([filled([part], size) for part in parts] or [np.zeros(size, bool)], axis=0)))


def _pairs(values: Sequence[float]) -> list[tuple[float, float]]:
    if len(values) % 2:
        raise ValueError("a polygon has half a corner")
    return [(float(x), float(y)) for x, y in zip(values[::2], values[1::2], strict=True)]


def _runs(drawn: Mapping[str, Any], size: tuple[int, int]) -> Runs:
    shape = (int(drawn["size"][0]), int(drawn["size"][1]))
    if shape != size:
        raise ValueError(f"a mask is {shape[1]} x {shape[0]}, its picture {size[1]} x {size[0]}")
    counts = drawn["counts"]
    if isinstance(counts, str):
        return rle.unpacked(counts, shape)
    return Runs(shape, tuple(int(count) for count in counts))
