"""Agreement of every two maps as a heat table: a number, its interval, and the marks that it is held against."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from app import consistent
from app.components.elements import MAKE

CSS = """
.likeness { font-family: var(--st-font); color: var(--st-text-color); overflow-x: auto; }
table { border-collapse: separate; border-spacing: 4px; table-layout: fixed; width: 100%;
  min-width: calc(150px * var(--columns) + 120px); max-width: calc(330px * var(--columns) + 150px); }
th { font-size: 14px; font-weight: 600; text-align: left; padding: 4px 8px; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; }
tr > th:first-child { width: 132px; padding-left: 0; }
th .hue { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin-right: 7px; }
td { border-radius: 8px; padding: 9px 12px; vertical-align: top; height: 76px; }
td.cell { background: color-mix(in srgb, var(--st-primary-color) var(--strength), transparent); }
td.same { border: 1px dashed var(--st-border-color); }
.value { font-size: 20px; font-weight: 650; font-variant-numeric: tabular-nums; }
.ends { font-size: 13px; margin-left: 8px; font-variant-numeric: tabular-nums; white-space: nowrap; }
.what { font-size: 12.5px; line-height: 1.3; opacity: .85; margin-top: 4px; }
.line { position: relative; height: 18px; margin-top: 4px; }
.rail { position: absolute; left: 0; right: 0; top: 8px; height: 2px; background: var(--st-text-color); opacity: .22; }
.span { position: absolute; top: 6px; height: 6px; border-radius: 3px; background: var(--st-text-color); opacity: .35; }
.at { position: absolute; top: 4px; width: 10px; height: 10px; margin-left: -5px; border-radius: 50%;
  background: var(--st-text-color); }
.null, .top { position: absolute; top: 0; height: 18px; width: 0; margin-left: -1px;
  border-left: 2px dotted var(--st-text-color); }
.top { border-left-style: solid; }
td.legend { font-size: 13px; line-height: 1.5; vertical-align: middle; }
.key { display: inline-block; position: relative; width: 22px; height: 14px; vertical-align: -2px; margin-right: 4px; }
.key .null, .key .top { left: 11px; height: 14px; } .key .at { left: 11px; top: 2px; }
"""

JS = MAKE + """
const mark = (name, at) => { const box = make('div', name); box.style.left = at; return box; };
export default function ({ data, parentElement }) {
  const [low, high] = data.range;
  const place = (value) => `${100 * Math.min(1, Math.max(0, (value - low) / (high - low)))}%`;
  const line = (cell) => {
    const box = make('div', 'line');
    box.append(make('div', 'rail'));
    if (cell.low !== null) {
      const span = mark('span', place(cell.low));
      span.style.right = `calc(100% - ${place(cell.high)})`;
      box.append(span);
    }
    if (cell.null !== null) box.append(mark('null', place(cell.null)));
    if (cell.ceiling !== null) box.append(mark('top', place(cell.ceiling)));
    box.append(mark('at', place(cell.value)));
    return box;
  };
  const draw = (cell) => {
    const box = make('td', cell.same ? 'cell same' : 'cell');
    box.style.setProperty('--strength', `${cell.strength}%`);
    box.title = cell.tip;
    box.append(make('span', 'value', cell.text), make('span', 'ends', cell.ends));
    if (cell.value !== null) box.append(line(cell));
    box.append(make('div', 'what', cell.what));
    return box;
  };
  const legend = (span) => {
    const box = make('td', 'legend');
    box.colSpan = span;
    for (const [name, text] of data.legend) {
      const row = make('div'), key = make('span', 'key');
      key.append(make('span', name));
      row.append(key, text);
      box.append(row);
    }
    return box;
  };
  const named = (name) => {
    const box = make('th');
    const hue = make('span', 'hue');
    box.title = data.titles[name];
    if (data.hues[name]) { hue.style.background = data.hues[name]; box.append(hue); }
    box.append(data.titles[name]);
    return box;
  };
  const table = make('table');
  table.style.setProperty('--columns', data.names.length);
  data.names.forEach((name, at) => {
    const row = make('tr');
    row.append(named(name), ...data.rows[at].map(draw));
    if (at === 0 && data.names.length > 1) row.append(legend(data.names.length - 1));
    table.append(row);
  });
  const foot = make('tr');
  foot.append(make('th'), ...data.names.map(named));
  table.append(foot);
  parentElement.querySelector('.likeness').replaceChildren(table);
}
"""

_likeness = st.components.v2.component("secondlook_likeness", html='<div class="likeness"></div>', css=CSS, js=JS)

LEGEND = (("at", "agreement, with its 95 % interval"), ("null", "on different pictures"), ("top", "trained again"))


def choose(frame: pd.DataFrame) -> tuple[str, str]:
    """Draw what is compared, where a run leaves a choice: what differs, and the method or model that both share.

    Args:
        frame: of `studies.consistency.consistency`.
    """
    kinds, kind = consistent.offered(frame), consistent.ARCHITECTURES
    if len(kinds) > 1 or kind not in kinds:
        kind = st.segmented_control("Between", list(kinds), default=next(iter(kinds)), key="between",
                                    bind="query-params", required=True)  # fmt: skip
    choices = kinds[kind]
    if len(choices) == 1:
        return consistent.KINDS[kind], choices[0]
    head = "By" if kind == consistent.ARCHITECTURES else "Of"
    fixed = st.selectbox(head, choices, format_func=consistent.named, key="fixed", bind="query-params", width=230)
    return consistent.KINDS[kind], str(fixed)


def show(table: pd.DataFrame, key: str, *, hues: Mapping[str, str]) -> None:
    """Draw the lower half of the matrix; on its diagonal stands what the same network trained again reaches.

    Args:
        table: of `studies.consistency.matrix`.
        key: of the component, unique on the page.
        hues: model to hue; methods have none.
    """
    pairs = table[table["one"] != table["other"]]
    names = list(dict.fromkeys([*pairs["one"], *pairs["other"]]))
    known = {frozenset((row["one"], row["other"])): row for row in table.to_dict("records")}
    low = min(0.0, float(table[["value_low", "null_low", "value", "null"]].min().min()))
    rows = [
        [_cell(known.get(frozenset((name, other))), same=name == other) for other in names[: at + 1]]
        for at, name in enumerate(names)
    ]
    titles = {name: consistent.named(name) for name in names}
    _likeness(key=key, data={"names": names, "titles": titles, "rows": rows, "hues": dict(hues), "range": [low, 1.0],
                             "legend": LEGEND})  # fmt: skip


def _cell(row: Mapping[Any, Any] | None, *, same: bool) -> dict[str, Any]:
    if row is None or pd.isna(row["value"]):
        what = "not trained again" if same else "cannot be compared"
        return {"text": "-", "ends": "", "what": what, "tip": what, "value": None, "strength": 0, "same": same}
    low, high, null, ceiling = (
        None if pd.isna(row[name]) else float(row[name]) for name in ("value_low", "value_high", "null", "ceiling")
    )
    tip = f"{consistent.figure(row, 'value')}, 95 %, n = {row['n']:,}."
    if not same:
        tip += f" Different pictures: {consistent.figure(row, 'null')}."
        tip += f" Trained again: {consistent.figure(row, 'ceiling')}."
    return {
        "text": f"{row['value']:.2f}",
        "ends": "" if low is None else f"{low:.2f} to {high:.2f}",
        "what": "trained again" if same else "",
        "tip": tip,
        "value": float(row["value"]),
        "low": low,
        "high": high,
        "null": None if same else null,
        "ceiling": None if same else ceiling,
        "strength": 0 if same else round(6 + 34 * max(0.0, float(row["value"]))),
        "same": same,
    }
