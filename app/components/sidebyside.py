"""What each person says of a package, side by side: the marks with the consensus, and what a reviewer decides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from app import deciding, resources, reviewing
from app.components import picture, states
from app.sentences import COLORS
from core.domain import ACCEPTED, REJECTED, Annotation, Mask, Region, View
from core.errors import CoreError
from core.figures import maps
from core.figures.maps import Window
from core.studies.reviewing import OPEN, Opinions, region
from core.study import outlines

ABREAST = 3
"""People in one line; a fourth goes below."""
EASED = 0.8
"""Pixels by which a line may leave the marks."""


def show(root: str, opinions: Opinions, package: str, *, reviewer: str, close: bool, note: str) -> None:
    """Draw what everybody says, those whose words stand first.

    Args:
        root: of the data set.
        opinions: everything that was said.
        package: its id.
        reviewer: who decides, "" where nobody gave a name.
        close: whether pictures are cut to the package.
        note: kept with a decision.
    """
    every = _words(opinions, package)
    if len(every) == 1:
        _alone(root, opinions, every[0], reviewer=reviewer, close=close, note=note)
        return
    abreast = min(len(every), ABREAST)
    for start in range(0, len(every), abreast):
        for one, column in zip(every[start : start + abreast], st.columns(abreast), strict=False):
            with column:
                _head(opinions, one)
                for view in sorted(one.regions):
                    with states.mended():
                        _marks(root, opinions, one, view, close=close)
                _buttons(root, opinions, one, reviewer=reviewer, note=note)


def _alone(root: str, opinions: Opinions, one: Annotation, *, reviewer: str, close: bool, note: str) -> None:
    """The views beside each other, where nobody else said anything."""
    _head(opinions, one)
    for view, column in zip(sorted(one.regions), st.columns(max(len(one.regions), 2)), strict=False):
        with column, states.mended():
            _marks(root, opinions, one, view, close=close)
    _buttons(root, opinions, one, reviewer=reviewer, note=note)


def _words(opinions: Opinions, package: str) -> list[Annotation]:
    """What stands, then what was rejected: that can be taken back."""
    stands = opinions.standing.get(package, ())
    rejected = [one for one in opinions.history[package] if opinions.states.get(one.id) == REJECTED]
    return [*stands, *rejected]


def _head(opinions: Opinions, one: Annotation) -> None:
    state = opinions.states.get(one.id, OPEN)
    color = COLORS.get(one.verdict, "orange")
    last = opinions.reviews.get(one.id)
    says = [f"{one.made_at:%Y-%m-%d %H:%M} UTC", *([_plain(one.note)] if one.note else [])]
    says += [f"{_plain(last.reviewer)}: {_plain(last.note)}"] if last is not None and last.note else []
    with st.container(gap=None):
        st.markdown(f"**{_plain(one.annotator)}** · :{color}[**{one.verdict}**] · {reviewing.ICONS[state]} "
                    f"{reviewing.ANSWERED[state]}")  # fmt: skip
        st.markdown(f":small[:gray[{' · '.join(says)}]]")


def _plain(text: str) -> str:
    """A person's words, that mean nothing in Markdown."""
    return "".join(f"\\{sign}" if sign in r"\`*_[]$:<>#~|" else sign for sign in text)


def _marks(root: str, opinions: Opinions, one: Annotation, view: str, *, close: bool) -> None:
    if (one.package, view) not in opinions.sizes:
        return
    own, joint = region(opinions, one, view), resources.consensus_region(opinions, one.package, view)
    try:
        seen = resources.view(root, one.package, view)
    except CoreError:
        st.caption(f"**{view}** cannot be read")
        return
    frame = seen.pixels.shape[0], seen.pixels.shape[1]
    part = _part(root, one.package, view, [own, joint]) if close else None
    lines = maps.within(outlines(own, within=EASED), part, frame)
    drawn = View(view, maps.cut(seen.pixels, part), tuple(Region("", line) for line in lines))
    together = maps.within(outlines(joint, within=EASED), part, frame)
    either = int((own | joint).sum())
    with st.container(gap=None):
        shares = f"IoU with the consensus {int((own & joint).sum()) / either:.2f}" if either else "nothing marked"
        st.markdown(f":small[**{view}** :gray[{shares}]]")
        picture.show(drawn, f"{one.id} {view} {close}", outline=together)


def _part(root: str, package: str, view: str, also: Sequence[Mask]) -> Window | None:
    """Around the package and everything that is marked."""
    left, top, right, bottom = (int(end) for end in resources.package_box(root, package, view))
    inside = np.logical_or.reduce(list(also))
    inside[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)] = True
    return maps.window([inside.astype(np.float32)], margin=0.02)


def _buttons(root: str, opinions: Opinions, one: Annotation, *, reviewer: str, note: str) -> None:
    state, refusal = opinions.states.get(one.id, OPEN), deciding.refusal(one, reviewer)
    with st.container(horizontal=True, gap="small"), states.mended():
        for label, outcome, icon in (("Accept", ACCEPTED, "check"), ("Reject", REJECTED, "close")):
            done = state == outcome
            pressed = st.button(
                label, key=f"{label} {one.id}", icon=f":material/{icon}:", disabled=bool(refusal) or done,
                help=refusal or ("That is what was decided." if done else None),
            )  # fmt: skip
            if pressed:
                deciding.decide(one, outcome, reviewer=reviewer, note=note)
                st.rerun()
        if state != REJECTED and st.button(
            "Correct", key=f"correct {one.id}", icon=":material/edit:", disabled=bool(refusal),
            help=refusal or "Open it on Annotate; what you save takes its place.",
        ):  # fmt: skip
            deciding.correct(root, opinions, one, reviewer=reviewer)
