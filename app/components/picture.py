"""One view as large as its place: a click looks closer, regions and known damage are outlined."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import streamlit as st
from PIL import Image

from core.domain import Floats, Pixels, View

CSS = """
.frame { position: relative; overflow: hidden; border-radius: 8px; background: var(--st-secondary-background-color);
  cursor: zoom-in; outline-offset: 2px; }
.frame:focus-visible { outline: 3px solid var(--st-primary-color); }
.frame.close { cursor: zoom-out; }
.sheet { position: relative; width: 100%; transform-origin: 50% 50%; }
.frame.close .sheet { transform: scale(3); }
[hidden] { display: none !important; }
img { display: block; width: 100%; height: 100%; }
svg { position: absolute; inset: 0; width: 100%; height: 100%; pointer-events: none; }
polygon, path { fill: none; stroke: #fff; stroke-width: 2px; vector-effect: non-scaling-stroke; }
path { stroke: var(--st-red-color); fill: var(--st-red-color); fill-opacity: .15; fill-rule: evenodd; }
.under { stroke: #000; fill: none; stroke-width: 4px; opacity: .55; }
"""

JS = """
const drawn = (tag, attribute, value) => ['under', ''].map((name) => {
  const shape = document.createElementNS('http://www.w3.org/2000/svg', tag);
  shape.setAttribute(attribute, value);
  shape.setAttribute('class', name);
  return shape;
});
export default function ({ data, parentElement }) {
  const frame = parentElement.querySelector('.frame');
  const sheet = frame.querySelector('.sheet');
  const [image, drawing] = sheet.children;
  sheet.style.aspectRatio = data.shape;
  frame.setAttribute('aria-label', data.says);
  image.alt = data.says;
  image.hidden = !data.src;
  if (data.src && image.src !== data.src) image.src = data.src;
  drawing.replaceChildren(
    ...(data.outline ? drawn('path', 'd', data.outline) : []),
    ...data.regions.flatMap((points) => drawn('polygon', 'points', points.map((point) => point.join(',')).join(' '))));
  const follow = (event) => {
    const box = frame.getBoundingClientRect();
    const share = (value, from, size) => `${Math.min(100, Math.max(0, 100 * (value - from) / size))}%`;
    const [x, y] = [share(event.clientX, box.left, box.width), share(event.clientY, box.top, box.height)];
    sheet.style.transformOrigin = `${x} ${y}`;
  };
  frame.onclick = (event) => { follow(event); frame.classList.toggle('close'); };
  frame.onmousemove = (event) => { if (frame.classList.contains('close')) follow(event); };
  frame.onmouseleave = () => frame.classList.remove('close');
  frame.onkeydown = (event) => {
    if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); frame.classList.toggle('close'); }
    if (event.key === 'Escape') frame.classList.remove('close');
  };
}
"""

HTML = """<div class="frame" tabindex="0" role="button"><div class="sheet"><img decoding="async">
<svg viewBox="0 0 1 1" preserveAspectRatio="none"></svg></div></div>"""

_picture = st.components.v2.component("secondlook_picture", html=HTML, css=CSS, js=JS)


def show(view: View, key: str, *, outline: Sequence[Floats] = ()) -> None:
    """Draw one view; a click magnifies it three times under the pointer.

    Args:
        view: its marked regions are white lines.
        key: of the component, unique on the page.
        outline: polygons around damage that is known beyond doubt, in 0..1 of the frame; vermillion, softly filled.
    """
    height, width = view.pixels.shape[:2]
    says = f"{view.name} view" + (f", {len(view.regions)} marked" if view.regions else "")
    says += ", damage outlined" if outline else ""
    regions = [region.polygon.round(5).tolist() for region in view.regions]
    _draw(key, src=address(view.pixels), shape=(height, width), says=says, regions=regions, outline=path(outline))


def hold(size: tuple[int, int], key: str) -> None:
    """Keep the place of a picture of this height and width that is not ready yet."""
    st.caption("looking for the package", help="The close-up follows in a moment.")
    _draw(key, src="", shape=size, says="looking for the package", regions=[], outline="")


def path(outline: Sequence[Floats]) -> str:
    """Closed polygons as an SVG path, in 0..1 of the frame."""
    return "".join(f"M{'L'.join(f'{x:.5f} {y:.5f}' for x, y in polygon)}Z" for polygon in outline)


def _draw(
    key: str, *, src: str, shape: tuple[int, int], says: str, regions: list[list[list[float]]], outline: str
) -> None:
    data = {"src": src, "shape": f"{shape[1]} / {shape[0]}", "says": says, "regions": regions, "outline": outline}
    _picture(key=key, data=data)


def address(pixels: Pixels) -> str:
    """A picture as a `data:` address."""
    memory = io.BytesIO()
    Image.fromarray(pixels).save(memory, "JPEG", quality=92)
    return f"data:image/jpeg;base64,{base64.b64encode(memory.getvalue()).decode()}"
