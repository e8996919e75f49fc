"""How well every map lies on the damage, a row a map, beside chance."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from app import agreeing, resources
from app.components import chart
from core.figures import agreement as figures


def show(rows: pd.DataFrame, labels: Sequence[str], metric: str, *, ceiling: float | None) -> None:
    """Draw one view and figure of a leaderboard.

    Args:
        rows: of `studies.agreement.leaderboard`.
        labels: of each row.
        metric: in `FIGURES`.
        ceiling: what people reach, None where that is not known.
    """
    title = agreeing.metrics()[metric]
    drawn = figures.board(rows, labels=labels, colors=resources.hues(), title=title, ceiling=ceiling)
    chart.show(drawn, f"agreement {metric}", alt=f"{title} of every map with its interval and chance")
