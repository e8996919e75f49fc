"""The views of one package side by side, as large as the page allows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import resources, sentences
from app.closeups import Closeup
from app.components import comparison, picture
from app.resources import Known
from core.domain import Floats, View
from core.errors import CoreError

FRAMED = (
    "Cut out upright, as the models see it. Framing says how sure they are of having found the package, from 0 to 1. "
    "Click the picture to look closer."
)


LOOKS = ("Picture", "Before and after")
OUTLINED = "Outline the damaged pixels, where the data set knows them. White lines are boxes that a person has drawn."
COMPARED = "Before and after: drag the divider, or use the arrow keys on it, to see the package without its damage."


class Look(NamedTuple):
    """How the views are shown: with the known damage outlined, against their twins."""

    outline: bool = True
    compare: bool = False

    def kept(self, known: Known | Closeup) -> dict[str, Any]:
        """What of an outline and a twin is shown, as arguments of `one`."""
        return {"outline": known.outline if self.outline else (), "twin": known.twin if self.compare else None}


PLAIN = Look()


def controls(root: str, package: str) -> Look:
    """Draw the choices of how views are shown, where the data set knows enough for any."""
    index = resources.dataset(root).index
    if index["mask_path"].isna().all() and index["twin_path"].isna().all():
        return PLAIN
    here = index[index["package"] == package]
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        look = st.segmented_control(
            "Pictures", LOOKS, default=LOOKS[0], key="pictures", bind="query-params", required=True, help=COMPARED,
            label_visibility="collapsed", disabled=bool(here["twin_path"].isna().all()),
        )  # fmt: skip
        outline = st.toggle(
            "Damage outline", True, key="outline", bind="query-params", help=OUTLINED,
            disabled=bool(here["mask_path"].isna().all()),
        )  # fmt: skip
    return Look(outline, look == LOOKS[1])


def names(root: str, package: str) -> list[str]:
    """Views that the package should have, from the names of its files."""
    index = resources.dataset(root).index
    return sorted(index.loc[index["package"] == package, "view"])


def show(root: str, package: str, *, framed_by: str = "", look: Look = PLAIN) -> None:
    """Draw every view, and below it the package cut out as a model sees it.

    Args:
        root: of the data set.
        package: its id.
        framed_by: name of the model; "" for no close-ups.
        look: of `controls`.
    """
    cameras, there = resources.dataset(root).view_names, names(root, package)
    closer: dict[str, DeltaGenerator] = {}
    for name, column in zip(cameras, st.columns(max(2, len(cameras))), strict=False):
        with column:
            if name not in there:
                absent(name, "There is no such picture of this package.")
                continue
            try:
                view, known = resources.view(root, package, name), resources.known(root, package, name)
                marked = sentences.marked(known.truth) if look.outline else ""
                one(view, key=f"view {name}", marked=marked, **look.kept(known))
            except CoreError as error:
                absent(name, str(error))
                continue
            if known.problem:
                st.caption(f":material/warning: {known.problem}")
            closer[name] = st.empty()
            if framed_by:
                with closer[name].container():
                    picture.hold(resources.crop_size(framed_by), key=f"waiting {name}")
    for name, place in closer.items() if framed_by else ():
        found = resources.closeup(root, package, name, framed_by)
        with place.container():
            says = f"close-up · framing {found.confidence:.2f}"
            one(found.view, key=f"closeup {name}", says=says, help=FRAMED, **look.kept(found))


def one(
    view: View, *, key: str, says: str = "", help: str = "Click the picture to look closer.", marked: str = "",
    outline: Sequence[Floats] = (), twin: View | None = None,
) -> None:  # fmt: skip
    """Draw one view with its name, and what it says in a quiet line.

    Args:
        view: what to draw.
        key: of the component, unique on the page.
        says: the quiet line; the size of the picture where there is none.
        help: its tooltip.
        marked: what the outline of the damage is, "" where there is none.
        outline: polygons around the damage, in 0..1 of the frame.
        twin: the same picture without the damage, to draw them on top of each other.
    """
    labels = ", ".join(sorted({region.label for region in view.regions}))
    height, width = view.pixels.shape[:2]
    parts = [f"**{view.name}**", says or f"{width} x {height}"]
    parts += [f":red[:material/texture:] {marked}"] * bool(marked) + [f"outlined: {labels}"] * bool(labels)
    st.caption(" · ".join(parts), help=help)
    if twin is None:
        picture.show(view, key, outline=outline)
    else:
        comparison.show(view, twin, f"{key} and its twin", outline=outline)


def absent(name: str, reason: str) -> None:
    """The place of a view that cannot be shown."""
    st.caption(f"**{name}**")
    st.warning(reason, icon=":material/broken_image:")
