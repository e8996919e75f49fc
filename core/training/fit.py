"""One training: early stopping, the best epoch kept, curves recorded."""

from __future__ import annotations

import logging
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import pandas as pd
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint
from torch import nn
from torch.utils.data import DataLoader

from core.contracts import Progress, silent
from core.errors import BadInput
from core.training.crops import CropDataset, Crops
from core.training.module import TrainingModule
from core.training.recipes import Recipe


@dataclass(frozen=True, slots=True)
class Fitted:
    """A trained network.

    Attributes:
        network: in evaluation mode, with the weights of its best epoch.
        best_epoch: counted from 1.
        history: one row an epoch: epoch, train_loss, train_accuracy, validation_loss, validation_accuracy.
        seconds: wall clock.
    """

    network: nn.Module
    best_epoch: int
    history: pd.DataFrame
    seconds: float


class _Report(Callback):
    """Keeps the curves, and says how far the training is."""

    def __init__(self, epochs: int, progress: Progress) -> None:
        self._epochs, self._progress = epochs, progress
        self.rows: list[dict[str, float]] = []

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        values = {name: float(value) for name, value in trainer.callback_metrics.items()}
        self.rows.append({"epoch": trainer.current_epoch + 1} | values)
        loss = values.get("validation_loss", values["train_loss"])
        self._progress(
            (trainer.current_epoch + 1) / self._epochs, f"epoch {trainer.current_epoch + 1}, loss {loss:.3f}"
        )


def fit(
    build: Callable[[Crops], nn.Module],
    train: Crops,
    validation: Crops | None,
    recipe: Recipe,
    *,
    classes: int,
    seed: int,
    progress: Progress = silent,
) -> Fitted:
    """Train a fresh network.

    Args:
        build: makes the network to start from, given the training pictures.
        train: pictures to learn from.
        validation: pictures that choose the best epoch; None keeps the last epoch.
        recipe: hyperparameters.
        classes: number of logits.
        seed: of weights, order and augmentation.
        progress: called after every epoch.

    Raises:
        BadInput: fewer pictures than one batch of two.
    """
    if len(train) < 2:
        raise BadInput(f"Only {len(train)} pictures to train on.", "Add packages of both classes.")
    _quiet()
    L.seed_everything(seed, workers=True, verbose=False)
    started = time.monotonic()
    batch = min(recipe.batch, len(train))
    module = TrainingModule(
        build(train).train(), recipe, _class_weights(train, classes), recipe.epochs * (len(train) // batch)
    )
    loaders = _loaders(train, validation, recipe, batch)
    report = _Report(recipe.epochs, progress)
    with tempfile.TemporaryDirectory() as folder:
        keep = ModelCheckpoint(Path(folder), monitor="validation_loss" if validation else None, save_weights_only=True)
        stop = [EarlyStopping("validation_loss", patience=recipe.patience)] if validation else []
        trainer = L.Trainer(
            max_epochs=recipe.epochs,
            precision=recipe.precision,
            callbacks=[keep, report, *stop],
            logger=False,
            accelerator="auto",
            devices=1,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
            gradient_clip_val=1.0,
        )
        trainer.fit(module, train_dataloaders=loaders[0], val_dataloaders=loaders[1:] or None)
        best = torch.load(keep.best_model_path, weights_only=True, map_location="cpu")
    module.load_state_dict(best["state_dict"])
    return Fitted(
        module.network.cpu().eval(), int(best["epoch"]) + 1, pd.DataFrame(report.rows), time.monotonic() - started
    )


def _loaders(train: Crops, validation: Crops | None, recipe: Recipe, batch: int) -> list[DataLoader[Any]]:
    loaders: list[DataLoader[Any]] = [
        DataLoader(CropDataset(train, recipe, augment=True), batch_size=batch, shuffle=True, drop_last=True)
    ]
    if validation is not None:
        loaders.append(DataLoader(CropDataset(validation, recipe, augment=False), batch_size=64))
    return loaders


def _class_weights(crops: Crops, classes: int) -> torch.Tensor:
    """Inverse frequencies, 1 on average over the pictures, so that a rare class counts as much as a common one."""
    counts = np.bincount(crops.targets, minlength=classes).clip(min=1)
    return torch.tensor(len(crops) / (classes * counts), dtype=torch.float32)


def _quiet() -> None:
    """Lightning's advice about hardware is not for the user of this program."""
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"lightning\..*")
