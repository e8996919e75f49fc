"""Labels that may be wrong, the most doubtful first."""

from __future__ import annotations

import streamlit as st

from app import findings, resources
from app.components import conclusion, states
from app.components.asked import Asked, Shown


def show(asked: Asked, source: str) -> Shown:
    """Draw what is suspected; answers with the packages to show below.

    Args:
        asked: whose answers contradict the labels.
        source: where the answers come from, in words.
    """
    found = resources.suspects(asked.chosen, asked.model, asked.limits)
    quietly = f"{source} The method expects {found.expected:.1f} wrong labels of {found.looks:,}."
    conclusion.show(findings.labels(found), quietly, help=findings.DOUBTED)
    if found.table.empty:
        states.empty(
            "No doubt", "No label here is contradicted by a network that had not seen the package.",
            icon=":material/label:",
        )  # fmt: skip
        return Shown()
    st.dataframe(found.table.round({"probability": 3, "margin": 3}), hide_index=True, height=_height(len(found.table)))
    st.download_button(
        "CSV", found.table.to_csv(index=False), "suspected-labels.csv", key="suspects csv", icon=":material/download:"
    )
    return Shown(tuple(found.table["package"]))


def _height(rows: int) -> int:
    return min(300, 38 + 35 * rows)
