"""Every package as a dot where a model scored it, by truth, with the threshold as a line."""

from __future__ import annotations

from collections.abc import Collection
from itertools import product

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.domain import DAMAGED, INTACT, Cut
from core.figures.theme import FAINT, HUES, NEUTRAL, UNSURE, dress, tint

TICKS = (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999)
REACH = 8.0
"""Log-odds beyond which a dot lies at the edge: 0.03 % and 99.97 %."""
BINS = 96
MOST = 800
"""Answers drawn per class, the wrong ones first."""
PALE = 0.13
"""Opacity of what is not asked for."""


def dots(frame: pd.DataFrame, *, cut: Cut, among: Collection[str] | None = None) -> go.Figure:
    """Stacked dots, damaged above and intact below; those on the wrong side of the line are crosses.

    Args:
        frame: predictions of one model on one view with known truth: package, label, probability.
        cut: where the model decides; the band between its two thresholds goes to a person.
        among: packages that stand out, the others pale; None for all alike.
    """
    figure = dress(go.Figure(), height=340)
    lines = log_odds(np.array([cut.accept, cut.reject]))
    for line in dict.fromkeys(lines.tolist()):
        figure.add_vline(x=line, line={"color": NEUTRAL, "width": 1.5})
    if cut.reviews:
        figure.add_vrect(x0=lines[0], x1=lines[1], fillcolor=tint(UNSURE, 0.16), line_width=0, layer="below")
    for label, side in ((DAMAGED, 1), (INTACT, -1)):
        rows = frame[(frame["label"] != INTACT) == (label == DAMAGED)]
        missed = rows["probability"] < cut.accept if label == DAMAGED else rows["probability"] >= cut.reject
        pale = ~rows["package"].isin(among) if among is not None else np.zeros(len(rows), bool)
        rows = thinned(rows.assign(right=~missed, pale=pale))
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
        x=float(lines.mean()),
        y=1.0,
        yanchor="bottom",
        showarrow=False,
        text=f"called intact ◂ {_between(cut)} ▸ called damaged",
        font={"size": 12},
    )
    return figure


def _between(cut: Cut) -> str:
    return f"{cut.accept:.2f} ◂ a person decides ▸ {cut.reject:.2f}" if cut.reviews else f"{cut.accept:.2f}"


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
    """At most `MOST` right answers and as many wrong ones, evenly over the scores."""
    groups = [group.sort_values("probability") for group in (rows[rows["right"]], rows[~rows["right"]])]
    return pd.concat([group.iloc[:: max(1, -(-len(group) // MOST))] for group in groups])


def _stack(figure: go.Figure, rows: pd.DataFrame, label: str, side: int) -> None:
    """One trace for each of right and wrong, asked for and not: a look for each point would cost seconds for many."""
    x = log_odds(rows["probability"].to_numpy())
    y = side * heights(x)
    flags = rows["right"].to_numpy(bool), rows["pale"].to_numpy(bool)
    for right, pale in product((True, False), repeat=2):
        at = np.flatnonzero((flags[0] == right) & (flags[1] == pale))
        if not len(at):
            continue
        here = rows.iloc[at]
        figure.add_scatter(
            x=x[at],
            y=y[at],
            mode="markers",
            customdata=here[["package", "probability"]].to_numpy(),
            marker={
                "color": HUES[label],
                "size": 8 if right else 11,
                "symbol": "circle" if right else "x",
                "opacity": PALE if pale else 0.75 if right else 1.0,
            },
            hovertemplate="<b>%{customdata[0]}</b><br>truly " + label + "<br>probability of damaged "
            "%{customdata[1]:.3f}<extra></extra>",
        )
