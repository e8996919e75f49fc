"""Networks that differ from a model by the luck of training alone: how much that alone changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch

from core.contracts import Dataset, Progress, silent
from core.errors import BadInput
from core.metrics.heads import fit_head
from core.models.backbones import with_head
from core.studies.features import features
from core.studies.stability import pool
from core.study import Classifier, open_models

SEEDS, HEAD, NONE = "seeds", "head", "none"
"""Where siblings come from: other checkpoints of the same architecture; the last layer taught again; nowhere."""


@dataclass(frozen=True, slots=True)
class Siblings:
    """Of each model, networks that only chance tells from it.

    Attributes:
        source: `SEEDS`, `HEAD` or `NONE`.
        of: model to its siblings; a model without one has no entry.
        why: why there is none, "" where there are some.
    """

    source: str
    of: Mapping[str, tuple[Classifier, ...]] = field(default_factory=dict)
    why: str = ""


def trained_apart(models: Mapping[str, Classifier], folder: Path) -> Siblings:
    """Other checkpoints of the same architectures, under whatever name.

    Raises:
        BadInput: none of them has the architecture of one of the models, or all are the models themselves.
    """
    others, _ = open_models(folder)
    known = {model.card.weights_sha256 for model in models.values()}
    found = {
        name: tuple(
            other for other in others.values()
            if other.card.architecture == model.card.architecture and other.card.weights_sha256 not in known
        )
        for name, model in models.items()
    }  # fmt: skip
    if not any(found.values()):
        raise BadInput(
            f"{folder.name} holds no other network of the same architectures.",
            "Train them again with another --seed, and name the folder that holds their checkpoints.",
        )
    return Siblings(SEEDS, {name: some for name, some in found.items() if some})


def taught_again(
    dataset: Dataset, models: Mapping[str, Classifier], *, seed: int = 0, progress: Progress = silent
) -> Siblings:
    """The same networks, each with its last layer taught again on a bootstrap sample of the training packages.

    Only the last layer differs: such networks are more alike than two trainings are.
    """
    try:
        drawn = pool(dataset, seed=seed)
        seen = features(dataset, models, progress=progress)
        found = {}
        for name, model in models.items():
            own = seen[(seen["model"] == name) & seen["package"].isin(drawn.packages)]
            places = np.searchsorted(drawn.packages, own["package"].to_numpy(np.str_))
            times = np.bincount(drawn.bootstrap((seed, 0)), minlength=len(drawn.packages))[places]
            rows = np.stack([np.asarray(one, np.float64) for one in own["feature"]])
            head = fit_head(rows, drawn.truth[places], times)
            found[name] = (_with(model, head.weights, head.added),)
    except BadInput as error:
        return Siblings(NONE, why=f"{error.problem} {error.remedy}")
    return Siblings(HEAD, found)


def _with(model: Classifier, weights: np.ndarray[tuple[int], np.dtype[np.float64]], added: float) -> Classifier:
    """The model with this last layer, under a name and a hash of its own: what is kept of one is not the other's."""
    card, at = model.card, model.card.classes.index(model.card.positive)
    mark = sha256(f"{card.weights_sha256} {added!r} ".encode() + weights.tobytes()).hexdigest()
    other = card.model_copy(update={"name": f"{card.name}, last layer taught again", "weights_sha256": mark})
    module = with_head(model.module, torch.from_numpy(weights).float(), added, at=at)
    return replace(model, card=other, module=module.eval(), folder=None)
