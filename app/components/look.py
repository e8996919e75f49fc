"""How all maps of a page are shown: nothing in it needs a network."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from core.domain import Floats
from core.figures import maps
from core.figures.maps import FORMS, PARTS, Display


@dataclass(frozen=True, slots=True)
class Look:
    """What a person chose.

    Attributes:
        display: part, smoothing, opacity, form.
        common: whether the maps of one method share a color scale; of two methods they never do: their units differ.
        close: whether to show the package rather than the whole frame.
        truth: whether the known damage is outlined.
        agreement: whether the agreement of the models is shown below the maps of a method.
    """

    display: Display
    common: bool
    close: bool
    truth: bool
    agreement: bool

    def of(self, *, signed: bool) -> Display:
        """How the maps of one method are shown: those of an unsigned method have one side only."""
        return self.display if signed else replace(self.display, part="positive")

    def outline(self, known: tuple[Floats, ...]) -> tuple[Floats, ...]:
        """What of the known damage is drawn."""
        return known if self.truth else ()


def controls(*, damaged: bool, several: bool) -> Look:
    """Draw the choices.

    Args:
        damaged: whether the damage of the package is known to the pixel.
        several: whether there are models to agree.
    """
    form = st.segmented_control(
        "Show", list(FORMS), default="overlay", key="form", bind="query-params", required=True,
        help=_list(FORMS),
    )  # fmt: skip
    with st.popover("Display"):
        part = st.segmented_control(
            "Evidence", list(PARTS), default="positive", key="part", bind="query-params", required=True,
            help=_list(PARTS),
        )  # fmt: skip
        sigma = st.slider(
            "Smoothing", 0.0, 12.0, 2.0, 0.5, key="sigma", bind="query-params", format="%.1f px",
            help="Sigma of a Gaussian, in pixels of the frame. Raw maps of equally good networks hardly agree.",
        )  # fmt: skip
        opacity = st.slider("Opacity", 0.1, 1.0, 0.8, 0.05, key="opacity", bind="query-params")
        top = st.slider(
            "Contour around the top", 1, 50, 5, key="top", bind="query-params", format="%d %%",
            help="Share of the pixels that the model looked at.", disabled=form != "contour",
        )  # fmt: skip
        common = st.toggle(
            "Common color scale", key="common", bind="query-params",
            help="Within a method, the same color means the same amount of evidence in every map; off, each map shows "
            "where its own evidence is. Two methods never share a scale: they measure in different units.",
        )  # fmt: skip
        whole = st.toggle("Whole frame", key="whole", bind="query-params", help="Off: look at the package.")
        truth = st.toggle(
            "Damage outline", key="contour", bind="query-params", disabled=not damaged,
            help="Outline the damaged pixels over every map, to see whether the evidence lies where the damage is.",
        )  # fmt: skip
        agreement = st.toggle(
            "Agreement of the models", key="agreement", bind="query-params", disabled=not several,
            help="Below each method: what most models agree on, where they differ, and how many have a place among "
            "their top 5 %.",
        )  # fmt: skip
    display = Display(part, sigma, opacity, form, top / 100)
    return Look(display, common=common, close=not whole, truth=truth and damaged, agreement=agreement and several)


def scale(look: Look, *, signed: bool) -> str:
    """What the colors mean, as HTML."""
    display = look.of(signed=signed)
    if display.form == "contour":
        return _line(f"outlined: the strongest {100 * display.top:.0f} % of the pixels that the model looked at")
    colors = [f"rgb({red}, {green}, {blue})" for red, green, blue in maps.palette(display.part)[::15].tolist()]
    low, high = ("for intact", "for damaged") if display.part == "signed" else ("none", _most(display))
    whose = "one scale for all maps of a method" if look.common else "each map on its own scale"
    return _line(
        f'<span>{low}</span><span style="flex: 1; max-width: 240px; height: 10px; border-radius: 5px; '
        f'background: linear-gradient(to right, {", ".join(colors)})"></span><span>{high}</span>'
    ) + f'<div style="font-size: 13px; opacity: .8; margin-top: 4px">{whose}</div>'


def _line(inside: str) -> str:
    return f'<div style="display: flex; gap: 10px; align-items: center; font-size: 13px">{inside}</div>'


def _most(display: Display) -> str:
    return "most evidence for damaged" if display.part == "positive" else "most influence"


def _list(meanings: dict[maps.Part, str] | dict[maps.Form, str]) -> str:
    return "  \n".join(f"**{name}**: {meaning}" for name, meaning in meanings.items())
