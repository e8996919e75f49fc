"""What a page can be taken home as: its table, and the report of everything."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st


def show(table: pd.DataFrame, name: str, *, report: Callable[[], bytes]) -> None:
    """Draw both buttons; the report is made when its button is pressed.

    Args:
        table: the figures of the page.
        name: of the file.
        report: makes the report, an HTML file.
    """
    with st.container(horizontal=True, width="content"):
        st.download_button(
            "Report", report, f"{name}-report.html", "text/html", key="report", icon=":material/description:",
            on_click="ignore", help="One file with everything that is known; making it takes a moment.",
        )  # fmt: skip
        text = table.to_csv(index=False)
        st.download_button("All figures as CSV", text, f"{name}.csv", key="figures", icon=":material/download:")
