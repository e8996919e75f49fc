"""From answers of the network to text, held against every path there is."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from core.serials.decoding import Answers, characters, fit, free, log_odds, probability
from core.serials.network import ALPHABET
from core.serials.patterns import patterns_of

CLASSES = len(ALPHABET) + 1


def said(path: str, *, sure: float = 0.9) -> Answers:
    """Answers whose best path is written: "_" is the blank."""
    found = np.full((len(path), CLASSES), (1 - sure) / (CLASSES - 1))
    for frame, sign in enumerate(path):
        found[frame, 0 if sign == "_" else ALPHABET.index(sign) + 1] = sure
    return np.log(found)


def random_answers(seed: int, frames: int = 5, classes: int = 4) -> Answers:
    """Answers in which only the blank and the first digits are likely."""
    logits = np.random.default_rng(seed).normal(0, 2, (frames, CLASSES))
    logits[:, classes:] -= 60
    return np.asarray(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True))


def collapsed(path: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(one for one, _ in itertools.groupby(path) if one)


def pattern(written: str):  # type: ignore[no-untyped-def]
    return patterns_of({"line": written})[0]


def test_repetitions_and_blanks_are_left_out() -> None:
    found = free(said("_00_11_1__7"))
    assert "0117" == found.text
    assert ((1, 3), (4, 6), (7, 8), (10, 11)) == found.frames


def test_nothing_said_is_no_text() -> None:
    assert "" == free(said("_____")).text


@pytest.mark.parametrize("seed", range(8))
def test_the_probability_of_a_text_is_the_sum_over_all_its_paths(seed: int) -> None:
    answers = random_answers(seed)
    total: dict[tuple[int, ...], float] = {}
    for path in itertools.product(range(4), repeat=len(answers)):
        text = collapsed(path)
        total[text] = total.get(text, 0.0) + math.exp(answers[range(len(answers)), path].sum())
    for text in ((1, 2), (1, 1), (3, 2, 3), ()):
        written = "".join(ALPHABET[one - 1] for one in text)
        assert total[text] == pytest.approx(probability(answers, written))


@pytest.mark.parametrize("seed", range(8))
def test_the_best_fit_is_the_best_of_all_paths_through_the_pattern(seed: int) -> None:
    answers, three = random_answers(seed), pattern("###")
    freely = answers.max(axis=1)
    scores: dict[str, float] = {}
    for start, stop in itertools.combinations(range(len(answers) + 1), 2):
        for path in itertools.product(range(4), repeat=stop - start):
            text = collapsed(path)
            if len(text) != 3 or not path[0] or not path[-1]:
                continue
            inside = answers[range(start, stop), path].sum()
            score = float(inside + freely[:start].sum() + freely[stop:].sum())
            written = "".join(ALPHABET[one - 1] for one in text)
            scores[written] = max(scores.get(written, -1e9), score)
    found = fit(answers, three)
    assert found is not None
    assert max(scores.values()) == pytest.approx(scores[found.text], abs=0.05)


def test_a_label_before_the_text_and_a_sign_after_it_are_told_apart() -> None:
    found = fit(said("SSN_::_ 0_1_22_"), pattern("###"))
    assert found is not None
    assert ("012", "SN: ", "") == (found.text, found.before, found.after)
    assert (8, 15) == found.frames


def test_a_line_that_is_too_short_for_a_pattern_does_not_fit_it() -> None:
    assert fit(said("01"), pattern("###")) is None


def test_an_unlikely_character_is_the_least_sure_one() -> None:
    answers = said("0_1_2", sure=0.98)
    answers[2] = np.log(np.full(CLASSES, 0.4 / (CLASSES - 2)))
    answers[2, ALPHABET.index("1") + 1], answers[2, ALPHABET.index("7") + 1] = np.log(0.35), np.log(0.25)
    three = pattern("###")
    found = fit(answers, three)
    assert found is not None and "012" == found.text
    sure = characters(answers, found, three)
    assert 1 == int(np.argmin(sure)) and sure[1] < 0.6 < sure[0]


def test_a_sign_that_must_stand_there_is_held_against_all_signs() -> None:
    dash = pattern("#-#")
    found = fit(said("1_A_2", sure=0.98), dash)
    assert found is not None and "1-2" == found.text
    assert characters(said("1_A_2", sure=0.98), found, dash)[1] < 0.1


def test_a_text_that_cannot_be_written_has_no_probability() -> None:
    assert 0.0 == probability(said("0_1"), "Ω")


def test_log_odds_of_certainty_are_finite() -> None:
    assert np.isfinite(log_odds([0.0, 1.0])).all()
    assert [0.0] == log_odds([0.5]).tolist()
