"""The choices every page shares: data set, split, models, threshold."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app import resources, selection
from app.selection import Selection
from core.contracts import Dataset
from core.errors import CoreError
from core.settings import settings

ALL = "all"


def show() -> bool:
    """Draw the choices and publish them as the `selection.current()` of this run.

    Returns:
        Whether there is a data set to work on.
    """
    with st.sidebar:
        choices = st.container(gap="medium")
        folder = _folder()
        try:
            dataset = resources.dataset(folder)
        except CoreError:
            selection.publish(Selection(folder, None, (), None), _address(data=folder))
            return False
        with choices:
            _title(dataset)
            split = _split(dataset)
            models = _models()
            threshold = _threshold() if models else None
    chosen = Selection(folder, None if split == ALL else split, models, threshold)
    selection.publish(chosen, _address(folder, split, models, threshold))
    return True


def _folder() -> str:
    with st.expander("Data set", icon=":material/folder_open:"):
        folder = st.text_input(
            "Folder", value=str(settings().data), key="data", bind="query-params",
            help="Folder of packages by class and view. How to lay one out: page Add data.",
        )
        if st.button("Read again from disk", icon=":material/refresh:", type="tertiary"):
            resources.forget()
            st.rerun()
    return str(Path(folder.strip()).expanduser()) if folder.strip() else str(settings().data)


def _title(dataset: Dataset) -> None:
    st.markdown(f"**{dataset.name}**  \n:gray[{len(dataset.ids):,} packages]")


def _split(dataset: Dataset) -> str:
    names = [name for name in sorted(dataset.index["split"].unique()) if name]
    if len(names) < 2:
        return ALL
    chosen = st.segmented_control(
        "Split", [ALL, *names], default=ALL, key="split", bind="query-params", required=True,
        help="Which part of the data set the pages show; a level of folders above the classes is a split.",
    )
    return chosen or ALL


def _models() -> tuple[str, ...]:
    found, _ = resources.checkpoints()
    if not found:
        st.caption("No models: train some with `secondlook train`.")
        return ()
    chosen = st.pills(
        "Models", list(found), selection_mode="multi", default=list(found), key="models", bind="query-params",
        help="Which models the pages ask and compare; none chosen means all. The ensemble is the mean of all of them.",
    )
    return tuple(name for name in found if name in chosen or not chosen)


def _threshold() -> float | None:
    own = st.toggle(
        "Each model's own threshold", value=True, key="own", bind="query-params",
        help="The threshold that the model's card carries. Switch off to set one threshold for all models.",
    )
    value = st.slider(
        "Threshold", 0.01, 0.99, 0.50, 0.01, key="threshold", bind="query-params", disabled=own,
        help="A package is called damaged from this probability of damaged on. "
        "Lower: fewer escapes, more false rejects.",
    )
    return None if own else float(value)


def _address(
    data: str, split: str = ALL, models: tuple[str, ...] = (), threshold: float | None = None
) -> dict[str, str | list[str]]:
    """What a link must say to bring these choices back: only what differs from the defaults."""
    address: dict[str, str | list[str]] = {}
    if data != str(settings().data):
        address["data"] = data
    if split != ALL:
        address["split"] = split
    if set(models) != set(resources.checkpoints()[0]):
        address["models"] = list(models)
    if threshold is not None:
        address |= {"own": "false", "threshold": f"{threshold:.2f}"}
    return address
