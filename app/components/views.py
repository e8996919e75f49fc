"""The views of one package side by side, as large as the page allows."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import resources
from app.components import picture
from core.domain import View
from core.errors import CoreError

FRAMED = (
    "Cut out upright, as the models see it. Framing says how sure they are of having found the package, from 0 to 1. "
    "Click the picture to look closer."
)


def names(root: str, package: str) -> list[str]:
    """Views that the package should have, from the names of its files."""
    index = resources.dataset(root).index
    return sorted(index.loc[index["package"] == package, "view"])


def show(root: str, package: str, *, framed_by: str = "") -> None:
    """Draw every view, and below it the package cut out as a model sees it.

    Args:
        root: of the data set.
        package: its id.
        framed_by: name of the model; "" for no close-ups.
    """
    cameras, there = resources.dataset(root).view_names, names(root, package)
    closer: dict[str, DeltaGenerator] = {}
    for name, column in zip(cameras, st.columns(max(2, len(cameras))), strict=False):
        with column:
            if name not in there:
                absent(name, "There is no such picture of this package.")
                continue
            try:
                one(resources.view(root, package, name), key=f"view {name}")
            except CoreError as error:
                absent(name, str(error))
                continue
            closer[name] = st.empty()
            if framed_by:
                with closer[name].container():
                    picture.hold(resources.crop_size(framed_by), key=f"waiting {name}")
    for name, place in closer.items() if framed_by else ():
        found = resources.closeup(root, package, name, framed_by)
        with place.container():
            one(found.view, key=f"closeup {name}", says=f"close-up · framing {found.confidence:.2f}", help=FRAMED)


def one(view: View, *, key: str, says: str = "", help: str = "Click the picture to look closer.") -> None:
    """Draw one view with its name, and what it says in a quiet line."""
    labels = ", ".join(sorted({region.label for region in view.regions}))
    height, width = view.pixels.shape[:2]
    marked = f" · outlined: {labels}" if labels else ""
    st.caption(f"**{view.name}** · {says or f'{width} x {height}'}{marked}", help=help)
    picture.show(view, key)


def absent(name: str, reason: str) -> None:
    """The place of a view that cannot be shown."""
    st.caption(f"**{name}**")
    st.warning(reason, icon=":material/broken_image:")
