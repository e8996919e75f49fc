"""Two models against each other: who is right where, as four buttons that open their packages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

import streamlit as st

from app import selection
from app.components.elements import MAKE
from app.sentences import who
from core.figures import theme
from core.figures.matrix import percent
from core.studies.comparison import OUTCOMES, Compared

CSS = """
.versus { display: grid; grid-template-columns: 34px repeat(2, minmax(0, 1fr)); gap: 4px; max-width: 560px;
  font-family: var(--st-font); color: var(--st-text-color); padding: 3px; }
.head { font-size: 13px; text-align: center; padding: 3px 6px; min-width: 0; overflow: hidden;
  text-overflow: ellipsis; }
.head.row { writing-mode: vertical-rl; transform: rotate(180deg); padding: 7px 1px; max-height: 124px; line-height: 1.2;
  overflow-wrap: anywhere; }
button { appearance: none; font: inherit; color: inherit; text-align: left; cursor: pointer; min-width: 0;
  padding: 10px 13px; border: 1px solid var(--st-border-color); border-radius: 8px; background: none; }
button:hover { border-color: var(--st-text-color); }
button:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 1px; }
button[aria-pressed=true] { box-shadow: inset 0 0 0 2px var(--st-text-color); border-color: var(--st-text-color); }
.count { font-size: 22px; font-weight: 650; font-variant-numeric: tabular-nums; line-height: 1.25; }
.rate { font-size: 13px; margin-left: 8px; }
.title { font-size: 13px; line-height: 1.3; overflow-wrap: anywhere; }
"""

JS = MAKE + """
export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector('.versus');
  const focused = parentElement.activeElement?.dataset?.name;
  const head = (name, words) => Object.assign(make('div', name, words), { title: words });
  root.replaceChildren(make('span'), ...data.columns.map((words) => head('head', words)));
  data.cells.forEach((one, at) => {
    if (at % 2 === 0) root.append(head('head row', data.rows[at / 2]));
    const box = make('button');
    box.type = 'button';
    box.dataset.name = one.name;
    box.style.background = one.fill;
    box.setAttribute('aria-pressed', String(one.pressed));
    const line = make('div');
    line.append(make('span', 'count', String(one.count)), make('span', 'rate', one.rate));
    box.append(line, make('div', 'title', one.title));
    box.onclick = () => setTriggerValue('cell', one.name);
    root.append(box);
    if (one.name === focused) box.focus();
  });
}
"""

HTML = '<div class="versus" role="group"></div>'
_versus = st.components.v2.component("secondlook_versus", html=HTML, css=CSS, js=JS)


def show(found: Compared, one: str, other: str, *, pressed: str, colors: Mapping[str, str]) -> str | None:
    """Draw the matrix; answers with the one of `OUTCOMES` that was clicked in this run.

    Args:
        found: the comparison.
        one: the model in the rows.
        other: the model in the columns.
        pressed: the cell to show as chosen.
        colors: model to hue, see `theme.hues`.
    """
    packages = found.packages(one, other)
    titles, n = titled(one, other), len(found.right)
    hues = dict(zip(OUTCOMES, (theme.NEUTRAL, colors[one], colors[other], theme.UNSURE), strict=True))
    cells = [_cell(name, titles[name], len(ids), n, name == pressed) | {"fill": _fill(hues[name], len(ids), n)}
             for name, ids in packages.items()]  # fmt: skip
    data = {
        "columns": [f"{other} right", f"{other} wrong"],
        "rows": [f"{one} right", f"{one} wrong"],
        "cells": cells,
    }
    clicked = _versus(key="versus", data=data, on_cell_change=lambda: None).cell
    return str(clicked) if clicked in OUTCOMES else None


def chosen(found: Compared, one: str, other: str) -> str:
    """The chosen cell; where none was chosen, the first that tells the models apart, or shows what both get wrong."""
    packages = found.packages(one, other)
    first = next((name for name in ("only_one", "only_other", "neither") if packages[name]), "both")
    kept = selection.kept("cell")
    return kept if kept in OUTCOMES else first


def choose(cell: str) -> NoReturn:
    """Choose a cell, and draw the page again."""
    selection.keep("cell", cell)
    st.rerun()


def titled(one: str, other: str) -> dict[str, str]:
    """Each of `OUTCOMES` in words."""
    words = ("Both right", f"Only {who(one)} right", f"Only {who(other)} right", "Both wrong")
    return dict(zip(OUTCOMES, (word.replace("The ", "the ") for word in words), strict=True))


def _cell(name: str, title: str, count: int, of: int, pressed: bool) -> dict[str, Any]:
    return {"name": name, "title": title, "count": count, "rate": percent(count / of), "pressed": pressed}


def _fill(hue: str, count: int, of: int) -> str:
    """The more packages, the stronger; a cell of one shows whose it is."""
    return theme.tint(hue, 0.18 + 0.32 * count / of) if count else theme.tint(hue, 0.05)
