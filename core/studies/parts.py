"""Long work on a data set, stored part by part, so that it can be stopped and goes on where it was."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from core.contracts import Progress, silent
from core.store.frames import drop_frame, read_frame, write_frame

SIZE = 50
"""Packages a part."""


def in_parts(
    name: str,
    ids: Sequence[str],
    compute: Callable[[str], list[dict[str, object]]],
    *,
    columns: Sequence[str],
    size: int = SIZE,
    progress: Progress = silent,
) -> pd.DataFrame:
    """The stored table of this name; where there is none, computed package after package, and stored.

    Every `size` packages are stored when they are done; they are put together at the end. An error raised by
    `progress` stops the work, and the next call computes only the parts that are missing.

    Args:
        name: of the run, as `study.run_name` makes it.
        ids: of the packages, in the order of the rows.
        compute: package to its rows.
        columns: of the table.
        size: packages a part.
        progress: called after each package.
    """
    stored = read_frame(name)
    if stored is not None:
        return stored
    parts = []
    for start in range(0, len(ids), size):
        done = read_frame(_part(name, start))
        if done is None:
            done = _compute(ids, slice(start, start + size), compute, columns, progress)
            write_frame(_part(name, start), done)
        parts.append(done)
    whole = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(columns))
    write_frame(name, whole)
    for start in range(0, len(ids), size):
        drop_frame(_part(name, start))
    return whole


def _part(name: str, start: int) -> str:
    return f"{name}.from-{start}"


def _compute(
    ids: Sequence[str],
    part: slice,
    compute: Callable[[str], list[dict[str, object]]],
    columns: Sequence[str],
    progress: Progress,
) -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    for at, package in enumerate(ids[part], start=part.start + 1):
        rows += compute(package)
        progress(at / len(ids), f"package {at:,} of {len(ids):,}")
    return pd.DataFrame(rows, columns=list(columns))
