"""A map to take away: as it is shown, and as numbers."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core.domain import Attribution, Pixels
from core.figures import maps


def show(found: Attribution, over: Pixels, key: str) -> None:
    """Draw the two downloads.

    Args:
        found: the map.
        over: (H, W, 3) uint8, the map as it is shown.
        key: unique on the page.
    """
    name = f"{found.package}_{found.view}_{found.model}_{found.method}"
    facts = {
        "package": found.package, "view": found.view, "model": found.model, "method": found.method,
        "target": found.target, "probability": found.probability, "seconds": found.seconds,
        "completeness": float("nan") if found.completeness is None else found.completeness, **found.settings,
    }
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            "PNG", partial(maps.png, over), f"{name}.png", "image/png", key=f"{key} png", type="tertiary",
            icon=":material/image:", on_click="ignore", help="The map as it is shown here.",
        )
        st.download_button(
            "NPZ", partial(maps.npz, found.values, **facts), f"{name}.npz", key=f"{key} npz", type="tertiary",
            icon=":material/data_array:", on_click="ignore",
            help="`values`: the map itself, signed, unsmoothed, float32 in frame coordinates.",
        )
