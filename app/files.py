"""Files written whole or not at all."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

from core.errors import BadInput


def check_file(path: Path) -> None:
    """Refuse a place where no file can be written, before the work is done.

    Raises:
        BadInput: the path is a folder, or its folder cannot be made or written to.
    """
    if path.is_dir():
        raise BadInput(f"{path} is a folder.", "Give the name of a file.")
    check_folder(path.absolute().parent)


def check_folder(path: Path) -> None:
    """Refuse a folder that cannot be made or written to, before the work is done.

    Raises:
        BadInput: the path or a part of it is a file, or writing is not allowed there.
    """
    nearest = next(place for place in (path, *path.absolute().parents) if place.exists())
    if not nearest.is_dir():
        raise BadInput(f"{nearest} is a file.", "Give the name of a folder.")
    if not os.access(nearest, os.W_OK):
        raise BadInput(f"Writing to {nearest} is not allowed.", "Choose another place.")


def write_whole(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Make the parent folders, write a file beside its place, then move it there in one step.

    Raises:
        BadInput: the file cannot be written.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            write(file)
        part.replace(path)
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror}.", "Make room, or choose another place.") from None
    finally:
        part.unlink(missing_ok=True)


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write JSON that every reader takes: UTF-8, NaN as null."""
    text = json.dumps(plain(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    write_whole(path, lambda file: file.write(text.encode()))


def plain(value: Any) -> Any:
    """Only what JSON knows: paths as text, arrays as lists, numbers without NaN."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, (bool, int, str, type(None))) else str(value)
