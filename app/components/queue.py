"""Who labels, what comes next, and how much is left."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from app import labeling, selection
from app.components import chooser
from app.labeling import ANNOTATOR, HELP, ORDERS, Queue

ORDER = "queue"


def person() -> str:
    """Draw the name of who is at work, and return it; "" where none was given."""
    if ANNOTATOR not in st.session_state and ANNOTATOR not in st.query_params:
        labeling.call(labeling.annotator())  # it was given before, on this page or another one
    name = st.text_input(
        "Your name", key=ANNOTATOR, bind="query-params", width=180, placeholder="Who are you?",
        help="Stands beside everything you mark. Nothing is saved without it; this browser remembers it.",
    ).strip()  # fmt: skip
    labeling.remember(name)
    return name


def order() -> str:
    """Draw the choice of the order."""
    return st.selectbox(
        "Queue", list(ORDERS), format_func=ORDERS.__getitem__, key=ORDER, bind="query-params", width=190, help=HELP
    )


def chosen_order() -> str:
    """The order as it was chosen last, before its widget is drawn."""
    said = str(st.session_state.get(ORDER) or st.query_params.get(ORDER, ""))
    return said if said in ORDERS else next(iter(ORDERS))


def package(queue: Queue, every: Mapping[str, object]) -> str:
    """The package that is on the screen: as the address says, else the first of the queue; stops where there is none.

    Args:
        queue: in which it has a place.
        every: packages of the whole data set, by id.
    """
    desk = labeling.desk()
    here = desk.package
    if here and st.session_state.get(chooser.KEY, desk.told) == desk.told:
        st.session_state[chooser.KEY] = here
    first = next((one for one in queue.ids if one not in queue.labeled), next(iter(queue.ids), None))
    serial = chooser.asked(every, first=first)
    if serial not in every:
        st.title("Annotate")
        chooser.nobody(serial, list(every)[:20_000], button="To the queue")
    st.session_state[chooser.KEY] = serial
    selection.say(chooser.KEY, serial)
    with desk.lock:
        if desk.package == here:  # else a key has brought another one since
            desk.package = desk.told = serial
    return serial


def step(queue: Queue, serial: str, by: int) -> str | None:
    """The package so many places on in the queue; None past its ends."""
    if serial not in queue.ids:
        return queue.ids[0] if queue.ids else None
    at = queue.ids.index(serial) + by
    return queue.ids[at] if 0 <= at < len(queue.ids) else None


def steps(queue: Queue, serial: str, go: Callable[[int], None]) -> None:
    """Draw the serial, previous and next.

    The field is another one for every package: the browser tells the last words of all its fields whenever it tells
    anything, and those of the package before must not bring that one back.
    """
    desk, key = labeling.desk(), f"serial {serial}"

    def typed() -> None:
        said = str(st.session_state.get(key, "")).strip()
        if said not in ("", serial):  # the page tells of the field too when that of the next package takes its place
            desk.package = said

    st.text_input("Serial", serial, key=key, on_change=typed, width=170)
    words = (("Previous", -1, ":material/arrow_back:"), ("Next", 1, ":material/arrow_forward:"))
    for label, by, icon in words:
        at_end = step(queue, serial, by) is None
        st.button(label, key=f"annotate {label}", icon=icon, on_click=go, args=(by,), disabled=at_end,
                  help=f"Key: {'left' if by < 0 else 'right'} arrow")  # fmt: skip


def progress(queue: Queue, serial: str) -> None:
    """Draw how far the person is."""
    done, count = len(queue.labeled), len(queue.ids)
    place = f"this is number {queue.ids.index(serial) + 1:,}" if serial in queue.ids else "this one is not in the queue"
    st.progress(done / count if count else 0.0, f":small[**{done:,} of {count:,} labeled** :gray[by you; {place}]]")
    if queue.missing:
        st.caption(f":material/info: {queue.missing} They come in their own order.")


def again() -> None:
    """Draw the way to sort the queue anew."""
    st.button("", key="sort again", icon=":material/sort:", type="tertiary", on_click=labeling.sort_again,
              help="Sort the queue again: what you labeled goes to its end.")  # fmt: skip


def leave(page: str, serial: str) -> None:
    """Draw a way to the same package on another page."""
    if st.button("Explain", icon=":material/visibility:", type="tertiary", help="The maps of this package"):
        selection.go(page, package=serial)
