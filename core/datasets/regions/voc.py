"""Marked areas as Pascal VOC writes them: one XML file of boxes a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from xml.etree.ElementTree import Element, SubElement

from core.contracts import Progress, silent
from core.datasets.classes import class_of
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
from core.domain import INTACT, VERDICTS, AnnotatedRegion
from core.regions import box_of, boxed, is_box

BOXES = "Areas written as the box around them"
AROUND = "Boxes around intact packages, read as the verdict"


@FORMATS.register("voc")
class Voc:
    """Pascal VOC, a folder of XML files laid out as the pictures are: boxes; of other shapes the box around them stays.

    Corners are distances from the left and upper border of the picture in pixels, as most labeling tools write them,
    with decimals where they have some. Severity, note, origin and verdict stand in fields of their own.
    """

    title = "Pascal VOC"
    single = False
    reference = "Everingham et al., The Pascal Visual Object Classes (VOC) Challenge, IJCV 2010"

    def write(self, sheets: Sequence[Sheet], target: Path, *, losses: Losses, progress: Progress = silent) -> None:
        """See `Format`."""
        for at, sheet in enumerate(sheets, start=1):
            losses[BOXES] += sum(not is_box(one) for one in sheet.regions)
            write_xml(target / PurePosixPath(sheet.name).with_suffix(".xml"), _tree(sheet), losses)
            progress(at / len(sheets), f"picture {at:,} of {len(sheets):,}")

    def read(self, source: Path, *, size_of: SizeOf, losses: Losses, progress: Progress = silent) -> tuple[Sheet, ...]:
        """See `Format`."""
        sheets, found = [], files_of(source, ".xml")
        for at, (name, path) in enumerate(found, start=1):
            try:
                sheets.append(_sheet(read_xml(path), PurePosixPath(name), size_of, losses))
            except (ValueError, TypeError, OverflowError) as error:
                raise malformed(name, "Pascal VOC", error) from error
            progress(at / len(found), f"file {at:,} of {len(found):,}")
        return tuple(sheets)


def _tree(sheet: Sheet) -> Element:
    assert sheet.size is not None  # whoever writes knows the pictures
    root, name = Element("annotation"), PurePosixPath(sheet.name)
    _add(root, "folder", name.parent.as_posix())
    _add(root, "filename", name.name)
    _add(SubElement(root, "source"), "database", "Second Look")
    size = SubElement(root, "size")
    for side, value in (("width", sheet.size[1]), ("height", sheet.size[0]), ("depth", 3)):
        _add(size, side, value)
    _add(root, "segmented", 0)
    _add(root, "verdict", sheet.verdict)
    _add(root, "note", sheet.note)
    for one in sheet.regions:
        _add_object(root, one, sheet.size)
    return root


def _add(parent: Element, tag: str, value: object) -> None:
    SubElement(parent, tag).text = str(value)


def _add_object(root: Element, one: AnnotatedRegion, size: tuple[int, int]) -> None:
    thing = SubElement(root, "object")
    said = {"name": label_of(one), "pose": "Unspecified", "truncated": 0, "difficult": 0}
    own = {"severity": "" if one.severity is None else repr(one.severity), "note": one.note, "origin": one.origin}
    for tag, value in (said | own).items():
        _add(thing, tag, value)
    (left, top), _, (right, bottom), _ = in_pixels(boxed(*box_of(one)), size)
    box = SubElement(thing, "bndbox")
    for tag, edge in (("xmin", left), ("ymin", top), ("xmax", right), ("ymax", bottom)):
        _add(box, tag, f"{edge:.0f}" if edge == round(edge) else repr(edge))


def _sheet(root: Element, name: PurePosixPath, size_of: SizeOf, losses: Losses) -> Sheet:
    if root.tag != "annotation":
        raise ValueError(f"its first element is {root.tag}, not annotation")
    file = PurePosixPath((root.findtext("filename") or name.stem).replace("\\", "/"))
    picture = name.with_name(file.name) if file.stem == name.stem else file
    width, height = (int(float(root.findtext(f"size/{side}") or 0)) for side in ("width", "height"))
    size = (height, width) if min(height, width) > 0 else size_of(picture.as_posix())
    if size is None:
        return Sheet(picture.as_posix(), None, ())  # no such picture: whoever reads it says so
    verdict, regions, around = root.findtext("verdict") or "", [], False
    for thing in root.iter("object"):
        label = (thing.findtext("name") or "").strip()
        if class_of(label)[0] == INTACT:
            losses[AROUND] += 1
            around = True
            continue
        regions.append(_region(thing, label, size, losses))
    kept = tuple(one for one in regions if one is not None)
    if verdict not in VERDICTS:
        verdict = INTACT if around and not kept else ""
    return Sheet(picture.as_posix(), size, kept, verdict, root.findtext("note") or "")


def _region(thing: Element, label: str, size: tuple[int, int], losses: Losses) -> AnnotatedRegion | None:
    edges = []
    for tag in ("xmin", "ymin", "xmax", "ymax"):
        text = thing.findtext(f"bndbox/{tag}")
        if text is None:
            raise ValueError(f"a box has no {tag}")
        edges.append(float(text))
    left, top, right, bottom = edges
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    said = Words(label, *(thing.findtext(tag) for tag in ("severity", "note", "origin")))
    return said.polygon(corners, size, losses)
