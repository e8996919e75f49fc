"""Tables kept as Parquet files in the cache folder."""

from __future__ import annotations

import logging
import os
import tempfile
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pyarrow as pa

from core.errors import CoreError
from core.settings import ROOT, settings

RUNS = ROOT / "data" / "runs"

_log = logging.getLogger(__name__)


def read_frame(name: str) -> pd.DataFrame | None:
    """A stored table, or None where there is none that can be read: what is in the cache can be computed again.

    Args:
        name: as given to `write_frame`.
    """
    path = located(name)
    if path is None:
        return None
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:  # damaged, half copied, locked, or foreign
        _log.warning("The stored table %s cannot be read and is computed again (%s).", name, error)
        return None


def write_frame(name: str, frame: pd.DataFrame) -> None:
    """Store a table under a name; a reader sees the old one or the new one, never half of it.

    Args:
        name: letters, digits, "-", "_" and "."; "/" for subfolders.
        frame: column names are strings.

    Raises:
        CoreError: the cache folder cannot be written, for example because the disk is full.
    """
    path = place(name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, frame)
    except OSError as error:
        raise CoreError(
            f"The cache folder {settings().cache} cannot be written ({error.strerror or error}).",
            "Free some space there, or set SECONDLOOK_CACHE to another folder.",
        ) from error


def _replace(path: Path, frame: pd.DataFrame) -> None:
    handle, name = tempfile.mkstemp(suffix=".part", dir=path.parent)
    os.close(handle)
    try:
        frame.to_parquet(name, index=False)
        os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)  # already gone where all went well


def drop_frame(name: str) -> None:
    """Remove a stored table from the cache folder; one that is not there, or cannot be removed, costs nothing."""
    with suppress(OSError):
        place(name).unlink()


def located(name: str) -> Path | None:
    """Where a stored table lies: in the cache folder, else among what comes with the program; None where nowhere."""
    return next((path for path in (place(name), shipped(name)) if path.is_file()), None)


def shipped(name: str) -> Path:
    """Where a table lies that comes with the program: what takes long to compute on the bundled packages."""
    return RUNS / f"{name}.parquet"


def place(name: str, ending: str = "parquet") -> Path:
    """Where something stored under a name lies in the cache folder; a name that could lead out of it is refused."""
    parts = name.split("/")
    if not all(part.strip(".") and part.replace("-", "").replace("_", "").replace(".", "").isalnum() for part in parts):
        raise ValueError(f"not a name for a stored table: {name!r}")
    return settings().cache.joinpath(*parts[:-1], f"{parts[-1]}.{ending}")
