"""What is known beyond the class: manifest.json, masks, twins, and what may be wrong with them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.datasets.readers import open_dataset
from core.errors import BadInput, CoreError, UnreadableImage
from tests.conftest import draw_packages

DENTED, STAINED, INTACT = "01000", "01001", "02000"


def changed(root: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """Change what a manifest says."""
    path = root / "manifest.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    return root


def test_a_mask_is_where_the_damage_was_drawn(rendered_dataset: Path) -> None:
    dataset = open_dataset(rendered_dataset)
    truth, picture, twin = (read(DENTED, "top") for read in (dataset.truth, dataset.view, dataset.twin))
    assert truth is not None and twin is not None
    apart = np.abs(picture.pixels.astype(int) - twin.pixels).max(axis=2) > 60
    assert truth.mask.any()
    assert (48, 64) == truth.mask.shape
    assert not (apart & ~truth.mask).any()


def test_a_manifest_says_what_is_damaged_and_what_is_printed(rendered_dataset: Path) -> None:
    truth = open_dataset(rendered_dataset).truth(STAINED, "side")
    assert truth is not None
    assert [("dent", 0.35), ("stain", 0.6)] == [(one.kind, one.severity) for one in truth.damages]
    assert truth.serial is not None
    assert (STAINED, (4, 2)) == (truth.serial.text, truth.serial.corners.shape)
    assert [(4, 2)] == [region.polygon.shape for region in truth.silhouette]
    assert "lumeris" == truth.facts["product"]


def test_a_serial_that_cannot_be_seen_is_nowhere(rendered_dataset: Path) -> None:
    truth = open_dataset(rendered_dataset).truth(DENTED, "top")
    assert truth is not None and truth.serial is None


def test_nothing_is_marked_on_an_intact_package(rendered_dataset: Path) -> None:
    dataset = open_dataset(rendered_dataset)
    truth = dataset.truth(INTACT, "top")
    assert truth is not None and not truth.mask.any()
    assert () == truth.damages
    assert dataset.twin(INTACT, "top") is None


def test_masks_and_twins_are_no_pictures_and_no_reason_to_complain(rendered_dataset: Path) -> None:
    dataset = open_dataset(rendered_dataset)
    assert ("01000", "01001", "01002", "02000", "02001", "02002") == dataset.ids
    assert ("damaged", "intact") == dataset.labels
    assert () == dataset.notices
    assert "Drawn packages" == dataset.name


def test_the_index_says_where_masks_and_twins_lie_and_what_is_damaged(rendered_dataset: Path) -> None:
    index = open_dataset(rendered_dataset).index.set_index(["package", "view"])
    assert str(rendered_dataset / "masks" / "01000_top.png") == index.at[(DENTED, "top"), "mask_path"]
    assert str(rendered_dataset / "twins" / "01000_top.jpg") == index.at[(DENTED, "top"), "twin_path"]
    assert ("dent + stain", 0.6) == tuple(index.loc[(STAINED, "top"), ["kind", "severity"]])
    assert (None, "", 0.0) == tuple(index.loc[(INTACT, "top"), ["mask_path", "kind", "severity"]])


def test_without_a_manifest_a_mask_belongs_to_the_picture_of_its_name(tiny_dataset: Path) -> None:
    marked = np.zeros((48, 64), np.uint8)
    marked[10:20, 30:40] = 1
    (tiny_dataset / "masks").mkdir()
    Image.fromarray(marked).save(tiny_dataset / "masks" / "01000_top.png")
    dataset = open_dataset(tiny_dataset)
    truth = dataset.truth("01000", "top")
    assert truth is not None
    np.testing.assert_array_equal(truth.mask, marked > 0)
    assert () == truth.damages
    assert dataset.truth("01000", "side") is None
    assert dataset.truth("02000", "top") is None
    assert 12 == len(dataset.ids)


@pytest.mark.parametrize("mode", ["1", "L", "P", "I;16", "RGB", "RGBA"])
def test_any_value_above_zero_is_damaged(tiny_dataset: Path, mode: str) -> None:
    (tiny_dataset / "masks").mkdir()
    marked = np.zeros((48, 64), bool)
    marked[10:20, 30:40] = True
    picture = Image.fromarray(marked) if mode == "1" else Image.fromarray(marked.astype(np.uint8))
    if mode == "I;16":
        picture = Image.fromarray(marked.astype(np.uint16))
    elif mode == "P":
        picture.putpalette([0, 0, 0, 0, 0, 0])
    elif mode.startswith("RGB"):
        picture = picture.convert(mode)
    picture.save(tiny_dataset / "masks" / "01000_top.png")
    truth = open_dataset(tiny_dataset).truth("01000", "top")
    assert truth is not None
    np.testing.assert_array_equal(truth.mask, marked)


def test_a_twin_of_any_format_belongs_to_the_picture_of_its_name(tiny_dataset: Path) -> None:
    (tiny_dataset / "twins").mkdir()
    Image.new("RGB", (64, 48), "white").save(tiny_dataset / "twins" / "01000_top.webp")
    twin = open_dataset(tiny_dataset).twin("01000", "top")
    assert twin is not None and (48, 64, 3) == twin.pixels.shape


def test_a_mask_that_fits_no_picture_is_named(tiny_dataset: Path) -> None:
    (tiny_dataset / "masks").mkdir()
    Image.new("1", (64, 48)).save(tiny_dataset / "masks" / "nobody_top.png")
    assert "Files in masks that belong to no picture, or to several: 1 (nobody_top.png)." in open_dataset(
        tiny_dataset
    ).notices


def test_a_mask_that_fits_two_pictures_belongs_to_neither(tmp_path: Path) -> None:
    for folder in ("damaged", "intact"):
        (tmp_path / folder).mkdir()
        for at in range(3):
            Image.new("RGB", (8, 8)).save(tmp_path / folder / f"{at}.png")
    (tmp_path / "masks").mkdir()
    Image.new("1", (8, 8)).save(tmp_path / "masks" / "1.png")
    dataset = open_dataset(tmp_path)
    assert dataset.index["mask_path"].isna().all()
    assert any("several: 1 (1.png)" in notice for notice in dataset.notices)


def test_a_mask_of_another_size_says_so_and_the_picture_stays(rendered_dataset: Path) -> None:
    Image.new("1", (10, 10)).save(rendered_dataset / "masks" / "01000_top.png")
    dataset = open_dataset(rendered_dataset)
    with pytest.raises(BadInput, match=r"masks/01000_top.png is 10 x 10, but its picture 64 x 48"):
        dataset.truth(DENTED, "top")
    assert any("10 x 10" in notice for notice in dataset.notices)
    assert ["side", "top"] == sorted(dataset.load(DENTED).views)


@pytest.mark.parametrize("folder", ["masks", "twins"])
def test_a_file_that_cannot_be_read_says_so_and_the_picture_stays(rendered_dataset: Path, folder: str) -> None:
    next((rendered_dataset / folder).glob("01000_top.*")).write_bytes(b"no picture")
    dataset = open_dataset(rendered_dataset)
    with pytest.raises(UnreadableImage, match="01000_top"):
        (dataset.truth if folder == "masks" else dataset.twin)(DENTED, "top")
    assert ["side", "top"] == sorted(dataset.load(DENTED).views)


def test_a_file_that_is_not_there_says_so(rendered_dataset: Path) -> None:
    (rendered_dataset / "masks" / "01000_top.png").unlink()
    with pytest.raises(UnreadableImage, match="cannot be opened"):
        open_dataset(rendered_dataset).truth(DENTED, "top")


@pytest.mark.parametrize("name", ["../outside.png", "/etc/passwd", "masks/../../outside.png", "..\\outside.png", "C:x"])
def test_a_manifest_cannot_name_a_file_outside_its_folder(rendered_dataset: Path, name: str) -> None:
    def escape(content: dict[str, Any]) -> None:
        content["packages"][DENTED]["views"]["top"] |= {"mask": name, "twin": name}

    dataset = open_dataset(changed(rendered_dataset, escape))
    assert dataset.truth(DENTED, "top") is None
    assert dataset.twin(DENTED, "top") is None
    assert dataset.truth(DENTED, "side") is not None
    assert "manifest.json: Files that it names outside the data folder, and that were not opened: 2." in dataset.notices


def test_a_mask_that_is_a_link_out_of_the_folder_is_not_opened(rendered_dataset: Path, tmp_path: Path) -> None:
    place = rendered_dataset / "masks" / "01000_top.png"
    place.rename(tmp_path / "outside.png")
    os.symlink(tmp_path / "outside.png", place)
    with pytest.raises(BadInput, match="leads out of the data folder"):
        open_dataset(rendered_dataset).truth(DENTED, "top")


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'{"format": 1}', b'{"format": 1, "packages": []}', b"\xff\xfe\x00", b"[" * 200_000],
)
def test_a_broken_manifest_is_a_notice_and_masks_are_found_by_name(rendered_dataset: Path, content: bytes) -> None:
    (rendered_dataset / "manifest.json").write_bytes(content)
    dataset = open_dataset(rendered_dataset)
    assert ["manifest.json"] == [notice.split()[0] for notice in dataset.notices]
    assert "rendered" == dataset.name
    truth = dataset.truth(DENTED, "top")
    assert truth is not None and truth.mask.any()
    assert dataset.truth(INTACT, "top") is None


@pytest.mark.parametrize(("number", "says"), [(2, "newer version"), (None, "no format"), ("1", "no format")])
def test_a_manifest_of_another_format_is_a_notice(rendered_dataset: Path, number: object, says: str) -> None:
    dataset = open_dataset(changed(rendered_dataset, lambda content: content.update(format=number)))
    assert any(says in notice for notice in dataset.notices)
    assert 6 == len(dataset.ids)


@pytest.mark.parametrize(
    "wrong",
    [
        {"damages": [{"kind": "dent", "severity": 7}]},
        {"damages": [{"kind": "dent", "severity": float("nan")}]},
        {"damages": "dent"},
        {"views": {"top": {"mask": "masks/01000_top.png"}}},
        {"views": {"top": {"picture": "test/damaged/top/01000_top.jpg", "serial": [[0, 0]]}}},
    ],
)
def test_one_package_that_is_badly_described_costs_only_itself(rendered_dataset: Path, wrong: dict[str, Any]) -> None:
    root = changed(rendered_dataset, lambda content: content["packages"][DENTED].update(wrong))
    dataset = open_dataset(root)
    assert 1 == len([notice for notice in dataset.notices if "does not describe" in notice])
    assert dataset.truth(STAINED, "top") is not None
    dataset.truth(DENTED, "top")


def test_markings_elsewhere_are_still_left_out_with_a_notice(tiny_dataset: Path) -> None:
    draw_packages(tiny_dataset / "damage" / "ground_truth", per_class=1)
    dataset = open_dataset(tiny_dataset)
    assert 12 == len(dataset.ids)
    assert any("ground_truth" in notice for notice in dataset.notices)


def test_what_is_wrong_with_a_mask_is_something_a_person_can_act_on(rendered_dataset: Path) -> None:
    Image.new("1", (10, 10)).save(rendered_dataset / "masks" / "01000_top.png")
    with pytest.raises(CoreError) as error:
        open_dataset(rendered_dataset).truth(DENTED, "top")
    assert "Save it in the size of the picture." == error.value.remedy
