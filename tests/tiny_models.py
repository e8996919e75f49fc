"""Two tiny networks that know nothing, as checkpoints: fast, and real in every other respect."""

from __future__ import annotations

from pathlib import Path

import torch

from core.models.backbones import build
from core.models.checkpoints import Card, Training
from core.models.classifier import TrainedClassifier, save_classifier
from core.models.framings.whole import WholeFrame

SIZE = (32, 48)
TRAINING = Training(
    dataset="drawn", fingerprint="", packages=0, images=0, validation_packages=0, start="random", epochs=0, folds=0,
    seed=0, recipe={}, seconds=0.0,
)  # fmt: skip


def save_tiny_models(folder: Path, *names: str) -> Path:
    """Write a checkpoint for each name."""
    for seed, name in enumerate(names):
        torch.manual_seed(seed)
        card = Card(
            name=name, architecture="test_resnet", input_size=SIZE, mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25),
            framing={}, classes=("damaged", "intact"), positive="damaged", training=TRAINING,
        )  # fmt: skip
        module = build("test_resnet", classes=2, size=SIZE).eval()
        save_classifier(folder / name, TrainedClassifier(card, module, WholeFrame(SIZE)))
    return folder
