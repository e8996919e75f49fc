"""One view against another, a dot a package; a click on a dot answers with its id."""

from __future__ import annotations

import streamlit as st

from app.components import chart
from core.figures import fusion
from core.studies.fusion import Fused


def show(found: Fused, key: str) -> str | None:
    """Draw the dots of two views; of more than two a person chooses which.

    Args:
        found: of one model with at least two views.
        key: of the figure, unique on the page.
    """
    across, up = found.views[:2]
    if len(found.views) > 2:
        pairs = [f"{one} · {other}" for at, one in enumerate(found.views) for other in found.views[at + 1 :]]
        pair = st.segmented_control("Views", pairs, default=pairs[0], key="pair", bind="query-params", required=True)
        across, up = str(pair).split(" · ")
    figure = fusion.plane(found.packages, across=across, up=up, threshold=found.threshold)
    alt = f"What the {across} view says of each package against what the {up} view says"
    return chart.pick(figure, f"{key} {found.model} {across} {up}", alt=alt)
