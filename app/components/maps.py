"""A map over its picture: point at it, and the picture alone is there."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import ceil
from typing import NamedTuple

import cv2
import streamlit as st

from app.components import divider
from core.domain import Pixels

QUALITY = 86
"""Of the JPEG that is sent, 0 to 100; a download is a PNG."""
ABREAST = 4
"""Maps in one line."""

CSS = """
figure { margin: 0; container-type: inline-size; font-family: var(--st-font); color: var(--st-text-color); }
[hidden] { display: none !important; }
figcaption { display: flex; gap: 0 7px; align-items: baseline;
  font-size: 15px; min-height: 24px; margin-bottom: 5px; }
.hue { flex: none; width: 11px; height: 11px; border-radius: 3px; align-self: center; }
.name { font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; min-width: 0; }
.says { margin-left: auto; white-space: nowrap; font-weight: 600; font-variant-numeric: tabular-nums; }
.says.damaged { color: var(--st-red-text-color); } .says.intact { color: var(--st-green-text-color); }
.frame { position: relative; overflow: hidden; border-radius: 8px; background: var(--st-secondary-background-color); }
.frame:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 2px; }
img { position: absolute; inset: 0; width: 100%; height: 100%; display: block; pointer-events: none; }
.map { transition: opacity .12s; }
.frame.pointed:hover .map, .frame.pointed:focus-visible .map { opacity: 0; }
.frame.divided .map { clip-path: inset(0 0 0 var(--at)); }
.frame.waiting img, .frame.refused img { opacity: .3; }
.frame.refused img { filter: grayscale(1); opacity: .16; }
.frame.waiting { animation: wait 1.2s ease-in-out infinite alternate; }
@keyframes wait { to { background: var(--st-border-color); } }
.reason { position: absolute; inset: 0; display: grid; place-items: center; padding: 12px 18px; text-align: center;
  font-size: 14px; line-height: 1.4; overflow: auto; }
@container (max-width: 250px) { figcaption { flex-wrap: wrap; } .name { flex-basis: calc(100% - 20px); }
  .says { margin-left: 0; } }
@media (prefers-reduced-motion: reduce) { .frame.waiting { animation: none; } .map { transition: none; } }
dl { display: grid; grid-template-columns: repeat(4, auto); justify-content: space-between; gap: 3px 10px;
  margin: 7px 0 0; font-size: 13px; line-height: 1.3; font-variant-numeric: tabular-nums; }
@container (max-width: 270px) { dl { grid-template-columns: repeat(2, auto); } }
dl div { display: flex; flex-direction: column-reverse; cursor: help; }
dt { font-size: 12px; opacity: .75; white-space: nowrap; } dd { margin: 0; white-space: nowrap; }
.quiet { font-size: 13px; opacity: .8; line-height: 1.4; margin-top: 5px; display: -webkit-box; overflow: hidden;
  -webkit-line-clamp: 4; -webkit-box-orient: vertical; }
"""

JS = """
const pictures = globalThis.secondlookPictures ??= { held: new Map(), wanted: new Map() };
const give = (name, source) => {
  pictures.held.delete(name);
  pictures.held.set(name, source);
  for (const oldest of [...pictures.held.keys()].slice(0, -12)) pictures.held.delete(oldest);
  for (const image of pictures.wanted.get(name) ?? []) if (image.dataset.name === name) show(image, source);
  pictures.wanted.delete(name);
};
const take = (name, image) => {
  image.dataset.name = name;
  if (pictures.held.has(name)) return show(image, pictures.held.get(name));
  pictures.wanted.set(name, [...(pictures.wanted.get(name) ?? []), image]);
};
const show = (image, source) => { image.hidden = !source; if (source && image.src !== source) image.src = source; };
const number = ([value, label, meaning]) => {
  const [box, term, said] = ['div', 'dt', 'dd'].map((tag) => document.createElement(tag));
  box.title = meaning;
  term.textContent = label;
  said.textContent = value;
  box.append(term, said);
  return box;
};
export default function ({ data, parentElement }) {
  const at = (name) => parentElement.querySelector(name);
  const frame = at('.frame');
  at('.hue').style.background = data.hue;
  at('.hue').hidden = !data.hue;
  at('.name').textContent = at('.name').title = data.name;
  at('.says').textContent = data.says;
  at('.says').className = `says ${data.verdict}`;
  frame.style.aspectRatio = data.shape;
  frame.classList.toggle('waiting', data.state === 'waiting');
  frame.classList.toggle('refused', data.state === 'refused');
  frame.classList.toggle('pointed', data.state === 'shown' && !data.divided);
  frame.title = data.state === 'shown' && !data.divided ? 'Point at it, or focus it, to see the picture alone' : '';
  frame.setAttribute('aria-label', data.alt);
  if (data.divided) { frame.removeAttribute('role'); frame.removeAttribute('tabindex'); }
  else { frame.setAttribute('role', 'img'); frame.tabIndex = 0; }
  at('.divider').hidden = !data.divided;
  at('.divider').setAttribute('aria-label', `${data.alt}: how much of the picture is shown without it`);
  if (data.divided) divide(frame, at('.divider'), 'picture'); else unite(frame);
  if (data.given) give(data.picture, data.given);
  take(data.picture, at('.picture'));
  show(at('.map'), data.map);
  at('.reason').textContent = data.reason;
  at('.reason').hidden = !data.reason;
  at('dl').replaceChildren(...data.numbers.map(number));
  at('dl').hidden = !data.numbers.length;
  at('.quiet').textContent = at('.quiet').title = data.quiet;
  at('.quiet').hidden = !data.quiet;
}
"""

HTML = (
    '<figure><figcaption><span class="hue"></span><span class="name"></span><span class="says"></span></figcaption>'
    '<div class="frame"><img class="picture" alt="" draggable="false" hidden>'
    f'<img class="map" alt="" draggable="false" hidden>{divider.HTML}'
    '<div class="reason"></div></div><dl></dl><div class="quiet"></div></figure>'
)

_tile = st.components.v2.component("secondlook_map", html=HTML, css=divider.CSS + CSS, js=divider.JS + JS)


class Fact(NamedTuple):
    """A number under a map.

    Attributes:
        value: as it is read.
        label: what it is, a word.
        meaning: the same in a sentence.
    """

    value: str
    label: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Ground:
    """The picture below every map of a view; it is sent once, and the maps refer to it.

    Attributes:
        pixels: (H, W, 3) uint8, the part that is shown, with what is outlined.
        name: of its content.
    """

    pixels: Pixels
    name: str

    @classmethod
    def of(cls, pixels: Pixels) -> Ground:
        """The picture with its name."""
        return cls(pixels, sha256(pixels.tobytes()).hexdigest()[:16])


@dataclass(frozen=True, slots=True)
class Caption:
    """What stands above a map and below it.

    Attributes:
        name: of the model.
        hue: of the model, "" for none.
        says: its verdict.
        verdict: "damaged", "intact", "review" or "", for the color.
        numbers: below the map.
        quiet: below them, a sentence.
        alt: what the map shows, for those who cannot see it.
    """

    name: str
    hue: str = ""
    says: str = ""
    verdict: str = ""
    numbers: Sequence[Fact] = ()
    quiet: str = ""
    alt: str = ""


def abreast(count: int) -> int:
    """How many of so many maps stand in one line, so that the lines are of equal length."""
    return ceil(count / ceil(count / ABREAST))


def picture(ground: Ground, key: str, *, name: str, quiet: str = "") -> None:
    """Draw the picture alone; every map over it needs it to stand somewhere on the page."""
    _draw(key, ground, Caption(name, quiet=quiet, alt=name), state="alone", given=address(ground.pixels))


def show(ground: Ground, over: Pixels, key: str, *, caption: Caption, divided: bool = False) -> None:
    """Draw a map.

    Args:
        ground: the picture below it.
        over: (H, W, 3) uint8, the map as it is shown, of the same part of the frame.
        key: of the component, unique on the page.
        caption: what is said around it.
        divided: whether a line that can be moved stands between picture and map.
    """
    _draw(key, ground, caption, state="shown", over=address(over), divided=divided)


def waiting(ground: Ground, key: str, *, caption: Caption) -> None:
    """Draw the place of a map that is being computed, in its final size."""
    _draw(key, ground, caption, state="waiting")


def refused(ground: Ground, key: str, *, caption: Caption, reason: str) -> None:
    """Draw the place of a map that there cannot be, and why."""
    _draw(key, ground, caption, state="refused", reason=reason)


def _draw(
    key: str, ground: Ground, caption: Caption, *, state: str, over: str = "", given: str = "", reason: str = "",
    divided: bool = False,
) -> None:  # fmt: skip
    height, width = ground.pixels.shape[:2]
    _tile(key=key, data={
        "name": caption.name, "hue": caption.hue, "says": caption.says, "verdict": caption.verdict,
        "numbers": [list(one) for one in caption.numbers], "quiet": caption.quiet, "alt": caption.alt or caption.name,
        "shape": f"{width} / {height}", "state": state, "picture": ground.name, "given": given, "map": over,
        "reason": reason, "divided": divided,
    })  # fmt: skip


def address(pixels: Pixels) -> str:
    """A picture as a `data:` address."""
    _, file = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return f"data:image/jpeg;base64,{base64.b64encode(file.tobytes()).decode()}"
