"""Questions asked of a stored run on disk."""

from __future__ import annotations

import pandas as pd
import pytest

from core.domain import Cut
from core.store.frames import write_frame
from core.store.runs import answers, sources, tally

NAME = "predictions/run"


@pytest.fixture
def run() -> str:
    """Six packages in two splits, one without a class; model "one" says six probabilities, "two" always 0.5."""
    rows = [
        ("a", "damaged", "test", 0.9, "unseen"),
        ("b", "damaged", "test", 0.5, "unseen"),
        ("c", "scratched", "test", 0.1, "unseen"),
        ("d", "intact", "test", 0.5, "unseen"),
        ("e", "intact", "train", 0.8, "training"),
        ("f", None, "test", 0.9, "unseen"),
    ]
    one = pd.DataFrame(rows, columns=["package", "label", "split", "probability", "source"])
    two = one.assign(probability=0.5, model="two")
    frame = pd.concat([one.assign(model="one"), two]).assign(view="package")
    write_frame(NAME, frame.astype({"model": "category", "label": "category"}))
    return NAME


def row(frame: pd.DataFrame, model: str) -> dict[str, object]:
    (found,) = frame[frame["model"] == model].drop(columns=["model", "view"]).to_dict("records")
    return {str(name): value for name, value in found.items() if value}


def test_one_threshold_leaves_nothing_to_a_person(run: str) -> None:
    assert {"tp": 2, "fn": 1, "fp": 2} == row(tally(run, {"one": Cut.at(0.5)}), "one")


def test_what_lies_between_two_thresholds_is_left_to_a_person(run: str) -> None:
    found = row(tally(run, {"one": Cut(0.4, 0.7)}), "one")
    assert {"tp": 1, "fn": 1, "review_damaged": 1, "fp": 1, "review_intact": 1} == found


def test_a_split_keeps_the_others_out(run: str) -> None:
    assert {"fp": 1} == row(tally(run, {"one": Cut.at(0.5)}, split="train"), "one")


def test_every_model_has_its_own_cut(run: str) -> None:
    found = tally(run, {"one": Cut.at(0.5), "two": Cut.at(0.6)})
    assert {"fn": 3, "tn": 2} == row(found, "two")


def test_a_model_without_a_cut_is_left_out(run: str) -> None:
    assert ["two"] == tally(run, {"two": Cut.at(0.5)})["model"].tolist()


def test_the_answers_of_one_model_and_view_come_in_the_order_of_the_packages(run: str) -> None:
    found = answers(run, model="one", view="package", split="test")
    assert ["a", "b", "c", "d", "f"] == found["package"].tolist()


def test_sources_count_packages_with_a_known_class(run: str) -> None:
    assert {"training": 1, "unseen": 4} == sources(run)


def test_a_run_that_is_not_stored_has_no_answers() -> None:
    with pytest.raises(KeyError):
        tally("predictions/none", {"one": Cut.at(0.5)})


def test_a_quote_in_the_name_of_a_model_is_no_sql(run: str) -> None:
    assert tally(run, {"one' OR '1'='1": Cut.at(0.5)}).empty


def test_single_views_have_a_cut_of_their_own(run: str) -> None:
    found = tally(run, {"one": Cut.at(0.5)}, single={"one": Cut.at(0.0)})
    assert {"tp": 2, "fn": 1, "fp": 2} == row(found, "one")


def test_a_policy_does_not_decide_about_a_single_view() -> None:
    frame = pd.DataFrame({"package": ["a"], "label": "damaged", "split": "", "probability": [0.5], "source": "unseen"})
    write_frame(NAME, frame.assign(model="one", view="side"))
    found = tally(NAME, {"one": Cut(0.2, 0.8)}, single={"one": Cut.at(0.5)})
    assert {"tp": 1} == row(found, "one")
