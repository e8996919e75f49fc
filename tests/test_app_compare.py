"""Compare: two models against each other, as a person would open it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from app import comparing
from core.studies.comparison import compared
from tests.screens import opened, words
from tests.test_app_pages import study

__all__ = ["study"]


def frame(**said: list[float]) -> pd.DataFrame:
    """Answers of models on packages; the first half is damaged."""
    rows = [
        {"package": f"p{at}", "view": "package", "model": model, "probability": chance,
         "label": "damaged" if at < len(chances) / 2 else "intact"}
        for model, chances in said.items() for at, chance in enumerate(chances)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_the_page_says_what_the_packages_decide(study: Path) -> None:
    said = words(opened("compare"))
    assert "first and second are right and wrong on the same" in said or "that may be chance" in said


def test_the_page_says_what_so_many_packages_can_show(study: Path) -> None:
    assert "With 8 packages" in words(opened("compare"))


def test_two_models_are_told_how_far_they_are_apart(study: Path) -> None:
    assert "Accuracy of first minus that of second" in words(opened("compare", view="top"))


def test_a_difference_reads_with_its_interval() -> None:
    found = compared(frame(a=[0.9] * 8 + [0.1] * 8, b=[0.1] * 16), {})
    assert comparing.everyone(found) == "Accuracy of a minus that of b: +50.0 (+20.7 to +72.0) points."


def test_one_model_is_told_to_take_a_second(study: Path) -> None:
    assert "One model alone" in words(opened("compare", models="first"))


def test_a_cell_nobody_knows_is_passed_over(study: Path) -> None:
    assert not opened("compare", cell="nonsense").exception


@pytest.mark.parametrize(("one", "other", "says"), [
    ("a", "b", "a is right on 1 package that b gets wrong, and wrong on 2 packages that it gets right"),
    ("b", "a", "b is right on 2 packages that a gets wrong, and wrong on 1 package that it gets right"),
])  # fmt: skip
def test_a_pair_can_be_read_from_either_side(one: str, other: str, says: str) -> None:
    found = compared(frame(a=[0.9, 0.1, 0.9, 0.1], b=[0.1, 0.9, 0.1, 0.1]), {})
    assert comparing.pair(found, one, other).startswith(says)


def test_a_difference_beyond_chance_is_called_so() -> None:
    found = compared(frame(a=[0.9] * 8 + [0.1] * 8, b=[0.1] * 16), {})
    assert comparing.pair(found, "a", "b").endswith("more than chance would (p = 0.008).")


def test_a_difference_that_many_looks_explain_is_called_so() -> None:
    good, poor = [0.9] * 6 + [0.1] * 6, [0.1] * 12
    said = comparing.pair(compared(frame(a=good, b=poor, c=good), {}), "a", "b")
    assert said.endswith("more than chance would (p = 0.031), but among 3 pairs it may be chance (p = 0.094).")


def test_too_few_packages_are_called_so() -> None:
    found = compared(frame(a=[0.9, 0.1], b=[0.9, 0.1]), {})
    assert "no difference below 100 points can show" in comparing.power(found, "a", "b")
