"""What the pages say about small hand-made numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from app import sentences
from core.domain import Attribution, Cut
from core.metrics.classification import Counts, Summary, summary
from core.metrics.rates import rates


def figures(counts: Counts) -> Summary:
    """The summary of these counts, for a model that is sure of everything."""
    cells = ((True, 0.9, counts.tp), (False, 0.9, counts.fp), (False, 0.1, counts.tn), (True, 0.1, counts.fn))
    rows = [(truth, probability) for truth, probability, count in cells for _ in range(count)]
    return summary(np.array([truth for truth, _ in rows], bool), np.array([score for _, score in rows]), Cut.at(0.5))


GOOD, POOR = figures(Counts(tp=9, fp=1, tn=9, fn=1)), figures(Counts(tp=6, fp=2, tn=8, fn=4))
TABLE = rates(
    {
        "models": {"first": {"views": {"top": POOR}, "package": POOR}, "second": {"views": {}, "package": POOR}},
        "ensemble": {"package": GOOD},
    }
)


def explained(model: str, probability: float) -> Attribution:
    return Attribution("01", "top", model, "ig", "damaged", np.zeros((2, 2), np.float32), None, probability, 1.0)


def test_the_verdict_speaks_of_the_model_that_is_right_most_often() -> None:
    expected = "The ensemble finds 9 of 10 damaged packages and rejects 1 of 10 intact ones."
    assert expected == sentences.verdicts(TABLE)


def test_what_is_left_to_a_person_is_neither_found_nor_rejected() -> None:
    held = summary(np.array([True, True, False, False]), np.array([0.9, 0.5, 0.5, 0.1]), Cut(0.3, 0.7))
    said = sentences.verdicts(rates({"models": {"first": {"views": {}, "package": held}}}))
    expected = "first finds 1 of 2 damaged packages and rejects 0 of 2 intact ones. It leaves 2 packages to a person."
    assert expected == said


def test_without_a_known_class_there_is_no_verdict() -> None:
    assert "No package with a known truth was judged." == sentences.verdicts(pd.DataFrame())


def test_escapes_are_counted_among_the_damaged() -> None:
    assert "first misses 4 of 10 damaged packages." == sentences.group("Escapes", "first", POOR, 4)


def test_false_rejects_are_counted_among_the_intact() -> None:
    expected = "The ensemble wrongly rejects 1 of 10 intact packages."
    assert expected == sentences.group("False rejects", "ensemble", GOOD, 1)


def test_the_source_counts_packages_and_says_what_it_is_worth() -> None:
    frame = pd.DataFrame(
        {
            "package": ["1", "1", "2"],
            "view": ["top", "package", "package"],
            "source": ["training", "training", "unseen"],
        }
    )
    expected = "1 package not seen in training; 1 package seen in training: no evidence of quality."
    assert expected == sentences.source(frame)


def test_a_mistake_close_to_the_threshold_is_told_from_a_bad_one() -> None:
    rows = pd.DataFrame({"probability": [0.45, 0.05, 0.9], "label": ["damaged", "damaged", "damaged"]})
    says = "2 of 3 packages lie on the wrong side of the threshold 0.50, 1 of them only just."
    assert says == sentences.separation(rows, Cut.at(0.5))


def test_models_that_agree_are_counted_once() -> None:
    known = {name: explained(name, 0.9) for name in ("first", "second")}
    limits = {"first": Cut.at(0.5), "second": Cut.at(0.5)}
    assert "All 2 models call it damaged; it is intact." == sentences.explained(known, limits, "intact")


def test_the_share_of_a_cell_has_its_interval() -> None:
    counts = {"tp": 18, "fn": 2, "fp": 0, "tn": 20, "review_damaged": 0, "review_intact": 0}
    assert "10 % (95 %: 3 to 30)." == sentences.share("Escapes", counts)


def test_a_row_of_the_matrix_is_no_share() -> None:
    assert "" == sentences.share("Truly damaged", dict.fromkeys(("tp", "fn", "fp", "tn"), 1))


def test_models_that_differ_are_counted() -> None:
    known = {"first": explained("first", 0.9), "second": explained("second", 0.2)}
    limits = {"first": Cut.at(0.5), "second": Cut.at(0.5)}
    assert "1 of 2 models call it damaged." == sentences.explained(known, limits, None)


def test_maps_still_to_come_are_counted() -> None:
    known = {"first": explained("first", 0.9), "second": None}
    assert "1 of 2 maps are there." == sentences.explained(known, {"first": Cut.at(0.5), "second": Cut.at(0.5)}, None)
