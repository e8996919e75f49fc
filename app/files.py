"""Files written whole or not at all."""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

from core.errors import BadInput


def check_file(path: Path) -> None:
    """Refuse a place where no file can be written, before the work is done; parent folders are made.

    Raises:
        BadInput: the path is a folder, or its folder cannot be made or written to.
    """
    if path.is_dir():
        raise BadInput(f"{path} is a folder.", "Give the name of a file.")
    check_folder(path.absolute().parent)


def check_folder(path: Path) -> None:
    """Make a folder with its parents, and refuse one that cannot be written to.

    Raises:
        BadInput: the path is a file, or the folder cannot be made or written to.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except FileExistsError:
        raise BadInput(f"{path} is a file.", "Give the name of a folder.") from None
    except OSError as error:
        raise BadInput(f"Nothing can be written to {path}: {error.strerror}.", "Choose another place.") from None


def write_whole(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write a file beside its place, then move it there in one step.

    Raises:
        BadInput: the file cannot be written.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
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
