"""How to add a data set: the folders, the field for its place, what the models that come along reached."""

from __future__ import annotations

import streamlit as st

from app import resources, selection
from app.components import states
from core.errors import CoreError

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
    """Say why the folder that was asked for cannot be opened; nothing where it can."""
    try:
        resources.dataset(folder)
    except CoreError as error:
        states.failed(error)


def folder() -> None:
    """Draw the field for the place of a data set; opens it."""
    st.subheader("Where it lies")
    with st.form("open", border=False):
        path = st.text_input(
            "Folder", placeholder="for example ~/my-packages", help="On the machine that runs the dashboard."
        )
        asked = st.form_submit_button("Open", type="primary", icon=":material/folder_open:")
    if asked and path.strip():
        selection.go("overview", data=path.strip())
    st.caption("Or start with it: `secondlook app --data ~/my-packages`, or `make run DATA=~/my-packages`.")


def measured() -> None:
    """Draw the cards of the models that come along."""
    for name, model in resources.checkpoints()[0].items():
        st.caption(f"**{name}** {getattr(model.card, 'notes', '')}")
