"""The data set at a glance: packages, classes, views, splits, files that cannot be read."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import resources
from core.contracts import Dataset
from core.errors import CoreError

CHECKED_AT_ONCE = 4_000
"""Files; a larger data set is checked when the person asks for it, since every file is read."""


def show(dataset: Dataset, table: pd.DataFrame, root: str) -> None:
    """Draw the facts in one row, and below it what a person should know before trusting the numbers."""
    pictures = dataset.index[dataset.index["package"].isin(table.index)]
    counts = pictures["view"].value_counts()
    facts = {
        "Packages": f"{len(table):,}",
        **{str(name).capitalize(): f"{count:,}" for name, count in table["label"].value_counts().sort_index().items()},
        **{f"{name.capitalize()} views": f"{counts.get(name, 0):,}" for name in dataset.view_names},
    }
    splits = table["split"].replace("", "no split").value_counts().sort_index()
    with st.container(horizontal=True, gap="medium"):
        for name, value in list(facts.items())[:8]:
            st.metric(name, value, width="content")
        if len(splits) > 1:
            st.metric("Splits", " · ".join(f"{name} {count:,}" for name, count in splits.items()), width="content")
    _health(dataset, root, _exact(pictures))


def _health(dataset: Dataset, root: str, exact: list[str]) -> None:
    known = [*exact, *(f":material/info: {notice}" for notice in dataset.notices)]
    if len(dataset.index) > CHECKED_AT_ONCE and not st.button(
        f"Check all {len(dataset.index):,} files", icon=":material/fact_check:", type="tertiary"
    ):
        st.caption("  \n".join(known))
        return
    try:
        files = resources.inventory(root)
    except CoreError as error:
        st.caption("  \n".join([*known, f":material/error: {error}"]))
        return
    for leak in resources.leaks(root):
        st.warning(leak, icon=":material/warning:")
    unreadable = files[files["reason"] != ""]
    if unreadable.empty:
        st.caption("  \n".join([*known, f":material/check: All {len(files):,} files can be read."]))
        return
    st.caption("  \n".join(known))
    says = f"**{len(unreadable):,} of {len(files):,} files cannot be read** and are left out"
    with st.expander(says, icon=":material/warning:"):
        st.dataframe(unreadable[["package", "view", "reason", "path"]], hide_index=True)


def _exact(index: pd.DataFrame) -> list[str]:
    """How many pictures are known to the pixel, where any are."""
    masks, twins = int(index["mask_path"].notna().sum()), int(index["twin_path"].notna().sum())
    parts = [f"pixel-exact masks for {masks:,} pictures"] * bool(masks)
    parts += [f"twins without the damage for {twins:,}{' pictures' * (not masks)}"] * bool(twins)
    says = ", ".join(parts)
    return [f":material/texture: {says[0].upper()}{says[1:]}."] if says else []
