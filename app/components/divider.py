"""A line over two pictures that lie on top of each other: it follows the mouse, a finger, or the arrow keys."""

from __future__ import annotations

CSS = """
.frame.divided { cursor: ew-resize; touch-action: pan-y; user-select: none; -webkit-user-select: none; --at: 50%; }
.frame > .divider { position: absolute; inset: 0 auto 0 var(--at); width: 28px; margin-left: -14px; outline: none; }
.divider::before { content: ''; position: absolute; top: 0; bottom: 0; left: 13px; width: 2px; background: #fff;
  box-shadow: 0 0 0 1px rgb(0 0 0 / .6); }
.divider::after { content: '\\2039\\2009\\203a'; position: absolute; bottom: 10px; left: 0; width: 28px; height: 28px;
  border-radius: 50%; background: #fff; color: #1E2428; box-shadow: 0 0 0 1px rgb(0 0 0 / .6);
  display: grid; place-items: center; font-size: 17px; line-height: 1; padding-bottom: 2px; box-sizing: border-box; }
.divider:focus-visible::after { outline: 3px solid var(--st-primary-color); outline-offset: 2px; }
"""
"""For a frame that is positioned; `--at` is where the line is, for the `clip-path` of what lies on either side."""

JS = """
const divide = (frame, divider, shown) => {
  const bounded = (value) => Math.min(100, Math.max(0, value));
  const move = (value) => {
    const share = Math.round(bounded(value) * 10) / 10;
    frame.dataset.at = share;
    frame.style.setProperty('--at', `${share}%`);
    divider.setAttribute('aria-valuenow', Math.round(share));
    divider.setAttribute('aria-valuetext', `${Math.round(share)} % ${shown}`);
  };
  frame.classList.add('divided');
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
};
const unite = (frame) => {
  frame.classList.remove('divided');
  frame.onpointerdown = frame.onpointermove = null;
};
"""
"""`divide(frame, divider, shown)` lets the line be moved, where `shown` says what lies left of it; `unite` stops it."""

HTML = """<div class="divider" role="slider" tabindex="0" aria-orientation="horizontal" aria-valuemin="0"
aria-valuemax="100"></div>"""
