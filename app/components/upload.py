"""Pictures of the person's own, judged by every model at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from app import resources
from app.components import conclusion, states, verdicts, views
from core.domain import View
from core.errors import CoreError

SOURCES = ("From the data set", "My own pictures")


def wanted(title: str) -> bool:
    """Draw the title of the page, and beside it the choice between the data set and pictures of the person's own."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.title(title, width="content")
        chosen = st.segmented_control(
            "Look at",
            SOURCES,
            default=SOURCES[0],
            key="source",
            bind="query-params",
            required=True,
            label_visibility="collapsed",
        )
    return chosen == SOURCES[1]


def show(models: tuple[str, ...], threshold: float | None, *, cameras: Sequence[str]) -> None:
    """Draw the field for the pictures of one package, and what the models say of it.

    Args:
        models: to be asked.
        threshold: where all of them decide, None for each model's own.
        cameras: names of views the models know.
    """
    files = st.file_uploader(
        "Pictures of one package, one from each camera",
        accept_multiple_files=True,
        key="upload",
        help=f"PNG, JPEG, WebP, TIFF or BMP, at most {resources.upload_limit()} MB each. They stay on this machine.",
    )
    if not files:
        st.caption("Name them like `0123_side.png` and `0123_top.png`, and their views are known at once.")
        return
    pictures = _read(files, cameras)
    if not pictures:
        return
    if not models:
        states.empty("No models", "There is no model to ask.", icon=":material/model_training:")
        return
    with states.mended():
        said = resources.judge(tuple(pictures.values()), models)
        limits, single = resources.both_cuts(models, threshold)
        conclusion.show(verdicts.sentence(said, limits, None), "Asked just now. The truth is not known.")
        for column, (name, view) in zip(st.columns(max(2, len(pictures))), pictures.items(), strict=False):
            with column:
                views.one(view, key=f"upload {name}")
        verdicts.show(said, "upload verdicts", limits=limits, single=single, truth=None, views=list(pictures))


def guess(name: str, cameras: Sequence[str], taken: Sequence[str]) -> str:
    """The view a file shows: the camera in its name, else the first camera that is still free, else the name itself.

    A camera in the name is believed even where another picture has it: two pictures of one view are two packages.
    """
    words = _words(name)
    named = [camera for camera in cameras if camera.lower() in words]
    if named:
        return named[0]
    free = [camera for camera in (*cameras, PurePath(name).stem) if camera not in taken]
    return free[0] if free else f"{PurePath(name).stem} {len(taken) + 1}"


def serial(name: str, cameras: Sequence[str]) -> str:
    """What a file name says besides the camera; "" where it names none, for then it says nothing of a package."""
    words = _words(name)
    rest = [word for word in words if word not in map(str.lower, cameras)]
    return " ".join(rest) if len(rest) < len(words) else ""


def _words(name: str) -> list[str]:
    return re.split(r"[^a-z0-9]+", PurePath(name).stem.lower())


def _read(files: Sequence[UploadedFile], cameras: Sequence[str]) -> dict[str, View]:
    """Every file that can be read, by the view the person says it is; the others say why not."""
    pictures: dict[str, View] = {}
    serials: dict[str, str] = {}
    for file in files:
        try:
            pixels = resources.uploaded(file.name, file.getvalue())
        except CoreError as error:
            states.failed(error)
            continue
        first = guess(file.name, cameras, list(pictures))
        name = st.selectbox(
            f"View in {file.name}",
            [*dict.fromkeys([first, *cameras])],
            key=f"view of {file.file_id}",
            accept_new_options=True,
            width=360,
        )
        if name in pictures:
            st.warning(f"Two pictures are called {name}; {file.name} is left out. Choose another view for it.")
            continue
        pictures[name] = View(name, pixels)
        if own := serial(file.name, cameras):
            serials.setdefault(own, file.name)
    if len(serials) > 1:
        st.warning(f"By their names these are pictures of {len(serials)} packages, judged here as one: "
                   f"{', '.join(serials.values())}. Take those away that do not belong together.")  # fmt: skip
    return pictures
