"""A picture and its twin without the damage, on top of each other, with a divider between them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.components import picture
from core.domain import Floats, View

CSS = """
.frame { position: relative; overflow: hidden; border-radius: 8px; background: var(--st-secondary-background-color);
  cursor: ew-resize; touch-action: pan-y; user-select: none; -webkit-user-select: none; --at: 50%;
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
.frame > .divider { inset: 0 auto 0 var(--at); width: 28px; margin-left: -14px; outline: none; }
.divider::before { content: ''; position: absolute; top: 0; bottom: 0; left: 13px; width: 2px; background: #fff;
  box-shadow: 0 0 0 1px rgb(0 0 0 / .6); }
.divider::after { content: '\\2039\\2009\\203a'; position: absolute; bottom: 10px; left: 0; width: 28px; height: 28px;
  border-radius: 50%; background: #fff; color: #1E2428; box-shadow: 0 0 0 1px rgb(0 0 0 / .6);
  display: grid; place-items: center; font-size: 17px; line-height: 1; padding-bottom: 2px; box-sizing: border-box; }
.divider:focus-visible::after { outline: 3px solid var(--st-primary-color); outline-offset: 2px; }
"""

JS = """
const bounded = (value) => Math.min(100, Math.max(0, value));
export default function ({ data, parentElement }) {
  const frame = parentElement.querySelector('.frame');
  const at = (name) => frame.querySelector(name);
  const divider = at('.divider');
  frame.style.aspectRatio = data.shape;
  for (const [place, source] of [['.with img', data.src], ['.without img', data.twin]])
    if (at(place).src !== source) at(place).src = source;
  for (const path of frame.querySelectorAll('path')) path.setAttribute('d', data.outline);
  divider.setAttribute('aria-label', data.says);
  const move = (value) => {
    const share = Math.round(bounded(value) * 10) / 10;
    frame.dataset.at = share;
    frame.style.setProperty('--at', `${share}%`);
    divider.setAttribute('aria-valuenow', Math.round(share));
    divider.setAttribute('aria-valuetext', `${Math.round(share)} % without damage`);
  };
  move(frame.dataset.at === undefined ? 50 : Number(frame.dataset.at));
  const follow = (event) => {
    const box = frame.getBoundingClientRect();
    move(100 * (event.clientX - box.left) / box.width);
  };
  frame.onpointerdown = (event) => {
    if (event.button) return;
    event.preventDefault();
    frame.setPointerCapture(event.pointerId);
    divider.focus({ preventScroll: true });
    follow(event);
  };
  frame.onpointermove = (event) => { if (frame.hasPointerCapture(event.pointerId)) follow(event); };
  divider.onkeydown = (event) => {
    const now = Number(frame.dataset.at), step = event.shiftKey ? 10 : 2;
    const moves = { ArrowRight: now + step, ArrowUp: now + step, ArrowLeft: now - step, ArrowDown: now - step,
      PageUp: now + 10, PageDown: now - 10, Home: 0, End: 100 };
    if (!(event.key in moves)) return;
    event.preventDefault();
    event.stopPropagation();
    move(moves[event.key]);
  };
}
"""

HTML = """<div class="frame"><div class="layer with"><img alt="as photographed" draggable="false"></div>
<div class="layer without"><img alt="without damage" draggable="false"></div>
<svg viewBox="0 0 1 1" preserveAspectRatio="none"><path class="under"/><path/></svg>
<div class="layer with"><span class="side">as photographed</span></div>
<div class="layer without"><span class="side">without damage</span></div>
<div class="divider" role="slider" tabindex="0" aria-orientation="horizontal" aria-valuemin="0" aria-valuemax="100">
</div></div>"""

_comparison = st.components.v2.component("secondlook_comparison", html=HTML, css=CSS, js=JS)


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
