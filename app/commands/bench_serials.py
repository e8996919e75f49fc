"""`secondlook bench serials`: how fast and how well serials are read, beside public readers."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from app import files, terminal
from app.options import Data, Json

if TYPE_CHECKING:
    from core.studies.serial_race import Runner

HEAD = ("reader", "pictures", "exact", "95 %", "wrong", "median, s", "slowest, s")


def serials(
    data: Data,
    packages: Annotated[int, typer.Option(min=1, metavar="N", help="At most so many, spread over the data set.")] = 60,
    view: Annotated[str, typer.Option(metavar="NAME", help="The view that shows the serial.")] = "side",
    json_file: Json = None,
) -> None:
    """Time how fast serials are found and read, beside the public readers that are installed.

    The time is that of a picture that lies decoded in memory, with finding the line in it; nothing is remembered from
    other pictures. The others find lines by themselves, at double size. EasyOCR takes part where the weights of its
    detector and its English reader are on disk, PP-OCR where the package rapidocr-onnxruntime is importable; neither
    is a dependency of this command.

    For example:

        secondlook bench serials --data packages
        secondlook bench serials --data packages --packages 20 --json bench.json
    """
    if json_file:
        files.check_file(json_file)
    from core import study
    from core.studies import serial_race

    with terminal.progress() as progress:
        found = serial_race.race(study.open_dataset(data), packages=packages, view=view, progress=progress)
    if json_file:
        files.write_json(json_file, {"view": view, "readers": [asdict(one) for one in found]})
    terminal.table(f"Serials of {found[0].pictures:,} pictures", HEAD, map(_row, found))
    terminal.note(f"Finding the lines takes {found[0].finding:.3f} s of the first.")
    if len(found) == 1:
        terminal.note(f"No public reader is here to compare with. To compare: {serial_race.INSTALL}")


def _row(one: Runner) -> tuple[str, ...]:
    low, high = one.interval
    return (
        one.name, f"{one.pictures:,}", f"{one.right / one.pictures:.1%}", f"{low:.1%} to {high:.1%}", f"{one.wrong:,}",
        f"{one.seconds:.3f}", f"{one.slowest:.3f}",
    )  # fmt: skip
