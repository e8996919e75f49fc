"""The training loop's steps, as Lightning wants them."""

from __future__ import annotations

from typing import Any

import lightning as L
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from core.training.recipes import Recipe


class TrainingModule(L.LightningModule):
    """Cross-entropy with label smoothing, AdamW, one cycle of the learning rate.

    Args:
        network: (B, 3, h, w) -> (B, C) logits.
        recipe: hyperparameters.
        class_weights: (C,) weights of the classes, 1 on average.
        steps: optimizer steps of the whole training.
    """

    def __init__(self, network: nn.Module, recipe: Recipe, class_weights: Tensor, steps: int) -> None:
        super().__init__()
        self.network = network
        self.recipe = recipe
        self.steps = steps
        self.register_buffer("class_weights", class_weights)

    def on_train_epoch_start(self) -> None:
        """Layers that keep their weights keep their statistics too."""
        for layer in self.network.modules():
            weights = list(layer.parameters())
            if weights and not any(weight.requires_grad for weight in weights):
                layer.eval()

    def training_step(self, batch: tuple[Tensor, Tensor], index: int) -> Tensor:
        """Loss of one augmented batch."""
        loss, right = self._loss(batch, self.recipe.label_smoothing)
        self.log_dict({"train_loss": loss, "train_accuracy": right}, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor], index: int) -> None:
        """Loss of one held-out batch, without smoothing."""
        loss, right = self._loss(batch, 0.0)
        self.log_dict({"validation_loss": loss, "validation_accuracy": right}, prog_bar=True)

    def _loss(self, batch: tuple[Tensor, Tensor], smoothing: float) -> tuple[Tensor, Tensor]:
        pictures, targets = batch
        logits = self.network(pictures.contiguous(memory_format=torch.channels_last)).float()
        weights = self.class_weights
        assert isinstance(weights, Tensor)
        loss = cross_entropy(logits, targets, weight=weights, label_smoothing=smoothing)
        return loss, (logits.argmax(dim=1) == targets).float().mean()

    def configure_optimizers(self) -> Any:
        """AdamW with one cycle."""
        peak = self.recipe.learning_rate
        optimizer = torch.optim.AdamW(
            (one for one in self.parameters() if one.requires_grad), lr=peak, weight_decay=self.recipe.weight_decay
        )
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, peak, total_steps=max(self.steps, 8), pct_start=0.25)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
