"""Reads Pascal VOC boxes as regions."""

from __future__ import annotations

import codecs
import math
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from core.datasets.classes import class_of
from core.domain import INTACT, Region
from core.errors import BadInput

_MAX_BYTES = 4_000_000


def read_regions(path: Path, shape: tuple[int, int]) -> tuple[Region, ...]:
    """Boxes of one Pascal VOC file as rectangles, except those of the intact class.

    A box on an intact package surrounds the whole package: it marks no damage.

    Args:
        path: the `.xml` file.
        shape: (height, width) of the picture, used where the file does not tell.

    Raises:
        BadInput: the file cannot be read as Pascal VOC.
    """
    try:
        root = ElementTree.fromstring(_text(path))
        width, height = _size(root, shape)
        regions = (_region(box, width, height) for box in root.iter("object"))
        return tuple(region for region in regions if region is not None)
    except (ElementTree.ParseError, OSError, ValueError, RecursionError) as error:
        raise BadInput(
            f"{path.name} cannot be read as Pascal VOC boxes ({error}).", "Export it again from the labeling tool."
        ) from error


def _text(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(_MAX_BYTES + 1)
    if len(data) > _MAX_BYTES:
        raise ValueError("it is larger than 4 MB")
    text = _decoded(data)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:  # entities can be nested until they fill the memory
        raise ValueError("it declares a document type")
    return text


def _decoded(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _size(root: ElementTree.Element, shape: tuple[int, int]) -> tuple[float, float]:
    width, height = (float(root.findtext(f"size/{side}") or 0) for side in ("width", "height"))
    return (width, height) if width > 0 and height > 0 else (float(shape[1]), float(shape[0]))


def _region(box: ElementTree.Element, width: float, height: float) -> Region | None:
    label = (box.findtext("name") or "").strip()
    if class_of(label)[0] == INTACT:
        return None
    left, right = (_clipped(box, f"bndbox/{name}", width) for name in ("xmin", "xmax"))
    top, bottom = (_clipped(box, f"bndbox/{name}", height) for name in ("ymin", "ymax"))
    if left >= right or top >= bottom:
        return None
    return Region(label, np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float32))


def _clipped(box: ElementTree.Element, place: str, extent: float) -> float:
    text = box.findtext(place)
    if text is None or not math.isfinite(value := float(text)):
        raise ValueError(f"a box has no {place.rpartition('/')[2]}")
    return min(max(value / extent, 0.0), 1.0)
