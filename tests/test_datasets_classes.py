"""What folder names mean."""

from __future__ import annotations

import pytest

from core.datasets.classes import CLASSES, SPLITS, class_of, is_camera, plain, split_of


@pytest.mark.parametrize(
    "folder",
    ["damage", "damaged", "Defect", "DEFECTIVE", "def_front", "nok", "NG", "bad", "not ok", "Beschädigt", "danificado"],
)
def test_a_word_for_damaged_is_known(folder: str) -> None:
    assert ("damaged", True) == class_of(folder)


@pytest.mark.parametrize(
    "folder", ["intact", "OK", "good", "ok_front", "ok-front", "Normal", "un-damaged", "unbeschädigt"]
)
def test_a_word_for_intact_is_known(folder: str) -> None:
    assert ("intact", True) == class_of(folder)


def test_an_unknown_name_is_a_class_of_its_own_in_lower_case() -> None:
    assert ("torn label", False) == class_of("Torn Label")


@pytest.mark.parametrize(
    ("folder", "split"),
    [
        ("training", "train"),
        ("Train", "train"),
        ("valid", "validation"),
        ("TEST", "test"),
        ("interpretabilidade", "test"),
    ],
)
def test_a_word_for_a_split_is_known(folder: str, split: str) -> None:
    assert (split, True) == split_of(folder)


def test_an_unknown_level_is_a_split_of_its_own() -> None:
    assert ("line 3", False) == split_of("Line 3")


@pytest.mark.parametrize("name", ["side", "Top", "left2", "cam_01", "Camera-3"])
def test_usual_camera_names_are_known(name: str) -> None:
    assert is_camera(name)


def test_a_serial_is_no_camera_name() -> None:
    assert not is_camera("0123456789012")


def test_no_word_has_two_meanings() -> None:
    words = [plain(word) for table in (CLASSES, SPLITS) for line in table.values() for word in line.split()]
    assert len(words) == len(set(words))
