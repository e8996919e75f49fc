"""Packages page by page: their tiles, and below them the numbers of the pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from app.components import filters, gallery
from core.domain import Cut


def show(rows: pd.DataFrame, *, root: str, models: tuple[str, ...], thresholds: Mapping[str, Cut], **how: Any) -> None:
    """Draw these packages, a page of them at a time; must be the last call of a page.

    Args:
        rows: of `packages.table`.
        root: of the data set.
        models: whose verdicts are chips.
        thresholds: on the probability of damaged, a model.
        how: what else `gallery.show` takes.
    """
    tiles, below = st.container(), st.container(horizontal_alignment="center")
    with below:
        page = filters.page(rows)
    with tiles:
        gallery.show(page, "tiles", root=root, models=models, thresholds=thresholds, **how)
