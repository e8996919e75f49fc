"""Do people agree on the damage, as a command: who said what, how far they agree, and how good each of them is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app import files, terminal
from app.options import Data, Json

if TYPE_CHECKING:
    import pandas as pd


def annotators(
    data: Data,
    ceiling: Annotated[
        bool, typer.Option("--ceiling/--no-ceiling", help="Also what people reach by the scores of maps.")
    ] = True,
    seed: Annotated[int, typer.Option(metavar="N", help="Of every draw.")] = 0,
    json_file: Json = None,
) -> None:
    """Say how far the people agree who annotated a data set, and how good each is where the damage is known.

    Read are the annotations that SECONDLOOK_DATABASE_URL names; by default those of the dashboard. Counted is the last
    word of each person who had not put aside somebody else's. Intervals (95 %) resample packages. The JSON is
    `{"annotators": {NAME: {...}}, "agreement": {VIEW: {FIGURE: {"value", "interval", "chance", "n"}}}, "pairs": [...],
    "honeypots": {NAME: {...}}, "ceiling": {VIEW: {METRIC: {"value", "interval", "chance", "n"}}}, "waiting": [...]}`.

    For example:

        secondlook annotators --data packages
        secondlook annotators --data packages --no-ceiling --json annotators.json
    """
    if json_file:
        files.check_file(json_file)
    from app import reviewing as words
    from core import study
    from core.studies import annotation, honeypots
    from core.studies import annotators as question
    from core.studies import reviewing as reviews

    dataset, store = study.open_dataset(data), annotation.open_annotations()
    with terminal.progress() as progress:
        said = reviews.gathered(store, dataset, progress=progress)
        words.need(said)
        found = question.overlaps(said, progress=progress)
        measured = honeypots.figures(honeypots.measured(said, progress=progress), seed=seed)
        reached = question.ceilings(said, seed=seed, progress=progress) if ceiling else None
    people = question.annotators(said, found, seed=seed)
    agreed, pairs = question.agreement(said, found, seed=seed), question.pairs(said, found, seed=seed)
    waiting = reviews.queue(said, found)
    if json_file:
        files.write_json(json_file, as_json(people, agreed, pairs, measured, reached, waiting))
    terminal.note(words.queue(waiting, said))
    terminal.note(words.agreed(agreed, said.people))
    _table("Annotators", people[list(words.COUNTS)])
    _table("Agreement", words.figures_table(agreed))
    _table("Every two people", words.pairs_table(pairs))
    _table("Where the damage is known", words.honeypots_table(measured))
    if reached is not None:
        _table("Ceiling: each person's region, as a map, against the others", words.ceiling_table(reached))


def _table(title: str, table: pd.DataFrame) -> None:
    if len(table):
        rows = [tuple(map(str, row)) for row in table.itertuples(index=False)]
        terminal.table(title, tuple(map(str, table.columns)), rows)


def as_json(
    people: pd.DataFrame,
    agreed: pd.DataFrame,
    pairs: pd.DataFrame,
    measured: pd.DataFrame,
    reached: pd.DataFrame | None,
    waiting: pd.DataFrame,
) -> dict[str, Any]:
    """Everything as `--json` writes it."""
    return {
        "annotators": _by_name(people.assign(last=people["last"].map(lambda when: when.isoformat()))),
        "agreement": _by_view(agreed, "figure"), "pairs": _plain(pairs), "honeypots": _by_name(measured),
        "ceiling": None if reached is None else _by_view(reached, "metric"), "waiting": _plain(waiting),
    }  # fmt: skip


def _plain(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _by_name(table: pd.DataFrame) -> dict[str, Any]:
    return {str(row.pop("annotator")): row for row in _plain(table)}


def _by_view(table: pd.DataFrame, name: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in _plain(table):
        found.setdefault(str(row["view"]), {})[str(row[name])] = _figure(row)
    return found


def _figure(row: Mapping[str, Any]) -> dict[str, Any]:
    interval = None if row["low"] != row["low"] else [row["low"], row["high"]]
    return {"value": row["value"], "interval": interval, **{name: row[name] for name in ("chance", "n", "pictures")}}
