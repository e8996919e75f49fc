"""Marked areas as YOLO segmentation writes them: a text file of polygons a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.contracts import Progress, silent
from core.datasets.regions import yolo
from core.datasets.regions.parts import outer
from core.datasets.regions.sheet import FORMATS, Losses, Sheet, SizeOf
from core.datasets.regions.yolo_boxes import corners as box_corners
from core.domain import AnnotatedRegion


@FORMATS.register("yolo-segments")
class YoloSegments:
    """YOLO segmentation, a folder: class and corners of each polygon; painted areas are written as their outlines.

    Severity, notes, origin and verdict are lost; a package without polygons comes back as unsure.
    """

    title = "YOLO segments"
    single = False
    reference = "docs.ultralytics.com/datasets/segment"

    def write(self, sheets: Sequence[Sheet], target: Path, *, losses: Losses, progress: Progress = silent) -> None:
        """See `Format`."""
        yolo.write(sheets, target, _lines, losses=losses, progress=progress)

    def read(self, source: Path, *, size_of: SizeOf, losses: Losses, progress: Progress = silent) -> tuple[Sheet, ...]:
        """See `Format`."""
        return yolo.read(source, _corners, size_of=size_of, losses=losses, progress=progress)


def _lines(one: AnnotatedRegion, losses: Losses) -> list[yolo.Numbers]:
    return [tuple(map(float, polygon.ravel())) for polygon in outer(one, losses)]


def _corners(numbers: yolo.Numbers) -> list[tuple[float, float]]:
    if len(numbers) == 4:
        return box_corners(numbers)
    if len(numbers) < 6 or len(numbers) % 2:
        raise ValueError(f"a line has {len(numbers)} numbers behind the class, which is no polygon")
    return list(zip(numbers[::2], numbers[1::2], strict=True))
