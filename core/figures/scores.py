"""Every package as a dot where a model scored it, by truth, with the threshold as a line."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.domain import DAMAGED, INTACT
from core.figures.theme import FAINT, HUES, NEUTRAL, dress

TICKS = (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999)
REACH = 8.0
"""Log-odds beyond which a dot lies at the edge: 0.03 % and 99.97 %."""
BINS = 96
MOST = 2_000
"""Right answers drawn per class; the wrong ones are always all drawn."""


def dots(frame: pd.DataFrame, *, threshold: float) -> go.Figure:
    """Stacked dots, damaged above and intact below; those on the wrong side of the line are crosses.

    Args:
        frame: predictions of one model on one view with known truth: package, label, probability.
        threshold: on the probability of damaged, in (0, 1).
    """
    figure = dress(go.Figure(), height=340)
    line = float(log_odds(np.array([threshold]))[0])
    figure.add_vline(x=line, line={"color": NEUTRAL, "width": 1.5})
    for label, side in ((DAMAGED, 1), (INTACT, -1)):
        rows = frame[(frame["label"] != INTACT) == (label == DAMAGED)]
        rows = thinned(rows.assign(right=(rows["probability"] >= threshold) == (label == DAMAGED)))
        _stack(figure, rows, label, side)
    ticks = log_odds(np.array(TICKS))
    figure.update_xaxes(
        tickvals=ticks,
        ticktext=[f"{tick:.1%}" if tick in (0.001, 0.999) else f"{tick:.0%}" for tick in TICKS],
        range=[-REACH - 0.3, REACH + 0.3],
        title_text="Probability of damaged (log-odds scale)",
    )
    figure.update_yaxes(showticklabels=False, showgrid=False, zeroline=True, zerolinecolor=FAINT)
    for label, at in ((DAMAGED, 0.97), (INTACT, 0.03)):
        figure.add_annotation(
            xref="paper",
            yref="paper",
            x=0.005,
            y=at,
            xanchor="left",
            showarrow=False,
            font={"size": 13},
            text=f"<span style='color:{HUES[label]}'>■</span> truly <b>{label}</b>",
        )
    figure.add_annotation(
        xref="x",
        yref="paper",
        x=line,
        y=1.0,
        yanchor="bottom",
        showarrow=False,
        text=f"called intact ◂ {threshold:.2f} ▸ called damaged",
        font={"size": 12},
    )
    return figure


def log_odds(probability: NDArray[np.floating]) -> NDArray[np.float64]:
    """Log-odds of probabilities, held within what the figure shows."""
    clipped = np.clip(np.asarray(probability, np.float64), 1e-12, 1 - 1e-12)
    odds: NDArray[np.float64] = np.clip(np.log(clipped / (1 - clipped)), -REACH, REACH)
    return odds


def heights(x: NDArray[np.float64]) -> NDArray[np.integer]:
    """Place of each dot in its stack, from 1, where those that would overlap are piled up."""
    bins = pd.Series(np.round((x + REACH) / (2 * REACH) * BINS).astype(int))
    return bins.groupby(bins).cumcount().to_numpy() + 1


def thinned(rows: pd.DataFrame) -> pd.DataFrame:
    """At most `MOST` right answers, evenly over the scores; every wrong one."""
    right = rows[rows["right"]].sort_values("probability")
    return pd.concat([right.iloc[:: max(1, -(-len(right) // MOST))], rows[~rows["right"]]])


def _stack(figure: go.Figure, rows: pd.DataFrame, label: str, side: int) -> None:
    x = log_odds(rows["probability"].to_numpy())
    figure.add_scatter(
        x=x,
        y=side * heights(x),
        mode="markers",
        customdata=rows[["package", "probability"]].to_numpy(),
        marker={
            "color": HUES[label],
            "size": np.where(rows["right"], 8, 11).tolist(),
            "symbol": np.where(rows["right"], "circle", "x").tolist(),
            "opacity": np.where(rows["right"], 0.75, 1.0).tolist(),
        },
        hovertemplate="<b>%{customdata[0]}</b><br>truly " + label + "<br>probability of damaged %{customdata[1]:.3f}"
        "<extra></extra>",
    )
