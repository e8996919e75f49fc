"""Arrays kept in the cache folder: what takes minutes to compute and can be computed again."""

from __future__ import annotations

import logging
import os
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.store.frames import place

_log = logging.getLogger(__name__)


def read_arrays(name: str) -> dict[str, NDArray[Any]] | None:
    """Stored arrays by their names, None where there are none that can be read.

    Args:
        name: as given to `write_arrays`.
    """
    path = place(name, "npz")
    if not path.is_file():
        return None
    try:
        with np.load(path) as archive:
            return {key: archive[key] for key in archive.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        _log.warning("The stored arrays %s cannot be read and are computed again (%s).", name, error)
        return None


def write_arrays(name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Store arrays under a name, whole or not at all; a full disk costs time only, and is said.

    Args:
        name: of a folder and of the file in it, "crops/0a1b".
        arrays: by name.
    """
    path = place(name, "npz")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, arrays)
    except OSError as error:
        _log.warning("The arrays %s cannot be stored (%s).", name, error.strerror or error)


def _replace(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    handle, part = tempfile.mkstemp(suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **dict(arrays))  # type: ignore[arg-type]  # the stubs take the names for its own options
        os.replace(part, path)
    finally:
        Path(part).unlink(missing_ok=True)  # already gone where all went well
