"""Confusion matrices as a grid of buttons: a row a model, a column a view; a cell opens its packages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from app.components.elements import MAKE
from core.domain import PACKAGE
from core.figures import matrix

CSS = """
.grid { display: grid; gap: 18px 20px; font-family: var(--st-font); color: var(--st-text-color); padding: 3px;
  grid-template-columns: repeat(var(--columns), minmax(0, 1fr)); max-width: calc(var(--columns) * 420px); }
figure { margin: 0; min-width: 0; container-type: inline-size; }
figcaption { display: flex; flex-wrap: wrap; gap: 0 7px; align-items: baseline;
  font-size: 14px; margin-bottom: 6px; min-width: 0; }
figcaption .hue { flex: none; width: 11px; height: 11px; border-radius: 3px; align-self: center; }
figcaption .model { font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
figcaption .view { opacity: .8; white-space: nowrap; }
figcaption .figure { margin-left: auto; font-variant-numeric: tabular-nums; white-space: nowrap; }
.cells { display: grid; grid-template-columns: repeat(var(--called, 2), minmax(0, 1fr)); gap: 4px; }
.cells.headed { grid-template-columns: 34px repeat(var(--called, 2), minmax(0, 1fr)); }
.head { appearance: none; font: inherit; font-size: 13px; color: inherit; background: none; cursor: pointer;
  padding: 3px 6px; border: 1px solid transparent; border-radius: 6px; min-width: 0; text-align: center;
  line-height: 1.2; }
.head.row { writing-mode: vertical-rl; transform: rotate(180deg); padding: 6px 3px; }
.head:hover { border-color: var(--st-border-color); }
.head:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 1px; }
.head[aria-pressed=true] { box-shadow: inset 0 0 0 2px var(--st-text-color); }
.cell { appearance: none; font: inherit; color: inherit; text-align: left; cursor: pointer; min-width: 0;
  padding: 7px 11px;
  border: 1px solid var(--st-border-color); border-radius: 8px; display: grid; grid-template-columns: auto 1fr;
  column-gap: 8px; align-items: baseline; }
.cell:hover { border-color: var(--st-text-color); }
.cell:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 1px; }
.cell[aria-pressed=true] { box-shadow: inset 0 0 0 2px var(--st-text-color); border-color: var(--st-text-color); }
.count { font-size: 21px; font-weight: 650; font-variant-numeric: tabular-nums; line-height: 1.25; }
.rate { font-size: 13px; font-variant-numeric: tabular-nums; white-space: nowrap; overflow: hidden;
  text-overflow: ellipsis; }
.title { grid-column: 1 / -1; font-size: 13px; line-height: 1.3; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; }
@container (max-width: 265px) {
  figcaption .model { flex-basis: calc(100% - 20px); }
  .cell { grid-template-columns: 1fr; padding: 6px 8px; }
  .title { white-space: normal; }
}
.three .cell { grid-template-columns: 1fr; padding: 6px 8px; }
.three .title { white-space: normal; overflow-wrap: anywhere; }
.gap { border: 1px dashed var(--st-border-color); border-radius: 8px; min-height: 112px; display: grid;
  place-items: center;
  font-size: 13px; opacity: .8; text-align: center; padding: 8px; }
"""

JS = MAKE + """
const cell = (one, of) => {
  const box = make('button', 'cell');
  box.type = 'button';
  box.dataset.at = JSON.stringify([of.model, of.view, one.title]);
  box.title = `${one.meaning} Click to see them.`;
  box.style.background = one.fill;
  box.setAttribute('aria-pressed', String(of.pressed === one.title));
  box.setAttribute('aria-label', `${of.model}, ${of.title}: ${one.title}, ${one.count} of ${one.of}`);
  const rate = one.rate ? `of ${one.of} \\u00b7 ${one.rate}` : 'none of this class';
  const title = make('span', 'title', `${one.mark} ${one.title}`);
  box.append(make('span', 'count', String(one.count)), make('span', 'rate', rate), title);
  return box;
};
const head = (one, of, kind) => {
  const box = make('button', `head${kind}`, one.words);
  box.type = 'button';
  box.dataset.at = JSON.stringify([of.model, of.view, one.title]);
  box.title = one.meaning;
  box.setAttribute('aria-label', one.meaning);
  box.setAttribute('aria-pressed', String(of.pressed === one.title));
  return box;
};
const figure = (of) => {
  const box = make('figure');
  const caption = make('figcaption');
  const hue = make('span', 'hue');
  hue.style.background = of.hue;
  const model = make('span', 'model', of.model);
  model.title = of.model;
  caption.append(hue, model, make('span', 'view', of.title), make('span', 'figure', of.figure));
  box.append(caption);
  const cells = make('div', of.heads ? 'cells headed' : 'cells');
  const across = of.cells.length / 2;
  cells.style.setProperty('--called', across);
  cells.classList.toggle('three', across === 3);
  if (of.heads) cells.append(head(of.heads.all, of, ''), ...of.heads.called.map((one) => head(one, of, '')));
  of.cells.forEach((one, at) => {
    if (of.heads && at % across === 0) cells.append(head(of.heads.truths[at / across], of, ' row'));
    cells.append(cell(one, of));
  });
  box.append(cells);
  return box;
};
const rows = (buttons) => {
  const found = new Map();
  for (const button of buttons) {
    const top = Math.round(button.getBoundingClientRect().top);
    found.set(top, [...(found.get(top) ?? []), button]);
  }
  return [...found.keys()].sort((a, b) => a - b).map((top) => found.get(top));
};
const next = (buttons, from, key) => {
  const lines = rows(buttons);
  const line = lines.findIndex((one) => one.includes(from));
  const at = lines[line].indexOf(from);
  const [down, right] = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[key];
  const to = lines[line + down] ?? lines[line];
  return to[Math.min(to.length - 1, Math.max(0, at + right))];
};
export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector('.grid');
  const focused = parentElement.activeElement?.dataset?.at;
  root.style.setProperty('--columns', data.columns);
  root.replaceChildren(...data.matrices.map((of) => of.cells ? figure(of) : make('div', 'gap', of.title)));
  const buttons = [...root.querySelectorAll('.cell, .head')];
  const focus = (chosen) => buttons.forEach((button) => { button.tabIndex = button === chosen ? 0 : -1; });
  const again = buttons.find((button) => button.dataset.at === focused);
  focus(again ?? buttons.find((button) => button.getAttribute('aria-pressed') === 'true') ?? buttons[0]);
  again?.focus();
  root.onclick = (event) => {
    const button = event.target.closest('.cell, .head');
    if (button) setTriggerValue('cell', JSON.parse(button.dataset.at));
  };
  root.onkeydown = (event) => {
    const from = event.target.closest('.cell, .head');
    if (!from || !event.key.startsWith('Arrow')) return;
    event.preventDefault();
    const to = next(buttons, from, event.key);
    focus(to);
    to.focus();
  };
}
"""

_grid = st.components.v2.component("secondlook_matrix", html='<div class="grid" role="group"></div>', css=CSS, js=JS)


HEADS: dict[str, Any] = {
    "all": {"words": "all", "title": "All packages", "meaning": "All packages."},
    "called": [
        {"words": "called damaged", "title": "Called damaged", "meaning": "All that the model calls damaged."},
        {"words": "called intact", "title": "Called intact", "meaning": "All that the model calls intact."},
    ],
    "truths": [
        {"words": "damaged", "title": "Truly damaged", "meaning": "All damaged packages, whatever they are called."},
        {"words": "intact", "title": "Truly intact", "meaning": "All intact packages, whatever they are called."},
    ],
}
REVIEWED = {"words": "in review", "title": "In review", "meaning": "All that the model leaves to a person."}


class Clicked(NamedTuple):
    """Which part of which matrix; the group is the title of a cell, a row or a column: "Escapes", "Truly damaged"."""

    model: str
    view: str
    group: str


def show(
    table: pd.DataFrame,
    key: str,
    *,
    views: Sequence[str],
    colors: Mapping[str, str],
    pressed: tuple[str, str, str] | None = None,
    headed: bool = False,
) -> Clicked | None:
    """Draw a matrix for each model and view; answers with the part that was clicked in this run.

    Args:
        table: of `study.rates`.
        key: of the component, unique on the page.
        views: the columns, in this order.
        colors: model to hue, see `theme.hues`.
        pressed: the part to show as chosen: model, view, group.
        headed: with heads of rows and columns, that can be clicked too.
    """
    rows = {(row["model"], row["view"]): row for row in table.to_dict("records")}
    models = table["model"].unique()
    grid = [
        _matrix(model, view, rows.get((model, view)), colors, pressed) | {"heads": HEADS if headed else None}
        for model in models
        for view in views
    ]
    for one in grid:
        if headed and len(one["cells"] or ()) == 6:
            one["heads"] = HEADS | {"called": [HEADS["called"][0], REVIEWED, HEADS["called"][1]]}
    clicked = _grid(key=key, data={"columns": len(views), "matrices": grid}, on_cell_change=lambda: None).cell
    return Clicked(*map(str, clicked)) if clicked else None


def _matrix(
    model: str,
    view: str,
    row: Mapping[Any, Any] | None,
    colors: Mapping[str, str],
    pressed: tuple[str, str, str] | None,
) -> dict[str, Any]:
    title = view if view == PACKAGE else f"{view} view"
    if row is None or not row["n"]:
        return {"model": model, "title": f"{model} has no answer to the {title} alone", "cells": None}
    chosen = pressed[2] if pressed and pressed[:2] == (model, view) else ""
    return {
        "model": model,
        "view": view,
        "title": title,
        "hue": colors[model],
        "figure": f"{matrix.percent(row['accuracy'], 1)} right",
        "cells": matrix.drawn(row),
        "pressed": chosen,
    }
