"""Drawn packages whose ids are serials, and what a reader made of them, as its table keeps it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from core.domain import NOT_VISIBLE, READ, Floats, Reading
from core.studies import serials
from core.studies.parts import in_parts
from core.study import open_dataset
from tests.conftest import draw_carton

BOX = np.array([(0.3, 0.6), (0.6, 0.6), (0.6, 0.7), (0.3, 0.7)], np.float32)
"""Where the serial stands in every picture."""
TOP = "A top view shows no serial."


def serial_of(number: int) -> str:
    """The id of a package: 13 digits that begin with 0."""
    return f"0{170_000_000_000 + 7919 * number}"


def draw_serials(root: Path, *, train: int = 2, test: int = 4, seed: int = 0) -> Path:
    """Draw `<split>/damage|intact/<view>/<serial>_<view>.png`, the first `train` packages in train."""
    for at in range(train + test):
        split, folder = "train" if at < train else "test", "damage" if at % 2 else "intact"
        for view in ("side", "top"):
            path = root / split / folder / view / f"{serial_of(at)}_{view}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            draw_carton(damaged=at % 2 == 1, view=view, seed=seed + at).save(path)
    return root


def reading(
    package: str, text: str | None = None, *, view: str = "side", line: str = "serial", confidence: float = 0.99,
    status: str = READ, reason: str = "", corners: Floats | None = BOX,
) -> Reading:  # fmt: skip
    """What a reader made of a line; of the serial it read the id, unless said."""
    said = package if text is None else text
    sure = tuple(confidence for _ in said)
    return Reading(package, view, line, said, confidence, sure, status, reason, corners)


def hidden(package: str, *, view: str = "top", reason: str = TOP) -> Reading:
    """A view that shows no serial."""
    return reading(package, "", view=view, confidence=0.0, status=NOT_VISIBLE, reason=reason, corners=None)


def plain(package: str) -> tuple[Reading, ...]:
    """The side was read as the id, its batch too; the top shows nothing."""
    return reading(package), reading(package, "KQ905564-4K", line="batch"), hidden(package)


def table(readings: Iterable[Reading]) -> pd.DataFrame:
    """The same as `core.studies.serials.read_all` gives it."""
    return pd.DataFrame([serials.row(one) for one in readings], columns=list(serials.COLUMNS))


def store_readings(root: Path, readings: Iterable[Reading]) -> None:
    """Keep them where `read_all` keeps what it has read of the data set in a folder."""
    dataset, known = open_dataset(root), list(readings)
    in_parts(
        serials.run_name(dataset), dataset.ids,
        lambda package: [serials.row(one) for one in known if one.package == package], columns=serials.COLUMNS,
    )  # fmt: skip
