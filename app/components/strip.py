"""A line of print, upright and enlarged, above what was read of it: every character tinted by how sure it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from app.components.elements import MAKE
from core.domain import Reading
from core.studies import identity

CSS = """
.strip { font-family: var(--st-font); color: var(--st-text-color); display: flex; flex-direction: column; gap: 3px;
  align-items: flex-start; width: 100%; overflow: hidden; }
.shot { max-width: calc(100% - 78px); border-radius: 8px; overflow: hidden;
  background: var(--st-secondary-background-color); }
.shot img { display: block; width: auto; height: auto; max-width: 100%; max-height: 72px; }
.shot.frame img { max-height: 120px; }
.shot .none { font-size: 13px; opacity: .8; padding: 24px 16px; display: block; }
.line { display: flex; align-items: center; gap: 10px; max-width: 100%; }
.who { font-size: 13px; opacity: .8; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; min-width: 0; }
.signs { display: flex; flex: none; gap: 2px; max-width: 100%; width: var(--wide, auto); margin-left: var(--left, 0); }
.sign { font-variant-numeric: tabular-nums; font-size: 20px; flex: var(--grow, none); min-width: 0; width: 24px;
  line-height: 28px; text-align: center; border-radius: 4px; box-sizing: border-box; overflow: hidden;
  border-bottom: 2px solid transparent; }
.read .sign { background: color-mix(in srgb, var(--st-orange-color) var(--doubt, 0%), transparent); }
.other .sign { font-size: 16px; line-height: 22px; opacity: .8; }
.sign.wrong { border-bottom-color: var(--st-text-color); font-weight: 700; opacity: 1; }
.silent { font-size: 14px; opacity: .8; }
"""

JS = MAKE + """
const sign = (one) => {
  const box = make('span', one.wrong ? 'sign wrong' : 'sign', one.text || '\\u00a0');
  if (one.doubt !== null) box.style.setProperty('--doubt', `${one.doubt}%`);
  if (one.tip) box.title = one.tip;
  return box;
};
const line = (one) => {
  const box = make('div', `line ${one.kind}`);
  const who = make('span', 'who', one.who);
  who.title = one.who;
  const signs = make('span', 'signs');
  signs.setAttribute('role', 'img');
  signs.setAttribute('aria-label', one.says);
  if (one.signs.length) signs.append(...one.signs.map(sign)); else signs.append(make('span', 'silent', one.says));
  box.append(signs, who);
  return box;
};
const below = (root, image, { room }) => {
  const wide = image.clientWidth - 2 * room * image.clientHeight;
  if (!room || wide < 120) return;
  root.style.setProperty('--left', `${room * image.clientHeight}px`);
  root.style.setProperty('--wide', `${wide}px`);
  root.style.setProperty('--grow', '1 1 0');
};
export default function ({ data, parentElement }) {
  const root = parentElement.querySelector('.strip');
  const shot = make('div', data.room || !data.src ? 'shot' : 'shot frame');
  if (data.src) {
    const image = make('img');
    image.alt = data.alt;
    image.onload = () => below(root, image, data);
    image.src = data.src;
    shot.append(image);
  } else shot.append(make('span', 'none', data.alt));
  root.replaceChildren(shot, ...data.lines.map(line));
}
"""

_strip = st.components.v2.component("secondlook_strip", html='<div class="strip"></div>', css=CSS, js=JS)

STRONGEST = 85.0
"""Tint of a character that is certainly wrong, per cent; it falls with the root of the doubt, so that little shows."""
Sign = dict[str, Any]


def show(reading: Reading, key: str, *, src: str, room: float, expected: str, said: str | None, author: str) -> None:
    """Draw a line and what is known of it.

    Args:
        reading: what the program made of it.
        key: of the component, unique on the page.
        src: the picture as a `data:` address, "" where there is none.
        room: at both ends of the line in the picture, in heights of it; 0 where the picture is no line.
        expected: what the file name says, "" where that says nothing.
        said: what a person said that it reads, "" where they could not read it, None where nobody did.
        author: who that was.
    """
    alt = f"{reading.line} of {reading.package}, {reading.view} view" if src else "no picture"
    _strip(
        key=key,
        data={
            "src": src,
            "alt": alt,
            "room": room,
            "lines": lines(reading, expected=expected, said=said, author=author),
        },
    )


def lines(reading: Reading, *, expected: str, said: str | None, author: str) -> list[Sign]:
    """What was read, what a person said, what the file name says: as far as there is any; see `show`."""
    found = [_read(reading, expected if said is None else said)]
    if said is not None:
        found.append(_other(author, said, expected, silent="cannot be read"))
    if expected:
        found.append(_other("file name", expected, reading.text if said is None else said))
    return found


def _read(reading: Reading, truth: str) -> Sign:
    signs, at = [], 0
    for true, read in _beside(truth, reading.text) if reading.text else ():
        sure = reading.characters[at] if read and at < len(reading.characters) else None
        at += bool(read)
        signs.append(_sign(read, sure, wrong=true != read))
    says = f"{reading.text}, {reading.status}, confidence {reading.confidence:.3f}" if signs else "nothing read"
    return {"kind": "read", "who": reading.status, "signs": signs, "says": says}


def _other(who: str, text: str, against: str, *, silent: str = "") -> Sign:
    """Another text, character under character of what it is held against."""
    signs = [_sign(one, None, wrong=one != other) for one, other in _beside(text, against)]
    return {"kind": "other", "who": who, "signs": signs, "says": text or silent}


def _beside(truth: str, read: str) -> Sequence[tuple[str, str]]:
    """Both texts, character beside character; one alone beside itself."""
    return identity.aligned(truth, read) if truth and read else [(one, one) for one in truth or read]


def _sign(text: str, sure: float | None, *, wrong: bool) -> Sign:
    tip = "" if sure is None else f"{text}: confidence {sure:.3f}"
    return {
        "text": text,
        "doubt": None if sure is None else round(STRONGEST * (1 - sure) ** 0.5, 1),
        "tip": tip,
        "wrong": wrong,
    }
