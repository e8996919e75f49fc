"""A picture as it is, with its damage filled, and with another place of the same shape filled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from app import agreeing, resources
from app.components import chart, states
from app.resources import Filling
from core.domain import Mask, Pixels, Region
from core.figures import agreement as figures
from core.figures import maps
from core.studies.causes import Effect


def need(wanted: Sequence[Filling]) -> dict[str, Effect]:
    """What filling does to each model; computed with a bar where it was not yet."""
    place, found = st.empty(), dict[str, Effect]()
    for at, asked in enumerate(wanted):
        known = resources.remembered_effect(asked)
        if known is None:
            with place:
                bar = states.bar("Filling places of the package")
                known = resources.effect(asked, progress=_part(bar, at, len(wanted), asked.model))
        found[asked.model] = known
    place.empty()
    return found


def _part(bar: Any, at: int, of: int, model: str) -> Any:
    return lambda share, text: bar((at + share) / of, f"{model}: {text}")


def show(pixels: Pixels, region: Mask, effect: Effect) -> None:
    """Draw the three pictures, cut to the package, with what is filled outlined.

    Args:
        pixels: (H, W, 3) uint8 RGB, the whole frame.
        region: (H, W) bool, the damage.
        effect: of one model.
    """
    window = maps.window([np.asarray(effect.within, np.float32)])
    three = [("As photographed", pixels, region), ("Damage filled", effect.filled, region)]
    if effect.example is not None:
        down, right = effect.places[0]
        three.append(("One placebo filled", effect.example, np.roll(region, (down, right), axis=(0, 1))))
    for column, (title, picture, marked) in zip(st.columns(3, gap="small"), three, strict=False):
        drawn = maps.outlined(picture, [Region("", one) for one in resources.outline(marked)], width=1)
        column.image(maps.cut(drawn, window), caption=title, width="stretch", output_format="JPEG")
    st.caption(agreeing.OUTLINED)


def strip(effects: Mapping[str, Effect]) -> None:
    """Draw what filling the damage does to each model among what filling other places does."""
    drops = {name: (one.drop, one.placebos) for name, one in effects.items()}
    words = {name: agreeing.mark(one) for name, one in effects.items()}
    drawn = figures.strip(drops, colors=resources.hues(), words=words)
    chart.show(drawn, "placebos", alt="How far filling the damage lowers the log-odds, among other places of its shape")
    st.caption(agreeing.STRIP)
