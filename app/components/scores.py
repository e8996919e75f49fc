"""Every package where one model scored it; a click on a dot answers with its id."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from app.components import chart
from core.domain import Cut
from core.figures import scores


def show(frame: pd.DataFrame, key: str, *, cut: Cut, among: Collection[str] | None = None) -> str | None:
    """Draw the dots.

    Args:
        frame: of `study.predictions`, one model and one view with known truth.
        key: of the figure, unique on the page.
        cut: where the model decides.
        among: packages that stand out, the others pale; None for all alike.
    """
    return chart.pick(scores.dots(frame, cut=cut, among=among), key, alt="Where each package was scored")
