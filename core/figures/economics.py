"""What every threshold would cost, above the packages it would decide: accept, a person, reject as bands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from core.domain import DAMAGED, INTACT, Cut
from core.figures.scores import REACH, TICKS, heights, log_odds, thinned
from core.figures.theme import FAINT, HUES, NEUTRAL, UNSURE, dress, tint

BANDS = {"accept": HUES[INTACT], "a person": UNSURE, "reject": HUES[DAMAGED]}
EDGE = REACH + 0.3
NARROW = 0.9
"""Log-odds below which a band has no name written into it."""
NO_PACKAGE = [""]
"""What a click on anything but a package answers: it opens none."""


class Curve(Protocol):
    """What a curve of costs must have; see `core.metrics.economics.Curve`."""

    @property
    def thresholds(self) -> NDArray[np.float64]:
        """(K,) in [0, 1], rising."""

    @property
    def cost(self) -> NDArray[np.float64]:
        """(K,) of 1000 packages."""

    @property
    def low(self) -> NDArray[np.float64]:
        """(K,) lower end of its interval."""

    @property
    def high(self) -> NDArray[np.float64]:
        """(K,) upper end of its interval."""


def designer(curve: Curve, rows: pd.DataFrame, points: Mapping[str, tuple[Cut, float]], *, color: str) -> go.Figure:
    """Cost of 1000 packages over the threshold, and under it the packages as dots; the bands say what is done.

    Args:
        curve: cost of a single threshold.
        rows: package, label, probability: the packages it was chosen on.
        points: title of each cut, with the cut and its cost; the first one makes the bands, the others are marks.
        color: of the model.
    """
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.54, 0.46], vertical_spacing=0.06)
    dress(figure, height=560)
    cut, _ = next(iter(points.values()))
    _bands(figure, cut)
    _curve(figure, curve, color)
    for at, (title, (where, cost)) in enumerate(points.items()):
        _point(figure, title, where, cost, color=NEUTRAL if at else color, other=bool(at))
    for label, side in ((DAMAGED, 1), (INTACT, -1)):
        _dots(figure, rows, label, side, cut)
    _axes(figure, reach(curve, [cost for _, cost in points.values()]))
    return figure


def reach(curve: Curve, costs: list[float]) -> float:
    """How far up costs are drawn: what matters lies near the cheapest threshold, the ends cost many times that."""
    nearby = max(float(curve.high.min()), float(curve.cost.max()) / 12, *costs)
    return min(float(curve.high.max()), 2.4 * nearby) or 1.0


def _axes(figure: go.Figure, top: float) -> None:
    ticks = [f"{tick:.1%}" if tick in (0.001, 0.999) else f"{tick:.0%}" for tick in TICKS]
    figure.update_xaxes(tickvals=log_odds(np.array(TICKS)), ticktext=ticks, range=[-EDGE, EDGE])
    figure.update_xaxes(title_text="Probability of damaged (log-odds scale)", row=2, col=1)
    figure.update_yaxes(title_text="Cost of 1000 packages", range=[-0.12 * top, top], tickformat=",~g", row=1, col=1)
    figure.update_yaxes(showticklabels=False, showgrid=False, zeroline=True, zerolinecolor=FAINT, row=2, col=1)
    for label, at in ((DAMAGED, 0.42), (INTACT, 0.01)):
        figure.add_annotation(
            xref="paper", yref="paper", x=0.005, y=at, xanchor="left", showarrow=False, font={"size": 13},
            text=f"<span style='color:{HUES[label]}'>■</span> truly <b>{label}</b>",
        )  # fmt: skip


def _bands(figure: go.Figure, cut: Cut) -> None:
    accept, reject = log_odds(np.array([cut.accept, cut.reject])).tolist()
    edges = [-EDGE, accept if cut.accept > 0 else -EDGE, reject if cut.reject < 1 else EDGE, EDGE]
    for (name, hue), left, right in zip(BANDS.items(), edges[:-1], edges[1:], strict=True):
        if right > left:
            figure.add_shape(
                type="rect", xref="x", yref="paper", x0=left, x1=right, y0=0, y1=1, line_width=0, layer="below",
                fillcolor=tint(hue, 0.13),
            )  # fmt: skip
        if right - left > NARROW:
            figure.add_annotation(
                xref="x", yref="paper", x=(left + right) / 2, y=1, yanchor="bottom", showarrow=False, font={"size": 13},
                text=f"<span style='color:{hue}'>■</span> {name}",
            )  # fmt: skip
    for line in sorted(set(edges[1:3]) - {-EDGE, EDGE}):
        figure.add_shape(
            type="line", xref="x", yref="paper", x0=line, x1=line, y0=0, y1=1, line={"color": NEUTRAL, "width": 1.5}
        )


def _curve(figure: go.Figure, curve: Curve, color: str) -> None:
    x = log_odds(curve.thresholds)
    figure.add_scatter(
        x=np.append(x, x[::-1]), y=np.append(curve.low, curve.high[::-1]), mode="lines", line={"width": 0},
        fill="toself", fillcolor=tint(color, 0.18), hoverinfo="skip", row=1, col=1,
    )  # fmt: skip
    said = zip(NO_PACKAGE * len(x), curve.thresholds.tolist(), curve.low.tolist(), curve.high.tolist(), strict=True)
    figure.add_scatter(
        x=x, y=curve.cost, mode="lines", line={"color": color, "width": 2.5}, customdata=list(said), row=1, col=1,
        hovertemplate="one threshold at <b>%{customdata[1]:.3f}</b><br>costs %{y:,.0f} per 1000 packages"
        "<br>95 %: %{customdata[2]:,.0f} to %{customdata[3]:,.0f}<extra></extra>",
    )  # fmt: skip


def _point(figure: go.Figure, title: str, cut: Cut, cost: float, *, color: str, other: bool) -> None:
    ends = log_odds(np.array([cut.accept, cut.reject]))
    says = f"{cut.accept:.2f} to {cut.reject:.2f}" if cut.reviews else f"{cut.accept:.2f}"
    figure.add_scatter(
        x=ends, y=[cost, cost], mode="lines+markers", line={"color": color, "width": 3}, customdata=[NO_PACKAGE] * 2,
        marker={"color": color, "size": 11, "line": {"color": "white", "width": 2}}, row=1, col=1,
        hovertemplate=f"<b>{title}</b>: {says}<br>costs {cost:,.0f} per 1000 packages<extra></extra>",
    )  # fmt: skip
    figure.add_annotation(
        x=float(ends.mean()), y=cost, text=f"{title}: {cost:,.0f}", showarrow=False, yshift=16 if other else -16,
        font={"size": 13}, row=1, col=1,
    )  # fmt: skip


def _dots(figure: go.Figure, rows: pd.DataFrame, label: str, side: int, cut: Cut) -> None:
    here = rows[(rows["label"] != INTACT) == (label == DAMAGED)]
    wrong = here["probability"] < cut.accept if label == DAMAGED else here["probability"] >= cut.reject
    here = thinned(here.assign(right=~wrong)).reset_index(drop=True)
    x = log_odds(here["probability"].to_numpy())
    y = side * heights(x)
    for right, at in here.groupby("right").indices.items():
        figure.add_scatter(
            x=x[at], y=y[at], mode="markers", customdata=here.iloc[at][["package", "probability"]].to_numpy(),
            marker={"color": HUES[label], "size": 8 if right else 11, "symbol": "circle" if right else "x",
                    "opacity": 0.75 if right else 1.0},
            hovertemplate="<b>%{customdata[0]}</b><br>truly " + label + "<br>probability of damaged "
            "%{customdata[1]:.3f}<extra></extra>", row=2, col=1,
        )  # fmt: skip
