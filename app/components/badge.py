"""Whether a map can be trusted, as a small badge that says on a click what was tested."""

from __future__ import annotations

import streamlit as st

from app import mapwords, resources


def show(root: str, model: str, method: str, *, key: str) -> None:
    """Draw the verdict on a method's maps of a model: a click says what was tested, on how many packages, how it went.

    Reads what was stored by `secondlook trust`, or by the page Map trust, and never computes: cheap enough to stand
    under every map. Where nothing was stored it says so.

    Args:
        root: of the data set.
        model: name of the checkpoint.
        method: name in the registry of attribution methods.
        key: of the popover, unique on the page.
    """
    found = resources.trusted(root, model, method)
    look = mapwords.LOOKS[found.level]
    with st.popover(f":{look.color}[{look.title}]", icon=look.icon, type="tertiary", key=key, help=look.help):
        st.markdown(mapwords.verdict(found))
