"""Keys for people who label for hours: what was pressed, how wide the page is, and whose browser this is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import streamlit as st

JS = """
const NAME = 'secondlook annotator';
const typing = (event) => event.composedPath().some((node) => node instanceof HTMLElement &&
  (/^(TEXTAREA|SELECT)$/.test(node.tagName) || node.isContentEditable || node.role === 'combobox'
    || (node.tagName === 'INPUT' && !/^(checkbox|radio|range|button)$/.test(node.type))));
const chosen = (event) => event.composedPath().some((node) => node instanceof HTMLElement &&
  (node.role === 'slider' || node.role === 'listbox' || node.role === 'dialog'));
const canvases = () => [...document.querySelectorAll('*')].map((node) => node.shadowRoot).filter(Boolean)
  .flatMap((root) => [...root.querySelectorAll('.dc-root')]);
const click = (label) => canvases().forEach((root) => {
  const button = root.querySelector(`button[aria-label="${label}"]`);
  if (button && !button.disabled && button.offsetParent) button.click();
});
const inCanvas = { e: 'Edit', Delete: 'Delete selected', Backspace: 'Delete selected' };
const named = (event) => {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const command = event.ctrlKey || event.metaKey;
  return `${command ? 'Ctrl+' : ''}${event.shiftKey && (command || event.key.length > 1) ? 'Shift+' : ''}${key}`;
};
export default function ({ data, parentElement, setStateValue }) {
  const own = parentElement.secondlook ??= { drawn: 0, width: 0, timer: 0 };
  Object.assign(own, { keys: data.keys, setStateValue });
  const box = parentElement.querySelector('.keys') ?? parentElement;
  if (data.name) localStorage.setItem(NAME, data.name);
  else if (!own.asked && localStorage.getItem(NAME)) setStateValue('name', localStorage.getItem(NAME));
  own.asked = true;
  box.dataset.ready = 'true';
  if (own.off) return own.off;
  const pressed = (event) => {
    const key = named(event);
    if (key === 'Ctrl+s' && own.keys.includes(key)) document.activeElement?.blur?.(); // a note half written is kept too
    else if (event.altKey || typing(event) || chosen(event)) return;
    if (key in inCanvas) { event.preventDefault(); event.stopPropagation(); click(inCanvas[key]); return; }
    if (!own.keys.includes(key)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const wait = Math.max(0, 320 - (performance.now() - own.drawn));
    setTimeout(() => {
      own.number = Math.max(Date.now() * 1000, (own.number ?? 0) + 1);
      own.pressed = [...(own.pressed ?? []), [own.number, key]].slice(-30);
      own.setStateValue('pressed', own.pressed);
    }, wait);
  };
  const released = () => { own.drawn = performance.now(); };
  const measure = () => {
    const width = Math.floor(box.getBoundingClientRect().width);
    if (width < 200 || Math.abs(width - own.width) < 24) return;
    own.width = width;
    own.setStateValue('width', width);
  };
  const watch = new ResizeObserver(() => { clearTimeout(own.timer); own.timer = setTimeout(measure, 120); });
  watch.observe(box);
  document.addEventListener('keydown', pressed, true);
  document.addEventListener('pointerup', released, true);
  own.off = () => {
    watch.disconnect();
    document.removeEventListener('keydown', pressed, true);
    document.removeEventListener('pointerup', released, true);
    delete parentElement.secondlook;
  };
  return own.off;
}
"""
"""A key waits until the canvas has told its last stroke, which takes it a fifth of a second. What is sent is the last
keys with their numbers, not one key: while the server is busy, only the last message of a component gets through."""

_listen = st.components.v2.component("secondlook_keys", html='<div class="keys"></div>', js=JS,
                                     css=".keys { height: 1px; }")  # fmt: skip

WIDTH, _DONE = "width of the page", "number of the last key"


class Heard(NamedTuple):
    """What the browser said.

    Attributes:
        width: of the page between its margins, pixels; None before it said so.
    """

    width: int | None


def listen(does: Mapping[str, Callable[[], None]], *, name: str, called: Callable[[str], None], key: str) -> Heard:
    """Do what keys say, before the page is drawn again.

    Args:
        does: key to what it does: "a", "ArrowLeft", "Ctrl+s", "Shift+ArrowUp".
        name: of the person, "" where unknown; the browser remembers it.
        called: gets the name that the browser remembers, where it is unknown.
        key: of the component, unique on the page.
    """

    def pressed() -> None:
        done = st.session_state.get(_DONE, 0)
        for number, name in _said(key).get("pressed") or ():
            if number > done:
                st.session_state[_DONE] = number
                does[name]()

    def known() -> None:
        if said := _said(key).get("name"):
            called(str(said))

    found = _listen(
        key=key, data={"keys": list(does), "name": name}, on_pressed_change=pressed, on_name_change=known,
        on_width_change=lambda: None,
    )  # fmt: skip
    width = found.get("width") or st.session_state.get(WIDTH)
    if width:
        st.session_state[WIDTH] = width
    return Heard(None if not width else int(width))


def _said(key: str) -> Mapping[str, Any]:
    said: Mapping[str, Any] = st.session_state.get(key) or {}
    return said
