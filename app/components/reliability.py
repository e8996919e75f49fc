"""What a model says against what is observed, as a reliability diagram."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from app.components import chart
from core.figures import calibration


def show(said: pd.DataFrame, bins: pd.DataFrame, figures: Mapping[str, Any], *, color: str) -> None:
    """Draw the diagram of one model on one view.

    Args:
        said: its answers to packages of known class: label, probability.
        bins: of `studies.calibration.reliabilities`.
        figures: its row of `studies.calibration.figures`.
        color: of the model.
    """
    figure = calibration.reliability(bins, said, figures, color=color)
    chart.show(figure, "reliability", alt=f"Share of damaged packages against what {figures['model']} says")
