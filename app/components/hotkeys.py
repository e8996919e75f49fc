"""Keys for people who label for hours: what was pressed, how wide the page is, and whose browser this is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
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
const look = (own) => document.querySelectorAll('[class*="st-key-canvas"]').forEach((box) => {
  const name = [...box.classList].find((one) => one.startsWith('st-key-canvas'));
  const root = [box, ...box.querySelectorAll('*')].map((node) => node.shadowRoot?.querySelector('.dc-root'))
    .find(Boolean);
  if (!root) return;
  if (!root.secondlook && own.known.has(name)) anew(own);
  root.secondlook = true;
  own.known.add(name);
});
const anew = (own) => { hold(own); own.setStateValue('anew', Date.now()); };
const click = (label) => canvases().forEach((root) => {
  const button = root.querySelector(`button[aria-label="${label}"]`);
  if (button && !button.disabled && button.offsetParent) button.click();
});
const inCanvas = { e: 'Edit', Delete: 'Delete selected', Backspace: 'Delete selected' };
const HELD = 'secondlook-held';
const busy = () => ['running', 'rerunRequested'].includes(
  document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState);
const STYLE = `.${HELD} [class*="st-key-canvas"] { cursor: progress; }
  .${HELD} [class*="st-key-canvas"] > * { pointer-events: none; opacity: 0.6; transition: opacity 0.2s 0.4s; }`;
const dress = () => {
  if (document.getElementById(HELD)) return;
  const style = document.head.appendChild(document.createElement('style'));
  style.id = HELD;
  style.textContent = STYLE;
};
const hold = (own) => {
  Object.assign(own, { heldAt: performance.now(), ran: false, idleAt: 0 });
  document.body.classList.add(HELD);
  own.tick ??= setInterval(() => {
    const now = performance.now();
    if (busy()) Object.assign(own, { ran: true, idleAt: 0 });
    else own.idleAt ||= now;
    const rests = own.idleAt && now - own.idleAt > 150 && !own.telling;
    if (rests && (own.ran || now - own.heldAt > 900)) release(own);
  }, 50);
};
const release = (own) => {
  clearInterval(own.tick);
  own.tick = undefined;
  document.body.classList.remove(HELD);
  own.later.splice(0).forEach((does) => does());
};
const named = (event) => {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const command = event.ctrlKey || event.metaKey;
  return `${command ? 'Ctrl+' : ''}${event.shiftKey && (command || event.key.length > 1) ? 'Shift+' : ''}${key}`;
};
export default function ({ data, parentElement, setStateValue }) {
  const own = parentElement.secondlook ??= { drawn: 0, width: 0, timer: 0, later: [], known: new Set() };
  Object.assign(own, { keys: data.keys, setStateValue });
  const box = parentElement.querySelector('.keys') ?? parentElement;
  if (data.name) localStorage.setItem(NAME, data.name);
  else if (!own.asked && localStorage.getItem(NAME)) setStateValue('name', localStorage.getItem(NAME));
  own.asked = true;
  box.dataset.ready = 'true';
  if (own.off) return own.off;
  dress();
  anew(own);
  const pressed = (event) => {
    const key = named(event);
    if (key === 'Ctrl+s' && own.keys.includes(key)) document.activeElement?.blur?.(); // a note half written is kept too
    else if (event.altKey || typing(event) || chosen(event)) return;
    if (key in inCanvas) {
      event.preventDefault();
      event.stopPropagation();
      whenFree(() => click(inCanvas[key]));
      return;
    }
    if (!own.keys.includes(key)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    hold(own);
    own.number = Math.max(Date.now() * 1000, (own.number ?? 0) + 1);
    own.pressed = [...(own.pressed ?? []), [own.number, key]].slice(-30);
    clearTimeout(own.telling);
    own.telling = setTimeout(() => {
      own.telling = undefined;
      own.setStateValue('pressed', own.pressed);
      hold(own);
    }, Math.max(0, 320 - (performance.now() - own.drawn)));
  };
  const whenFree = (does) => { if (own.tick) own.later.push(does); else does(); };
  const clicked = (event) => {
    const path = event.composedPath().filter((node) => node instanceof HTMLElement);
    if (path.some((node) => node.matches('.dc-root'))) return;
    if (path.some((node) => node.matches('button, label, a, [role="option"]'))) hold(own);
  };
  const seen = new MutationObserver(() => look(own));
  seen.observe(document.body, { childList: true, subtree: true });
  const looking = setInterval(() => look(own), 50); // what is below a shadow root is not observed
  const changed = new MutationObserver(() => { if (busy()) own.ran = true; });
  const app = document.querySelector('[data-testid="stApp"]');
  if (app) changed.observe(app, { attributes: true, attributeFilter: ['data-test-script-state'] });
  const released = () => { own.drawn = performance.now(); };
  const measure = () => {
    const width = Math.floor(box.getBoundingClientRect().width);
    if (width < 200 || Math.abs(width - own.width) < 24) return;
    own.width = width;
    hold(own);
    own.setStateValue('width', width);
  };
  const watch = new ResizeObserver(() => { clearTimeout(own.timer); own.timer = setTimeout(measure, 120); });
  watch.observe(box);
  document.addEventListener('keydown', pressed, true);
  document.addEventListener('pointerup', released, true);
  document.addEventListener('click', clicked, true);
  own.off = () => {
    watch.disconnect();
    changed.disconnect();
    seen.disconnect();
    clearInterval(looking);
    release(own);
    document.removeEventListener('keydown', pressed, true);
    document.removeEventListener('pointerup', released, true);
    document.removeEventListener('click', clicked, true);
    delete parentElement.secondlook;
  };
  return own.off;
}
"""
"""A key waits until the canvas has told its last stroke, which takes it a fifth of a second. Keys that wait are told
together, in the order in which they were pressed: two timers of almost the same end can go off the other way round.
What is sent is the last keys with their numbers, not one key: while the server is busy, only the last message of a
component gets through.

Whatever a key or a click asks for can give the canvases another drawing, and what is drawn until then would be wiped
out. So they are held, dimmed after a while, until the page has run and come to rest; a stroke itself holds nothing.

The page can put a canvas in place anew without the server knowing, with what it was given at first: the browser says
so, and the canvas is held until it shows again what is marked."""

_listen = st.components.v2.component("secondlook_keys", html='<div class="keys"></div>', js=JS,
                                     css=".keys { height: 1px; }")  # fmt: skip

WIDTH, _EAR = "width of the page", "ear for keys"


@dataclass(slots=True)
class _Ear:
    """The number of the last key that was answered; runs that overlap take turns at it."""

    last: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)


class Heard(NamedTuple):
    """What the browser said.

    Attributes:
        width: of the page between its margins, pixels; None before it said so.
    """

    width: int | None


def listen(
    does: Callable[[str], None], keys: Iterable[str], *, anew: Callable[[], None], name: str,
    called: Callable[[str], None], key: str,
) -> Heard:
    """Do what keys say, before the page is drawn again.

    Args:
        does: gets each key that was pressed, in their order, once; where it touches the session it may be ended there,
            and gets the key again: it touches it first, and then does what it does.
        keys: that are listened to: "a", "ArrowLeft", "Ctrl+s", "Shift+ArrowUp".
        anew: called when canvases were put in place anew.
        name: of the person, "" where unknown; the browser remembers it.
        called: gets the name that the browser remembers, where it is unknown.
        key: of the component, unique on the page.
    """
    ear: _Ear = st.session_state.setdefault(_EAR, _Ear())

    def pressed() -> None:
        said = _said(key).get("pressed") or ()
        with ear.lock:
            for number, name in said:
                if number > ear.last:
                    does(name)
                    ear.last = number

    def known() -> None:
        if said := _said(key).get("name"):
            called(str(said))

    found = _listen(
        key=key, data={"keys": list(keys), "name": name}, on_pressed_change=pressed, on_name_change=known,
        on_width_change=lambda: None, on_anew_change=anew,
    )  # fmt: skip
    width = found.get("width") or st.session_state.get(WIDTH)
    if width:
        st.session_state[WIDTH] = width
    return Heard(None if not width else int(width))


def _said(key: str) -> Mapping[str, Any]:
    said: Mapping[str, Any] = st.session_state.get(key) or {}
    return said
