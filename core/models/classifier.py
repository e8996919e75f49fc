"""A trained network with its card: everything between a picture and its logits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from core.domain import Package, Pixels, Prediction, View
from core.errors import BadCheckpoint, UnknownName
from core.models.backbones import build, pooled
from core.models.checkpoints import FRAMING_PREFIX, Card, load_card, load_tensors, save
from core.models.framing import FRAMINGS, Framer, Placement
from core.models.fusion import decided, softmax
from core.models.versions import settle


@dataclass(frozen=True, slots=True)
class TrainedClassifier:
    """A network in evaluation mode, its card and its framing.

    Attributes:
        card: preprocessing, classes, threshold and provenance.
        module: (B, 3, h, w) float32 normalized -> (B, C) logits, before temperature.
        framer: finds the package.
        folder: where the checkpoint lies, None for one that has not been written yet.
    """

    card: Card
    module: nn.Module
    framer: Framer
    folder: Path | None = None

    @property
    def name(self) -> str:
        """Name of the checkpoint."""
        return self.card.name

    @property
    def device(self) -> torch.device:
        """Where the network lies."""
        return next(self.module.parameters()).device

    def frame(self, view: View) -> Placement:
        """Where the package lies in a view."""
        return self.framer.locate(view)

    def tensor(self, crops: Sequence[Pixels]) -> Tensor:
        """(B, 3, h, w) float32 normalized batch of (h, w, 3) uint8 crops."""
        return normalize(self.card.mean, self.card.std, crops).to(self.device, memory_format=torch.channels_last)

    def logits(self, crops: Sequence[Pixels]) -> Tensor:
        """(B, C) float32 logits of crops as the network gives them, before temperature."""
        with torch.inference_mode():
            logits: Tensor = self.module(self.tensor(crops)).float().cpu()
        return logits

    def features(self, crops: Sequence[Pixels]) -> Tensor:
        """(B, F) float32 that the last layer sees of crops: pooled over the picture, before dropout and logits."""
        with torch.inference_mode():
            return pooled(self.module, self.tensor(crops)).float().cpu()

    def predict(self, package: Package, placements: Mapping[str, Placement] | None = None) -> tuple[Prediction, ...]:
        """One prediction a view, in the order of their names, then the fused one (view "package").

        Args:
            package: with at least one view.
            placements: by view, where the framing has been done already.
        """
        views = [package.views[name] for name in sorted(package.views)]
        if not views:
            return ()
        found = [placements[view.name] if placements else self.frame(view) for view in views]
        logits = self.logits([place.crop(view.pixels) for view, place in zip(views, found, strict=True)]).numpy()
        raw = [
            Prediction(package.id, self.name, view.name, self.card.classes, row, softmax(row), place.confidence)
            for view, place, row in zip(views, found, logits, strict=True)
        ]
        card = self.card
        return decided(
            raw, model=self.name, weights=card.fusion, temperature=card.temperature, positive=card.positive
        )


def normalize(mean: Sequence[float], std: Sequence[float], crops: Iterable[Pixels]) -> Tensor:
    """(B, 3, h, w) float32 batch of (h, w, 3) uint8 crops; mean and std of RGB in [0, 1]."""
    batch = torch.from_numpy(np.stack(list(crops))).permute(0, 3, 1, 2).float() / 255
    return (batch - torch.tensor(mean).view(1, 3, 1, 1)) / torch.tensor(std).view(1, 3, 1, 1)


def load_classifier(folder: Path, *, device: str = "cpu") -> TrainedClassifier:
    """Read a checkpoint.

    Raises:
        BadCheckpoint: missing, damaged, foreign or too new; the message says which.
    """
    settle(folder)
    card = load_card(folder)
    tensors = load_tensors(folder, card)
    arrays = {k.removeprefix(FRAMING_PREFIX): t.numpy() for k, t in tensors.items() if k.startswith(FRAMING_PREFIX)}
    weights = {name: tensor for name, tensor in tensors.items() if not name.startswith(FRAMING_PREFIX)}
    try:
        framer = FRAMINGS[card.framing["kind"]].restore(card.framing, arrays)
        module = build(card.architecture, classes=len(card.classes), size=card.input_size)
        module.load_state_dict(weights)
    except (UnknownName, KeyError, RuntimeError, TypeError, ValueError) as error:
        raise BadCheckpoint(
            f"The weights of {folder.name} do not fit its card: {str(error).splitlines()[0][:120]}", "Train it again."
        ) from error
    return TrainedClassifier(card, _placed(module, device), framer, folder)


def save_classifier(folder: Path, classifier: TrainedClassifier) -> Card:
    """Write a checkpoint; the card gets the framing and the hash of the weights."""
    framing, arrays = classifier.framer.state()
    tensors = dict(classifier.module.state_dict())
    tensors |= {FRAMING_PREFIX + name: torch.from_numpy(np.array(array)) for name, array in arrays.items()}
    return save(folder, classifier.card.model_copy(update={"framing": framing}), tensors)


def _placed(module: nn.Module, device: str) -> nn.Module:
    """In evaluation mode on a device, with channels last: faster on every convolution."""
    return module.eval().to(device).to(memory_format=torch.channels_last)
