"""The quiet line that says where the numbers of a page come from."""

from __future__ import annotations

import pandas as pd

from app import packages
from app.selection import Selection

SOURCES = {
    "cross-validated": "cross-validated (answered by a network that had not seen the package)",
    "unseen": "never seen in training",
    "training": "seen in training (no evidence of quality)",
    "now": "asked just now",
}
"""Where a prediction comes from, see `study.PREDICTION_COLUMNS`."""


def provenance(predictions: pd.DataFrame, chosen: Selection) -> str:
    """How many packages of the chosen split were judged how."""
    here = packages.of_split(predictions, chosen.split)
    counts = here.drop_duplicates(["package", "source"])["source"].value_counts()
    return f"Packages: {'; '.join(f'{count:,} {SOURCES.get(str(name), name)}' for name, count in counts.items())}."


def answered(said: pd.DataFrame, split: str) -> str:
    """Where the answers on one package come from."""
    found = "; ".join(SOURCES.get(str(name), str(name)) for name in said["source"].unique())
    return f"{f'Split {split}. ' if split else ''}{f'This package: {found}.' if found else ''}"
