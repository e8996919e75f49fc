"""`secondlook explain`: which pixels spoke for damage, of one picture or of all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app import files, reports, terminal
from app.options import Data, Models, named, open_models
from core.errors import BadInput, CoreError

if TYPE_CHECKING:
    from core.domain import Attribution, View
    from core.studies.explanation import How


def explain(
    data: Data,
    package: Annotated[str | None, typer.Option(metavar="ID", help="Serial of the package.")] = None,
    view: Annotated[str | None, typer.Option(metavar="NAME", help="A view, for example side or top.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder for the maps; made if missing.")] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Every package and view: fills the cache, so that nobody has to wait.")
    ] = False,
    split: Annotated[str | None, typer.Option(metavar="NAME", help="With --all: only packages of this split.")] = None,
    model: Annotated[str, typer.Option(metavar="NAME", help="One checkpoint, or all.")] = "all",
    method: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="How to explain; may be given several times.")
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(min=1, max=1000, metavar="N", help="By default as many as the map needs to be exact enough."),
    ] = None,
    baseline: Annotated[str, typer.Option(metavar="NAME", help="The picture that stands for nothing seen.")] = "blur",
    models: Models = None,
) -> None:
    """Show which pixels spoke for damage.

    Writes `<package>_<view>_<model>_<method>.npz` with `values`, a float32 array of the size of the picture, where
    positive speaks for damage; the same drawn over the picture as .png; and what is known of the map as .json,
    which is also printed, one line a model.

    With --all the maps go into the cache only. A stopped run goes on where it was.

    For example:

        secondlook explain --data packages --package 0185 --view top --out maps
        secondlook explain --data packages --package 0185 --view side --method grad_cam --method xrai --out maps
        secondlook explain --data packages --all --split test
    """
    from core.studies.explanation import DEFAULT, How

    hows = [How(name, steps, baseline) for name in method or [DEFAULT]]
    for how in hows:
        how.check()
    if every and (package or view or out):
        raise BadInput("--all means every package and view.", "Leave out --package, --view and --out, or --all.")
    if split and not every:
        raise BadInput("--split goes with --all.", "Add --all to fill the cache, or leave out --split.")
    if every:
        _fill(data, models, model, split, hows)
    elif package is None or view is None or out is None:
        raise BadInput(
            "It is not said what to explain.", "Give --package, --view and --out, or --all for everything in the data."
        )
    else:
        _one(data, models, model, package, view, out, hows)


def _one(
    data: Path, models: Path | None, model: str, package: str, view: str, out: Path, hows: list[How]
) -> None:
    files.check_folder(out)
    from core import study
    from core.studies import explanation

    dataset = study.open_dataset(data)
    picture = dataset.view(package, view)
    for name, classifier in named(open_models(models), model).items():
        for how in hows:
            with terminal.progress() as progress:
                found = explanation.explain(dataset, package, view, classifier, **how._asdict(), progress=progress)
            stem = out / f"{package}_{view}_{name}_{how.method}"
            print(json.dumps(files.plain(_write_map(stem, found, picture))))


def _fill(data: Path, models: Path | None, model: str, split: str | None, hows: list[How]) -> None:
    from core import study
    from core.studies import explanation

    dataset, classifiers = study.open_dataset(data), named(open_models(models), model)
    rows = dataset.index if split is None else dataset.index[dataset.index["split"] == split]
    if rows.empty:
        raise BadInput(f"There is no package in the split {split!r}.", "Leave out --split to explain all of them.")
    places = list(zip(rows["package"], rows["view"], strict=True))
    asked = [explanation.Asked(*place, name, how) for place in places for name in classifiers for how in hows]
    refused: dict[str, int] = {}
    with terminal.progress() as progress:
        for _, found in explanation.explanations(dataset, classifiers, asked, progress=progress):
            if isinstance(found, CoreError):
                refused[str(found)] = refused.get(str(found), 0) + 1
    for reason, count in refused.items():
        terminal.note(f"{count} without a map: {reason}")
    terminal.note(f"{len(asked) - sum(refused.values()):,} of {len(asked):,} maps lie in the cache.")


def _write_map(stem: Path, found: Attribution, picture: View) -> dict[str, Any]:
    """Write map, overlay and facts beside each other, and return the facts."""
    from core.figures import maps

    display = maps.Display()
    seen = maps.shown(found.values, display)
    drawn = maps.overlay(picture.pixels, seen, display, limit=maps.limit([seen]))
    archive, overlay = (stem.with_name(f"{stem.name}.{suffix}") for suffix in ("npz", "png"))
    files.write_whole(archive, lambda file: file.write(maps.npz(found.values)))
    files.write_whole(overlay, lambda file: file.write(maps.png(drawn)))
    facts = {**reports.attribution(found), "map": archive.name, "overlay": overlay.name}
    files.write_json(stem.with_name(f"{stem.name}.json"), facts)
    return facts
