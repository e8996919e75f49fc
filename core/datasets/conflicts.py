"""Settles what a data set says twice: the first in the order of the paths holds, the rest is named."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from core.domain import Unreadable


def settle(pictures: pd.DataFrame) -> tuple[pd.DataFrame, tuple[Unreadable, ...], tuple[str, ...]]:
    """Leave one class, one split and one file per view to every package.

    Args:
        pictures: columns package, view, path, label, split, in the order of the paths.

    Returns:
        The rows that hold, the files that were left out with the reason, and a notice for each kind of conflict.
    """
    pictures, notices = _restarted_numbers(pictures)
    left_out: list[Unreadable] = []
    for column, noun in (("label", "class"), ("split", "split")):
        pictures, lost = _keep_first(pictures, column)
        left_out += _reasons(lost, f"Its package has another {noun} in an earlier folder.")
        notices += _notice(lost, f"under two {noun}es" if noun == "class" else "in two splits")
    twice = pictures.duplicated(["package", "view"])
    left_out += _reasons(pictures[twice], "An earlier file shows the same view of the same package.")
    notices += _notice(pictures[twice], "with two files for one view")
    return pictures[~twice], tuple(left_out), tuple(notices)


USUAL = 4
"""Views that few packages may have without a question."""


def missing_views(pictures: pd.DataFrame) -> tuple[str, ...]:
    """One sentence for each view that some packages lack; where views outnumber packages, one on that instead."""
    packages = pictures["package"].nunique()
    counts = pictures["view"].value_counts().sort_index()
    if len(counts) > max(packages, USUAL):
        return (
            f"{len(pictures)} pictures count as {packages} package{'s' * (packages != 1)} with {len(counts)} views, "
            f"such as {counts.index[0]}: the end of a file name names the camera. Rename the files if it does not.",
        )
    lacking = {str(view): packages - int(count) for view, count in counts.items() if count < packages}
    return tuple(
        f"{count} of {packages} packages {'has' if count == 1 else 'have'} no {view} view."
        for view, count in lacking.items()
    )


def some(names: Sequence[str], most: int = 5) -> str:
    """The first few names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _keep_first(pictures: pd.DataFrame, column: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    values = pictures[column].fillna("").astype("str")
    agrees = values == values.groupby(pictures["package"], sort=False).transform("first")
    return pictures[agrees], pictures[~agrees]


def _reasons(lost: pd.DataFrame, reason: str) -> list[Unreadable]:
    return [Unreadable(Path(path), reason) for path in lost["path"]]


def _notice(lost: pd.DataFrame, where: str) -> list[str]:
    if lost.empty:
        return []
    packages = sorted(lost["package"].unique())
    return [
        f"Packages {where}: {len(packages)} ({some(packages)}); the first folder or file holds, "
        f"pictures left out: {len(lost)}."
    ]


def _restarted_numbers(pictures: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Where names are running numbers that begin again in every class folder, the folder becomes part of the id."""
    labels = pictures.groupby("package")["label"].nunique()
    shared = labels.index[labels > 1].to_series()
    numbers = shared.str.extract(r"(\d{1,9})$")[0].fillna("999999999").astype("int64")
    smallest_class = pictures.groupby("label")["package"].nunique().min()
    if len(shared) < max(2, smallest_class / 2) or (numbers > len(pictures)).any():
        return pictures, []
    folder = (pictures["split"] + "-" + pictures["label"].fillna("").astype("str")).str.strip("-")
    renamed = pictures.assign(package=(folder.str.replace("/", "-") + "-" + pictures["package"]).str.lstrip("-"))
    return renamed, ["File names are numbers that begin again in every class: the class became part of the ids."]
