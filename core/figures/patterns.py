"""Error patterns: slices against the rest, a map of packages, how near pictures of two splits are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.domain import DAMAGED, INTACT
from core.figures.matrix import percent
from core.figures.theme import FAINT, HUES, NEUTRAL, dress, hue

MOST = 14
"""Slices drawn; the table has them all."""

COLORS = ("Class", "Outcome", "Split")
"""What the color of a dot on the map may say."""

OUTCOMES = {"Escape": HUES[DAMAGED], "False reject": HUES[INTACT], "Found": FAINT, "Passed": FAINT}
"""Outcome to hue: mistakes have the hue of what the package truly is; right answers stand back."""


def differences(table: pd.DataFrame, *, color: str, noun: str, level: float = 0.05) -> go.Figure:
    """Each slice as a dot at how much worse it is than its rest, with its 95 % interval.

    Args:
        table: of `core.studies.patterns.slices`, the first `MOST` rows are drawn.
        color: of the slices that hold after the correction for many looks; the others are gray.
        noun: what is counted: "errors".
        level: of the corrected p value.
    """
    rows = table.head(MOST).iloc[::-1]
    figure = dress(go.Figure(), height=90 + 30 * max(len(rows), 2))
    hovers = [_hover(row, noun) for _, row in rows.iterrows()]
    figure.add_vline(x=0, line={"color": NEUTRAL, "width": 1.5})
    hues = np.where(rows["holm"] < level, color, NEUTRAL)
    figure.add_scatter(
        x=100 * rows["difference"],
        y=_names(rows),
        mode="markers",
        marker={"size": 11, "color": hues.tolist()},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": 100 * (rows["difference_high"] - rows["difference"]),
            "arrayminus": 100 * (rows["difference"] - rows["difference_low"]),
            "color": FAINT,
            "thickness": 2,
            "width": 0,
        },
        customdata=list(zip(rows["key"], hovers, strict=True)),
        hovertemplate="%{customdata[1]}<extra></extra>",
    )
    figure.update_xaxes(
        title_text=f"More {noun} than the rest, percentage points (95 % interval)", zeroline=False, ticksuffix=""
    )
    figure.update_yaxes(showgrid=False, tickfont={"size": 13})
    return figure


def _names(rows: pd.DataFrame) -> list[str]:
    return [
        f"<b>{column}</b> {name}  <span style='opacity:.65'>{errors} of {n}</span>"
        for column, name, errors, n in zip(rows["column"], rows["slice"], rows["errors"], rows["n"], strict=True)
    ]


def _hover(row: pd.Series, noun: str) -> str:
    return (
        f"<b>{row['key']}</b><br>{row['errors']:,} {noun} of {row['n']:,}: {percent(row['rate'], 1)} "
        f"({100 * row['low']:.0f} to {100 * row['high']:.0f})<br>"
        f"the rest: {row['rest_errors']:,} of {row['rest_n']:,}: {percent(row['rest_rate'], 1)}<br>"
        f"p = {row['p']:.3g}; for all looks: Holm {row['holm']:.2g}, false discovery rate {row['fdr']:.2g}"
    )


def scatter(points: pd.DataFrame, *, by: str = COLORS[0], kept: Sequence[float] = ()) -> go.Figure:
    """Packages where networks see alike what lies together; mistakes are crosses; a lasso chooses.

    Args:
        points: package, x, y, label (None unknown), outcome (None where there is no answer here), split, here (bool,
            False stands back).
        by: one of `COLORS`.
        kept: share of the variance along x and y, for the axes; empty where they mean nothing.
    """
    figure = dress(go.Figure(), height=520)
    draw = go.Scattergl if len(points) > 5_000 else go.Scatter
    away = points[~points["here"]]
    if len(away):
        figure.add_trace(_dots(draw, away, "not in the chosen split", FAINT, opacity=0.35, size=5))
    here = points[points["here"]]
    for name, rows in here.groupby(_group(here, by), sort=True):
        figure.add_trace(_dots(draw, rows, str(name), _hue(str(name), by), opacity=0.85, size=9))
    for axis, share in zip((figure.update_xaxes, figure.update_yaxes), kept, strict=False):
        axis(title_text=f"{percent(share)} of the variance")
    figure.update_xaxes(showticklabels=False, showgrid=False)
    figure.update_yaxes(showticklabels=False, showgrid=False)
    figure.update_layout(
        dragmode="lasso",
        showlegend=True,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return figure


def _group(rows: pd.DataFrame, by: str) -> pd.Series:
    column = {"Outcome": "outcome", "Class": "label", "Split": "split"}[by]
    return rows[column].astype(object).where(rows[column].notna(), "unknown").replace("", "no split")


def _hue(name: str, by: str) -> str:
    if by == "Split":
        return FAINT if name == "train" else NEUTRAL
    return OUTCOMES.get(name, NEUTRAL) if by == "Outcome" else hue(name)


def _dots(draw: type[Any], rows: pd.DataFrame, name: str, color: str, *, opacity: float, size: int) -> Any:
    wrong = rows["outcome"].isin(["Escape", "False reject"])
    says = rows["outcome"].fillna("").astype(str)
    return draw(
        x=rows["x"],
        y=rows["y"],
        mode="markers",
        name=f"{name} {len(rows):,}",
        customdata=np.stack([rows["package"], rows["label"].fillna("truth unknown").astype(str), says], axis=1),
        marker={
            "color": color,
            "opacity": opacity,
            "size": np.where(wrong, size + 3, size).tolist(),
            "symbol": np.where(wrong, "x", "circle").tolist(),
        },
        hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]} %{customdata[2]}<extra></extra>",
    )


def nearness(usual: Sequence[float], across: Sequence[float], *, bits: float) -> go.Figure:
    """In how many of 64 bits pictures differ from the nearest one, within a split and between splits.

    Args:
        usual: to the nearest of another package of the same split, one number a picture.
        across: to the nearest of another split.
        bits: up to which a pair is surprisingly near.
    """
    figure = dress(go.Figure(), height=240)
    top = max([*usual, *across, bits, 8.0]) + 2
    for values, name, color in ((usual, "same split", FAINT), (across, "another split", NEUTRAL)):
        counts = np.bincount(np.asarray(values, int) // 2, minlength=int(top) // 2 + 1)  # hashes differ in even numbers
        shares = counts / max(counts.sum(), 1)
        figure.add_scatter(
            x=2 * np.arange(len(counts)), y=100 * shares, mode="lines", name=f"nearest of {name}",
            line={"color": color, "width": 2.5, "shape": "hvh"},
            hovertemplate=f"%{{y:.0f}} % of pictures differ in %{{x}} bits from the nearest of {name}<extra></extra>",
        )  # fmt: skip
    figure.add_vline(x=bits, line={"color": NEUTRAL, "width": 1.5, "dash": "dot"})
    figure.add_annotation(
        x=bits, y=1, yref="paper", yanchor="bottom", showarrow=False, text="◂ surprisingly near", font={"size": 12}
    )
    figure.update_xaxes(title_text="Bits in which the nearest picture differs, of 64", range=[-1, top])
    figure.update_yaxes(title_text="Pictures, %", rangemode="tozero")
    figure.update_layout(showlegend=True, legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1})
    return figure
