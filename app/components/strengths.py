"""Curves over the strengths of every corruption, a panel each."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from app import withstanding
from app.components import chart
from core.figures import robustness


def show(table: pd.DataFrame, measure: str, *, colors: Mapping[str, str]) -> None:
    """Draw a measure.

    Args:
        table: of `studies.robustness.curves`.
        measure: in `withstanding.MEASURES`.
        colors: of the models.
    """
    column, panels = withstanding.MEASURES[measure].column, withstanding.panels(table)
    figure = robustness.curves(
        withstanding.single(table, measure), column, panels=panels, ticks=withstanding.ticks(), colors=colors
    )
    chart.show(figure, f"robustness {column}", alt=f"{measure} of each model at five strengths of each corruption")
