"""Splits by serial, and the check that would catch a leak."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.datasets.fingerprint import contents, inspect
from core.datasets.folders import FolderDataset
from core.datasets.splits import Fold, Split, check_no_leak, holdout, split_packages
from core.errors import BadInput, Leak

labeled = st.dictionaries(
    st.text("0123456789", min_size=1, max_size=6), st.sampled_from(["damaged", "intact"]), min_size=1
)


def few_each(labels: dict[str, str], least: int) -> bool:
    return min(Counter(labels.values()).values()) >= least


@settings(deadline=None)
@given(labels=labeled.filter(lambda labels: few_each(labels, 3)), seed=st.integers(0, 9))
def test_every_package_is_held_out_once_and_every_class_in_proportion(labels: dict[str, str], seed: int) -> None:
    folds = split_packages(list(labels), list(labels.values()), folds=3, seed=seed)
    assert sorted(labels) == sorted(package for fold in folds for package in fold.held_out)
    for fold in folds:
        assert sorted(labels) == sorted((*fold.train, *fold.held_out))
    for label in set(labels.values()):
        counts = [sum(labels[package] == label for package in fold.held_out) for fold in folds]
        assert max(counts) - min(counts) <= 1


@settings(deadline=None)
@given(labels=labeled.filter(lambda labels: few_each(labels, 2)), share=st.floats(0.01, 0.99))
def test_a_holdout_leaves_every_class_on_both_sides(labels: dict[str, str], share: float) -> None:
    fold = holdout(list(labels), list(labels.values()), share=share, seed=0)
    assert sorted(labels) == sorted((*fold.train, *fold.held_out))
    for side in (fold.train, fold.held_out):
        assert set(labels.values()) == {labels[package] for package in side}


def packages(per_class: int) -> tuple[list[str], list[str]]:
    names = [f"{at:03d}" for at in range(2 * per_class)]
    return names, ["damaged"] * per_class + ["intact"] * per_class


def test_the_folds_are_of_equal_size_over_the_classes() -> None:
    sizes = [len(fold.held_out) for fold in split_packages(*packages(77), folds=5, seed=0)]
    assert [31, 31, 31, 31, 30] == sizes


def test_a_holdout_takes_the_share_of_every_class() -> None:
    assert 30 == len(holdout(*packages(75), share=0.2, seed=0).held_out)


def test_the_same_seed_gives_the_same_folds_whatever_the_order() -> None:
    names, labels = packages(10)
    assert split_packages(names, labels, folds=5, seed=3) == split_packages(names[::-1], labels[::-1], folds=5, seed=3)


def test_another_seed_gives_other_folds() -> None:
    assert split_packages(*packages(10), folds=5, seed=0) != split_packages(*packages(10), folds=5, seed=1)


def test_the_folds_stay_the_same_over_versions_and_machines() -> None:
    fold = split_packages(*packages(4), folds=2, seed=0)[0]
    assert ("000", "002", "004", "005") == fold.held_out


def test_a_package_listed_once_a_view_counts_once() -> None:
    names, labels = packages(4)
    assert split_packages(names, labels, folds=2, seed=0) == split_packages(names * 2, labels * 2, folds=2, seed=0)


def test_a_class_with_too_few_packages_is_refused() -> None:
    with pytest.raises(BadInput, match="Class damaged has 3 packages, too few for 5 folds"):
        split_packages(*packages(3), folds=5, seed=0)


def test_a_package_with_two_classes_is_refused() -> None:
    with pytest.raises(BadInput, match="Package 1 has two classes"):
        split_packages(["1", "1"], ["damaged", "intact"], folds=2, seed=0)


@pytest.mark.parametrize("share", [0.0, 1.0, -1.0, float("nan")])
def test_a_share_outside_zero_and_one_is_refused(share: float) -> None:
    with pytest.raises(BadInput, match="between 0 and 1"):
        holdout(*packages(3), share=share, seed=0)


def test_nothing_to_split_is_refused() -> None:
    with pytest.raises(BadInput, match="no labeled packages"):
        split_packages([], [], folds=2, seed=0)


def test_a_split_is_read_back_as_it_was_saved(tmp_path: Path) -> None:
    split = Split(7, split_packages(*packages(4), folds=2, seed=7), "abc")
    split.save(tmp_path / "new" / "split.json")
    assert split == Split.load(tmp_path / "new" / "split.json")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1, "seed": 0, "folds": [{}], "fingerprint": ""}'])
def test_a_damaged_split_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "split.json").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match="cannot be read as a split"):
        Split.load(tmp_path / "split.json")


def test_a_split_file_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "split.json").write_text('{"format": 99}', encoding="utf-8")
    with pytest.raises(BadInput, match="newer version"):
        Split.load(tmp_path / "split.json")


def test_a_split_file_with_a_package_on_both_sides_is_refused(tmp_path: Path) -> None:
    stored = {"format": 1, "seed": 0, "fingerprint": "", "folds": [{"train": ["1", "2"], "held_out": ["2"]}]}
    (tmp_path / "split.json").write_text(json.dumps(stored), encoding="utf-8")
    with pytest.raises(Leak):
        Split.load(tmp_path / "split.json")


def test_a_package_on_both_sides_is_a_leak() -> None:
    with pytest.raises(Leak, match="Packages on both sides of the split: 2"):
        check_no_leak({"1": {"a"}, "2": {"b"}}, {"2": {"c"}})


def test_the_same_picture_under_another_serial_is_a_leak() -> None:
    with pytest.raises(Leak, match="same picture is on both sides of the split, in packages 1 = 2"):
        check_no_leak({"1": {"a", "b"}}, {"2": {"c", "b"}})


def test_unreadable_pictures_are_not_the_same_picture() -> None:
    check_no_leak({"1": {""}}, {"2": {""}})


def test_a_fold_cannot_hold_a_package_on_both_sides() -> None:
    with pytest.raises(Leak):
        Fold(("1", "2"), ("2",))


def test_a_sound_split_of_drawn_packages_has_no_leak(tiny_dataset: Path) -> None:
    hashes = inspect(FolderDataset(tiny_dataset))
    first_view = hashes.drop_duplicates("package")
    for fold in split_packages(first_view["package"].tolist(), first_view["label"].tolist(), folds=3, seed=0):
        check_no_leak(contents(hashes, fold.train), contents(hashes, fold.held_out))


def test_a_picture_copied_to_another_serial_is_caught(tiny_dataset: Path) -> None:
    copy = tiny_dataset / "damage" / "top" / "01000_top.png"
    copy.write_bytes((tiny_dataset / "damage" / "top" / "01001_top.png").read_bytes())
    hashes = inspect(FolderDataset(tiny_dataset))
    with pytest.raises(Leak, match="01000 = 01001"):
        check_no_leak(contents(hashes, ["01000"]), contents(hashes, ["01001"]))
