"""The packages behind a number: their count as a row, and what can be done with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from app import packages, selection
from app.packages import Filter


def row(counts: Mapping[str, int], *, model: str, view: str) -> pd.DataFrame:
    """Confusion counts as the one row that `matrix.show` draws."""
    decided = sum(counts[name] for name in ("tp", "fp", "tn", "fn"))
    accuracy = (counts["tp"] + counts["tn"]) / decided if decided else None
    return pd.DataFrame([{"model": model, "view": view, "accuracy": accuracy, **counts}])


def actions(rows: pd.DataFrame, key: str, *, wanted: Filter, judges: Sequence[str], view: str) -> None:
    """Draw the buttons over a gallery: explain its packages, see them as a table, download that.

    Args:
        rows: of a `packages.table`.
        key: of the widgets, unique on the page.
        wanted: the filter that found them.
        judges: whose probabilities the table shows.
        view: of which view.
    """
    listed = as_table(rows, judges, view)
    with st.container(horizontal=True):
        words = "What the models looked at, one package after the other."
        if st.button("Explain them", key=f"{key} explain", icon=":material/visibility:", help=words):
            selection.go("explain", package=str(rows.index[0]), within=wanted.text())
        name = f"{wanted.show.lower().replace(' ', '-')}.csv"
        st.download_button(
            "CSV", lambda: listed.to_csv(index=False), name, key=f"{key} csv", icon=":material/download:"
        )
        shown = st.toggle("Table", key=f"{key} table", help="The same packages as rows.")
    if shown:
        st.dataframe(listed, hide_index=True, height=min(400, 38 + 35 * len(listed)))


def as_table(rows: pd.DataFrame, judges: Sequence[str], view: str) -> pd.DataFrame:
    """Package, truth, damage, and each model's probability of damaged on one view, as a person reads them."""
    known = [name for name in ("label", "split", "kind", "severity", "source") if name in rows]
    said = {packages.probability(model, view): model for model in judges if packages.probability(model, view) in rows}
    named = rows[[*known, *said]].rename(columns=said | {"label": "truth"}).rename_axis("package").reset_index()
    return named.round({model: 4 for model in said.values()})
