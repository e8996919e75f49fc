"""Models side by side on the same packages."""

from __future__ import annotations

import pandas as pd
import pytest

from core.domain import Cut
from core.studies.comparison import compared


def frame(**said: list[float]) -> pd.DataFrame:
    """Answers of models on packages p0, p1, ...; the first half is damaged."""
    rows = [
        {"package": f"p{at}", "view": "package", "model": model, "probability": chance,
         "label": "damaged" if at < len(chances) / 2 else "intact"}
        for model, chances in said.items() for at, chance in enumerate(chances)
    ]  # fmt: skip
    return pd.DataFrame(rows).astype({"model": "category", "label": "category"})


def test_each_cell_knows_its_packages() -> None:
    found = compared(frame(a=[0.9, 0.1, 0.1, 0.9], b=[0.9, 0.9, 0.9, 0.9]), {})
    assert {"both": ("p0",), "only_one": ("p2",), "only_other": ("p1",), "neither": ("p3",)} == found.packages("a", "b")


def test_a_package_in_review_counts_as_stopped() -> None:
    found = compared(frame(a=[0.5, 0.1]), {"a": Cut(0.4, 0.8)})
    assert [True, True] == found.right["a"].tolist()


def test_every_model_has_its_own_cut() -> None:
    found = compared(frame(a=[0.3, 0.1], b=[0.3, 0.1]), {"a": Cut.at(0.2)})
    assert [[True, False], [True, True]] == found.right.to_numpy().tolist()


def test_a_package_that_one_model_did_not_judge_is_left_out() -> None:
    said = frame(a=[0.9, 0.1], b=[0.9, 0.1])
    assert ["p0"] == compared(said[~((said["model"] == "b") & (said["package"] == "p1"))], {}).right.index.tolist()


def test_the_more_pairs_the_less_a_difference_means() -> None:
    good, poor = [0.9] * 8 + [0.1] * 8, [0.1] * 8 + [0.1] * 8
    pairs = compared(frame(a=good, b=poor, c=good), {}).pairs
    assert [pytest.approx(3 * 2 / 2**8), 1.0, pytest.approx(3 * 2 / 2**8)] == pairs["p_holm"].tolist()


def test_two_models_have_no_q() -> None:
    assert compared(frame(a=[0.9, 0.1], b=[0.9, 0.1]), {}).q is None


def test_one_class_only_has_no_auroc() -> None:
    said = frame(a=[0.9, 0.1], b=[0.9, 0.1])
    assert compared(said[said["label"] == "damaged"], {}).pairs["auroc_difference"].isna().all()


def test_one_model_has_no_pairs() -> None:
    assert compared(frame(a=[0.9, 0.1]), {}).pairs.empty


def test_models_that_never_differ_can_still_be_told_what_would_show() -> None:
    said = [0.9] * 100 + [0.1] * 100
    assert pytest.approx(0.085, abs=0.03) == compared(frame(a=said, b=said), {}).detectable("a", "b")
