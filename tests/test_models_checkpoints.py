"""What a checkpoint keeps, and which ones are refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from core.domain import Package, View
from core.errors import BadCheckpoint
from core.models.backbones import build
from core.models.checkpoints import CARD, WEIGHTS, Card, Training, load_card, save_card
from core.models.classifier import TrainedClassifier, load_classifier, save_classifier
from core.models.framings.whole import WholeFrame
from core.models.fusion import softmax

SIZE = (48, 64)


def classifier(name: str = "tiny") -> TrainedClassifier:
    torch.manual_seed(0)
    training = Training(
        dataset="drawn", fingerprint="0", packages=2, images=4, validation_packages=0, start="random", epochs=1,
        folds=0, seed=0, recipe={}, seconds=0.0,
    )  # fmt: skip
    card = Card(
        name=name, architecture="test_resnet", input_size=SIZE, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5), framing={},
        classes=("damaged", "intact"), positive="damaged", training=training,
    )  # fmt: skip
    return TrainedClassifier(card, build("test_resnet", classes=2, size=SIZE).eval(), WholeFrame(SIZE))


def package(views: tuple[str, ...] = ("side", "top")) -> Package:
    rng = np.random.default_rng(0)
    return Package("01", {name: View(name, rng.integers(0, 255, (90, 120, 3), dtype=np.uint8)) for name in views})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_classifier(tmp_path / "tiny", classifier())
    return tmp_path / "tiny"


def change(folder: Path, **values: object) -> None:
    card = json.loads((folder / CARD).read_text())
    (folder / CARD).write_text(json.dumps(card | values))


def age(folder: Path, *, temperature: float) -> None:
    """Make the card one of the first version, which had one temperature for all."""
    card = json.loads((folder / CARD).read_text())
    new = {name: value for name, value in card.items() if name not in ("temperatures", "calibration")}
    (folder / CARD).write_text(json.dumps(new | {"temperature": temperature}))


def test_a_checkpoint_answers_the_same_after_a_round_trip(folder: Path) -> None:
    before, after = classifier().predict(package()), load_classifier(folder).predict(package())
    for one, other in zip(before, after, strict=True):
        np.testing.assert_allclose(one.logits, other.logits, atol=5e-3)  # float16 storage


def test_the_fused_logits_are_the_mean_of_the_views(folder: Path) -> None:
    side, top, fused = load_classifier(folder).predict(package())
    assert [prediction.view for prediction in (side, top, fused)] == ["side", "top", "package"]
    np.testing.assert_allclose(fused.logits, (side.logits + top.logits) / 2, rtol=1e-6)


def test_the_weights_of_the_card_multiply_the_logits_of_the_views(folder: Path) -> None:
    change(folder, fusion={"side": 0.9, "top": 0.3})
    side, top, fused = load_classifier(folder).predict(package())
    np.testing.assert_allclose(fused.logits, 0.9 * side.logits + 0.3 * top.logits, rtol=1e-5)


def test_a_view_without_a_weight_gets_the_mean_of_the_others(folder: Path) -> None:
    change(folder, fusion={"side": 0.9, "back": 0.3})
    top, fused = load_classifier(folder).predict(package(("top",)))
    np.testing.assert_allclose(fused.logits, 0.6 * top.logits, rtol=1e-5)


def test_a_package_with_one_view_is_decided_by_that_view(folder: Path) -> None:
    top, fused = load_classifier(folder).predict(package(("top",)))
    np.testing.assert_array_equal(top.logits, fused.logits)


def test_each_view_and_the_fused_decision_have_their_own_temperature(folder: Path) -> None:
    side, top, fused = load_classifier(folder).predict(package())
    change(folder, temperatures={"side": 2.0, "package": 4.0})
    cooled = load_classifier(folder).predict(package())
    for raw, said, temperature in zip((side, top, fused), cooled, (2, 1, 4), strict=True):
        np.testing.assert_allclose(raw.logits / temperature, said.logits, rtol=1e-5)
        np.testing.assert_allclose(softmax(said.logits), said.probabilities)


def test_raw_logits_are_fused_and_the_temperature_comes_last(folder: Path) -> None:
    change(folder, fusion={"side": 0.9, "top": 0.3})
    side, top, _ = load_classifier(folder).predict(package())
    change(folder, temperatures={"side": 5.0, "top": 0.2, "package": 2.0})
    fused = load_classifier(folder).predict(package())[-1]
    np.testing.assert_allclose(fused.logits, (0.9 * side.logits + 0.3 * top.logits) / 2, rtol=1e-5)


def test_a_temperature_changes_no_verdict(folder: Path) -> None:
    before = load_classifier(folder).predict(package())
    change(folder, temperatures={"*": 7.0})
    after = load_classifier(folder).predict(package())
    assert [one.probability("damaged") >= 0.5 for one in before] == [one.probability("damaged") >= 0.5 for one in after]


def test_a_card_with_the_one_temperature_of_old_means_the_same(folder: Path) -> None:
    change(folder, fusion={"side": 0.9, "top": 0.3})
    raw = load_classifier(folder).predict(package())
    age(folder, temperature=2.0)
    assert {"*": 2.0} == load_card(folder).temperatures
    for one, other in zip(raw, load_classifier(folder).predict(package()), strict=True):
        np.testing.assert_allclose(one.logits / 2, other.logits, rtol=1e-5)


def test_an_old_card_that_was_not_calibrated_has_no_temperatures(folder: Path) -> None:
    age(folder, temperature=1.0)
    assert {} == load_card(folder).temperatures
    assert 1.0 == load_card(folder).temperature("side")


@pytest.mark.parametrize("temperature", [0, -1, "warm"])
def test_a_temperature_that_is_no_positive_number_is_refused(folder: Path, temperature: object) -> None:
    change(folder, temperatures={"side": temperature})
    with pytest.raises(BadCheckpoint, match="temperatures"):
        load_card(folder)


def test_a_card_is_saved_alone(folder: Path) -> None:
    before = (folder / WEIGHTS).read_bytes()
    save_card(folder, load_card(folder).model_copy(update={"temperatures": {"side": 1.5}}))
    assert {"side": 1.5} == load_classifier(folder).card.temperatures
    assert before == (folder / WEIGHTS).read_bytes()
    assert {CARD, WEIGHTS} == {path.name for path in folder.iterdir()}


def test_a_card_beside_other_weights_is_not_saved(folder: Path) -> None:
    card, before = load_card(folder), (folder / CARD).read_text()
    (folder / WEIGHTS).write_bytes(b"other")
    with pytest.raises(BadCheckpoint, match="not the ones"):
        save_card(folder, card.model_copy(update={"temperatures": {"side": 1.5}}))
    assert before == (folder / CARD).read_text()


def test_changed_weights_are_refused(folder: Path) -> None:
    data = bytearray((folder / WEIGHTS).read_bytes())
    data[-1] ^= 1
    (folder / WEIGHTS).write_bytes(data)
    with pytest.raises(BadCheckpoint, match="not the ones its card describes"):
        load_classifier(folder)


def test_missing_weights_are_refused(folder: Path) -> None:
    (folder / WEIGHTS).unlink()
    with pytest.raises(BadCheckpoint, match=WEIGHTS):
        load_classifier(folder)


def test_a_folder_without_a_card_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadCheckpoint, match=CARD):
        load_classifier(tmp_path)


def test_a_card_of_a_newer_version_is_refused(folder: Path) -> None:
    change(folder, format=99)
    with pytest.raises(BadCheckpoint, match="newer"):
        load_classifier(folder)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1}', "null"])
def test_a_damaged_card_is_refused(folder: Path, text: str) -> None:
    (folder / CARD).write_text(text)
    with pytest.raises(BadCheckpoint):
        load_classifier(folder)


def test_weights_of_another_architecture_are_refused(folder: Path) -> None:
    change(folder, architecture="test_efficientnet")
    with pytest.raises(BadCheckpoint, match="do not fit"):
        load_classifier(folder)


def test_an_unknown_framing_is_refused(folder: Path) -> None:
    change(folder, framing={"kind": "hologram"})
    with pytest.raises(BadCheckpoint, match="hologram"):
        load_classifier(folder)
