"""Whether it is saved, what others saved meanwhile, and everything that was ever said of a package."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import streamlit as st

from app import annotating, resources
from app.annotating import Draft
from app.components import states
from core.domain import Annotation
from core.studies import annotation


def state(draft: Draft, who: str, *, hidden: bool) -> None:
    """Say in one line whether it is saved, and how to see what is hidden until then."""
    if draft.problem:
        says = f":red[:material/cloud_off: **Not saved.** {draft.problem}]"
    elif not who and (draft.dirty or any(draft.regions.values())):
        says = ":orange[:material/edit: **Not saved yet:** give your name above. Nothing is lost meanwhile.]"
    elif draft.dirty and not draft.said:
        says = ":orange[:material/edit: **Not saved yet:** choose a verdict.]"
    elif draft.dirty:
        says = ":orange[:material/edit: **Not saved yet.**]"
    elif draft.saved is not None:
        says = f":green[:material/cloud_done: saved {clock(draft.saved.made_at)} by {draft.saved.annotator}]"
        says += " :gray[- press S when you are through]" if hidden else ""
    else:
        says = ":gray[Nothing said yet.]"
    st.markdown(says)


def clock(at: datetime) -> str:
    """The time where the person is, to the minute; with the day unless it is today."""
    try:
        zone = ZoneInfo(st.context.timezone or "UTC")
    except (KeyError, ValueError, OSError):
        zone = ZoneInfo("UTC")
    here = at.astimezone(zone)
    today = here.date() == annotating.now().astimezone(zone).date()
    return f"{here:%H:%M}" if today else f"{here:%Y-%m-%d %H:%M}"


def conflicts(draft: Draft, *, changed: Callable[[], None]) -> None:
    """Show what others saved while this was open: both are kept, and the person chooses."""
    for one in draft.conflicts:
        with st.container(border=True, key=f"conflict {one.id}"):
            st.markdown(
                f":material/group: **{one.annotator} saved this package too**, at {clock(one.made_at)}: "
                f"{says(one)}. Both are kept."
            )
            with st.container(horizontal=True, gap="small"):
                st.button("Let both stand", key=f"both {one.id}", on_click=draft.knows, args=(one,))
                st.button("Replace it by mine", key=f"mine {one.id}", on_click=_mine, args=(draft, one, changed))
                st.button("Take theirs", key=f"theirs {one.id}", on_click=_theirs, args=(draft, one, changed))


def says(one: Annotation) -> str:
    """An annotation in a few words."""
    count = sum(len(some) for some in one.regions.values())
    return f"{one.verdict}, {count} area{'s' * (count != 1)}"


def history(draft: Draft, root: str, who: str, *, blind: bool) -> None:
    """Everything ever said of the package, the newest first; any of it can be said again."""
    with st.popover("History", icon=":material/history:", help="What was said of this package before"), states.mended():
        every = annotation.history(resources.annotations(), resources.dataset(root), draft.package)
        seen = [one for one in reversed(every) if not blind or one.annotator == who]
        if not seen:
            st.caption("Nothing was said of this package yet.")
        if len(seen) < len(every):
            st.caption("What others said is hidden until you are through.")
        for one in seen[:30]:
            _entry(draft, one, who)


def _entry(draft: Draft, one: Annotation, who: str) -> None:
    def restore() -> None:
        store = resources.annotations()
        draft.restored(annotation.restore(
            store, one.id, annotator=who, made_at=annotating.now(), replaces=draft.base,
        ))  # fmt: skip

    with st.container(horizontal=True, vertical_alignment="center", gap="small", width=430):
        now = draft.saved is not None and one.id == draft.saved.id
        st.markdown(f"{clock(one.made_at)} **{one.annotator}** :gray[{says(one)}]{' - now' * now}", width="stretch")
        st.button("Restore", key=f"restore {one.id}", type="tertiary", icon=":material/restore:", on_click=restore,
                  disabled=now or not who)  # fmt: skip


def _mine(draft: Draft, one: Annotation, changed: Callable[[], None]) -> None:
    draft.replaces(one)
    changed()


def _theirs(draft: Draft, one: Annotation, changed: Callable[[], None]) -> None:
    draft.take(one)
    draft.replaces(one)
    changed()
