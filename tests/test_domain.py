"""The nouns that decide something themselves."""

from __future__ import annotations

import pytest

from core.domain import Cut


@pytest.mark.parametrize(
    ("probability", "verdict"),
    [(0.0, "intact"), (0.19, "intact"), (0.2, "review"), (0.79, "review"), (0.8, "damaged"), (1.0, "damaged")],
)
def test_a_cut_with_a_band_leaves_the_middle_to_a_person(probability: float, verdict: str) -> None:
    assert verdict == Cut(0.2, 0.8).verdict(probability)


@pytest.mark.parametrize(("probability", "verdict"), [(0.49, "intact"), (0.5, "damaged")])
def test_one_threshold_decides_everything(probability: float, verdict: str) -> None:
    assert verdict == Cut.at(0.5).verdict(probability)
