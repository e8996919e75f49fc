"""Packages in the order of a figure: as a table, as a file, and as tiles that open in Explain."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import resources
from app.components import paged
from app.selection import Selection


def show(ranked: pd.DataFrame, chosen: Selection, name: str, *, key: str, help: str) -> None:
    """Draw them; must be the last call of a page.

    Args:
        ranked: one row a package, with the column "package", in its order.
        chosen: the shared choices.
        name: of the file.
        key: of its button.
        help: what the table says.
    """
    with st.container(horizontal=True):
        listed = st.toggle("Table", key="listed", help=help)
        st.download_button("CSV", ranked.to_csv(index=False), f"{name}.csv", key=key, icon=":material/download:")
    if listed:
        st.dataframe(ranked.round(3), hide_index=True, height=min(400, 38 + 35 * len(ranked)))
    table = resources.table(chosen.data, chosen.models)
    rows = table.loc[[one for one in ranked["package"] if one in table.index]]
    if not rows.empty:
        limits = resources.cuts(chosen.models, chosen.threshold)
        paged.show(rows, root=chosen.data, models=chosen.models, thresholds=limits, opens="explain")
