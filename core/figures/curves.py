"""ROC and precision-recall curves of several models, each with the point where it stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.domain import INTACT
from core.figures.theme import FAINT, dress
from core.metrics.classification import Counts, Curve, confusion, precision_recall, ratio
from core.metrics.classification import roc as roc_curve

Make = Callable[[np.ndarray, np.ndarray], Curve | None]
Point = tuple[float | None, float | None]
Stand = Callable[[Counts], Point]
Standing = tuple[str, Curve, Point]


def roc(frame: pd.DataFrame, *, thresholds: Mapping[str, float], colors: Mapping[str, str]) -> go.Figure:
    """Recall against false reject rate, a line a model; the dot is where its threshold puts it.

    Args:
        frame: predictions of one view with known truth: columns model, label, probability.
        thresholds: model to threshold on the probability of damaged.
        colors: model to hue, see `theme.hues`.
    """

    def stands(counts: Counts) -> Point:
        return ratio(counts.fp, counts.fp + counts.tn), counts.recall

    found = _stands(frame, thresholds, roc_curve, stands)
    reach = _reach(found)
    figure = _axes((0, reach), (1 - reach, 1), x="False reject rate", y="Recall: damaged packages found")
    figure.add_shape(type="line", x0=0, y0=0, x1=1, y1=1, line={"color": FAINT, "width": 1, "dash": "dot"})
    figure.add_annotation(
        x=0.5, y=0.5, text="guessing", showarrow=False, textangle=-45, yshift=-10, opacity=0.75, font={"size": 11}
    )
    _lines(figure, found, thresholds, colors, area="AUROC")
    return figure


def precision_and_recall(
    frame: pd.DataFrame, *, thresholds: Mapping[str, float], colors: Mapping[str, str]
) -> go.Figure:
    """Precision against recall, a line a model; the dot is where its threshold puts it.

    Args:
        frame: predictions of one view with known truth: columns model, label, probability.
        thresholds: model to threshold on the probability of damaged.
        colors: model to hue, see `theme.hues`.
    """

    def stands(counts: Counts) -> Point:
        return counts.recall, counts.precision

    found = _stands(frame, thresholds, precision_recall, stands)
    reach = _reach(found)
    figure = _axes((1 - reach, 1), (1 - reach, 1), x="Recall: damaged packages found", y="Precision of “damaged”")
    share = float((frame.drop_duplicates("package")["label"] != INTACT).mean()) if len(frame) else 0.0
    figure.add_shape(type="line", x0=0, y0=share, x1=1, y1=share, line={"color": FAINT, "width": 1, "dash": "dot"})
    figure.add_annotation(
        x=0.02, y=share, text="guessing", showarrow=False, yshift=9, xanchor="left", opacity=0.75, font={"size": 11}
    )
    _lines(figure, found, thresholds, colors, area="average precision")
    return figure


def _reach(found: list[Standing]) -> float:
    """How much of each axis to show: where all curves hug the corner, the corner."""
    return 0.4 if found and min(curve.area for _, curve, _ in found) > 0.95 else 1.0


def _axes(across: tuple[float, float], up: tuple[float, float], *, x: str, y: str) -> go.Figure:
    figure = dress(go.Figure(), height=430)
    edge = 0.02 * (up[1] - up[0])
    ticks = {"nticks": 6, "tickformat": ".0%"}
    figure.update_xaxes(**ticks, title_text=x, range=[across[0] - edge, across[1] + edge])
    figure.update_yaxes(**ticks, title_text=y, range=[up[0] - edge, up[1] + edge])
    corner = {"x": 0.98, "xanchor": "right"} if across[0] == 0 else {"x": 0.04, "xanchor": "left"}
    legend = {**corner, "y": 0.04, "yanchor": "bottom", "bgcolor": "rgba(0, 0, 0, 0)", "font": {"size": 13}}
    figure.update_layout(showlegend=True, legend=legend)
    return figure


def _stands(frame: pd.DataFrame, thresholds: Mapping[str, float], make: Make, stand: Stand) -> list[Standing]:
    """The curve of each model that has one, with the point of its threshold; the best first."""
    found = []
    for name, rows in frame.groupby("model", sort=True):
        truth, probability = (rows["label"] != INTACT).to_numpy(), rows["probability"].to_numpy()
        curve = make(truth, probability)
        if curve is not None:
            found.append((str(name), curve, stand(confusion(truth, probability, thresholds[str(name)]))))
    return sorted(found, key=lambda one: -one[1].area)


def _lines(
    figure: go.Figure,
    found: list[Standing],
    thresholds: Mapping[str, float],
    colors: Mapping[str, str],
    *,
    area: str,
) -> None:
    figure.update_layout(legend_title_text=area)
    rates = "<br>%{xaxis.title.text} %{x:.1%}<br>%{yaxis.title.text} %{y:.1%}<extra></extra>"
    for model, curve, _ in found:
        figure.add_scatter(
            x=curve.x,
            y=curve.y,
            customdata=curve.thresholds,
            mode="lines",
            line={"color": colors[model], "width": 2.5},
            name=f"{curve.area:.3f}  {model}",
            hovertemplate=f"<b>{model}</b><br>threshold %{{customdata:.3f}}{rates}",
        )
    for model, _, (x, y) in found:
        figure.add_scatter(
            x=[x],
            y=[y],
            mode="markers",
            showlegend=False,
            marker={"color": colors[model], "size": 12, "line": {"color": "white", "width": 2}},
            hovertemplate=f"<b>{model}</b> stands here<br>threshold {thresholds[model]:.3f}{rates}",
        )
