"""What stands beside the weights of a reader: what they are, what they were trained on, and their hash."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from core.errors import BadCheckpoint
from core.serials.calibration import Scaling
from core.serials.network import ALPHABET, HEIGHT

CARD = "reader.json"
WEIGHTS = "weights.safetensors"
LARGEST = 64_000_000
"""Bytes of the weights at most."""


class _Scaling(BaseModel):
    model_config = ConfigDict(frozen=True)

    slope: float = Field(ge=0)
    offset: float
    most: float = Field(ge=0.5, le=1)


class Calibration(BaseModel):
    """How the probabilities of a reader are scaled, and what was measured of that.

    Attributes:
        lines, characters: the scaling of whole lines and of single characters.
        read_from: confidence from which a line counts as read.
        measured: lines, and how many of those were right, by where they come from.
    """

    model_config = ConfigDict(frozen=True)

    lines: _Scaling
    characters: _Scaling
    read_from: float = Field(gt=0, lt=1)
    measured: dict[str, dict[str, float]] = {}

    def of_lines(self) -> Scaling:
        """The scaling of whole lines."""
        return Scaling(self.lines.slope, self.lines.offset, self.lines.most)

    def of_characters(self) -> Scaling:
        """The scaling of single characters."""
        return Scaling(self.characters.slope, self.characters.offset, self.characters.most)


class ReaderCard(BaseModel):
    """Everything about a reader but its weights.

    Attributes:
        kind: tells a reader from a classifier.
        alphabet: what it can write; character k is class k + 1 of the network.
        height: of the lines that it reads, pixels.
        network: arguments of `core.serials.network.Model`.
        weights_sha256: of the weights file.
        calibration: of its confidence.
        training: how it was made, for a person.
    """

    model_config = ConfigDict(frozen=True)

    format: Literal[1] = 1
    kind: Literal["reader"] = "reader"
    name: str = "serial"
    alphabet: str = ALPHABET
    height: int = HEIGHT
    network: dict[str, int | list[int]]
    weights_sha256: str = Field(pattern="^[0-9a-f]{64}$")
    calibration: Calibration
    training: dict[str, object] = {}


def load_reader(folder: Path) -> tuple[ReaderCard, dict[str, Tensor]]:
    """Card and weights of a reader, its hash checked before a byte of the weights is understood.

    Raises:
        BadCheckpoint: a file is missing, damaged or foreign, or the weights are not those of the card.
    """
    try:
        card = ReaderCard.model_validate_json((folder / CARD).read_bytes())
        if (folder / WEIGHTS).stat().st_size > LARGEST:
            raise BadCheckpoint(f"The weights of the reader in {folder} are too large.", _AGAIN)
        content = (folder / WEIGHTS).read_bytes()
    except OSError as error:
        raise BadCheckpoint(f"The reader in {folder} cannot be read ({error.strerror or error}).", _AGAIN) from error
    except ValidationError as error:
        raise BadCheckpoint(f"The card of the reader in {folder} is damaged or foreign.", _AGAIN) from error
    if hashlib.sha256(content).hexdigest() != card.weights_sha256:
        raise BadCheckpoint(f"The weights of the reader in {folder} are not those of its card.", _AGAIN)
    try:
        return card, load(content)
    except (SafetensorError, ValueError, KeyError) as error:
        raise BadCheckpoint(f"The weights of the reader in {folder} are damaged.", _AGAIN) from error


def save_reader(folder: Path, card: ReaderCard, weights: dict[str, Tensor]) -> ReaderCard:
    """Write weights and card, the hash of the weights filled in; gives the card as written."""
    folder.mkdir(parents=True, exist_ok=True)
    content = save({name: tensor.contiguous().clone() for name, tensor in weights.items()})
    written = card.model_copy(update={"weights_sha256": hashlib.sha256(content).hexdigest()})
    (folder / WEIGHTS).write_bytes(content)
    (folder / CARD).write_text(written.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return written


_AGAIN = "Restore the folder, or make it again with secondlook train-serials."
