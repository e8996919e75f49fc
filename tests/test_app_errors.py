"""Errors: a matrix whose every part opens its packages, and what follows from narrowing it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from app import packages
from app.components import groups, matrix
from core.domain import Cut
from core.figures.matrix import cells
from tests.screens import opened, words
from tests.test_app_pages import study

__all__ = ["study"]


def table() -> pd.DataFrame:
    """Six packages that one model has judged: three damaged, two intact, one of unknown class."""
    labels = ["damaged", "damaged", "damaged", "intact", "intact", None]
    return pd.DataFrame(
        {"label": labels, "split": "", "p a package": [0.9, 0.5, 0.1, 0.5, 0.1, 0.9], "path side": "x"},
        index=pd.Index([f"p{at}" for at in range(6)], name="package"),
    )


def test_every_package_of_a_known_class_is_in_one_cell() -> None:
    found = packages.counts(table(), judge="a", at="package", cut=Cut(0.3, 0.7))
    assert {"tp": 1, "fn": 1, "review_damaged": 1, "fp": 0, "tn": 1, "review_intact": 1, "n": 5} == found


@pytest.mark.parametrize(("group", "ids"), [
    ("Damaged in review", ["p1"]), ("In review", ["p1", "p3"]), ("Truly damaged", ["p2", "p1", "p0"]),
    ("Called damaged", ["p5", "p0"]), ("Called intact", ["p2", "p4"]), ("Truly intact", ["p3", "p4"]),
])  # fmt: skip
def test_a_part_of_the_matrix_is_a_group_of_packages(group: str, ids: list[str]) -> None:
    wanted = groups.wanted(group, packages.Filter(), model="a", view="package")
    found = packages.select(table(), wanted, models=("a",), thresholds={"a": Cut(0.3, 0.7)})
    assert sorted(ids) == sorted(found.index)


def test_the_first_group_is_the_first_kind_of_mistake_there_is() -> None:
    nothing = {"fn": 0, "fp": 0}
    assert ["Escapes", "False rejects", "All packages"] == [
        groups.chosen(counts) for counts in ({"fn": 1, "fp": 1}, {"fn": 0, "fp": 1}, nothing)
    ]


def test_reviews_make_the_matrix_three_columns_wide() -> None:
    counts = {"tp": 1, "fn": 1, "fp": 0, "tn": 1}
    assert (4, 6) == (len(cells(counts)), len(cells(counts | {"review_damaged": 1, "review_intact": 0})))


def test_every_head_of_the_matrix_is_a_group() -> None:
    heads = [matrix.HEADS["all"], *matrix.HEADS["called"], *matrix.HEADS["truths"], matrix.REVIEWED]
    assert set() == {head["title"] for head in heads} - set(groups.GROUPS)


def test_a_link_to_a_row_of_the_matrix_opens_its_packages(study: Path) -> None:
    assert "4 packages are damaged." in words(opened("errors", group="Truly damaged"))


def test_narrowing_by_serial_moves_the_counts(study: Path) -> None:
    assert "1 package is damaged." in words(opened("errors", group="Truly damaged", serial="01003"))


def test_a_group_nobody_knows_is_passed_over(study: Path) -> None:
    assert not opened("errors", group="nonsense").exception


def test_scores_are_those_of_packages_with_a_class() -> None:
    found = packages.scored(table(), judge="a", at="package")
    assert (5, False) == (len(found), bool(np.isnan(found["probability"]).any()))
