"""What rejecting the least sure readings buys, and which characters are confused."""

from __future__ import annotations

import streamlit as st

from app import identifying
from app.components import chart, conclusion
from core.figures import serials as figures
from core.studies.identity import Found


def show(found: Found) -> None:
    """Draw both, side by side; nothing where no reading can be held against anything."""
    if found.judged.empty:
        return
    counts, above, below = found.confusions, st.columns(2, gap="large"), st.columns(2, gap="large")
    with above[0]:
        conclusion.show(identifying.rejecting(found), identifying.rejected(found), help=identifying.TERMS)
    with above[1]:
        conclusion.show(identifying.confused(counts), identifying.characters(counts, found), help=identifying.TERMS)
    with below[0]:
        drawn = figures.rejection(found.rejection, stands=identifying.stands(found))
        chart.show(drawn, "accuracy against rejected share", alt="Accuracy of the readings against the share rejected")
    with below[1]:
        chart.show(figures.confusions(counts), "confused characters", alt="Which characters are read as which")
