"""How well maps lie on regions: scores beside chance, rates, and one filling beside many."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.theme import FAINT, NEUTRAL, dress, tint

ROW = 34
"""Height of a row, pixels."""
LETTERS = 34
"""Of a label that there is room for."""


def board(
    table: pd.DataFrame, *, labels: Sequence[str], colors: Mapping[str, str], title: str, ceiling: float | None = None
) -> go.Figure:
    """A row a map, the best on top: a dot with its 95 % interval, beside a mark for chance; gray ask no network.

    Args:
        table: of `studies.agreement.leaderboard`, one view and figure.
        labels: of each row, in the order of the table.
        colors: model to hue.
        title: of the axis.
        ceiling: what people reach, None where that is not known.
    """
    rows = table.assign(label=[_short(one) for one in labels]).sort_values("mean", kind="stable")
    figure = dress(go.Figure(), height=ROW * len(rows) + 78)
    figure.add_trace(_chance(rows))
    for row in rows.to_dict("records"):
        figure.add_trace(_score(row, NEUTRAL if row["trivial"] else colors[str(row["model"])]))
    if len(rows) and pd.notna(top := rows.iloc[-1]["chance"]):
        figure.add_annotation(x=top, y=len(rows) - 0.45, text="chance", showarrow=False, font={"size": 12},
                              yanchor="bottom")  # fmt: skip
    if ceiling is not None:
        figure.add_shape(type="line", x0=ceiling, x1=ceiling, y0=-0.6, y1=len(rows) - 0.5,
                         line={"color": NEUTRAL, "width": 1.5, "dash": "dash"})  # fmt: skip
        figure.add_annotation(x=ceiling, y=len(rows) - 0.45, text="people", showarrow=False, font={"size": 12},
                              yanchor="bottom")  # fmt: skip
    ends = pd.concat([rows[name] for name in ("low", "high", "mean", "chance")]).dropna()
    low, high = _reach([*ends, *([] if ceiling is None else [ceiling])])
    figure.update_xaxes(title_text=title, range=[low, high], nticks=8)
    figure.update_yaxes(categoryorder="array", categoryarray=rows["label"].tolist(),
                        range=[-0.6, len(rows) - 0.2], showgrid=False)  # fmt: skip
    return figure


def _reach(ends: Sequence[float]) -> tuple[float, float]:
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    room = 0.06 * max(high - low, 0.05)
    return max(low - room, -0.02), min(high + room, 1.02)


def _chance(rows: pd.DataFrame) -> go.Scatter:
    return go.Scatter(
        x=rows["chance"], y=rows["label"], mode="markers", marker={"symbol": "line-ns", "size": 20,
                                                                   "line": {"color": FAINT, "width": 2.5}},
        hovertemplate="chance %{x:.3f}<extra></extra>",
    )  # fmt: skip


def _score(row: Mapping[Hashable, Any], color: str) -> go.Scatter:
    known = pd.notna(row["low"])
    ends = f" (95 %: {row['low']:.3f} to {row['high']:.3f})" if known else ""
    says = f"<b>{row['label']}</b><br>%{{x:.3f}}{ends}<br>chance {row['chance']:.3f}, skill {row['skill']:.3f}"
    return go.Scatter(
        x=[row["mean"]], y=[row["label"]], mode="markers",
        marker={"color": color, **({"size": 9, "symbol": "diamond"} if row["trivial"] else {"size": 12})},
        error_x={"type": "data", "symmetric": False, "array": [row["high"] - row["mean"] if known else 0],
                 "arrayminus": [row["mean"] - row["low"] if known else 0], "color": tint(color, 0.8), "thickness": 1.5,
                 "width": 3},
        hovertemplate=f"{says}<br>n = {int(row['n'])} packages, {int(row['pictures'])} pictures<extra></extra>",
    )  # fmt: skip


def strip(
    drops: Mapping[str, tuple[float, NDArray[np.float64]]], *, colors: Mapping[str, str], words: Mapping[str, str]
) -> go.Figure:
    """A row a model: what filling the damage does to the log-odds, among what filling other places does.

    Args:
        drops: model to the drop, and (n,) the drops of the placebos.
        colors: model to hue.
        words: model to what stands beside its mark.
    """
    figure = dress(go.Figure(), height=92 * len(drops) + 70)
    names = list(drops)[::-1]
    every = [0.0, *(one for drop, others in drops.values() for one in (drop, *others))]
    room, middle = 0.12 * max(max(every) - min(every), 0.1), (max(every) + min(every)) / 2
    figure.add_vline(x=0, line={"color": FAINT, "width": 1})
    for at, name in enumerate(names):
        drop, others = drops[name]
        figure.add_trace(_others(others, at, name, colors[name]))
        figure.add_trace(go.Scatter(
            x=[drop], y=[at], mode="markers+text", text=[f"<b>{words[name]}</b>"],
            textposition="top left" if drop > middle else "top right",  # inside the figure, however narrow it is
            textfont={"size": 13}, cliponaxis=False,
            marker={"color": colors[name], "size": 16, "symbol": "diamond", "line": {"color": NEUTRAL, "width": 1}},
            hovertemplate=f"<b>{name}</b><br>filling the region lowers the log-odds by %{{x:.2f}}<extra></extra>",
        ))  # fmt: skip
    figure.update_xaxes(title_text="Drop of the log-odds of damaged", range=[min(every) - room, max(every) + room])
    figure.update_yaxes(tickvals=list(range(len(names))), ticktext=[_short(name) for name in names],
                        range=[-0.55, len(names) - 0.3], showgrid=False)  # fmt: skip
    return figure


def _others(others: NDArray[np.float64], at: int, name: str, color: str) -> go.Scatter:
    """The placebos, each a little above or below its line so that they can be told apart."""
    apart = at + 0.34 * (np.arange(len(others)) * 0.6180339887 % 1 - 0.5)
    return go.Scatter(
        x=others, y=apart, mode="markers", marker={"color": tint(color, 0.45), "size": 8},
        hovertemplate=f"<b>{name}</b><br>another place of that shape: %{{x:.2f}}<extra></extra>",
    )  # fmt: skip


def _short(name: str) -> str:
    return name if len(name) <= LETTERS else f"{name[: LETTERS - 1]}…"
