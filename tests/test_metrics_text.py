"""Edits, error rates, confusions and rejection of readings, on cases small enough to do by hand."""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
import pytest

from core.metrics.intervals import wilson
from core.metrics.text import Edits, alignment, cer, confusions, edits, exact, rejection


def slow_distance(one: str, other: str) -> int:
    """The edit distance as it is defined: the least of every first step."""

    @cache
    def least(i: int, j: int) -> int:
        if i == len(one) or j == len(other):
            return len(one) - i + len(other) - j
        if one[i] == other[j]:
            return least(i + 1, j + 1)
        return 1 + min(least(i + 1, j + 1), least(i + 1, j), least(i, j + 1))

    return least(0, 0)


@pytest.mark.parametrize(("truth", "read", "says"), [
    ("0123", "0123", (("0", "0"), ("1", "1"), ("2", "2"), ("3", "3"))),
    ("0123", "0723", (("0", "0"), ("1", "7"), ("2", "2"), ("3", "3"))),
    ("0123", "013", (("0", "0"), ("1", "1"), ("2", ""), ("3", "3"))),
    ("013", "0183", (("0", "0"), ("1", "1"), ("", "8"), ("3", "3"))),
    ("01", "", (("0", ""), ("1", ""))),
    ("", "7", (("", "7"),)),
    ("", "", ()),
])  # fmt: skip
def test_characters_are_laid_beside_what_they_were_read_as(
    truth: str, read: str, says: tuple[tuple[str, str], ...]
) -> None:
    assert says == alignment(truth, read)


def test_an_alignment_spells_both_texts_and_is_as_short_as_the_definition_allows() -> None:
    texts = ["".join(one) for length in range(5) for one in product("01", repeat=length)]
    for truth, read in product(texts, texts):
        pairs = alignment(truth, read)
        assert (truth, read) == tuple("".join(one[at] for one in pairs) for at in (0, 1))
        assert slow_distance(truth, read) == sum(one != other for one, other in pairs)


def test_long_random_texts_are_aligned_as_short_as_the_definition_allows() -> None:
    rng = np.random.default_rng(7)
    for _ in range(100):
        truth, read = ("".join(rng.choice(list("0138"), rng.integers(0, 14))) for _ in range(2))
        assert slow_distance(truth, read) == edits(truth, read).errors


def test_edits_are_counted_by_kind() -> None:
    assert Edits(1, 1, 0, 5) == edits("01234", "0724")
    assert Edits(0, 0, 2, 2) == edits("01", "0881")


def test_the_error_rate_counts_every_edit_per_true_character() -> None:
    found = cer([("0123", "0123"), ("0123", "0723"), ("0123", "013"), ("0123", "01233")])
    assert (Edits(1, 1, 1, 16), 3 / 16, 4) == (found.edits, found.rate, found.n)
    assert found.low <= found.rate <= found.high


def test_an_error_rate_may_exceed_one() -> None:
    assert 3.0 == cer([("1", "789")]).rate


def test_without_an_error_the_upper_end_is_that_of_wrong_readings() -> None:
    found = cer([("0123", "0123")] * 40)
    assert (0.0, 0.0, wilson(0, 40)[1]) == (found.rate, found.low, found.high)


def test_readings_that_are_all_wrong_alike_have_no_interval() -> None:
    found = cer([("0123", "0723")] * 3)
    assert found.rate == 0.25
    assert np.isnan([found.low, found.high]).all()


def test_without_any_character_there_is_no_error_rate() -> None:
    assert np.isnan(cer([]).rate)
    assert np.isnan(cer([("", "7")]).rate)


def test_the_interval_of_the_error_rate_is_that_of_readings_drawn_anew() -> None:
    pairs = [("0123", "0123")] * 30 + [("0123", "0773")] * 10
    found, rng = cer(pairs), np.random.default_rng(0)
    wrong = np.array([0] * 30 + [2] * 10)
    drawn = [wrong[rng.integers(0, 40, 40)].sum() / 160 for _ in range(4000)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.02)


def test_a_reading_is_exact_in_every_character_or_not_at_all() -> None:
    found = exact([("01", "01"), ("01", "011"), ("01", "01"), ("01", "")])
    assert (0.5, 2, 4, *wilson(2, 4)) == (found.rate, found.right, found.n, found.low, found.high)


def test_without_readings_nothing_is_exact() -> None:
    found = exact([])
    assert np.isnan(found.rate) and (0, 0.0, 1.0) == (found.n, found.low, found.high)


def test_confusions_count_the_right_ones_too() -> None:
    found = confusions([("011", "077"), ("01", "018"), ("8", "")])
    assert {("0", "0"): 2, ("1", "7"): 2, ("1", "1"): 1, ("", "8"): 1, ("8", ""): 1} == found


def test_rejecting_the_least_sure_leaves_those_from_a_threshold_on() -> None:
    found = rejection(np.array([True, False, True, True]), np.array([0.9, 0.2, 0.5, 0.9]))
    assert [0.2, 0.5, 0.9] == found.thresholds.tolist()
    assert [0, 0.25, 0.5] == found.rejected.tolist()
    assert [0.75, 1.0, 1.0] == found.accuracy.tolist()
    assert [4, 3, 2] == found.n.tolist()
    assert [wilson(3, 4), wilson(3, 3), wilson(2, 2)] == list(zip(found.low, found.high, strict=True))


def test_readings_of_one_confidence_go_together() -> None:
    found = rejection(np.array([True, False]), np.array([0.5, 0.5]))
    assert ([0], [0.5], [2]) == (found.rejected.tolist(), found.accuracy.tolist(), found.n.tolist())


def test_the_ceiling_rejects_the_wrong_ones_first() -> None:
    found = rejection(np.array([True, True, False, False]), np.array([0.1, 0.2, 0.3, 0.4]))
    assert [0.5, 2 / 3, 1.0, 1.0] == found.ceiling.tolist()
    assert (found.accuracy <= found.ceiling).all()


def test_nothing_to_reject_has_no_curve() -> None:
    assert 0 == len(rejection(np.zeros(0, bool), np.zeros(0)).thresholds)
