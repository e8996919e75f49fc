"""Whole packages are read, kept, and held against their names."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.cli import run
from core.contracts import Dataset
from core.domain import NOT_VISIBLE, READ, UNSURE, Reading
from core.errors import BadCheckpoint
from core.settings import ROOT, settings
from core.studies import serials
from core.study import open_dataset
from tests.conftest import draw_carton
from tests.printed_faces import printed_face

NAMES = ("0487317766749", "0213825292688", "0339006631044")
BATCH = "QK363683-8D"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three packages: side views that show their serial, top views without any; the last side says another serial."""
    for at, name in enumerate(NAMES):
        for view in ("side", "top"):
            path = tmp_path / "packages" / ("intact" if at % 2 else "damage") / view / f"{name}_{view}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            says = "0770456123985" if at == 2 else name
            if view == "side":
                Image.fromarray(printed_face((says, BATCH, "12.2029"), tall=11.0)).save(path)
            else:
                draw_carton(damaged=False, size=(320, 240)).save(path)
    return tmp_path / "packages"


@pytest.fixture
def dataset(root: Path) -> Dataset:
    return open_dataset(root)


def test_a_side_view_gives_its_lines_and_a_top_view_says_why_it_gives_none(dataset: Dataset) -> None:
    found = serials.read(dataset, NAMES[0])
    side = {one.line: one.text for one in found if one.view == "side"}
    assert {"serial": NAMES[0], "batch": BATCH, "expiry": "12.2029"} == side
    (top,) = [one for one in found if one.view == "top"]
    assert ("serial", "", NOT_VISIBLE) == (top.line, top.text, top.status)
    assert top.reason and top.corners is None


def test_corners_are_shares_of_the_frame_and_the_crop_shows_the_line(dataset: Dataset) -> None:
    serial = next(one for one in serials.read(dataset, NAMES[0]) if one.line == "serial")
    assert serial.corners is not None and (0 <= serial.corners).all() and (serial.corners <= 1).all()
    crop = serials.crop(dataset, serial)
    assert crop is not None and 64 == crop.shape[0] and crop.shape[1] > 4 * 64
    assert crop.min() < 120 < crop.max()


def test_a_reading_without_a_place_has_no_crop(dataset: Dataset) -> None:
    assert serials.crop(dataset, Reading(NAMES[0], "top", "serial", "", 0.0, (), NOT_VISIBLE, "No.")) is None


def test_a_picture_that_cannot_be_decoded_is_a_status(root: Path, dataset: Dataset) -> None:
    (root / "damage" / "side" / f"{NAMES[0]}_side.png").write_bytes(b"no picture")
    (side,) = [one for one in serials.read(dataset, NAMES[0]) if one.view == "side"]
    assert (NOT_VISIBLE, "") == (side.status, side.text) and side.reason


def test_everything_is_kept_and_comes_back_as_it_was(dataset: Dataset) -> None:
    assert serials.stored(dataset) is None
    steps: list[float] = []
    frame = serials.read_all(dataset, progress=lambda share, _: steps.append(share))
    assert list(serials.COLUMNS) == list(frame.columns) and 3 == len(steps)
    kept = serials.stored(dataset)
    assert kept is not None and len(frame) == len(kept)
    first = serials.reading_of(kept.iloc[0])
    again = serials.read(dataset, first.package)[0]
    assert (again.text, again.status, again.characters) == (first.text, first.status, first.characters)
    assert first.corners is not None and again.corners is not None
    np.testing.assert_allclose(again.corners, first.corners, atol=1e-6)


def test_other_patterns_are_another_run(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    before = serials.run_name(dataset)
    monkeypatch.setenv("SECONDLOOK_LINES", '{"serial": "#############"}')
    settings.cache_clear()
    assert before != serials.run_name(dataset)


def test_the_summary_counts_what_is_right_wrong_and_hidden(dataset: Dataset) -> None:
    found = serials.summary(serials.read_all(dataset), dataset)
    assert (3, 3, 0, 0) == (found["packages"], found["n"], found["unsure"], found["not_visible"])
    assert 1 == found["wrong"] and 2 / 3 == pytest.approx(found["exact"])
    assert found["exact_interval"][0] < 2 / 3 < found["exact_interval"][1]
    assert 0 < found["cer"] < 1
    wrong = next(one for one in found["items"] if one["package"] == NAMES[2])
    assert ("0770456123985", READ, False) == (wrong["read"], wrong["status"], wrong["ok"])


def test_a_serial_that_the_data_set_shows_and_nobody_saw_counts_as_wrong(rendered_dataset: Path) -> None:
    data = open_dataset(rendered_dataset)
    found = serials.summary(serials.read_all(data), data)
    assert (6, 6, 6) == (found["n"], found["not_visible"], found["missed"])
    assert 0.0 == found["exact"] and {"train", "test"} == set(found["splits"])


def test_the_command_writes_what_the_issue_asks_for(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "serials.json"
    assert 0 == run(["serials", "--data", str(root), "--json", str(file)])
    found = json.loads(file.read_text())
    assert {"n", "exact", "exact_interval", "cer", "unsure", "items"} <= set(found)
    assert {"package", "read", "confidence", "status", "ok"} <= set(found["items"][0])


def test_without_a_reader_the_command_says_what_to_do(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECONDLOOK_READER", str(root / "nowhere"))
    settings.cache_clear()
    assert 2 == run(["serials", "--data", str(root)])
    with pytest.raises(BadCheckpoint, match="cannot be read"):
        serials.reader()


def test_the_bench_says_how_fast_and_how_well(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "bench.json"
    assert 0 == run(["bench", "serials", "--data", str(root), "--packages", "2", "--json", str(file)])
    ours = json.loads(file.read_text())["readers"][0]
    assert (2, "Second Look") == (ours["pictures"], ours["name"])
    assert 0 < ours["finding"] < ours["slowest"]


@pytest.mark.parametrize("number", range(0, 40, 8))
def test_bundled_packages_are_read(number: int) -> None:
    dataset = open_dataset(ROOT / "data" / "packages")
    package = sorted(dataset.index.loc[dataset.index["split"] == "test", "package"].unique())[number]
    truth = dataset.truth(package, "side")
    readings = {one.line: one for one in serials.read(dataset, package) if one.view == "side"}
    assert truth is not None
    if truth.serial is not None:
        assert package == readings["serial"].text
        assert truth.facts["batch"] == readings["batch"].text


@pytest.mark.packages
def test_real_packages_are_read_and_none_is_read_wrongly(real_packages: Path) -> None:
    dataset = open_dataset(real_packages)
    found = [serials.read(dataset, package) for package in dataset.ids[::12]]
    read = [one for some in found for one in some if one.line == "serial" and one.status == READ]
    assert len(read) >= len(found) - 2
    assert [] == [(one.package, one.text) for one in read if one.package != one.text]
    assert {UNSURE, NOT_VISIBLE, READ} >= {one.status for some in found for one in some}
