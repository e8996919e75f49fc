"""Do models look at the same place: agreement of attributions."""

from __future__ import annotations

import numpy as np
import pytest

from core.domain import Attribution
from core.errors import BadInput
from core.studies.consensus import TOP, together


def found(model: str, values: np.ndarray, *, method: str = "ig") -> Attribution:
    return Attribution("01", "top", model, method, "damaged", values.astype(np.float32), None, 0.9, 1.0)


def noise(seed: int, size: int = 60) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(size, size))


def test_models_with_the_same_map_agree_on_all_of_it() -> None:
    same = together([found(name, noise(1)) for name in "abc"])
    assert 1.0 == same.unanimous
    assert 3 == same.votes.max()
    assert same.dissent.max() == pytest.approx(0, abs=1e-12)


def test_a_unit_is_no_disagreement() -> None:
    scaled = together([found("a", noise(1)), found("b", 1000 * noise(1))])
    assert 1.0 == scaled.unanimous
    assert scaled.dissent.max() == pytest.approx(0, abs=1e-7)


def test_unrelated_maps_agree_as_often_as_chance_does() -> None:
    size = 1000
    drawn = together([found(name, noise(at, size)) for at, name in enumerate("ab")], sigma=0)
    assert drawn.unanimous == pytest.approx(drawn.chance, rel=0.05)
    assert drawn.chance == pytest.approx(TOP / (2 - TOP))


def test_the_frame_where_no_model_looked_does_not_count() -> None:
    """5 % of the hundred pixels that both looked at are five, however large the frame is."""
    values = np.zeros((60, 60))
    values[10:20, 10:20] = np.arange(1, 101).reshape(10, 10)
    drawn = together([found("a", values), found("b", values)], sigma=0)
    assert 5 == (drawn.votes == 2).sum()


def test_without_evidence_there_is_nothing_to_agree_on() -> None:
    assert np.isnan(together([found("a", -np.ones((9, 9))), found("b", -np.ones((9, 9)))]).unanimous)


def test_maps_of_two_methods_are_not_held_together() -> None:
    with pytest.raises(BadInput, match="one view by one method"):
        together([found("a", noise(1)), found("b", noise(2), method="grad_cam")])


def test_one_model_agrees_with_nobody() -> None:
    with pytest.raises(BadInput, match="at least two"):
        together([found("a", noise(1))])
