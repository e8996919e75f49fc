"""What a model says against what is observed: the reliability diagram."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from core.domain import DAMAGED, INTACT
from core.figures.theme import FAINT, HUES, dress, tint

STRIP = 40
"""Bins of the strip that says how often which probability was said."""
POINTS = 201


def reliability(bins: pd.DataFrame, said: pd.DataFrame, best: Mapping[str, Any], *, color: str) -> go.Figure:
    """Share of damaged packages against the probability that was said; on the diagonal words and deeds agree.

    Dots are bins of equal mass, with the 95 % interval of their share; the line is what the best temperature says,
    with its 95 % band; the strip below counts the packages by what they truly are.

    Args:
        bins: attributes of `core.metrics.calibration.Bin`, one row each.
        said: the answers themselves: label, probability.
        best: temperature with _low and _high, and clipped.
        color: of the model.
    """
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.82, 0.18], vertical_spacing=0.05)
    dress(figure, height=560)
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", line={"color": FAINT, "dash": "dot"}, hoverinfo="skip")
    if not best["clipped"]:
        _curve(figure, best, color)
    _dots(figure, bins, color)
    _strip(figure, said)
    figure.update_xaxes(range=[-0.02, 1.02], tickformat=".0%", nticks=11)
    figure.update_xaxes(title_text="Probability of damaged that the model says", row=2, col=1)
    figure.update_yaxes(range=[-0.02, 1.02], tickformat=".0%", title_text="Truly damaged", row=1, col=1)
    figure.update_yaxes(title={"text": "Packages", "standoff": 20}, nticks=3, row=2, col=1)
    figure.update_layout(barmode="stack", bargap=0.08)
    for text, at in (("more often damaged than said", (0.03, 0.97)), ("less often damaged than said", (0.97, 0.03))):
        side = "left" if at[0] < 0.5 else "right"
        figure.add_annotation(
            x=at[0], y=at[1], text=text, showarrow=False, xanchor=side, font={"size": 12}, opacity=0.8, row=1, col=1
        )
    return figure


def tempered(probability: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
    """Probabilities whose log-odds are divided by a temperature."""
    powers = (probability / (1 - probability)) ** (1 / temperature)
    return np.asarray(powers / (1 + powers))


def _curve(figure: go.Figure, best: Mapping[str, Any], color: str) -> None:
    x = np.linspace(0.0005, 0.9995, POINTS)
    low, high = (tempered(x, best[f"temperature_{end}"]) for end in ("low", "high"))
    figure.add_scatter(
        x=np.append(x, x[::-1]), y=np.append(low, high[::-1]), mode="lines", line={"width": 0}, fill="toself",
        fillcolor=tint(color, 0.2), hoverinfo="skip",
    )  # fmt: skip
    figure.add_scatter(
        x=x, y=tempered(x, best["temperature"]), mode="lines", line={"color": color, "width": 2},
        hovertemplate=f"temperature {best['temperature']:.2f}<br>said %{{x:.1%}}, truly %{{y:.1%}}<extra></extra>",
    )  # fmt: skip


def _dots(figure: go.Figure, bins: pd.DataFrame, color: str) -> None:
    figure.add_scatter(
        x=bins["mean"], y=bins["rate"], mode="markers",
        marker={"color": color, "size": 10, "line": {"color": "white", "width": 1.5}},
        error_y={
            "type": "data", "symmetric": False, "array": bins["high"] - bins["rate"],
            "arrayminus": bins["rate"] - bins["low"], "color": tint(color, 0.85), "thickness": 1.5, "width": 3,
        },
        customdata=bins[["n", "first", "last", "low", "high"]].to_numpy(),
        hovertemplate="<b>%{customdata[0]} packages</b>, said %{customdata[1]:.1%} to %{customdata[2]:.1%}"
        "<br>on average %{x:.1%}<br>truly damaged %{y:.1%} (95 %: %{customdata[3]:.0%} to %{customdata[4]:.0%})"
        "<extra></extra>",
    )  # fmt: skip


def _strip(figure: go.Figure, said: pd.DataFrame) -> None:
    edges = np.linspace(0, 1, STRIP + 1)
    damaged = (said["label"] != INTACT).to_numpy(bool)
    for label, rows in ((DAMAGED, damaged), (INTACT, ~damaged)):
        counts = np.histogram(said["probability"].to_numpy()[rows], edges)[0]
        figure.add_bar(
            x=(edges[1:] + edges[:-1]) / 2, y=counts, width=1 / STRIP, marker={"color": HUES[label]}, name=label,
            hovertemplate=f"%{{y}} truly {label}<extra></extra>", row=2, col=1,
        )  # fmt: skip
