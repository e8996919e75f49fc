"""Two views of every package against each other: where they agree, and where fusion goes wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.domain import DAMAGED, INTACT
from core.figures.scores import MOST, REACH, TICKS, log_odds
from core.figures.theme import HUES, NEUTRAL, dress

MARGIN = 1.2
"""Log-odds beyond the last dot, room for what the quarters mean."""
MISSING = -REACH - 0.9
"""Where a package lies that lacks one of the two views."""


def plane(packages: pd.DataFrame, *, across: str, up: str, threshold: float) -> go.Figure:
    """A dot a package: what one view says against what the other says; a cross where the fused decision is wrong.

    Args:
        packages: indexed by id: label, right, fused (log-odds), and one column of log-odds a view.
        across: name of the view on the horizontal axis.
        up: name of the view on the vertical axis.
        threshold: on the probability of damaged, drawn as two lines.
    """
    figure = dress(go.Figure(), height=560)
    edge = float(log_odds(np.array([threshold]))[0])
    figure.add_hline(y=edge, line={"color": NEUTRAL, "width": 1.5})
    figure.add_vline(x=edge, line={"color": NEUTRAL, "width": 1.5})
    for label in (INTACT, DAMAGED):
        mine = packages[(packages["label"] != INTACT) == (label == DAMAGED)]
        _dots(figure, _thinned(mine), across, up, label)
    ticks = {
        "tickvals": log_odds(np.array(TICKS)),
        "ticktext": [f"{tick:.1%}" if tick in (0.001, 0.999) else f"{tick:.0%}" for tick in TICKS],
        "range": [-REACH - MARGIN, REACH + MARGIN],
    }
    if packages[[across, up]].isna().any(axis=None):
        ticks["range"] = [MISSING - MARGIN, REACH + MARGIN]
    figure.update_xaxes(**ticks, title_text=f"{across}: probability of damaged (log-odds scale)")
    figure.update_yaxes(**ticks, title_text=f"{up}: probability of damaged")
    _corners(figure, across, up)
    return figure


def _thinned(rows: pd.DataFrame) -> pd.DataFrame:
    """At most `MOST` right ones, evenly, and as many wrong ones."""
    groups = (rows[rows["right"]], rows[~rows["right"]])
    return pd.concat([group.iloc[:: max(1, -(-len(group) // MOST))] for group in groups])


def _dots(figure: go.Figure, rows: pd.DataFrame, across: str, up: str, label: str) -> None:
    x, y = (rows[view].clip(-REACH, REACH).fillna(MISSING) for view in (across, up))
    said = 1 / (1 + np.exp(-rows[[across, up, "fused"]].to_numpy(float)))
    texts = [[serial, *(f"{p:.3f}" if p == p else "missing" for p in row)]
             for serial, row in zip(rows.index.astype(str), said, strict=True)]  # fmt: skip
    right = rows["right"].to_numpy(bool)
    figure.add_scatter(
        x=x, y=y, mode="markers", customdata=texts, name=label,
        marker={
            "color": HUES[label],
            "size": np.where(right, 9, 13).tolist(),
            "symbol": np.where(right, "circle", "x").tolist(),
            "opacity": np.where(right, 0.7, 1.0).tolist(),
        },
        hovertemplate=f"<b>%{{customdata[0]}}</b><br>truly {label}<br>{across} %{{customdata[1]}}, {up} "
        "%{customdata[2]}<br>together %{customdata[3]}<extra></extra>",
    )  # fmt: skip


def _corners(figure: go.Figure, across: str, up: str) -> None:
    """What each quarter means, outside the crowded corners."""
    for text, x, y in ((f"only {up} says damaged", 0.01, 0.99), (f"only {across} says damaged", 0.99, 0.01)):
        figure.add_annotation(
            xref="paper", yref="paper", x=x, y=y, text=text, showarrow=False, font={"size": 13}, opacity=0.85,
            xanchor="left" if x < 0.5 else "right",
        )  # fmt: skip
    for label, x, y in ((DAMAGED, 0.99, 0.99), (INTACT, 0.01, 0.01)):
        figure.add_annotation(
            xref="paper", yref="paper", x=x, y=y, showarrow=False, font={"size": 13},
            xanchor="left" if x < 0.5 else "right",
            text=f"<span style='color:{HUES[label]}'>■</span> both say <b>{label}</b>",
        )  # fmt: skip
