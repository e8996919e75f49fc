"""A registry finds its members in their folder, and helps with a name it does not know."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from core.errors import UnknownName
from core.registry import Registry, unknown

NUMBERS = itertools.count()


@pytest.fixture
def fruit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry[str]:
    """A folder of two files with one member each, and its registry."""
    name = f"orchard{next(NUMBERS)}"
    folder = tmp_path / name
    folder.mkdir()
    (folder / "__init__.py").write_text(f"from core.registry import Registry\nFRUIT = Registry('fruit', {name!r})\n")
    for member in ("pear", "apple"):
        text = f"from {name} import FRUIT\nFRUIT.register({member!r})({member.upper()!r})\n"
        (folder / f"{member}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    return __import__(name).FRUIT


def test_names_are_found_by_walking_the_folder_and_sorted(fruit: Registry[str]) -> None:
    assert ("apple", "pear") == fruit.names()


def test_iterating_gives_the_names(fruit: Registry[str]) -> None:
    assert ["apple", "pear"] == list(fruit)


def test_a_member_is_had_by_its_name(fruit: Registry[str]) -> None:
    assert "PEAR" == fruit["pear"]


def test_the_decorator_gives_the_member_back_unchanged() -> None:
    member = object()
    assert member is Registry[object]("thing", "core").register("one")(member)


def test_a_name_is_refused_twice(fruit: Registry[str]) -> None:
    fruit.register("plum")("PLUM")
    with pytest.raises(ValueError, match="two members called 'plum' among fruits"):
        fruit.register("plum")("another")


def test_an_unknown_name_is_answered_with_the_nearest(fruit: Registry[str]) -> None:
    with pytest.raises(UnknownName) as caught:
        fruit["peer"]
    assert "There is no fruit called 'peer'." == caught.value.problem
    assert "Try one of: pear." == caught.value.remedy


def test_an_unknown_name_far_from_all_is_answered_with_all(fruit: Registry[str]) -> None:
    with pytest.raises(UnknownName, match=r"Try one of: apple, pear\."):
        fruit["zzz"]


def test_an_unknown_name_in_an_empty_table_says_that_there_are_none() -> None:
    assert "There are none yet." == unknown("fruit", "pear", ()).remedy
