"""A figure with the font and the text color of the app, light or dark."""

from __future__ import annotations

import streamlit as st

from core.figures.theme import Figure

CONFIG = {"displaylogo": False, "displayModeBar": "hover", "modeBarButtons": [["toImage"]], "scrollZoom": False}


def show(figure: Figure, key: str, *, alt: str) -> None:
    """Draw a figure; the camera in its corner saves it as SVG.

    Args:
        figure: from `core.figures`.
        key: of the element, and name of the saved file.
        alt: what it shows, for those who cannot see it.
    """
    config = {**CONFIG, "toImageButtonOptions": {"format": "svg", "filename": key}}
    st.plotly_chart(figure, key=key, config=config, alt=alt)


def pick(figure: Figure, key: str, *, alt: str) -> str | None:
    """Draw a figure whose dots are packages; answers with the id of the one that was clicked."""
    picked = st.plotly_chart(figure, key=key, config=CONFIG, alt=alt, on_select="rerun", selection_mode="points")
    points = picked.selection.points
    return str(points[0]["customdata"][0]) if points else None


def choose(figure: Figure, key: str, *, alt: str) -> list[str]:
    """Draw a figure whose dots are packages; answers with the ids inside a lasso or a box."""
    config = {**CONFIG, "modeBarButtons": [["lasso2d", "select2d", "toImage"]]}
    modes = ("lasso", "box")
    picked = st.plotly_chart(figure, key=key, config=config, alt=alt, on_select="rerun", selection_mode=modes)
    return [str(point["customdata"][0]) for point in picked.selection.points]
