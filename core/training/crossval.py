"""Cross-validation: every package answered by a network that has not seen it, resumable fold by fold."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import nn
from torch.utils.data import DataLoader

from core.contracts import Progress, silent
from core.training.crops import CropDataset, Crops
from core.training.fit import fit
from core.training.recipes import Recipe


@dataclass(frozen=True, slots=True)
class Round:
    """Packages of one fold: to learn from, to choose the epoch by, to answer."""

    train: tuple[str, ...]
    validation: tuple[str, ...]
    held_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CrossValidated:
    """What the folds answered.

    Attributes:
        logits: (N, C) float32, of every picture of the crops, in their order.
        fold: (N,) int64, which fold held the picture out; -1 where none did.
        history: curves of all folds, column "run" = "fold 1", ...
    """

    logits: NDArray[np.float32]
    fold: NDArray[np.int64]
    history: pd.DataFrame


def cross_validate(
    build: Callable[[Crops], nn.Module],
    crops: Crops,
    rounds: Sequence[Round],
    recipe: Recipe,
    *,
    classes: int,
    seed: int,
    work: Path,
    progress: Progress = silent,
) -> CrossValidated:
    """Train one network a fold and let it answer the packages it has not seen.

    Args:
        build: makes the network to start from, given the training pictures.
        crops: all pictures.
        rounds: the folds.
        recipe: hyperparameters, the same for all folds.
        classes: number of logits.
        seed: fold k is trained with seed + k.
        work: folder of finished folds; a second call goes on where the first one stopped.
        progress: share of all folds.
    """
    work.mkdir(parents=True, exist_ok=True)
    logits = np.zeros((len(crops), classes), np.float32)
    fold = np.full(len(crops), -1, np.int64)
    histories = []
    for number, one in enumerate(rounds):

        def report(share: float, text: str, number: int = number) -> None:
            progress((number + share) / len(rounds), f"fold {number + 1} of {len(rounds)}, {text}")

        held = np.isin(crops.packages, np.array(one.held_out))
        saved = work / f"fold{number + 1}.json"
        if not saved.is_file():
            fitted = fit(
                build,
                crops.of(one.train),
                crops.of(one.validation) if one.validation else None,
                recipe,
                classes=classes,
                seed=seed + number,
                progress=report,
            )
            answers = answer(fitted.network, crops.of(one.held_out), recipe)
            history = fitted.history.to_dict(orient="list")
            saved.write_text(json.dumps({"logits": answers.tolist(), "history": history}), encoding="utf-8")
        finished = json.loads(saved.read_text(encoding="utf-8"))
        logits[held], fold[held] = finished["logits"], number
        histories.append(pd.DataFrame(finished["history"]).assign(run=f"fold {number + 1}"))
    return CrossValidated(logits, fold, pd.concat(histories, ignore_index=True))


def answer(network: nn.Module, crops: Crops, recipe: Recipe) -> NDArray[np.float32]:
    """(N, C) logits of pictures, without augmentation."""
    loader = DataLoader(CropDataset(crops, recipe, augment=False), batch_size=32)
    with torch.inference_mode():
        return np.concatenate([network.eval()(pictures).float().numpy() for pictures, _ in loader])
