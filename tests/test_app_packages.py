"""The table behind galleries: one row a package, filtered and sorted."""

from __future__ import annotations

import pandas as pd
import pytest

from app import packages
from app.packages import Filter
from core.domain import Cut

LIMITS = {"a": Cut.at(0.5), "b": Cut.at(0.5)}


@pytest.fixture
def table() -> pd.DataFrame:
    """Four packages: 1 and 2 damaged, 3 intact, 4 of unknown class with one view only."""
    index = pd.DataFrame(
        [(serial, view, f"{serial}_{view}.png", label, split) for serial, label, split in (
            ("1", "damaged", "train"), ("2", "damaged", "test"), ("3", "intact", "train"), ("4", None, "train"),
        ) for view in ("side", "top") if (serial, view) != ("4", "top")],
        columns=["package", "view", "path", "label", "split"],
    )  # fmt: skip
    said = {
        "a": {"side": (0.9, 0.2, 0.1, 0.6), "top": (0.8, 0.1, 0.9, None), "package": (0.9, 0.1, 0.6, 0.6)},
        "b": {"side": (0.7, 0.8, 0.2, 0.2), "top": (0.9, 0.9, 0.1, None), "package": (0.8, 0.7, 0.2, 0.2)},
    }
    rows = [
        (str(at + 1), model, view, value)
        for model, views in said.items() for view, values in views.items() for at, value in enumerate(values)
        if value is not None
    ]  # fmt: skip
    return packages.table(index, pd.DataFrame(rows, columns=["package", "model", "view", "probability"]))


def shown(table: pd.DataFrame, wanted: Filter) -> list[str]:
    return list(packages.select(table, wanted, models=("a", "b"), thresholds=LIMITS).index)


def test_a_package_is_one_row_with_all_its_views(table: pd.DataFrame) -> None:
    assert ["1", "2", "3", "4"] == list(table.index)
    assert ("side", "top") == packages.pictured(table)
    assert "2_top.png" == table.at["2", packages.picture("top")]
    assert pd.isna(table.at["4", packages.picture("top")])


def test_a_table_without_predictions_still_lists_every_package() -> None:
    index = pd.DataFrame([("1", "side", "1.png", None, "")], columns=["package", "view", "path", "label", "split"])
    assert ["1"] == list(packages.table(index, None).index)


@pytest.mark.parametrize(
    ("wanted", "serials"),
    [
        (Filter(), ["1", "2", "3", "4"]),
        (Filter(serial=" 3 "), ["3"]),
        (Filter(split="test"), ["2"]),
        (Filter(truth="damaged"), ["1", "2"]),
        (Filter(show="Right", judge="a"), ["1"]),
        (Filter(show="Wrong", judge="a"), ["2", "3"]),
        (Filter(show="Wrong", judge="a", at="side"), ["2"]),
        (Filter(show="Escapes", judge="a"), ["2"]),
        (Filter(show="False rejects", judge="a"), ["3"]),
        (Filter(show="Models disagree"), ["2", "3", "4"]),
        (Filter(show="Views disagree", judge="a"), ["3"]),
        (Filter(says=("a: damaged", "b: intact")), ["3", "4"]),
        (Filter(judge="a", sort="Least sure"), ["3", "4", "1", "2"]),
        (Filter(judge="a", sort="Most sure"), ["1", "2", "3", "4"]),
        (Filter(judge="a", sort="Most damaged"), ["1", "3", "4", "2"]),
        (Filter(judge="a", sort="Most intact"), ["2", "3", "4", "1"]),
        (Filter(show="no such thing", sort="no such order"), ["1", "2", "3", "4"]),
    ],
)
def test_a_filter_keeps_the_packages_it_says(table: pd.DataFrame, wanted: Filter, serials: list[str]) -> None:
    assert serials == shown(table, wanted)


def test_a_threshold_of_its_own_counts_for_a_model(table: pd.DataFrame) -> None:
    wanted = Filter(show="Escapes", judge="a")
    assert [] == list(packages.select(table, wanted, models=("a",), thresholds={"a": Cut.at(0.1)}).index)


def test_a_filter_comes_back_from_its_link() -> None:
    wanted = Filter("01", "test", "damaged", "Wrong", "a", "top", ("a: damaged", "b: intact"), "Most sure", "dent")
    assert wanted == packages.read(wanted.text())


def test_a_filter_that_says_nothing_is_an_empty_link() -> None:
    assert "" == Filter().text()


def test_what_a_link_says_that_nobody_knows_is_ignored() -> None:
    assert Filter(truth="intact") == packages.read("truth=intact&color=blue&split=")


def test_any_class_but_intact_is_a_defect() -> None:
    assert packages.right("damaged", "scratched")
    assert not packages.right("intact", "scratched")


def test_the_larger_class_is_what_always_naming_it_reaches(table: pd.DataFrame) -> None:
    assert 2 / 3 == packages.larger_class(table)


def known_kinds() -> pd.DataFrame:
    """One damaged package of two kinds, one of one, one intact, one of which nothing is known."""
    rows = [
        ("1", "damaged", "dent + stain"),
        ("2", "damaged", "crushed corner"),
        ("3", "intact", ""),
        ("4", "damaged", None),
    ]
    index = pd.DataFrame(rows, columns=["package", "label", "kind"])
    return packages.table(index.assign(view="top", path="x", split="", severity=0.5), None)


@pytest.mark.parametrize(("damage", "serials"), [("stain", ["1"]), ("crushed corner", ["2"]), ("corner", [])])
def test_a_kind_of_damage_is_one_of_those_of_the_package(damage: str, serials: list[str]) -> None:
    assert serials == shown(known_kinds(), Filter(damage=damage))


def test_every_known_kind_of_damage_can_be_chosen(table: pd.DataFrame) -> None:
    assert ["crushed corner", "dent", "stain"] == packages.kinds(known_kinds())
    assert [] == packages.kinds(table)
    assert [] == shown(table, Filter(damage="dent"))


def test_a_kind_of_damage_is_in_the_link() -> None:
    assert Filter(damage="crushed corner") == packages.read(Filter(damage="crushed corner").text())


def test_a_package_is_as_seen_as_the_model_that_saw_most_of_it() -> None:
    index = pd.DataFrame([("1", "top", "x", "damaged", "")], columns=["package", "view", "path", "label", "split"])
    said = pd.DataFrame(
        [("1", "a", "top", 0.5, "unseen"), ("1", "b", "top", 0.5, "cross-validated")],
        columns=["package", "model", "view", "probability", "source"],
    )
    assert "cross-validated" == packages.table(index, said).at["1", "source"]
    assert "unseen" == packages.table(index, said[said["model"] == "a"]).at["1", "source"]


@pytest.mark.parametrize(
    ("splits", "first"),
    [
        ({"train": 10, "test": 30}, "test"),
        ({"train": 10, "test": 29}, None),
        ({"test": 40}, None),
        ({"": 40}, None),
        ({"train": 40, "validation": 40}, None),
    ],
)
def test_a_data_set_opens_with_its_test_split_where_that_is_large_enough(
    splits: dict[str, int], first: str | None
) -> None:
    rows = [(f"{split}{at}", split) for split, count in splits.items() for at in range(count) for _ in range(2)]
    assert first == packages.first_split(pd.DataFrame(rows, columns=["package", "split"]))
