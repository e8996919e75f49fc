"""The choices every page shares: data set, split, models, threshold."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app import packages, resources, selection, sentences
from app.selection import Address, Selection
from core.contracts import Dataset
from core.errors import CoreError
from core.settings import settings

ALL = "all"
FOLDER = "folder"


def show() -> bool:
    """Draw the choices and publish them as the `selection.current()` of this run.

    Returns:
        Whether there is a data set to work on.
    """
    with st.sidebar:
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            title = st.container(width="content")
            folder = _folder()
        try:
            dataset = resources.dataset(folder)
        except CoreError:
            title.markdown("**No data set**")
            nothing = Selection(folder, None, (), None)
            selection.publish(nothing, _address(nothing, None))
            return False
        title.markdown(f"**{dataset.name}**  \n:small[:gray[{len(dataset.ids):,} packages]]")
        first = packages.first_split(dataset.index)
        split = _split(dataset, first or ALL)
        models = _models()
        closeup = bool(models) and _closeup()
        threshold = _threshold() if models else None
    chosen = Selection(folder, None if split == ALL else split, models, threshold, closeup)
    selection.publish(chosen, _address(chosen, first))
    return True


def _folder() -> str:
    usual = str(settings().data)
    st.session_state[FOLDER] = selection.kept(selection.DATA) or usual  # not bound: in a popover it is lost with a page
    with st.popover("", icon=":material/folder_open:", help="Open another data set"):
        folder = st.text_input(
            "Folder",
            key=FOLDER,
            width=420,
            on_change=lambda: selection.open_data(_path(st.session_state[FOLDER])),
            help="Folder of packages by class and view. How to lay one out: page Add data.",
        )
        if st.button("Read again from disk", icon=":material/refresh:", type="tertiary"):
            resources.forget()
            st.rerun()
    return _path(folder)


def _path(folder: str) -> str:
    return str(Path(folder.strip()).expanduser()) if folder.strip() else str(settings().data)


def _split(dataset: Dataset, first: str) -> str:
    names = [name for name in sorted(dataset.index["split"].unique()) if name]
    if len(names) < 2:
        return ALL
    chosen = st.segmented_control(
        "Split",
        [ALL, *names],
        default=first,
        key="split",
        bind="query-params",
        required=True,
        help="Which part of the data set the pages show; a level of folders above the classes is a split. "
        f"A data set opens with its test split where that has at least {packages.ENOUGH} packages.",
    )
    return chosen or ALL


def _models() -> tuple[str, ...]:
    found, _ = resources.checkpoints()
    if not found:
        st.caption("No models: train some with `secondlook train`.")
        return ()
    chosen = st.pills(
        "Models",
        list(found),
        selection_mode="multi",
        default=list(found),
        key="models",
        bind="query-params",
        help="Which models the pages ask and compare; none chosen means all. The ensemble is the mean of all of them.",
    )
    return tuple(name for name in found if name in chosen or not chosen)


def _threshold() -> float | None:
    own = st.toggle(
        "Each model's own thresholds",
        value=True,
        key="own",
        bind="query-params",
        help="Those of the policy that was saved on the page Thresholds, else the one that the model's card carries. "
        "Switch off to set one threshold for all models.",
    )
    if own:
        _policies()
        return None
    return st.slider(
        "Threshold",
        0.01,
        0.99,
        0.50,
        0.01,
        key="threshold",
        bind="query-params",
        help="A package is called damaged from this probability of damaged on. "
        "Lower: fewer escapes, more false rejects.",
    )


def _policies() -> None:
    """Say which models decide by a saved policy, and which policies are not used."""
    held, refused = resources.policies()
    for name, policy in held.items():
        st.caption(f"{name}: {sentences.cut(policy.cut)}")
    for reason in refused.values():
        st.caption(f":material/warning: {reason}")


def _closeup() -> bool:
    return st.toggle(
        "Close-ups",
        key="closeup",
        bind="query-params",
        help="Show the package cut out upright, as the models see it. The first time, finding it takes a moment.",
    )


def _address(chosen: Selection, first: str | None) -> Address:
    """What a link must say to bring these choices back: only what differs from the defaults.

    Args:
        chosen: the choices.
        first: the split that this data set opens with, None for all packages.
    """
    address: Address = {}
    if chosen.data != str(settings().data):
        address[selection.DATA] = chosen.data
    if chosen.split != first:
        address["split"] = chosen.split or ALL
    if chosen.models and set(chosen.models) != set(resources.checkpoints()[0]):
        address["models"] = list(chosen.models)
    if chosen.threshold is not None:
        address |= {"own": "false", "threshold": f"{chosen.threshold:.2f}"}
    if chosen.closeup:
        address["closeup"] = "true"
    return address
