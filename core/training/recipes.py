"""Every hyperparameter of a training, with what was found to work per architecture."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

ENOUGH = 500
"""From so many packages on, a tenth of them is spared to choose the best epoch."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one network is trained.

    Attributes:
        input_size: (h, w) of the crop, pixels.
        mean, std: normalization of RGB in [0, 1].
        epochs: at most; one cycle of the learning rate spans them.
        learning_rate: peak of the cycle (Smith & Topin 1708.07120), AdamW (Loshchilov & Hutter 1711.05101).
        weight_decay: decoupled, applied to every parameter.
        label_smoothing: in [0, 1) (Szegedy 1512.00567).
        dropout: before the last layer.
        batch: pictures a step.
        rotation: degrees, either way.
        shift: share of width and height, either way.
        scale: share, either way.
        flip: probability of a horizontal and of a vertical flip, each; 0 where the framing makes all lie the same way.
        light: brightness and contrast, share, either way.
        validation: share of the training packages held out to stop early and to keep the best epoch;
            0 takes the last epoch of the cycle, None decides by the size of the data set (`validation_share`).
        patience: epochs without a better validation loss after which training stops.
        precision: of the arithmetic, as Lightning calls it.
        frozen: stages of the network, from the stem on, that keep the weights they start with; 0 trains all of it.
    """

    input_size: tuple[int, int] = (176, 320)
    mean: tuple[float, float, float] = (0.5, 0.5, 0.5)
    std: tuple[float, float, float] = (0.5, 0.5, 0.5)
    epochs: int = 30
    learning_rate: float = 1e-3
    weight_decay: float = 0.05
    label_smoothing: float = 0.1
    dropout: float = 0.2
    batch: int = 16
    rotation: float = 4.0
    shift: float = 0.06
    scale: float = 0.07
    flip: float = 0.0
    light: float = 0.2
    validation: float | None = None
    patience: int = 20
    precision: Literal["32-true", "bf16-mixed"] = "32-true"
    frozen: int = 0

    def validation_share(self, packages: int) -> float:
        """Share of the training packages that choose the epoch.

        On few packages the choice is noise, and every package is worth more in training: see README, "What was tried".
        """
        if self.validation is not None:
            return self.validation
        return 0.1 if packages >= ENOUGH else 0.0

    def values(self) -> dict[str, Any]:
        """As JSON values, for the card."""
        return asdict(self)


RECIPES: dict[str, dict[str, Any]] = {
    "mobilenetv2": {"precision": "bf16-mixed"},
    "tf_mobilenetv3": {"learning_rate": 2e-3},
    "resnet": {"precision": "bf16-mixed", "epochs": 36},
}
"""What differs by prefix of the architecture."""


def recipe_for(architecture: str, **overrides: Any) -> Recipe:
    """The recipe of an architecture; overrides that are None leave it as it is."""
    special = next((values for prefix, values in RECIPES.items() if architecture.startswith(prefix)), {})
    return changed(Recipe(**special), **overrides)


def fine_tuned(recipe: Recipe) -> Recipe:
    """The recipe for a network that knows packages already: fewer epochs, and what it sees first stays as it is."""
    return replace(recipe, epochs=16, frozen=1)


def changed(recipe: Recipe, **overrides: Any) -> Recipe:
    """The recipe with some fields of one's own; those that are None leave it as it is."""
    return replace(recipe, **{name: value for name, value in overrides.items() if value is not None})
