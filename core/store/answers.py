"""Cross-validated answers of a checkpoint, kept beside its weights."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

FILE = "crossval.parquet"

COLUMNS = ("package", "view", "label", "sha256", "fold", "logits", "framing")
"""One row a picture the checkpoint was trained on: logits is a list, one number a class of the card."""


def write_answers(folder: Path, answers: pd.DataFrame) -> None:
    """Write them into the folder of the checkpoint."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / (FILE + ".part")
    answers[list(COLUMNS)].to_parquet(part, index=False)
    os.replace(part, folder / FILE)


def read_answers(folder: Path | None) -> pd.DataFrame:
    """Read them; an empty frame where the checkpoint has none, or lies nowhere."""
    if folder is None or not (folder / FILE).is_file():
        return pd.DataFrame(columns=list(COLUMNS))
    return pd.read_parquet(folder / FILE)
