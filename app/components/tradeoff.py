"""What each model trades at other thresholds: ROC and precision-recall side by side."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from app.components import chart
from core import study
from core.figures import curves


def show(frame: pd.DataFrame, *, thresholds: Mapping[str, float], colors: Mapping[str, str]) -> None:
    """Draw both figures.

    Args:
        frame: of `study.predictions`, one view with known truth.
        thresholds: model to threshold on the probability of damaged, a dot on its curve.
        colors: model to hue, see `theme.hues`.
    """
    left, right = st.columns(2, gap="large")
    with left:
        chart.show(curves.roc(study.rocs(frame), thresholds=thresholds, colors=colors), "roc", alt="ROC curves")
    with right:
        figure = curves.precision_recall(study.precision_recalls(frame), thresholds=thresholds, colors=colors)
        chart.show(figure, "precision-recall", alt="Precision-recall curves")
