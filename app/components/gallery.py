"""Packages as tiles of equal size: the views side by side, truth as the border, verdicts as chips."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pandas as pd
import streamlit as st

from app import packages, resources, selection, sentences
from app.components.elements import MAKE
from app.resources import Small
from core.domain import DAMAGED, INTACT, PACKAGE, Cut
from core.study import SOURCES

CSS = """
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 280px), 1fr)); gap: 14px;
  font-family: var(--st-font); color: var(--st-text-color); padding: 3px; }
.tile { appearance: none; font: inherit; color: inherit; text-align: left; padding: 0; cursor: pointer;
  overflow: hidden; background: var(--st-background-color); border: 2px solid var(--truth); border-radius: 10px;
  min-width: 0; display: flex; flex-direction: column; }
.tile:hover { background: var(--st-secondary-background-color); }
.tile:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 2px; }
.views { display: grid; grid-auto-flow: column; grid-auto-columns: minmax(0, 1fr); gap: 2px; width: 100%;
  background: var(--st-border-color); }
.view { position: relative; aspect-ratio: 16 / 9; background: var(--st-secondary-background-color); overflow: hidden; }
.view img { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: contain; display: block; }
.view .gap { position: absolute; inset: 0; display: grid; place-items: center; font-size: 12px; opacity: .75;
  padding: 4px; text-align: center; }
.view.waiting { animation: wait 1.4s ease-in-out infinite alternate; }
.view.waiting img { opacity: .55; }
@keyframes wait { to { background: var(--st-border-color); } }
@media (prefers-reduced-motion: reduce) { .view.waiting { animation: none; } }
.head { display: flex; gap: 8px; justify-content: space-between; align-items: baseline; padding: 7px 10px 0; }
.serial { font-variant-numeric: tabular-nums; font-weight: 600; font-size: 14px; overflow: hidden;
  text-overflow: ellipsis; white-space: nowrap; min-width: 0; }
.truth { font-size: 13px; white-space: nowrap; color: var(--truth-text); font-weight: 600; }
.chips { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 5px; padding: 7px 10px 10px; }
.chip { display: flex; gap: 5px; align-items: baseline; font-size: 12.5px; line-height: 1.25; padding: 2px 7px;
  border-radius: 6px; color: var(--ink); background: var(--wash); min-width: 0; border: 1px solid transparent; }
.chip.wrong { border-color: currentColor; font-weight: 650; }
.chip .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; min-width: 0; flex: 1; }
.chip .value { font-variant-numeric: tabular-nums; }
.seen { font-size: 12px; line-height: 1.3; padding: 0 10px 8px; opacity: .78; }
.seen.training { opacity: 1; color: var(--st-orange-text-color); font-weight: 650; }
.damaged { --ink: var(--st-red-text-color); --wash: var(--st-red-background-color); }
.intact { --ink: var(--st-green-text-color); --wash: var(--st-green-background-color); }
.review { --ink: var(--st-orange-text-color); --wash: var(--st-orange-background-color); }
.tile.damaged { --truth: var(--st-red-color); --truth-text: var(--st-red-text-color); }
.tile.intact { --truth: var(--st-green-color); --truth-text: var(--st-green-text-color); }
.tile { --truth: var(--st-border-color); --truth-text: var(--st-text-color); }
"""

JS = MAKE + """
const view = (picture) => {
  const box = make('div', 'view');
  box.dataset.view = picture.view;
  return fill(box, picture);
};
const fill = (box, picture) => {
  box.classList.toggle('waiting', !picture.ready);
  const image = box.querySelector('img') || make('img');
  if (picture.src && image.src !== picture.src) {
    image.alt = picture.view;
    image.decoding = 'async';
    image.src = picture.src;
    box.replaceChildren(image);
  } else if (picture.ready && !picture.src) box.replaceChildren(make('div', 'gap', picture.gap));
  return box;
};
const chip = (said) => {
  const box = make('div', `chip ${said.verdict} ${said.wrong ? 'wrong' : ''}`);
  box.title = said.tip;
  box.append(make('span', 'mark', said.mark), make('span', 'name', said.model), make('span', 'value', said.value));
  return box;
};
const tile = (one) => {
  const box = make('button', `tile ${one.kind}`);
  box.type = 'button';
  box.dataset.id = one.id;
  box.setAttribute('aria-label', one.says);
  const views = make('div', 'views');
  views.append(...one.views.map(view));
  const head = make('div', 'head');
  const serial = make('span', 'serial', one.id);
  serial.title = one.id;
  head.append(serial, make('span', 'truth', one.truth));
  const chips = make('div', 'chips');
  chips.append(...one.chips.map(chip));
  box.append(views, head, chips);
  if (one.seen) {
    const seen = make('div', `seen ${one.seen.source}`, one.seen.words);
    seen.title = one.seen.tip;
    box.append(seen);
  }
  return box;
};
const step = (tiles, at, key) => {
  const columns = tiles.filter((other) => other.offsetTop === tiles[0].offsetTop).length;
  const last = tiles.length - 1;
  const moves = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns, Home: -at, End: last - at };
  return key in moves ? Math.min(last, Math.max(0, at + moves[key])) : null;
};
export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector('.tiles');
  const same = JSON.stringify(data.tiles.map((one) => [one.id, one.truth, one.chips, one.seen, one.views.length]));
  if (root.dataset.same === same) {
    [...root.children].forEach((box, at) =>
      [...box.querySelectorAll('.view')].forEach((place, which) => fill(place, data.tiles[at].views[which])));
  } else {
    root.dataset.same = same;
    root.replaceChildren(...data.tiles.map(tile));
  }
  const tiles = [...root.children];
  const focus = (at) => tiles.forEach((box, which) => { box.tabIndex = which === at ? 0 : -1; });
  focus(0);
  root.onclick = (event) => {
    const box = event.target.closest('.tile');
    if (box) setTriggerValue('open', box.dataset.id);
  };
  root.onkeydown = (event) => {
    const at = tiles.indexOf(event.target.closest('.tile'));
    const next = at < 0 ? null : step(tiles, at, event.key);
    if (next === null) return;
    event.preventDefault();
    focus(next);
    tiles[next].focus();
    tiles[next].scrollIntoView({ block: 'nearest' });
  };
}
"""

LEGEND = (
    "A border says what the package is; below, what each model says, with its probability of damaged: ✓ right, ✕ wrong."
)
MISSING = Small("", True)

_tiles = st.components.v2.component("secondlook_gallery", html='<div class="tiles" role="group"></div>', css=CSS, js=JS)


def show(
    rows: pd.DataFrame,
    key: str,
    *,
    root: str,
    models: tuple[str, ...],
    thresholds: Mapping[str, Cut],
    at: str = PACKAGE,
    within: str = "",
    opens: str = "inspect",
) -> None:
    """Draw these packages; a click or the enter key opens one in Inspect, or on another page.

    Args:
        rows: of `packages.table`, one tile a row.
        key: of the component, unique on the page.
        root: of the data set.
        models: whose verdicts are chips.
        thresholds: on the probability of damaged, a model.
        at: the view whose verdicts are chips, "package" for the fused ones.
        within: `Filter.text()`, so that Inspect can step through the same packages.
        opens: name of the page that shows a package.

    Must be the last call of a page: it starts the run again until every thumbnail is made.
    """
    views = packages.pictured(rows)
    paths = rows[[packages.picture(view) for view in views]].stack()  # row after row; a missing view is left out
    wanted = [(str(serial), str(column)[5:], str(path)) for (serial, column), path in paths.items()]
    closeup = selection.current().closeup
    small = resources.small_pictures(root, wanted, closeup=closeup, seconds=0)
    pictures = {(serial, view): picture for (serial, view, _), picture in zip(wanted, small, strict=True)}
    if opened := draw(rows, pictures, key, views=views, models=models, thresholds=thresholds, at=at):
        selection.go(opens, package=opened, within=within)
    if not all(picture.ready for picture in small):
        later = resources.small_pictures(root, wanted, closeup=closeup, seconds=0.8)
        if later != small:
            st.rerun()


def draw(
    rows: pd.DataFrame,
    pictures: Mapping[tuple[str, str], Small],
    key: str,
    *,
    views: tuple[str, ...],
    models: tuple[str, ...],
    thresholds: Mapping[str, Cut],
    at: str = PACKAGE,
    notes: Mapping[str, str] = MappingProxyType({}),
) -> str | None:
    """Draw tiles with these pictures; answers with the package that was opened in this run.

    Args:
        rows: of `packages.table`, one tile a row.
        pictures: by package and view.
        key: of the component, unique on the page.
        views: of a tile, side by side.
        models: whose verdicts are chips.
        thresholds: on the probability of damaged, a model.
        at: the view whose verdicts are chips.
        notes: package to the last line of its tile, instead of whether the models have seen it.
    """
    tiles = [_tile(row, views, pictures, models, thresholds, at) for row in rows.to_dict("index").items()]
    for one in tiles:
        if note := notes.get(one["id"]):
            one |= {"seen": {"source": "unseen", "words": note, "tip": note}, "says": f"{one['says']}; {note}"}
    opened = _tiles(key=key, data={"tiles": tiles}, on_open_change=lambda: None).open
    return str(opened) if opened else None


def _tile(
    row: tuple[Any, dict[str, Any]],
    views: tuple[str, ...],
    pictures: Mapping[tuple[str, str], Small],
    models: tuple[str, ...],
    thresholds: Mapping[str, Cut],
    at: str,
) -> dict[str, Any]:
    serial, facts = str(row[0]), row[1]
    truth = packages.truth(facts)
    chips = [
        chip
        for model in models
        if (chip := _chip(model, facts.get(packages.probability(model, at)), truth, thresholds[model]))
    ]
    return {
        "id": serial,
        "truth": " · ".join(filter(None, (truth or "truth unknown", packages.kind(facts)))),
        "kind": truth if truth in (DAMAGED, INTACT) else "",
        "views": [
            {
                "view": view,
                "src": picture.address,
                "ready": picture.ready,
                "gap": _gap(view, (serial, view) in pictures),
            }
            for view in views
            for picture in (pictures.get((serial, view), MISSING),)
        ],
        "chips": chips,
        "seen": (seen := _seen(facts.get("source"))),
        "says": f"{serial}, {truth or 'truth unknown'}; "
        + "; ".join([*(chip["tip"] for chip in chips), *([seen["words"]] if seen else [])]),
    }


def _seen(source: object) -> dict[str, str] | None:
    """Whether the models have seen the package in training: in a few words, and what that means."""
    if source not in SOURCES:
        return None
    marks = {"unseen": "○", "cross-validated": "◐", "training": "●"}
    name = str(source)
    return {"source": name, "words": f"{marks[name]} {sentences.SOURCES[name]}", "tip": SOURCES[name]}


def _gap(view: str, there: bool) -> str:
    return f"{view}: cannot be read" if there else f"no {view} view"


def _chip(model: str, probability: float | None, truth: str | None, cut: Cut) -> dict[str, Any] | None:
    if probability is None or pd.isna(probability):
        return None
    verdict = cut.verdict(probability)
    mark = packages.mark(verdict, truth)
    word = {"✓": "right", "✕": "wrong", "?": "a person decides"}.get(mark, "truth unknown")
    tip = f"{model} says {verdict} ({word}), probability of damaged {probability:.2f}, {sentences.cut(cut)}"
    return {
        "model": model,
        "verdict": verdict,
        "mark": mark or "·",
        "value": f"{probability:.2f}",
        "tip": tip,
        "wrong": word == "wrong",
    }
