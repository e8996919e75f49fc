"""What another training would bring: bias and variance, learning curves, and the fate of every package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.domain import PACKAGE
from core.figures.theme import FAINT, NEUTRAL, dress, hue, tint

PANELS = {"bias": "Bias", "net": "Variance, net", "error": "Error"}
"""Column of the table to the title of its panel."""
SPREAD = 0.5
"""Height that the models of a view share, of the distance between two views."""
ZONES = ((-0.03, 0.1, "always right"), (0.1, 0.9, "coin flip"), (0.9, 1.03, "always wrong"))
LABELED = 40
"""Letters of a model's name that a panel has room for."""


def parts(table: pd.DataFrame, *, colors: Mapping[str, str]) -> go.Figure:
    """Bias, what variance adds to it, and their sum, the error: a row a view, a dot a model, with 95 % intervals.

    Args:
        table: of `studies.stability.decompositions`.
        colors: of the models.
    """
    views = sorted(set(table["view"]), key=lambda view: (view != PACKAGE, view), reverse=True)
    views = [*(view for view in views if view == PACKAGE), *(view for view in views if view != PACKAGE)]  # from below
    figure = make_subplots(cols=len(PANELS), shared_yaxes=True, subplot_titles=list(PANELS.values()))
    dress(figure, height=120 + 26 * len(views) * max(2, table["model"].nunique()))
    models = [name for name in colors if name in set(table["model"])]
    for at, column in enumerate(PANELS, start=1):
        for number, model in enumerate(models):
            rows = table[table["model"] == model]
            places = [views.index(view) + _offset(number, len(models)) for view in rows["view"]]
            figure.add_scatter(**_dots(rows, column, places, model, colors[model]), showlegend=at == 1, row=1, col=at)
        figure.add_vline(x=0, line={"color": FAINT, "width": 1}, row=1, col=at)
    figure.update_xaxes(tickformat=".0%", nticks=6)
    figure.update_yaxes(
        tickvals=list(range(len(views))), ticktext=views, range=[-0.5, len(views) - 0.5], showgrid=False
    )
    _legend(figure)
    figure.update_annotations(font={"size": 13})
    return figure


def _offset(number: int, models: int) -> float:
    """The first model stands above."""
    return SPREAD * (0.5 - number / (models - 1)) if models > 1 else 0.0


def _dots(rows: pd.DataFrame, column: str, places: Sequence[float], model: str, color: str) -> dict[str, Any]:
    low, high = rows[f"{column}_low"], rows[f"{column}_high"]
    return {
        "x": rows[column],
        "y": places,
        "mode": "markers",
        "name": model,
        "legendgroup": model,
        "marker": {"color": color, "size": 9},
        "error_x": {"type": "data", "symmetric": False, "array": high - rows[column],
                    "arrayminus": rows[column] - low, "color": tint(color, 0.8), "thickness": 1.5, "width": 3},
        "customdata": np.column_stack([rows["view"], low, high, rows["n"], rows["retrainings"]]),
        "hovertemplate": f"<b>{model}</b>, %{{customdata[0]}}<br>{PANELS[column]} %{{x:.1%}} "
        "(95 %: %{customdata[1]:.1%} to %{customdata[2]:.1%})"
        "<br>%{customdata[3]} packages, %{customdata[4]} retrainings<extra></extra>",
    }  # fmt: skip


def _legend(figure: go.Figure) -> None:
    figure.update_layout(showlegend=True, legend={"orientation": "h", "y": -0.14, "yanchor": "top", "x": 0})


def learning(table: pd.DataFrame, *, colors: Mapping[str, str]) -> go.Figure:
    """Errors over the packages taught on, a column a model: train and test above, the gap between them below.

    Args:
        table: of `studies.stability.learning`, of one view.
        colors: of the models.
    """
    models = [name for name in colors if name in set(table["model"])]
    titles = [name if len(name) <= LABELED else f"{name[: LABELED - 1]}…" for name in models]
    figure = make_subplots(
        rows=2, cols=len(models), shared_xaxes=True, shared_yaxes="rows", row_heights=[0.62, 0.38],
        vertical_spacing=0.08, horizontal_spacing=0.03, subplot_titles=titles,
    )  # fmt: skip
    dress(figure, height=440)
    for at, model in enumerate(models, start=1):
        rows = table[table["model"] == model].sort_values("taught")
        for column, row, dash in (("train", 1, "dot"), ("test", 1, "solid"), ("gap", 2, "dash")):
            for trace in _line(rows, column, colors[model], dash):
                figure.add_trace(trace.update(showlegend=at == 1 and trace.showlegend), row=row, col=at)
        figure.add_hline(y=0, line={"color": FAINT, "width": 1}, row=2, col=at)
    figure.update_xaxes(rangemode="tozero", nticks=6)
    figure.update_xaxes(title_text="Packages taught on", row=2)
    figure.update_yaxes(tickformat=".0%", nticks=5)
    figure.update_yaxes(title_text="Error", row=1, col=1)
    figure.update_yaxes(title_text="Gap", row=2, col=1)
    _legend(figure)
    figure.update_annotations(font={"size": 13})
    return figure


def _line(rows: pd.DataFrame, column: str, color: str, dash: str) -> tuple[go.Scatter, go.Scatter]:
    """The band of the 95 % interval, and the line."""
    strength = 0.08 if column == "train" else 0.16
    low, high, taught = rows[f"{column}_low"], rows[f"{column}_high"], rows["taught"]
    band = go.Scatter(
        x=[*taught, *taught[::-1]], y=[*low, *high[::-1]], fill="toself", fillcolor=tint(color, strength),
        mode="lines", line={"width": 0}, hoverinfo="skip", showlegend=False,
    )  # fmt: skip
    name = {"train": "packages taught on", "test": "packages never seen", "gap": "gap between them"}[column]
    line = go.Scatter(
        x=taught, y=rows[column], mode="lines+markers", name=name, showlegend=True,
        line={"color": color, "dash": dash, "width": 2}, marker={"size": 6},
        customdata=np.column_stack([low, high, rows["retrainings"]]),
        hovertemplate=f"{name}<br>%{{x}} packages: %{{y:.1%}} (95 %: %{{customdata[0]:.1%}} to %{{customdata[1]:.1%}})"
        "<br>retrainings: %{customdata[2]}<extra></extra>",
    )  # fmt: skip
    return band, line


def fates(table: pd.DataFrame) -> go.Figure:
    """Every tested package: how often retrainings are wrong about it, and how sure they are of what is true.

    Args:
        table: of `studies.stability.packages`.
    """
    figure = dress(go.Figure(), height=420)
    for low, high, zone in ZONES:
        figure.add_vrect(
            x0=low, x1=high, fillcolor=tint(NEUTRAL, 0.08 if zone == "coin flip" else 0), line_width=0, layer="below"
        )
        figure.add_annotation(x=(low + high) / 2, y=1, yref="paper", yanchor="bottom", text=zone, showarrow=False)
    figure.add_hline(y=0, line={"color": FAINT, "width": 1, "dash": "dot"})
    for label, rows in table.groupby("label", observed=True):
        figure.add_scatter(
            x=rows["wrong_share"], y=rows["toward"], mode="markers", name=str(label),
            marker={"color": hue(str(label)), "size": 10, "opacity": 0.8, "line": {"color": "white", "width": 1}},
            customdata=rows[["package", "wrong", "retrainings"]].to_numpy(),
            hovertemplate=f"<b>%{{customdata[0]}}</b>, {label}<br>wrong in %{{customdata[1]}} of %{{customdata[2]}} "
            "retrainings<br>log-odds toward the truth %{y:.1f}<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title_text="Retrainings that are wrong", tickformat=".0%", range=[-0.03, 1.03], showgrid=False)
    figure.update_yaxes(title_text="Mean log-odds toward the truth")
    figure.update_layout(showlegend=True, legend={"orientation": "h", "y": -0.16, "yanchor": "top", "x": 0})
    return figure
