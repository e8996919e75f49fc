"""Marked areas as pictures: a PNG a picture whose values are the numbers of the areas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.contracts import Progress, silent
from core.datasets.images import read_values
from core.datasets.regions.files import files_of, read_json, write_json
from core.datasets.regions.parts import components
from core.datasets.regions.sheet import FORMATS, Losses, Sheet, SizeOf, Words, malformed
from core.domain import VERDICTS, AnnotatedRegion, Runs
from core.errors import UnreadableImage
from core.regions import pixels_of

LEGEND = "regions.json"
POLYGONS = "Polygons written as the pixels inside of them"
COVERED = "Areas of which a later one covers pixels"
NO_PIXEL = "Areas without a pixel of their own, left out"
PARTS = "Parts of masks without a legend, each read as an area"


@FORMATS.register("masks")
class Masks:
    """PNG masks, a folder laid out as the pictures are: 0 is no damage, other values are the numbers of the areas.

    Kinds, severities, notes and verdicts stand in regions.json beside them; without it every part of what is above 0
    becomes an area. Where areas overlap the later one is kept, and polygons become pixels.
    """

    title = "PNG masks"
    single = False
    reference = "none"

    def write(self, sheets: Sequence[Sheet], target: Path, *, losses: Losses, progress: Progress = silent) -> None:
        """See `Format`."""
        legend = {}
        for at, sheet in enumerate(sheets, start=1):
            name = PurePosixPath(sheet.name).with_suffix(".png").as_posix()
            values = _values(sheet, losses)
            path = target / name
            path.parent.mkdir(parents=True, exist_ok=True)
            _picture(values).save(path)
            there = set(np.unique(values).tolist())
            rows = [_row(number, one) for number, one in enumerate(sheet.regions, start=1) if number in there]
            losses[NO_PIXEL] += len(sheet.regions) - len(rows)
            legend[name] = {"verdict": sheet.verdict, "note": sheet.note, "regions": rows}
            progress(at / len(sheets), f"picture {at:,} of {len(sheets):,}")
        write_json(target / LEGEND, legend)

    def read(self, source: Path, *, size_of: SizeOf, losses: Losses, progress: Progress = silent) -> tuple[Sheet, ...]:
        """See `Format`."""
        legend = _legend(source)
        sheets, found = [], files_of(source, ".png")
        for at, (name, path) in enumerate(found, start=1):
            try:
                sheets.append(_sheet(name, read_values(path), legend.get(name), losses))
            except (KeyError, TypeError, ValueError, AttributeError, UnreadableImage) as error:
                raise malformed(name, "a mask", error) from error
            progress(at / len(found), f"file {at:,} of {len(found):,}")
        return tuple(sheets)


def _values(sheet: Sheet, losses: Losses) -> NDArray[np.int32]:
    assert sheet.size is not None  # whoever writes knows the pictures
    values = np.zeros(sheet.size, np.int32)
    covered = set()
    for number, one in enumerate(sheet.regions, start=1):
        inside = pixels_of(one, sheet.size)
        covered |= set(np.unique(values[inside]).tolist()) - {0}
        values[inside] = number
        losses[POLYGONS] += one.polygon is not None
    losses[COVERED] += len(covered)
    return values


def _picture(values: NDArray[np.int32]) -> Image.Image:
    if values.max() > 255:
        return Image.fromarray(values.astype(np.uint16))
    picture = Image.fromarray(values.astype(np.uint8))
    colors = [(0, 0, 0), *((255 - at * 67 % 192, 64 + at * 101 % 192, 64 + at * 151 % 192) for at in range(255))]
    picture.putpalette([part for color in colors for part in color])
    return picture


def _row(number: int, one: AnnotatedRegion) -> dict[str, object]:
    return {"value": number, "kind": one.kind, "severity": one.severity, "note": one.note, "origin": one.origin}


def _legend(source: Path) -> Mapping[str, Any]:
    path = source / LEGEND
    if not path.is_file():
        return {}
    try:
        content = read_json(path)
    except ValueError as error:
        raise malformed(LEGEND, "a legend of masks", error) from error
    if not isinstance(content, Mapping):
        raise malformed(LEGEND, "a legend of masks", "it is no table")
    return content


def _sheet(name: str, values: NDArray[np.int32], said: Mapping[str, Any] | None, losses: Losses) -> Sheet:
    size = (values.shape[0], values.shape[1])
    if said is None:
        parts = components(values > 0)
        losses[PARTS] += len(parts)
        return Sheet(name, size, tuple(Words().brush(Runs.of(part)) for part in parts))
    rows = {int(row["value"]): row for row in said["regions"]}
    unknown = set(np.unique(values).tolist()) - {0} - set(rows)
    if unknown:
        raise ValueError(f"its value {min(unknown)} is not in {LEGEND}")
    regions = []
    for number, row in rows.items():
        inside = values == number
        if not inside.any():
            losses[NO_PIXEL] += 1
            continue
        words = Words(str(row.get("kind", "")), row.get("severity"), row.get("note"), row.get("origin"))
        regions.append(words.brush(Runs.of(inside)))
    verdict = said.get("verdict", "")
    return Sheet(name, size, tuple(regions), verdict if verdict in VERDICTS else "", str(said.get("note", "")))
