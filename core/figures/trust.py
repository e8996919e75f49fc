"""Whether maps can be trusted: each beside the trivial ones, and as the network forgets what it learned."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.figures.theme import FAINT, NEUTRAL, dress, tint

LETTERS = 40
"""Of a model's name that a panel has room for."""
CEILING, NULL = "nudged", "other"
"""Rows of the table that are lines across, see `studies.trust`."""


def beside(
    table: pd.DataFrame, figure: str, *, labels: Mapping[str, str], colors: Mapping[str, str], title: str
) -> go.Figure:
    """A panel a model, a row a map, a dot where it lies, with its 95 % interval; gray are the maps to beat.

    Args:
        table: of `studies.trust.figures`, of one method.
        figure: which one.
        labels: map to its words, the own one first, in this order from above.
        colors: model to hue.
        title: of the axis.
    """
    rows = table[table["figure"] == figure]
    models = [name for name in colors if name in set(rows["model"])]
    drawn = make_subplots(cols=max(1, len(models)), shared_yaxes=True, subplot_titles=_short(models),
                          horizontal_spacing=0.03)  # fmt: skip
    dress(drawn, height=300)
    order = [name for name in labels if name in set(rows["map"])]
    for at, model in enumerate(models, start=1):
        mine = rows[rows["model"] == model]
        found = {str(row["map"]): row for row in mine.to_dict("records")}
        for kind in (name for name in order if name in found):
            drawn.add_trace(_dot(found[kind], labels[kind], own=kind == order[0], hue=colors[model]), row=1, col=at)
        if mine["value"].min() < 0 < mine["value"].max():
            drawn.add_vline(x=0, line={"color": FAINT, "width": 1}, row=1, col=at)
    drawn.update_xaxes(nticks=6, title_text=title)
    words = [labels[name] for name in reversed(order)]
    drawn.update_yaxes(categoryorder="array", categoryarray=words, range=[-0.6, len(words) - 0.4], showgrid=False)
    _titled(drawn)
    return drawn


def _dot(row: Mapping[Hashable, Any], label: str, *, own: bool, hue: str) -> go.Scatter:
    color = hue if own else NEUTRAL
    says = f"<b>{label}</b><br>%{{x:.2f}} (95 %: {row['low']:.2f} to {row['high']:.2f}), n = {int(row['n'])} packages"
    gain = f"<br>the map gains {row['gain']:.2f} on it ({row['gain_low']:.2f} to {row['gain_high']:.2f})"
    return go.Scatter(
        x=[row["value"]], y=[label], mode="markers",
        marker={"color": color, "size": 12 if own else 9, "symbol": "circle" if own else "diamond"},
        error_x={"type": "data", "symmetric": False, "array": [row["high"] - row["value"]],
                 "arrayminus": [row["value"] - row["low"]], "color": tint(color, 0.8), "thickness": 1.5, "width": 3},
        hovertemplate=f"{says}{'' if own else gain}<extra></extra>",
    )  # fmt: skip


def forgetting(
    table: pd.DataFrame, measure: str, *, ticks: Mapping[str, str], colors: Mapping[str, str], title: str
) -> go.Figure:
    """A panel a model: how like the map stays as more of the network forgets, between its ceiling and its null.

    Args:
        table: of `studies.trust.cascades`, of one method.
        measure: which one.
        ticks: stage to its words below the axis, in order.
        colors: model to hue.
        title: of the axis.
    """
    rows = table[table["measure"] == measure]
    models = [name for name in colors if name in set(rows["model"])]
    drawn = make_subplots(cols=max(1, len(models)), shared_yaxes=True, subplot_titles=_short(models),
                          horizontal_spacing=0.03)  # fmt: skip
    dress(drawn, height=330)
    for at, model in enumerate(models, start=1):
        mine = rows[rows["model"] == model].set_index("map")
        for trace in _line(mine, model, ticks, colors[model]):
            drawn.add_trace(trace, row=1, col=at)
        for name, words in ((CEILING, "invisible noise"), (NULL, "another package")):
            if name in mine.index:
                drawn.add_hline(
                    y=mine.at[name, "value"], line={"color": FAINT, "width": 1.5, "dash": "dot"}, row=1, col=at,
                    annotation={"text": words, "font": {"size": 11}}, annotation_position="top right",
                )  # fmt: skip
    ends = [*rows["low"].dropna(), *rows["high"].dropna(), *rows["value"].dropna()]
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    room = 0.15 * max(high - low, 0.02)
    drawn.update_yaxes(range=[low - room, high + room], nticks=6)
    drawn.update_yaxes(title_text=title, row=1, col=1)
    drawn.update_xaxes(title_text="Weights drawn anew", showgrid=False, tickangle=0, tickfont_size=11)
    _titled(drawn)
    return drawn


def _line(rows: pd.DataFrame, model: str, ticks: Mapping[str, str], color: str) -> tuple[go.Scatter, go.Scatter]:
    """The band of the 95 % interval, and the line; the trained network stands first where it has a value."""
    words = {"own": "none"} | {name: text.replace(" ", "<br>", 1) for name, text in ticks.items()}
    mine = rows.loc[[name for name in words if name in rows.index]]
    x, low, high = [words[str(name)] for name in mine.index], mine["low"], mine["high"]
    band = go.Scatter(
        x=[*x, *x[::-1]], y=[*low, *high[::-1]], fill="toself", fillcolor=tint(color, 0.16), mode="lines",
        line={"width": 0}, hoverinfo="skip",
    )  # fmt: skip
    line = go.Scatter(
        x=x, y=mine["value"], mode="lines+markers", name=model, line={"color": color, "width": 2}, marker={"size": 7},
        customdata=np.column_stack([low, high, mine["n"]]),
        hovertemplate=f"<b>{model}</b>, drawn anew: %{{x}}<br>%{{y:.2f}} (95 %: %{{customdata[0]:.2f}} to "
        "%{customdata[1]:.2f}), n = %{customdata[2]:.0f} packages<extra></extra>",
    )  # fmt: skip
    return band, line


def _short(models: list[str]) -> list[str]:
    return [name if len(name) <= LETTERS else f"{name[: LETTERS - 1]}…" for name in models]


def _titled(figure: go.Figure) -> None:
    """The names of the models at the left above their panels."""
    titles = [one for one in figure.layout.annotations if one.yref == "paper" and one.y == 1.0]
    for at, title in enumerate(titles, start=1):
        title.update(x=figure.get_subplot(1, at).xaxis.domain[0], xanchor="left", font={"size": 14})
    figure.update_layout(margin={"t": 40})
