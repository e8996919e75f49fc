"""What the person has chosen: ids only, kept in the session and mirrored in the address bar.

A choice is a keyed widget with `bind="query-params"`: Streamlit keeps it in the address bar, restores it from a link
and on the back button. Choices of the sidebar stay when the page changes; choices of a page come back with it.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

import streamlit as st
from streamlit.errors import StreamlitAPIException

from core.settings import settings

DATA = "data"
"""The folder of the data set, in the address bar."""
_SHARED, _ARRIVING = "shared choices", "arriving choices"


Address = dict[str, str | list[str]]


@dataclass(frozen=True, slots=True)
class Selection:
    """The choices every page shares.

    Attributes:
        data: folder of the data set.
        split: name of a split, None for all of them.
        models: names of the chosen checkpoints, in the order of the sidebar.
        threshold: on the probability of damaged, in (0, 1); None for each model's own.
        closeup: whether galleries show the package cut out as the models see it, instead of the whole frame.
    """

    data: str
    split: str | None
    models: tuple[str, ...]
    threshold: float | None
    closeup: bool = False


def publish(selection: Selection, address: Address) -> None:
    """Set the shared choices of this run; `address` is what a link must say to bring them back."""
    st.session_state[_SHARED] = (selection, address)


def current() -> Selection:
    """The shared choices of this run."""
    selection: Selection = st.session_state[_SHARED][0]
    return selection


def forget(*keys: str) -> None:
    """Put choices of a page that is not on the screen back to their defaults."""
    for key in keys:
        st.session_state.pop(key, None)


def open_data(folder: str) -> None:
    """Let this be the data set, before anything is drawn; what was chosen of the last one is forgotten."""
    if folder == str(settings().data):
        drop(DATA)
    else:
        keep(DATA, folder)
    forget("split")
    drop("within")


def go(page: str, /, **choices: str | list[str]) -> NoReturn:
    """Open a page, named as in `navigation.PAGES`, with these choices made; the shared ones stay.

    Example:
        >>> selection.go("inspect", package="0123456789012")  # doctest: +SKIP
    """
    st.session_state.pop(_kept("within"), None)
    st.session_state[_ARRIVING] = {key: value for key, value in choices.items() if value}
    st.switch_page(f"../pages/{page}.py", query_params={})  # without it, Streamlit fails where a widget is bound


def arrive() -> None:
    """Make the choices that `go` brought along; before any widget is drawn.

    They cannot travel as `query_params` of `st.switch_page`: it refuses those that a widget of the page left behind is
    bound to, and one that says the default does not win over what the person chose on the new page before.
    """
    if _ARRIVING not in st.session_state:
        return
    choices = st.session_state.pop(_ARRIVING)
    for key, value in choices.items():
        st.session_state[key] = value
    for key, value in {**st.session_state[_SHARED][1], **choices}.items():
        st.query_params[key] = value


def kept(name: str) -> str:
    """A choice without a widget: as the address bar says, else as it last was; the address bar says it again."""
    remembered = _kept(name)
    value = str(st.query_params.get(name, st.session_state.get(remembered, "")))
    st.session_state[remembered] = value
    if value and st.query_params.get(name) != value:
        st.query_params[name] = value
    return value


def keep(name: str, value: str) -> None:
    """Make a choice of `kept`, which stands in the address bar from then on."""
    st.session_state[_kept(name)] = value
    st.query_params[name] = value


def say(name: str, value: str) -> None:
    """Let the address bar say a choice; where a field of the page before holds its place, the next run says it."""
    if st.query_params.get(name) != value:
        with suppress(StreamlitAPIException):
            st.query_params[name] = value


def drop(name: str) -> None:
    """Forget a choice of `kept`."""
    st.session_state.pop(_kept(name), None)
    st.query_params.pop(name, None)


def _kept(name: str) -> str:
    return f"kept {name}"
