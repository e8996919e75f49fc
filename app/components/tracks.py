"""A table whose cells are numbers on a line: a dot, where known its interval, and the mark it is held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import streamlit as st

from app.components.elements import MAKE

CSS = """
.tracks { font-family: var(--st-font); color: var(--st-text-color); overflow-x: auto;
  --page: var(--st-background-color);
  background: linear-gradient(to right, var(--page) 40%, transparent) left / 40px 100% no-repeat local,
    linear-gradient(to left, var(--page) 40%, transparent) right / 40px 100% no-repeat local,
    linear-gradient(to right, rgba(128, 128, 128, .4), transparent) left / 14px 100% no-repeat scroll,
    linear-gradient(to left, rgba(128, 128, 128, .4), transparent) right / 14px 100% no-repeat scroll; }
/* A shadow at the side on which more is hidden. */
table { border-collapse: collapse; width: 100%; table-layout: fixed; min-width: calc(96px * var(--columns) + 40px); }
thead th:first-child { width: 136px; }
th, td { text-align: left; padding: 9px 14px 9px 0; vertical-align: middle; font-weight: 400; font-size: 15px; }
thead th { font-size: 13px; opacity: .78; padding-bottom: 2px; }
tbody tr { border-top: 1px solid var(--st-border-color); }
tbody th { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-weight: 600; }
.dot { display: inline-block; width: 10px; height: 10px; border-radius: 50%; margin-right: 9px;
  background: var(--hue); }
.line { position: relative; height: 16px; margin: 0 6px; }
.line .rail { position: absolute; left: 0; right: 0; top: 7px; height: 2px; background: var(--st-border-color); }
.line .span { position: absolute; top: 5px; height: 6px; border-radius: 3px; background: var(--hue); opacity: .38; }
.line .tick { position: absolute; top: 0; height: 16px; width: 2px; margin-left: -1px; background: var(--st-text-color);
  opacity: .55; }
.line .at { position: absolute; top: 2px; width: 12px; height: 12px; margin-left: -6px; border-radius: 50%;
  background: var(--hue); box-shadow: 0 0 0 2px var(--st-background-color); }
.words { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 8px; }
.text, .note { white-space: nowrap; }
.text { font-size: 17px; font-weight: 650; font-variant-numeric: tabular-nums; }
.text.damaged { color: var(--st-red-text-color); } .text.intact { color: var(--st-green-text-color); }
.text.review { color: var(--st-orange-text-color); } .review { --hue: var(--st-orange-color); }
.note { font-size: 13px; opacity: .78; font-variant-numeric: tabular-nums; }
.damaged { --hue: var(--st-red-color); } .intact { --hue: var(--st-green-color); }
.none { opacity: .6; font-size: 14px; }
"""

JS = MAKE + """
const place = (value, [low, high]) => `${100 * Math.min(1, Math.max(0, (value - low) / (high - low)))}%`;
const line = (cell, range) => {
  const box = make('div', 'line');
  box.append(make('div', 'rail'));
  if (cell.low !== null) {
    const span = make('div', 'span');
    span.style.left = place(cell.low, range);
    span.style.right = `calc(100% - ${place(cell.high, range)})`;
    box.append(span);
  }
  const at = make('div', 'at');
  at.style.left = place(cell.value, range);
  box.append(at);
  for (const at of cell.ticks) {
    const tick = make('div', 'tick');
    tick.style.left = place(at, range);
    box.append(tick);
  }
  return box;
};
const draw = (cell, hue, range) => {
  const box = make('td');
  if (!cell) { box.append(make('span', 'none', '\\u2013')); return box; }
  box.title = cell.tip;
  if (cell.kind) box.className = cell.kind; else box.style.setProperty('--hue', hue);
  const words = make('div', 'words');
  words.append(make('span', `text ${cell.kind}`, cell.text), make('span', 'note', cell.note));
  box.append(words, line(cell, range));
  return box;
};
export default function ({ data, parentElement }) {
  const table = make('table');
  table.style.setProperty('--columns', data.columns.length + 1);
  const head = make('tr');
  head.append(make('th'), ...data.columns.map((name) => make('th', '', name)));
  const top = make('thead');
  top.append(head);
  const body = make('tbody');
  for (const row of data.rows) {
    const drawn = make('tr');
    const name = make('th');
    name.title = row.name;
    const dot = make('span', 'dot');
    dot.style.setProperty('--hue', row.hue);
    name.append(dot, row.name);
    drawn.append(name, ...row.cells.map((cell) => draw(cell, row.hue, data.range)));
    body.append(drawn);
  }
  table.append(top, body);
  parentElement.querySelector('.tracks').replaceChildren(table);
}
"""

_tracks = st.components.v2.component("secondlook_tracks", html='<div class="tracks"></div>', css=CSS, js=JS)


@dataclass(frozen=True, slots=True)
class Cell:
    """One number on its line.

    Attributes:
        value: where the dot stands.
        text: the number in words.
        note: the quiet line beside it.
        tip: the tooltip.
        low, high: interval, None where there is none.
        ticks: what the value is held against.
        kind: "damaged", "intact" or "review" for the color of a verdict, "" for the hue of the row.
    """

    value: float
    text: str
    note: str = ""
    tip: str = ""
    low: float | None = None
    high: float | None = None
    ticks: tuple[float, ...] = ()
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One model: its name, its hue and a cell a column, None where there is nothing to say."""

    name: str
    hue: str
    cells: tuple[Cell | None, ...]


def show(rows: Sequence[Row], key: str, *, columns: Sequence[str], low: float = 0.0, high: float = 1.0) -> None:
    """Draw the table; every line runs from `low` to `high`."""
    data = {"rows": [asdict(row) for row in rows], "columns": list(columns), "range": [low, high]}
    _tracks(key=key, data=data)
