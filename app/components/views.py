"""The views of one package side by side, as large as the page allows."""

from __future__ import annotations

import streamlit as st

from app import resources
from app.components import picture
from core.domain import View
from core.errors import CoreError


def names(root: str, package: str) -> list[str]:
    """Views that the package should have, from the names of its files."""
    index = resources.dataset(root).index
    return sorted(index.loc[index["package"] == package, "view"])


def show(root: str, package: str) -> None:
    """Draw every view; one that is missing or cannot be read says so in its place."""
    dataset = resources.dataset(root)
    there = names(root, package)
    columns = st.columns(max(2, len(dataset.view_names)))
    for column, name in zip(columns, dataset.view_names, strict=False):
        with column:
            if name not in there:
                absent(name, "There is no such picture of this package.")
                continue
            try:
                one(resources.view(root, package, name), key=f"view {name}")
            except CoreError as error:
                absent(name, str(error))


def one(view: View, *, key: str) -> None:
    """Draw one view with its name."""
    marked = f" · {len(view.regions)} marked: {', '.join({region.label for region in view.regions})}" if view.regions else ""
    height, width = view.pixels.shape[:2]
    st.caption(f"**{view.name}** · {width} x {height}{marked} · click to look closer")
    picture.show(view, key)


def absent(name: str, reason: str) -> None:
    """The place of a view that cannot be shown."""
    st.caption(f"**{name}**")
    st.warning(reason, icon=":material/broken_image:")
