"""How well serials are read: what rejecting the least sure readings buys, and which characters are confused."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.theme import FAINT, NEUTRAL, UNSURE, dress, tint

HEIGHT = 380
MOST = 400
"""Points drawn of a curve."""
HALF = 0.5
"""As many of the readings as are usually rejected in the figure: few stay beyond, and their band hides the rest."""
PALE, INK = "#E9DDBF", "#1F1F1F"
"""Of a wrong cell that is rare, and of the number in wrong cells: legible on a light page and on a dark one."""
MISSING = "none"
"""How an alignment's missing character is called: not read, or read where there is none."""

Floats = NDArray[np.float64]


class Curve(Protocol):
    """What the curve must have; see `core.metrics.text.Rejection`."""

    @property
    def thresholds(self) -> Floats:
        """(K,) on the confidence, rising."""

    @property
    def rejected(self) -> Floats:
        """(K,) share of the readings that go."""

    @property
    def accuracy(self) -> Floats:
        """(K,) share of those that stay that are right."""

    @property
    def low(self) -> Floats:
        """(K,) lower end of its interval."""

    @property
    def high(self) -> Floats:
        """(K,) upper end of its interval."""

    @property
    def n(self) -> NDArray[np.int64]:
        """(K,) how many stay."""

    @property
    def ceiling(self) -> Floats:
        """(K,) what would be right if the wrong readings went first."""


def rejection(curve: Curve, *, stands: float | None) -> go.Figure:
    """Share of right readings against the share that is rejected, with its 95 % band.

    Dotted: rejecting at random changes nothing; dashed: the wrong ones go first. The dot is where the reader stands.

    Args:
        curve: at least one point.
        stands: share of the readings that the reader is not sure of, None where that is not known.
    """
    at = _drawn(len(curve.rejected))
    x = curve.rejected[at]
    figure = dress(go.Figure(), height=HEIGHT)
    figure.add_scatter(
        x=np.append(x, x[::-1]), y=np.append(curve.low[at], curve.high[at][::-1]), mode="lines", fill="toself",
        line={"width": 0}, fillcolor=tint(NEUTRAL, 0.18), hoverinfo="skip",
    )  # fmt: skip
    first = float(curve.accuracy[0])
    figure.add_scatter(x=[0, 1], y=[first, first], mode="lines", line={"color": FAINT, "dash": "dot"}, hoverinfo="skip")
    figure.add_scatter(x=x, y=curve.ceiling[at], mode="lines", line={"color": FAINT, "dash": "dash"}, hoverinfo="skip")
    columns = (curve.thresholds, curve.n, curve.low, curve.high)
    said = list(zip(*(one[at].tolist() for one in columns), strict=True))
    figure.add_scatter(
        x=x, y=curve.accuracy[at], mode="lines+markers" if len(at) < 60 else "lines", customdata=said,
        line={"color": NEUTRAL, "width": 2.5}, marker={"size": 5, "color": NEUTRAL},
        hovertemplate="rejected below a confidence of <b>%{customdata[0]:.4f}</b>: %{x:.1%}"
        "<br>%{customdata[1]:,} stay, %{y:.1%} of them right (95 %: %{customdata[2]:.1%} to %{customdata[3]:.1%})"
        "<extra></extra>",
    )  # fmt: skip
    if stands is not None:
        _stands(figure, curve, stands)
    reach = 1.0 if (stands or 0) > HALF else HALF
    low = min(float(np.min(curve.low[at][x <= reach])), first)
    figure.update_xaxes(title_text="Readings rejected, the least sure first", tickformat=".0%")
    figure.update_xaxes(range=[-0.02, reach + 0.02])
    figure.update_yaxes(title_text="Right of those that stay", tickformat=".1%" if low > 0.9 else ".0%", nticks=6)
    figure.update_yaxes(range=[low - 0.05 * (1.0 - low) - 0.002, 1.0 + 0.12 * (1.0 - low) + 0.002])
    return figure


def _drawn(count: int) -> NDArray[np.intp]:
    return np.unique(np.linspace(0, count - 1, min(count, MOST)).astype(np.intp))


def _stands(figure: go.Figure, curve: Curve, share: float) -> None:
    at = int(np.searchsorted(curve.rejected, share - 1e-9).clip(max=len(curve.rejected) - 1))
    x, y = float(curve.rejected[at]), float(curve.accuracy[at])
    figure.add_scatter(
        x=[x], y=[y], mode="markers", marker={"color": UNSURE, "size": 13, "line": {"color": "white", "width": 2}},
        hovertemplate=f"called read from a confidence of {curve.thresholds[at]:.4f} on<extra></extra>",
    )  # fmt: skip
    figure.add_annotation(
        x=x, y=y, text="without the unsure ones", showarrow=True, ax=24, ay=58, arrowwidth=1,
        arrowhead=0, arrowcolor=NEUTRAL, xanchor="left", font={"size": 12},
    )  # fmt: skip


def confusions(counts: pd.DataFrame) -> go.Figure:
    """A row a true character, a column what it was read as: wrong cells are tinted, the more often the stronger.

    Args:
        counts: true, read ("" for none), n; the right ones among them.
    """
    table = counts.assign(**{name: counts[name].replace("", MISSING) for name in ("true", "read")})
    signs = sorted((set(table["true"]) | set(table["read"])) - {MISSING})
    down, across = ([*signs, MISSING] if MISSING in set(table[name]) else signs for name in ("true", "read"))
    grid = table.pivot_table("n", "true", "read", "sum", fill_value=0).reindex(index=down, columns=across, fill_value=0)
    n = grid.to_numpy(np.int64)
    right = np.array(down)[:, None] == np.array(across)[None]
    of = n.sum(axis=1, keepdims=True)
    share = np.where(right, np.nan, n / np.maximum(of, 1))
    figure = dress(go.Figure(), height=max(HEIGHT, 24 * len(down) + 90))
    top = max(float(np.nanmax(share, initial=0.0)), 1e-9)
    figure.add_heatmap(
        z=np.where(n > 0, share, np.nan), x=across, y=down, xgap=2, ygap=2, showscale=False, zmin=0, zmax=top,
        colorscale=[[0, PALE], [1, UNSURE]], hoverinfo="skip",
    )  # fmt: skip
    figure.add_heatmap(
        z=np.where(right, 0.0, np.nan), x=across, y=down, xgap=2, ygap=2, showscale=False, zmin=0, zmax=1,
        colorscale=[[0, tint(NEUTRAL, 0.16)], [1, tint(NEUTRAL, 0.16)]], hoverinfo="skip",
    )  # fmt: skip
    for which, font in ((right, {"size": 12}), (~right, {"size": 12, "color": INK})):
        rows, columns = np.nonzero(which & (n > 0))
        figure.add_scatter(  # where no color is given, its text has that of the page's; in a heat map it has not
            x=np.array(across)[columns], y=np.array(down)[rows], mode="text",
            text=[f"{one:,}" for one in n[rows, columns]], textfont=font,
            customdata=np.stack([n[rows, columns], of[rows, 0]], axis=-1),
            hovertemplate="%{y} read as %{x}: <b>%{customdata[0]:,}</b> of %{customdata[1]:,}<extra></extra>",
        )  # fmt: skip
    ends = [-0.5, len(down) - 0.5]
    figure.update_xaxes(type="category", categoryarray=across, title_text="Read as", showgrid=False)
    figure.update_yaxes(type="category", categoryarray=down, range=ends[::-1], showgrid=False)
    figure.update_yaxes(title={"text": "Truly", "standoff": 18})
    return figure
