"""Which view carries the decision: the parts add up, and Integrated Gradients is additive."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core import study
from core.attribution.method import METHODS, Task, log_odds_of
from core.domain import PACKAGE, Attribution
from core.errors import BadInput
from core.models.classifier import TrainedClassifier
from core.studies import explanation
from core.studies.shares import shares
from tests.tiny_models import save_tiny_models

WEIGHTS = {"side": 1.5, "top": 0.5, PACKAGE: 0.25}


class Both(nn.Module):
    """The fused decision of two views that lie side by side in one picture."""

    def __init__(self, view: nn.Module) -> None:
        super().__init__()
        self.view = view

    def forward(self, batch: Tensor) -> Tensor:
        side, top = batch.chunk(2, dim=3)
        fused = WEIGHTS["side"] * odds(self.view(side)) + WEIGHTS["top"] * odds(self.view(top)) + WEIGHTS[PACKAGE]
        return torch.stack([fused, torch.zeros_like(fused)], dim=1)


def odds(logits: Tensor) -> Tensor:
    return logits[:, 0] - logits[:, 1]


@pytest.fixture
def model(tmp_path: Path) -> TrainedClassifier:
    """A tiny network whose card weighs the side view three times as much as the top view."""
    save_tiny_models(tmp_path / "models", "tiny")
    found = study.open_models(tmp_path / "models")[0]["tiny"]
    return replace(found, card=found.card.model_copy(update={"fusion": WEIGHTS, "temperatures": {"side": 2.0}}))


def explained(view: str, values: object, *, package: str = "01", probability: float = 0.5) -> Attribution:
    map_ = np.array(values, np.float32).reshape(2, 2)
    return Attribution(package, view, "tiny", "ig", "damaged", map_, 0.0, probability, 1.0)


def test_a_share_is_the_positive_evidence_times_the_weight(model: TrainedClassifier) -> None:
    maps = {"side": explained("side", [1, 1, -5, 0]), "top": explained("top", [3, 3, 0, 0])}
    found = shares(model, maps, sigma=0)
    assert {"side": 0.5, "top": 0.5} == found.positive
    assert {"side": -4.5, "top": 3.0} == found.net


def test_the_shares_add_up_to_one(model: TrainedClassifier) -> None:
    rng = np.random.default_rng(0)
    maps = {view: explained(view, rng.normal(size=4)) for view in ("side", "top")}
    assert sum(shares(model, maps).positive.values()) == pytest.approx(1)


def test_without_evidence_for_damaged_there_are_no_shares(model: TrainedClassifier) -> None:
    found = shares(model, {view: explained(view, [-1, -1, -1, -1]) for view in ("side", "top")})
    assert not found.any
    assert all(np.isnan(share) for share in found.positive.values())


def test_a_single_view_carries_everything(model: TrainedClassifier) -> None:
    assert {"top": 1.0} == shares(model, {"top": explained("top", [1, 0, 0, 0])}).positive


def test_the_parts_add_up_to_what_the_model_says_of_the_package(model: TrainedClassifier, tiny_dataset: Path) -> None:
    dataset = study.open_dataset(tiny_dataset)
    maps = {view: explanation.explain(dataset, "01000", view, model) for view in ("side", "top")}
    found = shares(model, maps)
    (fused,) = (one for one in model.predict(dataset.load("01000")) if one.view == PACKAGE)
    assert found.fused == pytest.approx(fused.margin("damaged") * model.card.temperature(PACKAGE), abs=1e-4)
    assert found.rest + sum(found.net.values()) == pytest.approx(found.fused)


def test_integrated_gradients_of_the_fused_decision_are_those_of_the_views_times_their_weight(
    model: TrainedClassifier,
) -> None:
    generator = torch.Generator().manual_seed(4)
    side, top = (torch.randn(1, 3, 32, 48, generator=generator) for _ in range(2))
    explain = METHODS["integrated_gradients"]()

    def map_of(module: nn.Module, picture: Tensor) -> Tensor:
        values: Tensor = explain(Task(module, picture, torch.zeros_like(picture), log_odds_of(0), steps=24)).values
        return values

    fused = map_of(Both(model.module), torch.cat([side, top], dim=3))
    apart = [WEIGHTS[name] * map_of(model.module, one) for name, one in (("side", side), ("top", top))]
    torch.testing.assert_close(fused, torch.cat(apart, dim=1), rtol=1e-3, atol=1e-5)


def test_maps_of_two_packages_are_not_added(model: TrainedClassifier) -> None:
    maps = {"side": explained("side", [1, 0, 0, 0]), "top": explained("top", [1, 0, 0, 0], package="02")}
    with pytest.raises(BadInput, match="one package by one model"):
        shares(model, maps)


def test_maps_of_another_model_are_not_weighed(model: TrainedClassifier) -> None:
    with pytest.raises(BadInput, match="one package by one model"):
        shares(model, {"top": replace(explained("top", [1, 0, 0, 0]), model="other")})
