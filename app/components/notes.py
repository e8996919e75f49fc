"""The quiet line that says where the numbers of a page come from."""

from __future__ import annotations

import pandas as pd

from app import packages, sentences
from app.selection import Selection


def provenance(predictions: pd.DataFrame, chosen: Selection) -> str:
    """How many packages of the chosen split were judged how."""
    return sentences.source(packages.of_split(predictions, chosen.split))


def answered(said: pd.DataFrame, split: str) -> str:
    """Where the answers on one package come from; that it was seen in training stands out."""
    words = sentences.sourced(said["source"]).items()
    found = "; ".join(f":orange[**{word}**]" if source == "training" else word for source, word in words)
    return f"{f'Split {split}. ' if split else ''}{f'This package: {found}.' if found else ''}"
