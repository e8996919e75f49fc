"""What the maps of several models say together: where most agree, where they differ, how many have a place on top."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import streamlit as st

from app import resources, sentences
from app.components import maps
from app.components.canvas import Canvas
from app.components.maps import Caption, Ground
from app.resources import Question
from core.domain import Attribution, Floats, Pixels
from core.figures import maps as figures
from core.figures.maps import Display
from core.figures.theme import NEUTRAL


def show(known: Mapping[Question, Attribution], canvas: Canvas, ground: Ground, display: Display) -> None:
    """Draw three maps with one line above them.

    Args:
        known: the maps of at least two models, by one method, of one view.
        canvas: where to draw.
        ground: the picture below.
        display: how; what is for and against makes no difference here.
    """
    found = resources.together(known, display.sigma)
    asked = next(iter(known))
    count = len(found.models)
    st.markdown(f"**Agreement of the models** :small[:gray[{sentences.agreed(found)}]]")
    three = {
        "consensus": (found.consensus, "Median of the maps, each with the same amount of evidence."),
        "dissent": (found.dissent, "Spread of the same: largest where the models differ."),
        f"top 5 % of how many of {count}": (found.votes.astype(np.float32), _legend(count)),
    }
    for place, (name, (values, quiet)) in zip(st.columns(max(3, maps.abreast(count))), three.items(), strict=False):
        counted = values.max() >= 1
        with place:
            over = _over(canvas, values, display, limit=float(count) if counted else None)
            caption = Caption(name, quiet=quiet, alt=f"{name} of {', '.join(found.models)}")
            key = f"{name} {asked.view} {asked.method}"
            maps.show(ground, over, key, caption=caption, divided=display.form == "slider")


def _over(canvas: Canvas, values: Floats, display: Display, *, limit: float | None) -> Pixels:
    cut = canvas.cut(values)
    how = replace(display, part="positive", form="overlay" if display.form == "slider" or limit else display.form)
    return canvas.over(cut, how, limit=figures.limit([cut]) if limit is None else limit, hue=NEUTRAL)


def _legend(count: int) -> str:
    return f"Bright: all {count}; dark: one."
