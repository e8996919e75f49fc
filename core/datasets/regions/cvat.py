"""Marked areas as CVAT writes them: one XML file with polygons, boxes and masks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement

import numpy as np
from numpy.typing import NDArray

from core.contracts import Progress, silent
from core.datasets.regions.files import files_of, read_xml, write_xml
from core.datasets.regions.sheet import (
    FORMATS,
    Losses,
    Sheet,
    SizeOf,
    Words,
    in_pixels,
    label_of,
    malformed,
)
from core.domain import IMPORTED, VERDICTS, AnnotatedRegion, Mask, Runs
from core.regions import ellipse, turned

_SOURCES = {IMPORTED: "file"}  # in CVAT's words; anything else was drawn by hand
OTHERS = "Lines, points and other shapes without area, left out"


@FORMATS.register("cvat")
class Cvat:
    """CVAT for images 1.1, one XML file: polygons, and painted areas as masks; nothing is lost.

    Verdict and note of a picture are a tag; severity, note and origin of an area are attributes.
    """

    title = "CVAT for images 1.1"
    single = True
    reference = "docs.cvat.ai/docs/dataset_management/formats/format-cvat"

    def write(self, sheets: Sequence[Sheet], target: Path, *, losses: Losses, progress: Progress = silent) -> None:
        """See `Format`."""
        root = Element("annotations")
        SubElement(root, "version").text = "1.1"
        _add_labels(root, sorted({label_of(one) for sheet in sheets for one in sheet.regions}))
        for at, sheet in enumerate(sheets):
            assert sheet.size is not None  # whoever writes knows the pictures
            said = {"id": str(at), "name": sheet.name, "width": str(sheet.size[1]), "height": str(sheet.size[0])}
            image = SubElement(root, "image", said)
            for one in sheet.regions:
                _add_region(image, one, sheet.size)
            if sheet.verdict:
                tag = SubElement(image, "tag", {"label": sheet.verdict, "source": "manual"})
                _add_attributes(tag, {"note": sheet.note})
            progress((at + 1) / len(sheets), f"picture {at + 1:,} of {len(sheets):,}")
        write_xml(target, root, losses)

    def read(self, source: Path, *, size_of: SizeOf, losses: Losses, progress: Progress = silent) -> tuple[Sheet, ...]:
        """See `Format`."""
        sheets = []
        for name, path in files_of(source, ".xml"):
            try:
                root = read_xml(path)
                if root.tag != "annotations":
                    raise ValueError(f"its first element is {root.tag}, not annotations")
                sheets += [_sheet(image, losses) for image in root.iter("image")]
            except (KeyError, ValueError, TypeError, OverflowError) as error:
                raise malformed(name, "CVAT for images", error) from error
            progress(1.0, name)
        return tuple(sheets)


def _add_labels(root: Element, kinds: Sequence[str]) -> None:
    labels = SubElement(SubElement(SubElement(root, "meta"), "task"), "labels")
    for name in (*kinds, *VERDICTS):
        label = SubElement(labels, "label")
        SubElement(label, "name").text = name
        attributes = SubElement(label, "attributes")
        for known in ("note",) if name in VERDICTS else ("severity", "note", "origin"):
            attribute = SubElement(attributes, "attribute")
            for tag, text in (("name", known), ("mutable", "False"), ("input_type", "text"), ("default_value", "")):
                SubElement(attribute, tag).text = text


def _add_region(image: Element, one: AnnotatedRegion, size: tuple[int, int]) -> None:
    said = {"label": label_of(one), "source": _SOURCES.get(one.origin, "manual"), "occluded": "0", "z_order": "0"}
    if one.polygon is not None:
        points = ";".join(f"{x!r},{y!r}" for x, y in in_pixels(one.polygon, size))
        shape = SubElement(image, "polygon", said | {"points": points})
    else:
        assert one.brush is not None  # a marked area is one of the two
        shape = SubElement(image, "mask", said | _mask(one.brush.mask))
    severity = "" if one.severity is None else repr(float(one.severity))
    _add_attributes(shape, {"severity": severity, "note": one.note, "origin": one.origin})


def _add_attributes(parent: Element, values: dict[str, str]) -> None:
    for name, value in values.items():
        if value:
            SubElement(parent, "attribute", {"name": name}).text = value


def _mask(mask: Mask) -> dict[str, str]:
    """A mask as the runs of its rows within the box around it."""
    rows, columns = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
    top, bottom = (rows[0], rows[-1] + 1) if len(rows) else (0, 1)
    left, right = (columns[0], columns[-1] + 1) if len(columns) else (0, 1)
    runs = Runs.of(mask[top:bottom, left:right].T)  # of columns of the transposed, so of rows
    box = {"left": left, "top": top, "width": right - left, "height": bottom - top}
    return {"rle": ", ".join(map(str, runs.counts))} | {name: str(int(value)) for name, value in box.items()}


def _sheet(image: Element, losses: Losses) -> Sheet:
    size = (int(image.attrib["height"]), int(image.attrib["width"]))
    if min(size) < 1:
        raise ValueError("a picture has no size")
    regions, verdict, note = [], "", ""
    for shape in image:
        if shape.tag == "tag":
            if shape.attrib["label"] in VERDICTS:
                verdict, note = shape.attrib["label"], _attributes(shape).get("note", "")
        elif shape.tag in _SHAPES or shape.tag == "mask":
            regions.append(_region(shape, size, losses))
        else:
            losses[OTHERS] += 1
    return Sheet(image.attrib["name"], size, tuple(one for one in regions if one is not None), verdict, note)


def _attributes(shape: Element) -> dict[str, str]:
    return {one.attrib["name"]: one.text or "" for one in shape.iter("attribute")}


def _region(shape: Element, size: tuple[int, int], losses: Losses) -> AnnotatedRegion | None:
    said = _attributes(shape)
    words = Words(shape.attrib["label"], *(said.get(name, "") for name in ("severity", "note", "origin")))
    if shape.tag == "mask":
        return words.brush(Runs.of(_painted(shape, size)))
    return words.polygon(_SHAPES[shape.tag](shape), size, losses)


def _painted(shape: Element, size: tuple[int, int]) -> Mask:
    left, top, width, height = (int(float(shape.attrib[name])) for name in ("left", "top", "width", "height"))
    if left < 0 or top < 0 or left + width > size[1] or top + height > size[0]:
        raise ValueError("a mask leaves its picture")
    counts = tuple(int(count) for count in shape.attrib["rle"].split(","))
    mask = np.zeros(size, bool)
    mask[top : top + height, left : left + width] = Runs((width, height), counts).mask.T
    return mask


def _points(shape: Element) -> list[list[float]]:
    return [[float(value) for value in pair.split(",")] for pair in shape.attrib["points"].split(";") if pair.strip()]


def _box(shape: Element) -> list[list[float]]:
    left, top, right, bottom = (float(shape.attrib[name]) for name in ("xtl", "ytl", "xbr", "ybr"))
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    return _turned(shape, corners, corners.mean(axis=0))


def _ellipse(shape: Element) -> list[list[float]]:
    x, y, rx, ry = (float(shape.attrib[name]) for name in ("cx", "cy", "rx", "ry"))
    return _turned(shape, ellipse((x, y), (rx, ry)), np.array([x, y]))


def _turned(shape: Element, corners: NDArray[np.float64], center: NDArray[np.float64]) -> list[list[float]]:
    found: list[list[float]] = turned(corners, center, float(shape.attrib.get("rotation", 0))).tolist()
    return found


_SHAPES = {"polygon": _points, "box": _box, "ellipse": _ellipse}
