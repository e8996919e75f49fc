"""Networks come to EasyOCR checked, and without a byte of foreign code."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import BadCheckpoint
from core.serials.card import CARD, WEIGHTS, Calibration, ReaderCard, load_reader, save_reader
from core.serials.engine import ENGLISH_HEIGHT, Engine, easyocr_files
from core.serials.network import ALPHABET, HEIGHT, STRIDE, Model

SMALL = {"channels": [4, 4, 4, 4, 4], "hidden": 4}
SCALE = {"slope": 1.0, "offset": 0.0, "most": 1.0}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A reader with random weights."""
    torch.manual_seed(0)
    model = Model(len(ALPHABET) + 1, SMALL["channels"], 4).eval()
    calibration = Calibration.model_validate({"lines": SCALE, "characters": SCALE, "read_from": 0.9})
    card = ReaderCard(network=SMALL, weights_sha256="0" * 64, calibration=calibration)
    save_reader(tmp_path / "reader", card, dict(model.state_dict()))
    return tmp_path / "reader"


def lines(*widths: int) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (HEIGHT, width), dtype=np.uint8) for width in widths]


def test_easyocr_loads_the_custom_network_with_our_weights(folder: Path) -> None:
    engine = Engine.open(folder)
    model = Model(len(ALPHABET) + 1, SMALL["channels"], 4)
    model.load_state_dict(load_reader(folder)[1])
    (line,) = lines(96)
    with torch.inference_mode():
        logits = model.eval()(torch.from_numpy(line[None, None].astype(np.float32) / 127.5 - 1))
    expected = torch.log_softmax(logits, dim=2)[0].double().numpy()
    assert "easyocr" == type(engine.reader).__module__.partition(".")[0]
    np.testing.assert_allclose(engine.answers([line])[0], expected, atol=1e-4)


def test_easyocr_itself_reads_with_the_custom_network(folder: Path) -> None:
    engine = Engine.open(folder)
    (found,) = engine.reader.recognize(lines(96)[0], detail=1)
    assert set(found[1]) <= set(ALPHABET)


def test_every_line_has_a_frame_for_each_stride_whatever_stands_beside_it(folder: Path) -> None:
    answers = Engine.open(folder).answers(lines(64, 320, 128, 68))
    assert [64 // STRIDE, 320 // STRIDE, 128 // STRIDE, 68 // STRIDE] == [len(one) for one in answers]
    for one in answers:
        np.testing.assert_allclose(np.exp(one).sum(axis=1), 1.0, atol=1e-5)


def test_loading_leaves_no_folder_in_the_path_of_modules(folder: Path) -> None:
    before = list(sys.path)
    Engine.open(folder)
    assert before == sys.path


def test_a_changed_bit_of_the_weights_is_refused(folder: Path) -> None:
    content = bytearray((folder / WEIGHTS).read_bytes())
    content[-1] ^= 1
    (folder / WEIGHTS).write_bytes(content)
    with pytest.raises(BadCheckpoint, match="not those of its card"):
        Engine.open(folder)


def test_a_pickle_in_the_place_of_the_weights_is_refused_though_the_card_knows_its_hash(folder: Path) -> None:
    torch.save({"look": torch.zeros(1)}, folder / WEIGHTS)
    card = json.loads((folder / CARD).read_text())
    card["weights_sha256"] = hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()
    (folder / CARD).write_text(json.dumps(card))
    with pytest.raises(BadCheckpoint, match="damaged"):
        Engine.open(folder)


def test_weights_of_another_network_are_refused(folder: Path) -> None:
    card, weights = load_reader(folder)
    save_reader(folder, card.model_copy(update={"network": {"channels": [8, 8, 8, 8, 8], "hidden": 8}}), weights)
    with pytest.raises(BadCheckpoint, match="do not fit"):
        Engine.open(folder)


@pytest.mark.parametrize("file", [CARD, WEIGHTS])
def test_a_missing_file_is_named(folder: Path, file: str) -> None:
    (folder / file).unlink()
    with pytest.raises(BadCheckpoint, match="cannot be read"):
        Engine.open(folder)


@pytest.mark.parametrize("content", ["", "{}", '{"kind": "classifier"}', "\x00"])
def test_a_foreign_card_is_refused(folder: Path, content: str) -> None:
    (folder / CARD).write_text(content)
    with pytest.raises(BadCheckpoint, match="damaged or foreign"):
        Engine.open(folder)


def test_the_files_for_easyocr_hold_tensors_and_plain_values_only(folder: Path, tmp_path: Path) -> None:
    card, weights = load_reader(folder)
    easyocr_files(tmp_path, card, weights)
    assert {"core.serials.network.yaml", "core.serials.network.pth"} == {
        path.name for path in tmp_path.iterdir() if path.is_file()
    }
    again = torch.load(tmp_path / "core.serials.network.pth", weights_only=True)
    assert {f"module.{name}" for name in weights} == set(again)


def test_without_its_weights_easyocrs_english_network_is_not_used(tmp_path: Path) -> None:
    assert Engine.english(tmp_path) is None


def test_english_weights_with_another_hash_are_not_used(tmp_path: Path) -> None:
    (tmp_path / "english_g2.pth").write_bytes(b"not what it should be")
    assert Engine.english(tmp_path) is None


def test_english_weights_on_disk_are_loaded_by_easyocr(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from easyocr import config
    from easyocr.model.vgg_model import Model as English

    known = config.recognition_models["gen2"]["english_g2"]
    torch.manual_seed(0)
    network = English(1, 256, 256, len(known["characters"]) + 1)
    torch.save({f"module.{name}": value for name, value in network.state_dict().items()}, tmp_path / "english_g2.pth")
    found = hashlib.md5((tmp_path / "english_g2.pth").read_bytes(), usedforsecurity=False).hexdigest()
    monkeypatch.setitem(known, "md5sum", found)
    engine = Engine.english(tmp_path)
    assert engine is not None and ENGLISH_HEIGHT == engine.height
    (answers,) = engine.answers([np.full((ENGLISH_HEIGHT, 256), 200, np.uint8)])
    assert len(ALPHABET) + 1 == answers.shape[1]
    assert (np.exp(answers).sum(axis=1) <= 1 + 1e-6).all()
    assert 0.99 == engine.calibration.of_lines().most
