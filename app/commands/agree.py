"""Whether the evidence lies where the damage is, as a command: every model's maps against known regions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app import files, terminal
from app.options import Data, Json, Models, open_models

if TYPE_CHECKING:
    import pandas as pd

SHOWN = ("relevance_mass", "relevance_rank", "pointing_game", "average_precision", "auroc", "aupro")
"""Figures of the table; `--json` has all of them."""


def agree(
    data: Data,
    models: Models = None,
    regions: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="`masks`, `voc` (boxes), `store` (own drawings), or `majority` or `staple` of all who looked; by "
            "default what there is.",
        ),
    ] = None,
    method: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="How to explain, `integrated_gradients` by default; may be given several times."
        ),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Packages of this split; by default test, else those not trained on."),
    ] = None,
    packages: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="So many damaged packages, drawn; by default all.")
    ] = None,
    area: Annotated[
        str, typer.Option(metavar="NAME", help="Which pixels count: `seen` (by the networks), `package`, or `frame`.")
    ] = "seen",
    border: Annotated[
        float, typer.Option(min=0, metavar="PIXELS", help="Pixels so near to the border of a region do not count.")
    ] = 0.0,
    tau: Annotated[
        float, typer.Option(min=0, max=1, metavar="SKILL", help="From this skill on a verdict is grounded.")
    ] = 0.1,
    seed: Annotated[int, typer.Option(metavar="N", help="Of every draw.")] = 0,
    differences: Annotated[
        str | None,
        typer.Option(metavar="METRIC", help="Also compare every two rows by it, for example `relevance_mass`."),
    ] = None,
    json_file: Json = None,
) -> None:
    """Hold the maps of every model against the regions where the damage is known to be.

    Trivial maps stand in the same table: a method that does not beat them shows nothing. Intervals (95 %) resample
    packages. Every score is stored; a stopped run goes on where it was. The JSON is
    `{MODEL: {VIEW: {METRIC: {"mean", "interval", "chance", "n"}}}}`, with the view `package` for all views together;
    where several methods are asked for, MODEL is `MODEL, METHOD`.

    For example:

        secondlook agree --data packages
        secondlook agree --data packages --regions masks --method grad_cam --packages 10 --json agree.json
        secondlook agree --data packages --differences relevance_mass
    """
    if json_file:
        files.check_file(json_file)
    from core import study
    from core.domain import PACKAGE
    from core.studies import agreement as question
    from core.studies import economics, reasons

    if differences is not None:
        question.METRICS[differences]  # refuses an unknown name before the work
    dataset, classifiers = study.open_dataset(data), open_models(models)
    source = question.source_of(regions, dataset)
    ids = question.drawn(dataset, classifiers, source, split=split, count=packages, seed=seed)
    choices = {"source": source, "packages": ids, "area": area, "border": border, "seed": seed}
    with terminal.progress() as progress:
        frame = question.by_methods(dataset, classifiers, methods=method, progress=progress, **choices)
    board = question.leaderboard(frame, seed=seed)
    if json_file:
        files.write_json(json_file, as_json(board))
    views = {str(view): economics.cuts(classifiers, models, view=str(view)) for view in frame["view"].unique()}
    names = [name for name in dict.fromkeys(frame["method"]) if name]
    for view, name in product((*views, PACKAGE), names):
        rows = board[(board["view"] == view) & board["method"].isin([name, ""])]
        title = _title(view, rows) + f", {name}" * (len(names) > 1)
        terminal.table(title, ("map", *map(SHORT.__getitem__, SHOWN)), _rows(rows))
    terminal.note(f"Regions: {source.name}. {question.AREAS[area]} In brackets: 95 % interval, then chance.")
    for (view, cuts), name in product(views.items(), names):
        mine = frame[(frame["view"] == view) & (frame["method"] == name)]
        found = reasons.rates(reasons.reasons(mine, cuts, tau=tau))
        terminal.table(f"Reasons, {view}" + f", {name}" * (len(names) > 1), REASONS, _reasons(found))
    if differences is not None:
        pairs = question.differences(frame, differences, seed=seed)
        terminal.table(f"Pairs by {differences}, all views", PAIRS, _pairs(pairs))


REASONS = (
    "model",
    "damaged packages",
    "right and grounded (95 %)",
    "of the right ones, lucky (95 %)",
    "missed, but seen",
)


PAIRS = ("one", "other", "one minus other (95 %)", "p", "p (Holm)", "packages")


def _pairs(pairs: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    for row in pairs.to_dict("records"):
        ends = "" if row["low"] != row["low"] else f" ({row['low']:+.3f} to {row['high']:+.3f})"
        yield (
            str(row["one"]), str(row["other"]), f"{row['difference']:+.3f}{ends}", f"{row['p']:.4f}",
            f"{row['p_holm']:.4f}", str(row["n"]),
        )  # fmt: skip


def as_json(board: pd.DataFrame) -> dict[str, Any]:
    """A leaderboard as `--json` writes it."""
    methods = board.loc[board["method"] != "", "method"].nunique()
    result: dict[str, Any] = {}
    for row in board.to_dict("records"):
        views = result.setdefault(_name(row, methods), {}).setdefault(str(row["view"]), {})
        interval = None if row["low"] != row["low"] else [row["low"], row["high"]]
        kept = ("skill", "pictures", "missing", "flagged", "trivial", "method")
        views[str(row["metric"])] = {
            "mean": row["mean"], "interval": interval, "chance": row["chance"], "n": row["n"],
            **{str(name): row[name] for name in kept},
        }  # fmt: skip
    return result


def _name(row: Mapping[Any, Any], methods: int) -> str:
    return f"{row['model']}, {row['method']}" if methods > 1 and row["method"] else str(row["model"])


SHORT = {"relevance_mass": "mass", "relevance_rank": "rank", "pointing_game": "pointing", "average_precision": "AP",
         "auroc": "AUROC", "aupro": "AUPRO"}  # fmt: skip


def _title(view: str, board: pd.DataFrame) -> str:
    rows = board[board["view"] == view]
    return f"{view}: {rows['n'].max()} packages, {rows['pictures'].max()} pictures"


def _rows(board: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    methods = board.loc[board["method"] != "", "method"].nunique()
    for (model, method), rows in board.groupby(["model", "method"], sort=False):
        cells = {row["metric"]: _cell(row) for row in rows.to_dict("records")}
        yield (_name({"model": model, "method": method}, methods), *(cells[name] for name in SHOWN))


def _cell(row: Mapping[Any, Any]) -> str:
    if row["mean"] != row["mean"]:
        return "-"
    interval = "" if row["low"] != row["low"] else f"{row['low']:.2f}-{row['high']:.2f}, "
    return f"{row['mean']:.2f} ({interval}{row['chance']:.2f})"


def _reasons(found: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    for row in found.to_dict("records"):
        yield (
            str(row["model"]), str(row["n"]), _share(row, "grounded_accuracy"), _share(row, "lucky"),
            str(row["wrong_grounded"]),
        )  # fmt: skip


def _share(row: Mapping[Any, Any], name: str) -> str:
    value = row[name]
    if value != value:
        return "-"
    return f"{value:.0%} ({row[f'{name}_low']:.0%}-{row[f'{name}_high']:.0%})"
