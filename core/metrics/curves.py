"""The curves of all models at once, over every threshold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from core.domain import INTACT
from core.metrics.classification import Curve, precision_recall, roc


def rocs(frame: pd.DataFrame) -> dict[str, Curve]:
    """ROC curve of each model, left out where it saw one class only.

    Args:
        frame: predictions of one view with known truth: columns model, label, probability.
    """
    return _each(frame, roc)


def precision_recalls(frame: pd.DataFrame) -> dict[str, Curve]:
    """Precision-recall curve of each model, left out where it saw nothing damaged.

    Args:
        frame: predictions of one view with known truth: columns model, label, probability.
    """
    return _each(frame, precision_recall)


def _each(frame: pd.DataFrame, make: Callable[[Any, Any], Curve | None]) -> dict[str, Curve]:
    made = {
        str(model): make((rows["label"] != INTACT).to_numpy(), rows["probability"].to_numpy())
        for model, rows in frame.groupby("model", sort=True)
    }
    return {model: curve for model, curve in made.items() if curve is not None}
