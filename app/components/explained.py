"""One view of a package explained: the picture, then a row a method and a column a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import packages, resources, sentences
from app.components import agreement, badge, conclusion, look, mapfiles, maps, methods
from app.components.canvas import Canvas
from app.components.look import Look
from app.components.mapfiles import Shown
from app.components.maps import Caption, Fact, Ground
from app.explaining import Asked
from app.resources import Question
from core.domain import Attribution, Cut, View
from core.figures import maps as figures
from core.studies import explanation

FAINT = 0.15
"""Share of the common scale below which a map can hardly be seen."""
FOOT = 44
"""Height in which the progress of a map stands, pixels: that of what comes to stand there."""
UNKNOWN = tuple(Fact("\u00a0", label, "") for label in ("completeness", "map error", "steps", "time"))
"""Below a map that is being computed."""

Waiting = dict[Question, DeltaGenerator]
"""A place for the progress of each map that is still to be computed."""


@dataclass(frozen=True, slots=True)
class Block:
    """One view, and everything that its maps share.

    Attributes:
        asked: what is asked of it.
        view: the picture.
        look: how maps are shown.
        limits: model to where it decides.
        truth: the class of the package, None where unknown.
    """

    asked: Asked
    view: View
    look: Look
    limits: Mapping[str, Cut]
    truth: str | None


def show(block: Block, *, quietly: str = "") -> tuple[Waiting, list[Shown]]:
    """Draw everything that is known of a view.

    Args:
        block: the view.
        quietly: what else is to be said of it.

    Returns:
        The maps that are still to be computed; the others as they are shown.
    """
    view, asked = block.view, block.asked
    also, known = resources.known(asked.root, asked.package, view.name), asked.known(view.name)
    canvas = Canvas.of(view, filter(None, known.values()), block.look, also.outline)
    ground = Ground.of(canvas.marked(canvas.plain))
    left, right = st.columns(2, gap="large")
    with left:
        labels = ", ".join(sorted({region.label for region in view.regions}))
        marks = [f"outlined: {labels}" * bool(labels), sentences.marked(also.truth) * bool(canvas.outline)]
        quiet = " \u00b7 ".join(filter(None, marks))
        maps.picture(ground, f"picture {view.name}", name=f"{view.name} view", quiet=quiet)
    with right:
        st.space("small")
        conclusion.show(sentences.explained(known, block.limits, block.truth), quietly)
        signed = any(explanation.methods()[method].signed for method in asked.methods)
        st.html(look.scale(block.look, signed=signed))
    waiting: Waiting = {}
    shown: list[Shown] = []
    for method in asked.methods:
        kind = explanation.methods()[method]
        st.markdown(f"**{kind.title}**", help=methods.meaning(kind))
        row = {one: found for one, found in known.items() if one.method == method}
        places, drawn = _row(block, canvas, ground, method, row)
        waiting, shown = waiting | places, shown + drawn
        found = {one: there for one, there in row.items() if there is not None}
        if block.look.agreement and len(found) > 1:
            agreement.show(found, canvas, ground, block.look.of(signed=kind.signed))
    return waiting, shown


def _row(
    block: Block, canvas: Canvas, ground: Ground, method: str, row: Mapping[Question, Attribution | None]
) -> tuple[Waiting, list[Shown]]:
    """The maps of one method: those that are known, the places of those to come, reasons why there are none."""
    display = block.look.of(signed=explanation.methods()[method].signed)
    there = {one.model: one for one in row.values() if one is not None}
    values = {model: figures.shown(canvas.cut(one.values), display) for model, one in there.items()}
    common = figures.limit(values.values())
    faint = {model for model, one in values.items() if block.look.common and figures.limit([one]) < FAINT * common}
    noted = bool(faint) or any(one.note for one in there.values())
    waiting: Waiting = {}
    shown = []
    for model, place in zip(block.asked.models, _columns(len(block.asked.models)), strict=False):
        key, hue = f"{block.view.name} {method} {model}", resources.hues()[model]
        question = block.asked.question(block.view.name, model, method)
        with place, st.container(gap="xxsmall"):
            if model in there:
                end = common if block.look.common else figures.limit([values[model]])
                over = canvas.over(values[model], display, limit=end, hue=hue)
                notes = [there[model].note, "Faint on the common scale." * (model in faint)]
                caption = _caption(there[model], hue, block, " ".join(filter(None, notes)) or "\u00a0" * noted)
                maps.show(ground, over, f"map {key}", caption=caption, divided=display.form == "slider")
                shown.append(Shown(there[model], over))
                _below(block.asked.root, shown[-1], key)
            elif question in row:
                caption = Caption(model, hue, numbers=UNKNOWN, alt=f"{model}: being computed")
                maps.waiting(ground, f"map {key}", caption=caption)
                waiting[question] = st.empty()
                waiting[question].container(height=FOOT, border=False)
            else:
                reason = block.asked.refusal(block.view.name, model, method)
                maps.refused(ground, f"map {key}", caption=Caption(model, hue, alt=f"{model}: {reason}"), reason=reason)
    return waiting, shown


def _below(root: str, one: Shown, key: str) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", gap="small", vertical_alignment="center"):
        badge.show(root, one.found.model, one.found.method, key=f"badge {key}")
        mapfiles.show(one, key)


def _columns(count: int) -> list[DeltaGenerator]:
    """Places for maps, never so few in a line that a map outgrows the picture."""
    lines = ceil(count / maps.ABREAST)
    return [place for _ in range(lines) for place in st.columns(max(2, maps.abreast(count)))]


def _caption(found: Attribution, hue: str, block: Block, quiet: str) -> Caption:
    verdict = block.limits[found.model].verdict(found.probability)
    mark = packages.mark(verdict, block.truth)
    return Caption(
        found.model, hue, f"{verdict} {found.probability:.2f} {mark}".rstrip(), verdict, facts(found),
        quiet,
        f"{found.model}: what spoke for {found.target} in the {found.view} view",
    )  # fmt: skip


def facts(found: Attribution) -> tuple[Fact, ...]:
    """How exact a map is, and what it took."""
    none = "This method promises none."
    complete = (
        "How far the sum of the map is from what it explains, the log-odds of damaged of the picture minus "
        "those of the baseline, as a share of it."
    )
    error = "Estimated difference to the exact map of this method, as a share of all evidence in it, for and against."
    return (
        Fact(_percent(found.completeness), "completeness", complete if found.completeness is not None else none),
        Fact(_percent(found.pixel_error), "map error", error if found.pixel_error is not None else none),
        Fact(f"{found.steps:,}", "steps", "How often the network was asked."),
        Fact(f"{found.seconds:.1f} s", "time", "To compute it, also where it was kept from then."),
    )


def _percent(share: float | None) -> str:
    return "\u2013" if share is None else f"{100 * share:.2f} %" if share < 0.0995 else f"{100 * share:.0f} %"
