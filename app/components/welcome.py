"""How to add a data set: the folders, the field for its place, what the models that come along reached."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import streamlit as st

from app import resources, selection, sentences
from app.components import accuracy, conclusion, states
from core.errors import CoreError
from core.settings import settings

ASKED, OPENED = "folder asked for", "folder opened"
LAYOUT = """\
my-packages/
├── damaged/
│   ├── side/0123_side.png
│   └── top/0123_top.png
└── intact/
    ├── side/0456_side.png
    └── top/0456_top.png
"""


def layout() -> None:
    """Draw how the folders must lie."""
    st.subheader("How to lay it out")
    st.code(LAYOUT, language=None)
    st.markdown(
        "- One folder per **class** (`damaged`, `defect`, ... / `intact`, `ok`, ...), in it one per **view** "
        "(`side`, `top`, any names, any number).\n"
        "- The part of the file name before the view is the **serial**: pictures with the same one are one package.\n"
        "- Folders above the classes such as `train` and `test` are **splits**.\n"
        "- A Pascal VOC `.xml` file beside a picture marks the damaged **region**."
    )


def problem(folder: str) -> None:
    """Say why the folder that was asked for cannot be opened; nothing where it can, or where nobody asked."""
    if folder == str(settings().data) and not Path(folder).exists():
        st.info(f"There is no data set yet: put one at `{folder}`, or open another.", icon=":material/folder_open:")
        return
    try:
        resources.dataset(folder)
    except CoreError as error:
        states.failed(error)


def folder() -> None:
    """Draw the field for the place of a data set; opens it in Overview."""
    st.subheader("Where it lies")
    with st.form("open", border=False):
        st.text_input(
            "Folder", key=ASKED, placeholder="for example ~/my-packages", help="On the machine that runs this."
        )
        st.form_submit_button("Open", icon=":material/folder_open:", on_click=_open)
    st.caption("Or start with it: `secondlook app --data ~/my-packages`, or `make run DATA=~/my-packages`.")
    if st.session_state.pop(OPENED, False):
        with suppress(CoreError):  # said at the top of the page
            resources.dataset(selection.current().data)
            selection.go("overview")


def _open() -> None:
    if asked := st.session_state[ASKED].strip():
        selection.open_data(asked)
        st.session_state[OPENED] = True


def measured() -> None:
    """Draw what the models that come along reached when they were trained, on each data set."""
    for name, table in resources.measured().items():
        packages = int(table["n"].max())
        conclusion.show(
            sentences.verdicts(table),
            f"The models that come along, cross-validated on {name} ({packages:,} packages), at a threshold of 0.5.",
        )
        shares = (table["tp"] + table["fn"]) / table["n"]
        chance = float(max(shares.max(), 1 - shares.min()))
        accuracy.show(table, f"measured {name}", colors=resources.hues(), chance=chance)
