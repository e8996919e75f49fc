"""What a checkpoint was trained on, with its cross-validated answers, kept beside its weights."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

FILE = "crossval.parquet"

COLUMNS = ("dataset", "package", "view", "label", "sha256", "fold", "logits", "framing")
"""One row a picture the checkpoint was trained on, and before it the checkpoint that it started from.

logits is a list, one number a class of the card; empty, with the fold -1, where no fold held the picture out.
"""


def write_answers(folder: Path, answers: pd.DataFrame) -> None:
    """Write them into the folder of the checkpoint."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / (FILE + ".part")
    answers[list(COLUMNS)].to_parquet(part, index=False)
    os.replace(part, folder / FILE)


def read_answers(folder: Path | None) -> pd.DataFrame:
    """Read them; an empty frame where the checkpoint has none, or lies nowhere; dataset is "" in the first files."""
    if folder is None or not (folder / FILE).is_file():
        return pd.DataFrame(columns=list(COLUMNS))
    answers = pd.read_parquet(folder / FILE)
    return answers if "dataset" in answers else answers.assign(dataset="")
