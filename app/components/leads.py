"""Where to look next: one link a kind of mistake, with how many there are."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from app import packages, selection
from app.packages import Filter
from core.domain import Cut

KINDS = {
    "Escapes": (":material/logout:", "Damaged packages called intact by the ensemble: they would get out."),
    "False rejects": (":material/block:", "Intact packages called damaged by the ensemble."),
    "Models disagree": (":material/call_split:", "At least two models differ on the package."),
    "Views disagree": (":material/compare:", "The model's verdict differs between the views."),
}


def show(table: pd.DataFrame, chosen: selection.Selection, limits: Mapping[str, Cut]) -> None:
    """Draw the links; one opens Browse with the filter set."""
    judge = packages.judges(table, chosen.models)[-1]
    with st.container(horizontal=True, gap="small"):
        for kind, (icon, meaning) in KINDS.items():
            by = chosen.models[0] if kind == "Views disagree" else judge
            wanted = Filter(split=chosen.split or "", show=kind, judge=by)
            count = len(packages.select(table, wanted, models=chosen.models, thresholds=limits))
            if st.button(f"{kind} **{count:,}**", key=f"lead {kind}", icon=icon, help=meaning, disabled=not count):
                selection.forget(*packages.CHOICES)
                selection.go("browse", show=kind, judge=by)
