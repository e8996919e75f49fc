"""ROC and precision-recall curves of several models, each with the point where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.theme import FAINT, dress

MOST = 600
"""Points drawn of one curve."""


class Curve(Protocol):
    """What a curve must have; see `core.metrics.classification.Curve`."""

    @property
    def x(self) -> NDArray[np.float64]:
        """(K,) float in [0, 1]."""

    @property
    def y(self) -> NDArray[np.float64]:
        """(K,) float in [0, 1]."""

    @property
    def thresholds(self) -> NDArray[np.float64]:
        """(K,) float, on the probability of damaged."""

    @property
    def area(self) -> float:
        """Under the curve, in [0, 1]."""


def roc(curves: Mapping[str, Curve], *, thresholds: Mapping[str, float], colors: Mapping[str, str]) -> go.Figure:
    """Recall against false reject rate, a line a model; the dot is where its threshold puts it.

    Args:
        curves: model to its ROC curve.
        thresholds: model to threshold on the probability of damaged.
        colors: model to hue, see `theme.hues`.
    """
    reach = _reach(curves)
    figure = _axes((0, reach), (1 - reach, 1), x="False reject rate", y="Recall: damaged packages found")
    figure.update_layout(legend={"x": 0.98, "xanchor": "right"})
    figure.add_shape(type="line", x0=0, y0=0, x1=1, y1=1, line={"color": FAINT, "width": 1, "dash": "dot"})
    _lines(figure, curves, thresholds, colors, area="AUROC")
    return figure


def precision_recall(
    curves: Mapping[str, Curve], *, thresholds: Mapping[str, float], colors: Mapping[str, str]
) -> go.Figure:
    """Precision against recall, a line a model; the dot is where its threshold puts it.

    Args:
        curves: model to its precision-recall curve.
        thresholds: model to threshold on the probability of damaged.
        colors: model to hue, see `theme.hues`.
    """
    reach = _reach(curves)
    titles = {"x": "Recall: damaged packages found", "y": "Precision of the call damaged"}
    figure = _axes((1 - reach, 1), (1 - reach, 1), **titles)
    figure.update_layout(legend={"x": 0.04, "xanchor": "left"})
    share = min((float(curve.y[0]) for curve in curves.values()), default=0.0)
    figure.add_shape(type="line", x0=0, y0=share, x1=1, y1=share, line={"color": FAINT, "width": 1, "dash": "dot"})
    _lines(figure, curves, thresholds, colors, area="average precision")
    return figure


def standing(curve: Curve, threshold: float) -> tuple[float, float]:
    """The point of a curve at which everything from the threshold on is called damaged."""
    above = np.flatnonzero(curve.thresholds >= threshold)
    at = above[np.argmin(curve.thresholds[above])]
    return float(curve.x[at]), float(curve.y[at])


def drawn_at(curve: Curve) -> NDArray[np.intp]:
    """Which points of a curve are drawn: all of a short one; of a long one as many as can be seen, evenly along it."""
    if len(curve.x) <= MOST:
        return np.arange(len(curve.x))
    along = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(curve.x)) + np.abs(np.diff(curve.y)))])
    return np.unique(np.searchsorted(along, np.linspace(0.0, along[-1], MOST)).clip(max=len(along) - 1))


def _reach(curves: Mapping[str, Curve]) -> float:
    """How much of each axis to show: where all curves hug the corner, the corner."""
    return 0.4 if curves and min(curve.area for curve in curves.values()) > 0.95 else 1.0


def _axes(across: tuple[float, float], up: tuple[float, float], *, x: str, y: str) -> go.Figure:
    figure = dress(go.Figure(), height=430)
    edge = 0.02 * (up[1] - up[0])
    ticks = {"nticks": 6, "tickformat": ".0%"}
    figure.update_xaxes(**ticks, title_text=x, range=[across[0] - edge, across[1] + edge])
    figure.update_yaxes(**ticks, title_text=y, range=[up[0] - edge, up[1] + edge])
    legend = {"y": 0.04, "yanchor": "bottom", "bgcolor": "rgba(0, 0, 0, 0)", "font": {"size": 13}}
    figure.update_layout(showlegend=True, legend=legend)
    return figure


def _lines(
    figure: go.Figure,
    curves: Mapping[str, Curve],
    thresholds: Mapping[str, float],
    colors: Mapping[str, str],
    *,
    area: str,
) -> None:
    figure.update_layout(legend_title_text=area)
    rates = "<br>%{xaxis.title.text} %{x:.1%}<br>%{yaxis.title.text} %{y:.1%}<extra></extra>"
    best_first = sorted(curves.items(), key=lambda item: -item[1].area)
    for model, curve in best_first:
        at = drawn_at(curve)
        figure.add_scatter(
            x=curve.x[at],
            y=curve.y[at],
            customdata=curve.thresholds[at],
            mode="lines",
            line={"color": colors[model], "width": 2.5},
            name=f"{curve.area:.3f}  {model}",
            hovertemplate=f"<b>{model}</b><br>threshold %{{customdata:.3f}}{rates}",
        )
    for model, curve in best_first:
        x, y = standing(curve, thresholds[model])
        figure.add_scatter(
            x=[x],
            y=[y],
            mode="markers",
            showlegend=False,
            marker={"color": colors[model], "size": 12, "line": {"color": "white", "width": 2}},
            hovertemplate=f"<b>{model}</b> stands here<br>threshold {thresholds[model]:.3f}{rates}",
        )
