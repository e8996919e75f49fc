"""What each model trades at other thresholds: ROC and precision-recall side by side."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from app.components import chart
from app.resources import Curves
from core.domain import Cut
from core.figures import curves


def show(found: Curves, *, limits: Mapping[str, Cut], colors: Mapping[str, str]) -> None:
    """Draw both figures.

    Args:
        found: the curves by model.
        limits: where each model decides: a dot on its curve, at what is not accepted.
        colors: model to hue, see `theme.hues`.
    """
    thresholds = {model: cut.accept for model, cut in limits.items()}
    left, right = st.columns(2, gap="large")
    with left:
        chart.show(curves.roc(found.roc, thresholds=thresholds, colors=colors), "roc", alt="ROC curves")
    with right:
        figure = curves.precision_recall(found.precision_recall, thresholds=thresholds, colors=colors)
        chart.show(figure, "precision-recall", alt="Precision-recall curves")
