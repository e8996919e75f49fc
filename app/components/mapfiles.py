"""Maps to take away: each as it is shown, and as numbers; and all of them together."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import streamlit as st

from core.domain import Attribution, Pixels
from core.figures import maps


@dataclass(frozen=True, slots=True)
class Shown:
    """A map, and (H, W, 3) uint8 how it is shown."""

    found: Attribution
    over: Pixels

    @property
    def name(self) -> str:
        """Of its files."""
        return f"{self.found.package}_{self.found.view}_{self.found.model}_{self.found.method}"

    def png(self) -> bytes:
        """The map as it is shown."""
        return maps.png(self.over)

    def npz(self) -> bytes:
        """The map itself, with what is known of it."""
        nothing = float("nan")
        found = self.found
        return maps.npz(
            found.values, package=found.package, view=found.view, model=found.model, method=found.method,
            target=found.target, probability=found.probability, seconds=found.seconds, evaluations=found.steps,
            completeness=nothing if found.completeness is None else found.completeness,
            pixel_error=nothing if found.pixel_error is None else found.pixel_error, note=found.note, **found.settings,
        )  # fmt: skip


def show(one: Shown, key: str) -> None:
    """Draw the downloads of one map, folded.

    Args:
        one: the map.
        key: unique on the page.
    """
    with st.popover("", icon=":material/download:", type="tertiary", help="Download this map", key=f"{key} files"):
        st.download_button(
            "PNG", one.png, f"{one.name}.png", "image/png", key=f"{key} png", type="tertiary",
            icon=":material/image:", on_click="ignore", help="The map as it is shown here.",
        )  # fmt: skip
        st.download_button(
            "NPZ", one.npz, f"{one.name}.npz", key=f"{key} npz", type="tertiary",
            icon=":material/data_array:", on_click="ignore",
            help="`values`: the map itself, signed, unsmoothed, float32 in frame coordinates.",
        )  # fmt: skip


def together(every: Sequence[Shown]) -> None:
    """Draw the download of all maps of the page as one file."""
    if not every:
        return
    package = every[0].found.package
    st.download_button(
        f"All {len(every)} maps" if len(every) > 1 else "The map", partial(archive, every), f"{package}_maps.zip",
        "application/zip", key="maps zip", icon=":material/folder_zip:", on_click="ignore",
        help="One ZIP with a PNG, as shown, and an NPZ, the array, for each map.",
    )  # fmt: skip


def archive(every: Sequence[Shown]) -> bytes:
    """A ZIP file with the two files of each map."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_STORED) as file:  # both kinds are compressed already
        for one in every:
            file.writestr(f"{one.name}.png", one.png())
            file.writestr(f"{one.name}.npz", one.npz())
    return memory.getvalue()
