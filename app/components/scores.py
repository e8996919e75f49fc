"""Every package where one model scored it; a click on a dot answers with its id."""

from __future__ import annotations

import pandas as pd

from app.components import chart
from core.figures import scores


def show(frame: pd.DataFrame, key: str, *, threshold: float) -> str | None:
    """Draw the dots.

    Args:
        frame: of `study.predictions`, one model and one view with known truth.
        key: of the figure, unique on the page.
        threshold: on the probability of damaged.
    """
    return chart.pick(scores.dots(frame, threshold=threshold), key, alt="Where each package was scored")
