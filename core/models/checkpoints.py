"""Checkpoints on disk: weights.safetensors beside a card.json that says everything else."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import torch
from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, ValidationError, model_validator
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from core.errors import BadCheckpoint

FORMAT: Literal[1] = 1
"""Version of the card; a newer one is refused."""

WEIGHTS, CARD = "weights.safetensors", "card.json"
EVERY = "*"
"""Among temperatures: every view that has none of its own, and the package."""
FRAMING_PREFIX = "framing/"


class Verdicts(BaseModel):
    """What people's verdicts changed in the labels that a checkpoint was trained on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    packages: int = Field(description="Packages trained on whose label is a person's verdict.")
    changed: int = Field(description="Of these, packages that the data set calls something else.")
    added: int = Field(description="Of these, packages that the data set gives no label.")
    annotators: int = Field(description="People whose verdicts these are.")
    sha256: str = Field(description="Hash over the annotations used.")


class Training(BaseModel):
    """Where a checkpoint comes from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dataset: str = Field(description="Name of the data set.")
    fingerprint: str = Field(description="Hash over every picture of it, its label and its view.")
    packages: int = Field(description="Packages trained on.")
    images: int = Field(description="Pictures trained on.")
    validation_packages: int = Field(description="Of these, packages held out to choose the best epoch.")
    start: str = Field(description='"imagenet", "random" or a checkpoint, in brackets what that started from.')
    epochs: int = Field(description="Epochs until the best one.")
    folds: int = Field(description="Folds of the cross-validation, grouped by serial; 0 where there was none.")
    seed: int
    recipe: dict[str, Any] = Field(description="Every hyperparameter.")
    seconds: float = Field(description="Wall-clock time of the last training.")
    verdicts: Verdicts | None = Field(
        default=None,
        exclude_if=lambda value: value is None,  # cards without it, and names made of them, stay as they were
        description="Labels that people corrected; absent where the labels are those of the data set.",
    )


class Card(BaseModel):
    """Everything between a picture and a decision that is not a weight.

    Preprocessing is derived from here and typed nowhere else.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = FORMAT
    name: str
    architecture: str = Field(description="In timm's model list.")
    input_size: tuple[int, int] = Field(description="(h, w) of the crop, pixels.")
    mean: tuple[float, float, float] = Field(description="Subtracted from RGB in [0, 1].")
    std: tuple[float, float, float] = Field(description="Divided by, after the mean.")
    framing: dict[str, Any] = Field(description="Kind and parameters; its arrays lie in the weights file.")
    classes: tuple[str, ...] = Field(description="In the order of the logits.")
    positive: str = Field(description="The class that is looked for: damaged.")
    threshold: float = Field(default=0.5, ge=0, le=1, description="On the probability of the positive class.")
    fusion: dict[str, float] = Field(
        default_factory=dict,
        description="Weight of each view's logits in the package's; empty: their mean. Under the name \"package\" what "
        "is added to the log-odds of the positive class.",
    )
    fold_fusion: tuple[dict[str, float], ...] = Field(
        default=(), description="The same per fold of the cross-validation, learnt on the other folds."
    )
    temperatures: dict[str, PositiveFloat] = Field(
        default_factory=dict,
        description='By view, and "package" for the fused decision: logits are divided by it, last of all. "*" is for '
        "those that are not named; 1 where nothing is said.",
    )
    calibration: dict[str, Any] = Field(
        default_factory=dict, description="On what the temperatures were fitted, and what they brought on the others."
    )
    training: Training
    versions: dict[str, str] = Field(default_factory=dict)
    measured: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="Cross-validated figures with n and interval, by data set, then by view."
    )
    notes: str = Field(default="", description="What a user should know.")
    weights_sha256: str = Field(default="", description="Hash of the weights file.")

    @model_validator(mode="before")
    @classmethod
    def _one_temperature(cls, raw: Any) -> Any:
        """The first cards have one `temperature` for all views: it divided what was fused, and so the package too."""
        if not isinstance(raw, dict) or "temperature" not in raw:
            return raw
        rest = {name: value for name, value in raw.items() if name != "temperature"}
        return rest if raw["temperature"] == 1 else {"temperatures": {EVERY: raw["temperature"]}} | rest

    def temperature(self, view: str) -> float:
        """What the logits of a view are divided by; of the fused decision where the view is "package"."""
        return self.temperatures.get(view, self.temperatures.get(EVERY, 1.0))


def versions() -> dict[str, str]:
    """Versions of what the numbers depend on."""
    return {"python": platform.python_version()} | {
        name: version(name) for name in ("torch", "timm", "opencv-python-headless")
    }


def sha256(path: Path) -> str:
    """Hash of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def save(folder: Path, card: Card, tensors: dict[str, Tensor]) -> Card:
    """Write a checkpoint, weights first; floating point is stored as float16.

    Returns:
        The card as written, with the hash of the weights.
    """
    folder.mkdir(parents=True, exist_ok=True)
    half = {
        name: (t.half() if t.is_floating_point() and not name.startswith(FRAMING_PREFIX) else t).contiguous()
        for name, t in tensors.items()
    }
    write_whole(folder / WEIGHTS, lambda path: save_file(half, path))
    card = card.model_copy(update={"weights_sha256": sha256(folder / WEIGHTS), "versions": versions()})
    save_card(folder, card)
    return card


def save_card(folder: Path, card: Card) -> None:
    """Write the card alone, whole or not at all; the weights stay as they are.

    Raises:
        BadCheckpoint: the weights beside it are not the ones that the card describes, or it cannot be written.
    """
    try:
        same = sha256(folder / WEIGHTS) == card.weights_sha256
        if same:
            text = card.model_dump_json(indent=2) + "\n"
            write_whole(folder / CARD, lambda path: path.write_text(text, encoding="utf-8"))
    except OSError as error:
        raise BadCheckpoint(
            f"The card of {folder.name} cannot be written ({error.strerror or error}).", "Check the folder."
        ) from error
    if not same:
        raise BadCheckpoint(
            f"The weights of {folder.name} are not the ones its card describes.", "Restore both files together."
        )


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file of a checkpoint beside its place, then move it there in one step: the old one or the new one.

    Raises:
        OSError: it cannot be written; the old one stays.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    os.close(handle)
    part = Path(name)
    try:
        write(part)
        part.chmod(0o644)  # no secret, and mkstemp lets nobody else read
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)  # already gone where all went well


def load_card(folder: Path) -> Card:
    """Read and check the card of a checkpoint.

    Raises:
        BadCheckpoint: there is none, it is damaged, or a newer version wrote it.
    """
    try:
        raw = json.loads((folder / CARD).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BadCheckpoint(f"{folder.name} has no {CARD}.", "Name a folder that `train --out` wrote.") from error
    except (OSError, ValueError) as error:
        raise BadCheckpoint(
            f"The card of {folder.name} is damaged.", "Restore it from where you got the checkpoint."
        ) from error
    if isinstance(raw, dict) and isinstance(raw.get("format"), int) and raw["format"] > FORMAT:
        raise BadCheckpoint(
            f"{folder.name} was written by a newer version (format {raw['format']}).", "Update Second Look."
        )
    try:
        return Card.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadCheckpoint(
            f"The card of {folder.name} is not valid: {where}: {first['msg']}.", "Train it again."
        ) from error


def load_tensors(folder: Path, card: Card) -> dict[str, Tensor]:
    """Read the weights of a checkpoint, float32 again, after checking their hash.

    Raises:
        BadCheckpoint: missing, damaged, or not the weights that the card describes.
    """
    path = folder / WEIGHTS
    if not path.is_file():
        raise BadCheckpoint(f"{folder.name} has no {WEIGHTS}.", "Restore it from where you got the checkpoint.")
    if sha256(path) != card.weights_sha256:
        raise BadCheckpoint(
            f"The weights of {folder.name} are not the ones its card describes.", "Restore both files together."
        )
    try:
        tensors = load_file(path)
    except SafetensorError as error:
        raise BadCheckpoint(f"The weights of {folder.name} are damaged.", "Restore the file.") from error
    return {name: tensor.float() if tensor.dtype == torch.float16 else tensor for name, tensor in tensors.items()}
