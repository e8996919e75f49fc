"""How a figure changes with the strength of what spoils the pictures: a panel a corruption, a line a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.figures.theme import FAINT, dress, tint

ACROSS = 4
"""Panels a row."""
PANEL = 250
"""Height of a row of panels, pixels."""


def curves(
    table: pd.DataFrame,
    measure: str,
    *,
    panels: Mapping[str, str],
    ticks: Mapping[str, Sequence[str]],
    colors: Mapping[str, str],
) -> go.Figure:
    """Small multiples over the strengths 0 (clean) to 5, with a band for the 95 % interval.

    Args:
        table: of `studies.robustness.curves`: model, corruption, strength, n, and the measure with _low and _high;
            where there is a column <measure>_chance, its mean is drawn as a dotted line.
        measure: name of the column, in [0, 1].
        panels: corruption to the title of its panel, in this order.
        ticks: corruption to the six values, clean first.
        colors: model to hue, in the order in which they are drawn.
    """
    rows = -(-len(panels) // ACROSS)
    across = min(ACROSS, len(panels))
    figure = make_subplots(
        rows=rows, cols=across, shared_yaxes="all", subplot_titles=list(panels.values()),
        horizontal_spacing=0.03, vertical_spacing=0.32 / rows,
    )  # fmt: skip
    dress(figure, height=PANEL * rows + 60)
    figure.update_annotations(font_size=14)  # the titles of the panels, at their left
    for title, at in zip(figure.layout.annotations, range(len(panels)), strict=True):
        title.update(x=figure.get_subplot(at // across + 1, at % across + 1).xaxis.domain[0], xanchor="left")
    figure.update_yaxes(range=_range(table, measure), tickformat=".0%", nticks=6)
    for at, name in enumerate(panels):
        place = {"row": at // across + 1, "col": at % across + 1}
        mine = table[table["corruption"] == name].sort_values("strength")
        _chance(figure, mine, measure, place)
        for model in (one for one in colors if one in set(mine["model"])):
            _line(figure, mine[mine["model"] == model], measure, ticks[name], colors[model], place, legend=not at)
        figure.update_xaxes(tickvals=list(range(6)), ticktext=list(ticks[name]), range=[-0.25, 5.25], **place)
    figure.update_xaxes(tickangle=0, tickfont_size=11)
    legend = {"orientation": "h", "x": 0, "y": 1 + 0.13 / rows, "yanchor": "bottom", "font": {"size": 13}}
    figure.update_layout(showlegend=True, legend=legend, margin={"t": 64})
    return figure


def _range(table: pd.DataFrame, measure: str) -> list[float]:
    """All of the bands, and no more than half the axis empty; accuracy hangs from the top, the others stand on 0."""
    low, high = table[f"{measure}_low"].min(), table[f"{measure}_high"].max()
    if measure == "accuracy":
        return [min(0.5, float(np.nan_to_num(low, nan=0.0))) - 0.02, 1.02]
    return [-0.02, max(0.3, float(np.nan_to_num(high, nan=1.0))) + 0.02]


def _chance(figure: go.Figure, rows: pd.DataFrame, measure: str, place: Mapping[str, int]) -> None:
    if f"{measure}_chance" not in rows:
        return
    mean = rows.groupby("strength")[f"{measure}_chance"].mean()
    figure.add_scatter(
        x=mean.index, y=mean, mode="lines", line={"color": FAINT, "width": 1.5, "dash": "dot"}, showlegend=False,
        hovertemplate="a perfectly calibrated model shows %{y:.1%} by chance<extra></extra>", **place,
    )  # fmt: skip


def _line(
    figure: go.Figure,
    rows: pd.DataFrame,
    measure: str,
    ticks: Sequence[str],
    color: str,
    place: Mapping[str, int],
    *,
    legend: bool,
) -> None:
    model, x = str(rows["model"].iloc[0]), rows["strength"].to_numpy()
    low, high = rows[f"{measure}_low"].to_numpy(), rows[f"{measure}_high"].to_numpy()
    figure.add_scatter(
        x=np.append(x, x[::-1]), y=np.append(low, high[::-1]), mode="lines", line={"width": 0}, fill="toself",
        fillcolor=tint(color, 0.12), hoverinfo="skip", showlegend=False, legendgroup=model, **place,
    )  # fmt: skip
    said = [[ticks[int(at)], n, *ends] for at, n, *ends in zip(x, rows["n"], low, high, strict=True)]
    figure.add_scatter(
        x=x, y=rows[measure], mode="lines+markers", name=model, legendgroup=model, showlegend=legend, customdata=said,
        line={"color": color, "width": 2}, marker={"color": color, "size": 6},
        hovertemplate=f"<b>{model}</b>, %{{customdata[0]}}<br>%{{y:.1%}} (95 %: %{{customdata[2]:.0%}} to "
        "%{customdata[3]:.0%}), n = %{customdata[1]}<extra></extra>",
        **place,
    )  # fmt: skip
