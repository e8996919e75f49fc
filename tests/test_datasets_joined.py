"""Several data sets opened as one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import draw_packages, draw_rendered

from core import study
from core.contracts import Dataset
from core.datasets.joined import open_joined
from core.errors import BadInput, UnknownName


def renamed(root: Path, first: str) -> Path:
    """Give every serial another first digit."""
    for path in sorted(root.rglob("*.png")):
        path.rename(path.with_name(first + path.name[1:]))
    return root


@pytest.fixture
def roots(tmp_path: Path) -> list[Path]:
    """Twelve drawn packages in line/, four in other/ with serials that begin with 9."""
    other = draw_packages(tmp_path / "other", per_class=2, size=(72, 54))
    return [draw_packages(tmp_path / "line"), renamed(other, "9")]


@pytest.fixture
def joined(roots: list[Path]) -> Dataset:
    return open_joined(roots)


def test_one_folder_is_opened_as_it_is(roots: list[Path]) -> None:
    assert "line" == open_joined(roots[:1]).name


def test_joined_data_sets_hold_the_packages_of_all(joined: Dataset) -> None:
    assert "line + other" == joined.name
    assert (16, 32) == (len(joined.ids), len(joined.index))
    assert ("damaged", "intact") == joined.labels
    assert ("side", "top") == joined.view_names


def test_every_row_says_which_data_set_it_comes_from(joined: Dataset) -> None:
    assert {"line": 24, "other": 8} == joined.index["dataset"].value_counts().to_dict()


def test_a_package_is_read_from_its_own_data_set(joined: Dataset, roots: list[Path]) -> None:
    assert roots[1] / "damage" / "side" / "91000_side.png" == joined.file("91000", "side").path
    there = study.open_dataset(roots[1]).view("91000", "side").pixels
    np.testing.assert_array_equal(there, joined.view("91000", "side").pixels)
    assert {"side", "top"} == set(joined.load("01000").views)


def test_masks_and_twins_are_found_in_their_own_data_set(roots: list[Path], tmp_path: Path) -> None:
    joined = open_joined([roots[1], draw_rendered(tmp_path / "rendered")])
    truth, twin = joined.truth("01000", "side"), joined.twin("01000", "side")
    assert truth is not None and truth.mask.any()
    assert twin is not None and twin.pixels.shape == (48, 64, 3)
    assert joined.truth("91000", "side") is None
    assert joined.twin("91000", "side") is None


def test_an_unknown_package_is_answered_with_the_nearest_of_all(joined: Dataset) -> None:
    with pytest.raises(UnknownName, match="91000"):
        joined.load("9100")


def test_a_serial_in_two_data_sets_is_refused(roots: list[Path], tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="01000"):
        open_joined([roots[0], draw_packages(tmp_path / "more", per_class=1)])


def test_the_same_folder_twice_is_refused(roots: list[Path]) -> None:
    with pytest.raises(BadInput, match="once"):
        open_joined([roots[0], roots[0]])


def test_data_sets_called_alike_are_told_apart_by_the_folder_above(tmp_path: Path) -> None:
    one = draw_packages(tmp_path / "here" / "packages", per_class=1)
    other = renamed(draw_packages(tmp_path / "there" / "packages", per_class=1), "9")
    assert "here/packages + there/packages" == open_joined([one, other]).name


def test_splits_stay_what_they_were(roots: list[Path], tmp_path: Path) -> None:
    joined = open_joined([roots[1], draw_rendered(tmp_path / "rendered", train=1, test=2)])
    counts = joined.index.drop_duplicates("package").groupby(["dataset", "split"]).size()
    assert [4, 2, 4] == [counts["other", ""], counts["Drawn packages", "train"], counts["Drawn packages", "test"]]


def test_joined_data_sets_have_an_inventory(joined: Dataset) -> None:
    table = study.inventory(joined)
    assert 32 == len(table)
    assert 32 == table["sha256"].nunique()
    assert study.fingerprint(table) == study.fingerprint(study.inventory(joined))


def test_a_notice_says_which_data_set_it_is_about(roots: list[Path]) -> None:
    (roots[1] / "damage" / "side" / "91000_side.png").unlink()
    (notice,) = [notice for notice in open_joined(roots).notices if "other: " in notice]
    assert "91000" in notice or "1" in notice
