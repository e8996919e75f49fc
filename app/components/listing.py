"""A table to read, with the same as a file beside it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

HEIGHT = 420
"""Pixels; a longer table scrolls."""


def show(table: pd.DataFrame, name: str, *, raw: pd.DataFrame | None = None) -> None:
    """Draw a table; nothing where it is empty.

    Args:
        table: as a person reads it.
        name: of the file, and key of the widgets.
        raw: what the file holds, the table itself where None.
    """
    if table.empty:
        return
    st.dataframe(table, hide_index=True, height=min(HEIGHT, 38 + 35 * len(table)), key=f"{name} table")
    file = table if raw is None else raw
    st.download_button("CSV", file.to_csv(index=False), f"{name}.csv", key=f"{name} csv", icon=":material/download:")
