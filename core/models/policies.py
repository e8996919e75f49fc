"""Policies on disk: where a model accepts, asks a person and rejects, with the reasons, beside its card."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from core.domain import Cut
from core.errors import BadCheckpoint, CoreError
from core.models.checkpoints import Card, write_whole

FORMAT: Literal[1] = 1
"""Version of the file; a newer one is refused."""
ENSEMBLE = "ensemble"  # the same word as study.ENSEMBLE, which stands above the families
NAME, TOGETHER = "policy.json", "ensemble-policy.json"

Share = Field(ge=0, le=1)


class Chosen(BaseModel):
    """What the thresholds of a policy were chosen on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dataset: str = Field(description="Name of the data set.")
    fingerprint: str = Field(description="Hash over every picture of it, its label and its view.")
    split: str | None = Field(description="Only its packages; null for all.")
    n_damaged: int = Field(ge=1)
    n_intact: int = Field(ge=1)
    sources: dict[str, int] = Field(description="Packages by where the answers come from.")


class Policy(BaseModel):
    """Where a model decides, why there, and for which weights and calibration that holds."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    format: Literal[1] = FORMAT
    model: str = Field(description='A checkpoint, or "ensemble".')
    accept: float = Field(ge=0, le=1, description="Packages with a lower probability of damaged are passed.")
    reject: float = Field(ge=0, le=1, description="From this probability on they are rejected; a person in between.")
    prevalence: float = Field(gt=0, lt=1, description="Share of damaged packages on the line.")
    cost_escape: float = Field(ge=0)
    cost_false_reject: float = Field(ge=0)
    cost_review: float = Field(ge=0)
    budget: float = Field(gt=0, le=1, description="Share of the damaged packages that may escape.")
    confidence: float = Field(gt=0, lt=1)
    chosen_on: Chosen
    expected_cost: float = Field(description="Of 1000 packages, on the packages it was chosen on.")
    honest_cost: float | None = Field(default=None, description="The same on packages it was not chosen on.")
    escapes: int = Field(ge=0)
    escape_upper: float = Field(ge=0, le=1, description="Upper bound of the escape rate, at the confidence.")
    proven: bool = Field(description="Whether that bound lies within the budget.")
    false_reject_rate: float = Share
    review_share: float = Share
    weights: dict[str, str] = Field(min_length=1, description="Hash of the weights, by model.")
    calibration: dict[str, dict[str, float]] = Field(description="Temperatures of the card, by model.")
    fusion: dict[str, dict[str, float]] = Field(default_factory=dict, description="Weights of its views, by model.")
    made_at: str = Field(description="UTC, ISO 8601.")
    note: str = Field(default="", max_length=2000)

    @model_validator(mode="after")
    def _in_order(self) -> Policy:
        if self.accept > self.reject:
            raise ValueError("accept lies above reject")
        return self

    @property
    def cut(self) -> Cut:
        """Accept below, reject from, a person in between."""
        return Cut(self.accept, self.reject)


def made_for(cards: Mapping[str, Card]) -> dict[str, Any]:
    """Fields of a policy that say which networks it holds for.

    Args:
        cards: by model; of the ensemble those of all its models.
    """
    return {
        "weights": {name: card.weights_sha256 for name, card in cards.items()},
        "calibration": {name: dict(card.temperatures) for name, card in cards.items()},
        "fusion": {name: dict(card.fusion) for name, card in cards.items()},
    }


def misfit(policy: Policy, cards: Mapping[str, Card]) -> str | None:
    """Why a policy does not hold for these networks, one sentence; None where it does.

    Args:
        policy: of one model, or of the ensemble.
        cards: of that model, or of all models of the ensemble.
    """
    if set(policy.weights) != set(cards):
        return f"It was made for {_and(policy.weights)}, and here is {_and(cards) or 'none of them'}."
    now = made_for(cards)
    for what, then in (("weights", policy.weights), ("calibration", policy.calibration), ("fusion", policy.fusion)):
        other = [name for name in sorted(cards) if then.get(name) != now[what][name]]
        if other:
            return f"It was made for other {WORDS[what]} of {_and(other)}."
    return None


WORDS = {"weights": "weights", "calibration": "temperatures", "fusion": "weights of the views"}


def _and(names: Mapping[str, object] | list[str]) -> str:
    known = sorted(names)
    return " and ".join(filter(None, (", ".join(known[:-1]), *known[-1:])))


def place(checkpoints: Path, model: str) -> Path:
    """Where the policy of a model lies: in its folder, that of the ensemble beside the folders."""
    return checkpoints / TOGETHER if model == ENSEMBLE else checkpoints / model / NAME


def save_policy(checkpoints: Path, policy: Policy) -> Path:
    """Write a policy, whole or not at all, over the one before.

    Args:
        checkpoints: folder of the checkpoints.
        policy: of one of them, or of the ensemble.

    Raises:
        BadCheckpoint: it cannot be written there.
    """
    path = place(checkpoints, policy.model)
    try:
        text = policy.model_dump_json(indent=2) + "\n"
        write_whole(path, lambda part: part.write_text(text, encoding="utf-8"))
    except OSError as error:
        raise BadCheckpoint(
            f"The policy of {policy.model} cannot be written to {path.parent} ({error.strerror or error}).",
            "Make room, allow writing there, or download the policy.",
        ) from error
    return path


def load_policy(checkpoints: Path, model: str) -> Policy | None:
    """Read the policy of a model; None where it has none.

    Raises:
        BadCheckpoint: it cannot be read, is damaged, belongs to another model, or a newer version wrote it.
    """
    path = place(checkpoints, model)
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise BadCheckpoint(f"{path} is no policy that can be read.", AGAIN) from error
    if isinstance(raw, dict) and isinstance(raw.get("format"), int) and raw["format"] > FORMAT:
        raise BadCheckpoint(f"{path} was written by a newer version (format {raw['format']}).", "Update Second Look.")
    policy = _valid(raw, path)
    if policy.model != model:
        raise BadCheckpoint(f"{path} is the policy of {policy.model}.", AGAIN)
    return policy


AGAIN = "Design the thresholds again, or remove the file."


def _valid(raw: object, path: Path) -> Policy:
    try:
        return Policy.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        problem = f"{path} is not a valid policy: {where + ': ' if where else ''}{first['msg']}."
        raise BadCheckpoint(problem, AGAIN) from error


def delete_policy(checkpoints: Path, model: str) -> None:
    """Remove the policy of a model; one that is not there is no error.

    Raises:
        CoreError: it cannot be removed.
    """
    path = place(checkpoints, model)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise CoreError(f"{path} cannot be removed ({error.strerror or error}).", "Allow writing there.") from error
