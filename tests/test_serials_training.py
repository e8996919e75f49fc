"""Lines are printed by their seed, training goes on where it was, and confidence is scaled to what was right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.special import expit

from core.serials import training
from core.serials.calibration import Scaling, scaling_of
from core.serials.card import load_reader
from core.serials.network import ALPHABET, HEIGHT, STRIDE, Model
from core.serials.printing import MUTE, SHARES, encoded, line, photographed, text_of
from core.serials.rectifying import even, extent, upright
from core.serials.training import Recipe, batch_of, train
from core.studies import reading_lessons

TINY = Recipe(steps=2, more=2, batch=2, threads=1)


@pytest.mark.parametrize("kind", list(SHARES))
def test_every_kind_of_line_is_as_high_as_the_network_and_can_be_written(kind: str) -> None:
    rng = np.random.default_rng(3)
    for _ in range(5):
        one = line(rng, kind=kind)
        assert HEIGHT == one.pixels.shape[0] and 0 == one.pixels.shape[1] % STRIDE and np.uint8 == one.pixels.dtype
        assert set(one.text) <= set(ALPHABET)
        assert (kind in MUTE) == (one.text == "")


def test_the_same_seed_prints_the_same_line() -> None:
    one, other = (line(np.random.default_rng(7)) for _ in range(2))
    assert one.text == other.text
    np.testing.assert_array_equal(one.pixels, other.pixels)


def test_the_corners_of_a_printed_line_lie_around_its_ink() -> None:
    rng = np.random.default_rng(5)
    seen, corners = photographed("0123456789012", rng)
    inside = even(upright(seen, corners)).astype(float)
    ink = 255 - inside[8:-8, 10:-10]
    edge = 255 - inside[:, :4]
    assert ink.mean() > 1.5 * edge.mean()


def test_a_serial_has_13_digits_and_a_batch_its_dash() -> None:
    rng = np.random.default_rng(0)
    assert all(len(text) == 13 and text.isdigit() for text in (text_of("serial", rng) for _ in range(20)))
    assert "-" == text_of("batch", rng)[8]


def test_characters_are_numbered_from_one() -> None:
    assert [1, 2, 11] == encoded("01A")


def test_a_batch_is_padded_with_its_last_column() -> None:
    rng = np.random.default_rng(1)
    lines = [line(rng, kind="digits"), line(rng, kind="serial")]
    pixels, targets, lengths = batch_of(lines)
    assert [len(one.text) for one in lines] == lengths.tolist()
    assert int(lengths.sum()) == len(targets)
    short = min(lines, key=lambda one: one.pixels.shape[1])
    row = pixels[lines.index(short), 0]
    assert torch.equal(row[:, short.pixels.shape[1] :], row[:, short.pixels.shape[1] - 1 :][:, :1].expand_as(
        row[:, short.pixels.shape[1] :]
    ))  # fmt: skip


def test_the_network_says_one_thing_for_each_stride() -> None:
    said = Model(len(ALPHABET) + 1)(torch.zeros(2, 1, HEIGHT, 64))
    assert (2, 64 // STRIDE, len(ALPHABET) + 1) == tuple(said.shape)


def test_a_stopped_training_goes_on_and_ends_where_it_would_have_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "SAVE_EVERY", 1)
    whole = train(TINY, tmp_path / "whole.pt")

    class Stop(Exception):
        pass

    def stop(share: float, text: str) -> None:
        if share > 0.5:
            raise Stop

    with pytest.raises(Stop):
        train(TINY, tmp_path / "part.pt", progress=stop)
    resumed = train(TINY, tmp_path / "part.pt")
    for name, value in whole.state_dict().items():
        torch.testing.assert_close(value, resumed.state_dict()[name], msg=name)


def test_a_new_reader_is_written_with_its_hash_and_its_calibration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_lessons, "PRINTED", 64)
    said: list[float] = []
    card = reading_lessons.train_reader(tmp_path / "new", TINY, progress=lambda share, _: said.append(share))
    again, weights = load_reader(tmp_path / "new")
    assert card == again and 0 < card.calibration.lines.most < 1
    assert 0 < card.calibration.measured["printed lines"]["lines"] <= 64
    assert set(Model(len(ALPHABET) + 1).state_dict()) == set(weights)
    assert {"reader.json", "weights.safetensors"} == {path.name for path in (tmp_path / "new").iterdir()}
    assert said == sorted(said) and said[-1] <= 1


def test_the_scaling_finds_the_one_that_the_answers_were_drawn_with() -> None:
    rng = np.random.default_rng(0)
    odds = rng.normal(1, 2, 20_000)
    right = rng.random(20_000) < expit(0.6 * odds - 0.4)
    found = scaling_of(expit(odds), right)
    assert 0.6 == pytest.approx(found.slope, abs=0.03) and -0.4 == pytest.approx(found.offset, abs=0.05)


def test_nothing_is_surer_than_its_figures() -> None:
    found = scaling_of(np.full(98, 0.999999), np.ones(98, bool))
    assert 0.99 == found.most
    assert 0.99 >= float(found(np.array([1.0]))[0])


def test_a_scaling_keeps_the_order() -> None:
    sure = Scaling(0.5, 1.0, 0.999)(np.array([0.0, 0.2, 0.5, 0.9, 1.0]))
    assert (np.diff(sure) >= 0).all() and 0.999 == sure[-1]


def test_the_extent_of_a_slanted_box_is_measured_across_it() -> None:
    box = np.array([(0, 0), (40, 30), (40, 40), (0, 10)], np.float32)
    assert (50.0, 8.0) == pytest.approx(extent(box))
