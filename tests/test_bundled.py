"""The bundled packages are what their manifest says, and open like any user's folder."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.datasets.folders import FolderDataset
from core.datasets.readers import open_dataset
from core.domain import DAMAGED, INTACT
from core.rendering.damage import KINDS
from core.rendering.variation import vary

ROOT = Path(__file__).resolve().parent.parent / "data" / "packages"
MANIFEST: dict[str, Any] = json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))
PACKAGES: dict[str, Any] = MANIFEST["packages"]
VIEWS = [(serial, name, view) for serial, one in PACKAGES.items() for name, view in one["views"].items()]
FILES = [
    (view[kind], view["sha256" if kind == "picture" else f"{kind}_sha256"])
    for _, _, view in VIEWS
    for kind in ("picture", "mask", "twin")
    if view[kind]
]


def test_half_of_two_hundred_packages_are_damaged_in_both_splits() -> None:
    counts = Counter((one["split"], one["label"]) for one in PACKAGES.values())
    assert {("train", DAMAGED): 80, ("train", INTACT): 80, ("test", DAMAGED): 20, ("test", INTACT): 20} == counts


def test_every_file_has_the_hash_of_the_manifest() -> None:
    assert 800 == len(FILES)
    wrong = [path for path, sha256 in FILES if hashlib.sha256((ROOT / path).read_bytes()).hexdigest() != sha256]
    assert [] == wrong


def test_no_file_is_missing_from_the_manifest() -> None:
    there = {path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*") if path.is_file()}
    assert {path for path, _ in FILES} | {"manifest.json"} == there


def test_the_pictures_are_960_x_540_and_the_masks_have_one_bit() -> None:
    for path, _ in FILES:
        with Image.open(ROOT / path) as image:
            assert (960, 540) == image.size
            assert ("1" if path.startswith("masks") else "RGB") == image.mode


def test_everything_together_stays_below_90_megabytes() -> None:
    assert sum((ROOT / path).stat().st_size for path, _ in FILES) < 90_000_000


def test_every_kind_of_damage_occurs_in_the_test_split() -> None:
    tested = [one for one in PACKAGES.values() if one["split"] == "test"]
    assert set(KINDS) == {damage["kind"] for one in tested for damage in one["damages"]}


def test_it_opens_with_the_reader_of_any_folder_and_without_a_notice() -> None:
    dataset = open_dataset(ROOT)
    assert isinstance(dataset, FolderDataset)
    assert sorted(PACKAGES) == list(dataset.ids)
    assert () == dataset.notices
    assert ("side", "top") == dataset.view_names


@pytest.mark.parametrize("serial", sorted(PACKAGES)[::20])
def test_the_truth_of_a_package_fits_its_class(serial: str) -> None:
    dataset, said = open_dataset(ROOT), PACKAGES[serial]
    truths = [dataset.truth(serial, view) for view in ("side", "top")]
    assert all(truth is not None for truth in truths)
    marked = sum(int(truth.mask.sum()) for truth in truths if truth is not None)
    assert (said["label"] == DAMAGED) == (marked > 50)
    twins = [dataset.twin(serial, view) for view in ("side", "top")]
    assert (said["label"] == DAMAGED) == all(twin is not None for twin in twins)


def test_every_damaged_package_shows_its_damage_to_a_camera() -> None:
    dataset = open_dataset(ROOT)
    for serial, said in PACKAGES.items():
        if said["label"] == DAMAGED:
            masks = [truth.mask for view in ("side", "top") if (truth := dataset.truth(serial, view)) is not None]
            assert max(int(mask.sum()) for mask in masks) > 100, serial


def test_the_serial_in_the_manifest_is_the_one_its_seed_draws() -> None:
    for serial, said in list(PACKAGES.items())[::10]:
        assert serial == vary(said["seed"], said["label"]).print.serial


def test_serials_lie_inside_the_silhouette() -> None:
    dataset = open_dataset(ROOT)
    for serial in list(PACKAGES)[::20]:
        truth = dataset.truth(serial, "side")
        assert truth is not None
        if truth.serial is not None:
            corners = truth.serial.corners * np.array([960, 540])
            spread = np.concatenate([region.polygon * np.array([960, 540]) for region in truth.silhouette])
            assert (corners > spread.min(axis=0)).all() and (corners < spread.max(axis=0)).all()
