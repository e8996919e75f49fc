"""Marked areas as YOLO detection writes them: a text file of boxes a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.contracts import Progress, silent
from core.datasets.regions import yolo
from core.datasets.regions.sheet import FORMATS, Losses, Sheet, SizeOf
from core.datasets.regions.voc import BOXES
from core.domain import AnnotatedRegion
from core.regions import box_of, is_box


@FORMATS.register("yolo-boxes")
class YoloBoxes:
    """YOLO detection, a folder: class, center, width and height of each box; of other shapes the box around them stays.

    Severity, notes, origin and verdict are lost; a package without boxes comes back as unsure.
    """

    title = "YOLO boxes"
    single = False
    reference = "docs.ultralytics.com/datasets/detect"

    def write(self, sheets: Sequence[Sheet], target: Path, *, losses: Losses, progress: Progress = silent) -> None:
        """See `Format`."""
        yolo.write(sheets, target, _lines, losses=losses, progress=progress)

    def read(self, source: Path, *, size_of: SizeOf, losses: Losses, progress: Progress = silent) -> tuple[Sheet, ...]:
        """See `Format`."""
        return yolo.read(source, corners, size_of=size_of, losses=losses, progress=progress)


def _lines(one: AnnotatedRegion, losses: Losses) -> list[yolo.Numbers]:
    losses[BOXES] += not is_box(one)
    left, top, right, bottom = box_of(one)
    return [((left + right) / 2, (top + bottom) / 2, right - left, bottom - top)]


def corners(numbers: yolo.Numbers) -> list[tuple[float, float]]:
    """Corners of a box in [0, 1] of the frame.

    Raises:
        ValueError: it does not have four numbers.
    """
    if len(numbers) != 4:
        raise ValueError(f"a line has {len(numbers)} numbers behind the class, not the 4 of a box")
    x, y, width, height = numbers
    left, top, right, bottom = x - width / 2, y - height / 2, x + width / 2, y + height / 2
    return [(left, top), (right, top), (right, bottom), (left, bottom)]
