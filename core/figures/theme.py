"""One look for every figure: a hue per meaning, thin grid, no box, the font of the app."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import plotly.graph_objects as go

from core.domain import DAMAGED, INTACT

Figure = go.Figure

HUES = {DAMAGED: "#D55E00", INTACT: "#009E73"}
"""Class to hue: vermillion and bluish green of Okabe & Ito, told apart by color-blind people."""
UNSURE = "#B08D3C"
"""Grey-amber, for what needs a second look."""
NEUTRAL = "#808080"
"""Readable as a line on white and on black; the ensemble, and classes that are neither damaged nor intact."""
ARCHITECTURES = ("#56B4E9", "#0072B2", "#CC79A7", "#E69F00")
"""One Okabe-Ito hue per model, used for nothing else."""
ENSEMBLE = "ensemble"  # the same word as study.ENSEMBLE, which is not imported so that a figure loads no network

GRID = "rgba(128, 128, 128, 0.22)"
FAINT = "rgba(128, 128, 128, 0.55)"

AXIS: dict[str, Any] = {
    "gridcolor": GRID,
    "gridwidth": 1,
    "linewidth": 0,
    "showline": False,
    "zeroline": False,
    "ticks": "",
    "title": {"font": {"size": 13}, "standoff": 8},
    "tickfont": {"size": 12},
    "automargin": True,
}
LAYOUT: dict[str, Any] = {
    "margin": {"l": 8, "r": 8, "t": 28, "b": 8},
    "paper_bgcolor": "rgba(0, 0, 0, 0)",
    "plot_bgcolor": "rgba(0, 0, 0, 0)",
    "hoverlabel": {"align": "left"},
    "dragmode": False,
    "showlegend": False,
}


def hues(models: Iterable[str]) -> dict[str, str]:
    """A fixed hue for each model by its place in the alphabet; the ensemble is neutral."""
    single = sorted(set(models) - {ENSEMBLE})
    colors = {name: ARCHITECTURES[at % len(ARCHITECTURES)] for at, name in enumerate(single)}
    return colors | {ENSEMBLE: NEUTRAL}


def hue(label: str | None) -> str:
    """The hue of a class; neutral where it is neither damaged nor intact."""
    return HUES.get(label or "", NEUTRAL)


def tint(color: str, strength: float) -> str:
    """The color, see-through: `strength` 0 shows the page behind it, 1 hides it."""
    red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {strength:.3f})"


def dress(figure: go.Figure, *, height: int) -> go.Figure:
    """Give a figure the common look.

    Set on the layout itself rather than as a template, so that the host page may lay its own font and text color
    below it and a switch between light and dark needs no new figure.
    """
    figure.update_layout(**LAYOUT, height=height)
    figure.update_xaxes(**AXIS)
    figure.update_yaxes(**AXIS)
    return figure
