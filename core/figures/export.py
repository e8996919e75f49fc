"""Figures as parts of a page that stands alone."""

from __future__ import annotations

import plotly.graph_objects as go
from plotly.io import to_html
from plotly.offline import get_plotlyjs

INK = "#1b1f24"
"""Of text on paper: outside the app no theme gives a figure its font color."""


def fragment(figure: go.Figure) -> str:
    """A figure as HTML without the library that draws it, see `library`; the figure stays as it is."""
    drawn = go.Figure(figure)
    drawn.update_layout(font={"color": INK, "family": "system-ui, sans-serif"}, autosize=True)
    height = f"{drawn.layout.height or 420}px"
    config = {"displaylogo": False, "displayModeBar": False, "responsive": True}
    return str(
        to_html(
            drawn, full_html=False, include_plotlyjs=False, config=config, default_width="100%", default_height=height
        )
    )


def library() -> str:
    """The script that draws the fragments, about 5 MB: once a page."""
    return str(get_plotlyjs())
