"""Packages by what is wrong with their serials: the line, the reading, the file name, and a place to correct it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import pandas as pd
import streamlit as st

from app import identifying, labeling, packages, resources, selection
from app.components import filters, firsttime, states, strip
from app.selection import Selection
from core.domain import STATUSES, Correction, Reading
from core.errors import CoreError
from core.studies import corrections, identity
from core.studies.identity import Found

PAGE_SIZE = 10
ANY = "any"
ROOM = 0.27
"""At both ends of a line in its picture, in heights of the picture."""
PLAIN = {"problem": identifying.EVERY, "status": ANY, "part": "", "page": 1}
"""Every choice that keeps packages out, at its default."""


def need(chosen: Selection) -> None:
    """Stop a page here, with the way out, where nothing was read yet, or where ids are no serials."""
    if resources.readings(chosen.data) is None and not resources.has_serials(chosen.data):
        _no_serials(chosen)
    pictures = len(resources.dataset(chosen.data).index)
    firsttime.need(
        resources.readings, resources.compute_readings, chosen.data, title="Not read yet", key="read",
        says=identifying.OFFER, seconds=identifying.SECONDS * pictures,
    )  # fmt: skip


def _no_serials(chosen: Selection) -> None:
    """Say that nothing can be held against file names; who wants the lines read all the same, says so."""
    if st.session_state.get("read anyway") == chosen.data:
        return
    ids = resources.dataset(chosen.data).ids
    says = identifying.NO_SERIALS.format(ids[0][:40]) if ids else "There is no package here."
    states.empty("No serials in this data set", says, icon=":material/pin:")
    if ids and st.button("Read the lines all the same", icon=":material/document_scanner:"):
        st.session_state["read anyway"] = chosen.data
        st.rerun()
    st.stop()


def said(root: str) -> tuple[Correction, ...]:
    """Everything that people said; where the database is away, nothing, and a warning."""
    try:
        return resources.corrected(root)
    except CoreError as error:
        states.failed(error)
        return ()


def person() -> None:
    """Draw the name of who is at work."""
    st.session_state.setdefault(labeling.ANNOTATOR, labeling.annotator())
    name = st.text_input(
        "Your name", key=labeling.ANNOTATOR, bind="query-params", width=150, placeholder="Who are you?",
        help="Stands beside what you correct; nothing is kept without it.",
    )  # fmt: skip
    labeling.remember(name.strip())


def controls(found: Found) -> pd.DataFrame:
    """Draw the filter; answers with the rows that fit."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        chosen = str(st.session_state.get("problem") or st.query_params.get("problem", identifying.EVERY))
        options = identifying.offered(found.table, chosen if chosen in identifying.SHOWN else identifying.EVERY)
        problem = st.pills(
            "Show", options, default=identifying.EVERY, key="problem", required=True, help=identifying.SHOWN_HELP,
            **filters.CHOICE,
        )  # fmt: skip
        status = st.selectbox(
            "Status", [ANY, *STATUSES], key="status", width=130, help=identifying.STATUS_HELP, **filters.CHOICE
        )
        part = st.text_input("Serial", key="part", placeholder="any part of it", width=150, **filters.CHOICE)
    wanted = "" if status == ANY else str(status)
    return identifying.narrowed(found.table, problem=str(problem), status=wanted, serial=part.strip())


def show(rows: pd.DataFrame, chosen: Selection, history: Sequence[Correction]) -> None:
    """Draw a page of these packages, and below them the numbers of the pages."""
    if rows.empty:
        states.empty("No serial fits", "Take a filter away, or search for a shorter part of the serial.")
        st.button("Show all serials", on_click=st.session_state.update, args=(PLAIN,), icon=":material/filter_alt_off:")
        return
    shown, below = st.container(gap="small"), st.container(horizontal_alignment="center")
    with below:
        page = filters.page(rows, size=PAGE_SIZE)
    who, every = labeling.annotator(), corrections.histories(history)
    splits = resources.table(chosen.data, chosen.models)["split"].to_dict()
    with shown:
        for row in page.to_dict("records"):
            with st.container(border=True):
                _package(row, chosen.data, splits, every.get((row["package"], identity.first_line()), ()), who)


def _package(
    row: Mapping[Any, Any], root: str, splits: Mapping[str, str], history: Sequence[Correction], who: str
) -> None:
    reading = identity.reading(row)
    with st.container(horizontal=True, gap="medium"):
        seen, known = st.container(width=490), st.container(width=450)
    with seen:
        line = resources.line_picture(root, reading)
        strip.show(
            reading, f"strip {row['package']}", src=line or _whole(root, reading), room=ROOM if line else 0.0,
            expected=row["expected"], author=row["author"], said=row["text"] if row["author"] else None,
        )  # fmt: skip
    with known, st.container(gap="xsmall"):
        _head(row, splits)
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            _field(row, root, reading, history, who)
            _details(row, root, history)


def _whole(root: str, reading: Reading) -> str:
    """The frame in small, where no line was found in it."""
    if not reading.view:
        return ""
    table = resources.table(root, ())
    path = table.at[reading.package, packages.picture(reading.view)]
    wanted = [(reading.package, reading.view, str(path))]
    return resources.small_pictures(root, wanted, closeup=False, seconds=0.5)[0].address


def _head(row: Mapping[Any, Any], splits: Mapping[str, str]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        id = row["package"]
        if st.button(f"**{id}**", key=f"open {id}", type="tertiary", help="Open it in Inspect."):
            selection.go("inspect", package=id)
        how = f"{row['view']} view, confidence {row['confidence']:.3f}" if row["read"] else f"{row['view']} view"
        by = f" · corrected by {_short(row['author'])}" if row["author"] else ""
        st.markdown(f":small[:gray[{row['split'] + ' · ' if row['split'] else ''}{how}{by}]]")
    for name, says in identifying.wrong(row, splits):
        st.markdown(f":material/{identifying.ICONS[name]}: **{name[0].upper()}{name[1:]}.** {says}")
    if not row["problems"]:
        st.markdown(f":material/check: {'As the file name says' if row['ok'] else 'Read'}.")


def _short(name: str) -> str:
    return name if len(name) <= 20 else f"{name[:19]}…"


def _field(row: Mapping[Any, Any], root: str, reading: Reading, history: Sequence[Correction], who: str) -> None:
    refusal, key = identifying.refusal(who), f"{row['package']} {len(history)}"
    off: dict[str, Any] = {"disabled": bool(refusal)}
    with (
        st.form(f"correct {key}", border=False, width="content"),
        st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"),
    ):
        text = st.text_input(
            "The serial reads", row["text"] or row["read"], key=f"text {key}", width=170, max_chars=200,
            label_visibility="collapsed", placeholder="The serial reads",
        )  # fmt: skip
        save = st.form_submit_button(
            "Save", key=f"save {key}", help=refusal or "Keep what the field says as the serial; Enter does too.", **off
        )
        hide = st.form_submit_button(
            "Cannot be read", key=f"hide {key}", help=refusal or "Say that a person cannot read it either.",
            type="tertiary", **off,
        )  # fmt: skip
        back = bool(row["author"]) and st.form_submit_button(
            "Take back", key=f"back {key}", help=refusal or "The reading counts again.", type="tertiary", **off
        )
    text = corrections.plain(text)
    if save and not text:
        st.caption("Write what the serial reads, or press Cannot be read.")
    elif save and (strange := identifying.odd(text)) and st.session_state.get(f"odd {key}") != text:
        st.session_state[f"odd {key}"] = text
        st.caption(f":orange[:material/warning: {strange}]")
    elif save or hide or back:
        with states.mended():
            identifying.correct(root, reading, None if back else "" if hide else text, author=who)
            st.toast(f"{row['package']}: kept.", icon=":material/check:")
            st.rerun()


def _details(row: Mapping[Any, Any], root: str, history: Sequence[Correction]) -> None:
    readings = resources.readings(root)
    others = () if readings is None else identity.others(readings, row["package"])
    lines = [one for one in others if one.text]
    if not lines and not history:
        return
    with st.popover("Details", type="tertiary", key=f"details {row['package']}"):
        for one in lines:
            st.markdown(
                f":small[:gray[{one.line}, {one.view} view]]  \n`{one.text}` :small[:gray[{one.status}, confidence "
                f"{one.confidence:.3f}]]"
            )
        if history:
            st.markdown(":small[:gray[what people said]]")
        for words in identifying.history(history):
            st.markdown(f":small[{words}]")


def beside(root: str, package: str) -> str:
    """The serial of one package in a quiet sentence, "" where the lines were not read; never reads any."""
    if resources.readings(root) is None:
        return ""
    known: tuple[Correction, ...] = ()
    with suppress(CoreError):  # where no database can be opened, nobody has corrected anything
        known = resources.corrected(root)
    table = resources.identities(root, known).table
    rows = table[table["package"] == package].to_dict("records")
    return identifying.beside(rows[0]) if rows else ""
