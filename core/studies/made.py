"""A data set of any size with made-up predictions: what benchmarks run on."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image
from scipy.special import expit

from core.contracts import Dataset
from core.domain import INTACT, PACKAGE
from core.store.frames import write_frame
from core.study import (
    ENSEMBLE,
    PREDICTION_COLUMNS,
    Classifier,
    inventory_name,
    predictions_name,
    shaped,
)

VIEWS = ("side", "top")
LINKS = 30_000
"""Names a file may have: below what common file systems allow."""


def pictures(root: Path, labels: Mapping[str, str]) -> None:
    """Write `<class>/<view>/<id>_<view>.png` for every package: one gray picture under many names.

    Args:
        root: of the data set; made.
        labels: package id to class.
    """
    root.mkdir(parents=True)
    for label in set(labels.values()):
        for view in VIEWS:
            (root / label / view).mkdir(parents=True)
    source = root / ".gray.png"
    for at, (package, label) in enumerate(labels.items()):
        if at % (LINKS // len(VIEWS)) == 0:
            source.unlink(missing_ok=True)
            Image.new("RGB", (32, 18), (at % 200, 90, 90)).save(source)
        for view in VIEWS:
            os.link(source, root / label / view / f"{package}_{view}.png")
    source.unlink(missing_ok=True)


def run(dataset: Dataset, models: Mapping[str, Classifier], *, seed: int) -> None:
    """Store an inventory that says every file is readable, and predictions that nobody made.

    Log-odds are normal about -2 and 2 with a standard deviation of 1.5, so that about one package in ten is wrong.
    """
    table = _inventory(dataset.index)
    write_frame(inventory_name(dataset), table)
    facts = dataset.index.drop_duplicates("package")[["package", "label", "split"]]
    rng = np.random.default_rng(seed)
    parts = [_said(facts, model, view, rng) for model in models for view in (*VIEWS, PACKAGE)]
    frame = pd.concat([*parts, _said(facts, ENSEMBLE, PACKAGE, rng)], ignore_index=True)
    write_frame(predictions_name(dataset, models, table), shaped(frame))


def _said(facts: pd.DataFrame, model: str, view: str, rng: np.random.Generator) -> pd.DataFrame:
    logit = rng.normal(np.where(facts["label"] == INTACT, -2.0, 2.0), 1.5)
    said = {"view": view, "model": model, "logit": logit, "probability": expit(logit), "source": "unseen"}
    return facts.assign(**said, framing=1.0)[list(PREDICTION_COLUMNS)]


def _inventory(index: pd.DataFrame) -> pd.DataFrame:
    stamps = [os.stat(path) for path in index["path"]]
    table = index[["package", "view", "label", "path"]].reset_index(drop=True)
    return table.assign(
        sha256=[f"{at:064x}" for at in range(len(table))], width=32, height=18, reason="",
        size=[one.st_size for one in stamps], mtime_ns=[one.st_mtime_ns for one in stamps],
    )  # fmt: skip
