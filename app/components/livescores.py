"""How well every model's map points at what is being marked: bars from chance to the score."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core.domain import Score
from core.studies.marking import LIVE, Live

WORDS = {
    "relevance_mass": ("Mass", "Relevance mass: share of the positive evidence that lies in the marked area."),
    "relevance_rank": ("Rank", "Relevance rank: share of the area that is among as many of the strongest pixels."),
    "pointing_game": ("Pointing", "Pointing game: whether the strongest pixel is in the area, or within 15 px of it."),
}

CSS = """
.scores { container-type: inline-size; font-family: var(--st-font); color: var(--st-text-color); font-size: 13px; }
.grid { display: grid; grid-template-columns: minmax(112px, 1.1fr) repeat(3, minmax(0, 2fr)); gap: 7px 14px;
  align-items: center; }
.head { opacity: .78; } .name { font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.dot { display: inline-block; width: 9px; height: 9px; border-radius: 3px; margin-right: 7px; background: var(--hue); }
.cell { display: grid; grid-template-columns: 1fr 30px; gap: 6px; align-items: center; }
.line { position: relative; height: 12px; border-radius: 3px; background: var(--st-secondary-background-color);
  box-shadow: inset 0 0 0 1px var(--st-border-color); }
.bar { position: absolute; top: 0; bottom: 0; background: var(--hue); border-radius: 2px; transition: all .15s; }
.bar.below { opacity: .35; }
.tick { position: absolute; top: -3px; bottom: -3px; width: 2px; margin-left: -1px; background: var(--st-text-color); }
.ceiling { position: absolute; top: 50%; width: 8px; height: 8px; margin: -4px 0 0 -4px; transform: rotate(45deg);
  background: var(--st-background-color); box-shadow: 0 0 0 2px var(--st-text-color); }
.value { font-variant-numeric: tabular-nums; text-align: right; font-weight: 600; }
.legend { grid-column: 1 / -1; opacity: .8; font-size: 12px; }
@container (max-width: 400px) {
  .grid { grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 4px 12px; }
  .name { grid-column: 1 / -1; } .corner { display: none; }
}
@media (prefers-reduced-motion: reduce) { .bar { transition: none; } }
"""

JS = """
const make = (name, text) => {
  const box = document.createElement('div');
  box.className = name;
  if (text) box.textContent = text;
  return box;
};
const share = (value) => `${100 * Math.min(1, Math.max(0, value))}%`;
export default function ({ data, parentElement }) {
  const grid = make('grid');
  grid.append(make('corner'), ...data.columns.map(([title, meaning]) => {
    const head = make('head', title);
    head.title = meaning;
    return head;
  }));
  for (const row of data.rows) {
    const name = make('name');
    const dot = make('dot');
    dot.style.setProperty('--hue', row.hue);
    name.append(dot, row.name);
    name.title = row.name;
    grid.append(name, ...row.cells.map((cell) => {
      const box = make('cell');
      box.title = cell.says;
      box.style.setProperty('--hue', row.hue);
      const line = make('line');
      const bar = make(cell.value < cell.chance ? 'bar below' : 'bar');
      bar.style.left = share(Math.min(cell.value, cell.chance));
      bar.style.width = share(Math.abs(cell.value - cell.chance));
      const tick = make('tick');
      tick.style.left = share(cell.chance);
      line.append(bar, tick);
      if (cell.ceiling !== null) {
        const top = make('ceiling');
        top.style.left = share(cell.ceiling);
        line.append(top);
      }
      box.append(line, make('value', cell.text));
      return box;
    }));
  }
  grid.append(make('legend', data.legend));
  parentElement.querySelector('.scores').replaceChildren(grid);
}
"""

_bars = st.components.v2.component(
    "secondlook_live_scores", html='<div class="scores" role="img"></div>', css=CSS, js=JS
)


def show(found: Live, key: str, *, hues: Mapping[str, str]) -> None:
    """Draw the scores of one view.

    Args:
        found: of what is marked now.
        key: of the component, unique on the page.
        hues: model to its color.
    """
    if found.empty:
        st.caption(found.empty)
        return
    rows = [
        {"name": name, "hue": hues.get(name, "#888"), "cells": [_cell(scores[one], found, one) for one in LIVE]}
        for name, scores in found.scores.items()
    ]
    people = f" Diamond: what the marks of {found.people} other{'s' * (found.people > 1)} score." * bool(found.people)
    legend = f"Line: chance, what a map scores that knows nothing; the bar goes from there to the score.{people}"
    _bars(key=key, data={"columns": [list(WORDS[one]) for one in LIVE], "rows": rows, "legend": legend})


def _cell(score: Score, found: Live, metric: str) -> dict[str, object]:
    ceiling = found.ceiling.get(metric)
    says = f"{WORDS[metric][1]} Score {score.value:.2f}, chance {score.chance:.2f}"
    says += f", other people {ceiling:.2f}." if ceiling is not None else "."
    if score.reason:
        says += f" {score.reason}"
    return {
        "value": score.value, "chance": score.chance, "ceiling": ceiling, "says": says, "text": f"{score.value:.2f}",
    }  # fmt: skip
