"""What the two YOLO formats share: a text file a picture, and the names of the classes."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

import yaml

from core.contracts import Progress
from core.datasets.regions.files import files_of, read_bytes
from core.datasets.regions.sheet import Losses, Sheet, SizeOf, Words, label_of, malformed
from core.domain import AnnotatedRegion
from core.errors import BadInput

NAMES = ("data.yaml", "dataset.yaml", "classes.txt")
TITLE = "YOLO labels"

Numbers = tuple[float, ...]


def write(
    sheets: Sequence[Sheet],
    target: Path,
    lines: Callable[[AnnotatedRegion, Losses], Sequence[Numbers]],
    *,
    losses: Losses,
    progress: Progress,
) -> None:
    """Write labels/<path of the picture>.txt for every picture, data.yaml and classes.txt."""
    kinds = sorted({label_of(one) for sheet in sheets for one in sheet.regions})
    for at, sheet in enumerate(sheets, start=1):
        rows = [f"{kinds.index(label_of(one))} {' '.join(map(_number, numbers))}\n"
                for one in sheet.regions for numbers in lines(one, losses)]  # fmt: skip
        path = target / "labels" / PurePosixPath(sheet.name).with_suffix(".txt")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(rows), encoding="utf-8")
        _count(sheet, losses)
        progress(at / len(sheets), f"picture {at:,} of {len(sheets):,}")
    names = "".join(f"  {at}: {json.dumps(kind, ensure_ascii=False)}\n" for at, kind in enumerate(kinds))
    (target / "data.yaml").write_text(
        "# The pictures belong into images/, laid out as in the data set.\npath: .\ntrain: images\nval: images\n"
        f"names:\n{names}"
        if names
        else "names: {}\n",
        encoding="utf-8",
    )
    (target / "classes.txt").write_text("".join(f"{' '.join(kind.split())}\n" for kind in kinds), encoding="utf-8")


def read(
    source: Path,
    shape: Callable[[Numbers], Sequence[tuple[float, float]]],
    *,
    size_of: SizeOf,
    losses: Losses,
    progress: Progress,
) -> tuple[Sheet, ...]:
    """Read every text file; `shape` turns the numbers of a line into corners in [0, 1] of the frame."""
    names, sheets = _names(source), []
    found = [(name, path) for name, path in files_of(source, ".txt") if path.name not in NAMES]
    for at, (name, path) in enumerate(found, start=1):
        picture = PurePosixPath(name).with_suffix("").as_posix().removeprefix("labels/")
        try:
            rows = [line.split() for line in read_bytes(path).decode().splitlines() if line.strip()]
            areas = [(names[_whole(row[0], len(names))], shape(tuple(map(float, row[1:])))) for row in rows]
            regions = (Words(kind).polygon(corners, (1, 1), losses) for kind, corners in areas)
            sheets.append(Sheet(picture, None, tuple(one for one in regions if one is not None)))
        except ValueError as error:
            raise malformed(name, TITLE, error) from error
        progress(at / len(found), f"file {at:,} of {len(found):,}")
    return tuple(sheets)


def _number(value: float) -> str:
    return repr(float(value))


def _count(sheet: Sheet, losses: Losses) -> None:
    regions = sheet.regions
    losses["Severities left out"] += sum(one.severity is not None for one in regions)
    losses["Notes left out"] += sum(bool(one.note) for one in regions) + bool(sheet.note)
    losses["Areas whose origin is left out"] += len(regions)
    losses["Pictures whose verdict is left out"] += bool(sheet.verdict)


def _whole(text: str, count: int) -> int:
    number = int(text)
    if not 0 <= number < count:
        raise ValueError(f"it has the class {number}, and there are names for {count}")
    return number


def _names(source: Path) -> list[str]:
    """Names of the classes by number.

    Raises:
        BadInput: there are none, or they cannot be read.
    """
    folder = source if source.is_dir() else source.parent
    places = [place / name for place in (folder, folder.parent) for name in NAMES]
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        raise BadInput(
            f"There are no names of classes in {folder.name}.", "Put data.yaml or classes.txt beside the labels."
        )
    try:
        text = read_bytes(path).decode("utf-8-sig")
        if path.suffix == ".txt":
            return [line.strip() for line in text.splitlines() if line.strip()]
        content = yaml.safe_load(text)
        names = content["names"]
        if isinstance(names, dict):
            return [str(names[at]) for at in range(len(names))]
        return [str(name) for name in names]
    except (ValueError, KeyError, TypeError, yaml.YAMLError, RecursionError) as error:
        raise malformed(path.name, "names of YOLO classes", error) from error
