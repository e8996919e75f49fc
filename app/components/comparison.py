"""A picture and its twin without the damage, on top of each other, with a divider between them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.components import divider, picture
from core.domain import Floats, View

CSS = """
.frame { position: relative; overflow: hidden; border-radius: 8px; background: var(--st-secondary-background-color);
  font-family: var(--st-font); }
.frame > *, .layer > * { position: absolute; inset: 0; width: 100%; height: 100%; display: block; }
.without { clip-path: inset(0 calc(100% - var(--at)) 0 0); }
.with { clip-path: inset(0 0 0 var(--at)); }
.layer > .side { inset: 8px auto auto auto; width: auto; height: auto; padding: 2px 8px; border-radius: 5px;
  font-size: 13px; line-height: 1.4;
  color: #fff; background: rgb(0 0 0 / .68); white-space: nowrap; }
.layer.without > .side { left: 8px; } .layer.with > .side { right: 8px; }
svg, .layer { pointer-events: none; }
path { fill: none; stroke: var(--st-red-color); stroke-width: 2px; vector-effect: non-scaling-stroke; }
path.under { stroke: #000; stroke-width: 4px; opacity: .55; }
"""

JS = """
export default function ({ data, parentElement }) {
  const frame = parentElement.querySelector('.frame');
  const at = (name) => frame.querySelector(name);
  const divider = at('.divider');
  frame.style.aspectRatio = data.shape;
  for (const [place, source] of [['.with img', data.src], ['.without img', data.twin]])
    if (at(place).src !== source) at(place).src = source;
  for (const path of frame.querySelectorAll('path')) path.setAttribute('d', data.outline);
  divider.setAttribute('aria-label', data.says);
  divide(frame, divider, 'without damage');
}
"""

HTML = """<div class="frame"><div class="layer with"><img alt="as photographed" draggable="false"></div>
<div class="layer without"><img alt="without damage" draggable="false"></div>
<svg viewBox="0 0 1 1" preserveAspectRatio="none"><path class="under"/><path/></svg>
<div class="layer with"><span class="side">as photographed</span></div>
<div class="layer without"><span class="side">without damage</span></div>
""" + divider.HTML + "</div>"

_comparison = st.components.v2.component("secondlook_comparison", html=HTML, css=CSS + divider.CSS, js=divider.JS + JS)


def show(view: View, twin: View, key: str, *, outline: Sequence[Floats] = ()) -> None:
    """Draw both; the divider follows the mouse, a finger, or the arrow keys.

    Args:
        view: as photographed.
        twin: the same without the damage, of the same size.
        key: of the component, unique on the page.
        outline: polygons around the damage, in 0..1 of the frame; drawn over both.
    """
    height, width = view.pixels.shape[:2]
    _comparison(key=key, data={
        "src": picture.address(view.pixels), "twin": picture.address(twin.pixels), "shape": f"{width} / {height}",
        "outline": picture.path(outline), "says": f"{view.name} view: how much of it is shown without the damage",
    })  # fmt: skip
