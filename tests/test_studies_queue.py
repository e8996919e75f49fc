"""Which package comes next."""

from __future__ import annotations

import pandas as pd
import pytest

from core.domain import PACKAGE
from core.errors import UnknownName
from core.studies.queue import queued, ranked
from core.study import ENSEMBLE


def answers() -> pd.DataFrame:
    said = {  # package: (side, top, package) of each model
        "a": ((0.9, 0.9, 0.9), (0.9, 0.9, 0.9)),
        "b": ((0.2, 0.2, 0.2), (0.9, 0.9, 0.9)),
        "c": ((0.1, 0.9, 0.5), (0.1, 0.9, 0.5)),
    }
    rows = [
        {"package": package, "model": model, "view": view, "probability": value}
        for package, models in said.items()
        for model, values in zip(("one", "two"), models, strict=True)
        for view, value in zip(("side", "top", PACKAGE), values, strict=True)
    ]
    rows += [{"package": "a", "model": ENSEMBLE, "view": PACKAGE, "probability": 0.0}]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("way", "order"),
    [("disagreement", ("b", "a", "c")), ("entropy", ("c", "b", "a")), ("conflict", ("c", "a", "b"))],
)
def test_what_there_is_most_to_learn_from_comes_first(way: str, order: tuple[str, ...]) -> None:
    assert order == ranked(answers(), way)


def test_an_order_nobody_knows_is_refused() -> None:
    with pytest.raises(UnknownName, match="disagreement, entropy, conflict"):
        ranked(answers(), "mood")


def test_packages_without_a_label_come_before_the_others_the_urgent_ones_first() -> None:
    assert ("d", "a", "c", "e", "b") == queued("abcde", labeled={"b", "e"}, first=("d", "e"))


def test_without_urgency_the_order_is_their_own() -> None:
    assert ("b", "c", "a") == queued("abc", labeled={"a"})
