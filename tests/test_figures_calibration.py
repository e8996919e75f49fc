"""What the diagrams of calibration and fusion draw, and where."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.figures.calibration import reliability, tempered
from core.figures.fusion import MISSING, plane
from core.figures.scores import REACH
from core.figures.theme import HUES

BINS = pd.DataFrame({
    "n": [10, 12], "mean": [0.1, 0.8], "rate": [0.2, 0.75], "low": [0.05, 0.4], "high": [0.5, 0.9],
    "first": [0.0, 0.6], "last": [0.2, 1.0],
})  # fmt: skip
SAID = pd.DataFrame({"label": ["damaged", "intact", "dent"], "probability": [0.99, 0.01, 1.0]})
BEST = {"temperature": 2.0, "temperature_low": 1.5, "temperature_high": 3.0, "clipped": False}
PACKAGES = pd.DataFrame(
    {
        "label": ["damaged", "intact", "damaged"], "side": [2.0, -40.0, np.nan], "top": [1.0, -1.0, 0.5],
        "fused": [1.5, -9.0, 0.5], "right": [True, True, False],
    },
    index=pd.Index(["a", "b", "c"], name="package"),
)  # fmt: skip


def test_a_bin_is_a_dot_with_the_ends_of_its_interval() -> None:
    figure = reliability(BINS, SAID, BEST, color="#0072B2")
    dots = next(trace for trace in figure.data if trace.mode == "markers")
    assert [0.2, 0.75] == list(dots.y)
    np.testing.assert_allclose(dots.y + dots.error_y.array, BINS["high"])
    np.testing.assert_allclose(dots.y - dots.error_y.arrayminus, BINS["low"])


def test_the_strip_counts_packages_by_what_they_are() -> None:
    bars = {trace.name: trace for trace in reliability(BINS, SAID, BEST, color="#0072B2").data if trace.type == "bar"}
    assert {"damaged": 2, "intact": 1} == {name: int(np.sum(bar.y)) for name, bar in bars.items()}
    assert HUES["damaged"] == bars["damaged"].marker.color


def test_a_temperature_that_cannot_be_told_draws_no_line() -> None:
    with_line, without = (reliability(BINS, SAID, {**BEST, "clipped": is_so}, color="#0072B2") for is_so in (0, 1))
    assert len(with_line.data) == len(without.data) + 2


def test_a_tempered_probability_is_that_of_its_divided_log_odds() -> None:
    assert 0.75 == pytest.approx(float(tempered(np.array([0.9]), 2.0)[0]))


def test_a_package_is_a_dot_and_a_cross_where_fusion_is_wrong() -> None:
    figure = plane(PACKAGES, across="side", up="top", threshold=0.5)
    intact, damaged = figure.data
    assert (["circle"], ["circle", "x"]) == (list(intact.marker.symbol), list(damaged.marker.symbol))
    assert ["a", "c"] == [row[0] for row in damaged.customdata]


def test_a_package_beyond_the_figure_lies_at_its_edge_and_one_without_a_view_beside_it() -> None:
    intact, damaged = plane(PACKAGES, across="side", up="top", threshold=0.5).data
    assert [-REACH] == list(intact.x)
    assert [2.0, MISSING] == list(damaged.x)
    assert "missing" == damaged.customdata[1][1]
