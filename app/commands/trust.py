"""Whether maps can be trusted, as a command: against trivial maps, and on networks that have forgotten."""

from __future__ import annotations

from typing import Annotated

import typer

from app import files, terminal
from app.options import Data, Json, Models, named, open_models


def trust(
    data: Data,
    models: Models = None,
    model: Annotated[str, typer.Option(metavar="NAME", help="One checkpoint, or all.")] = "all",
    method: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="How the maps are made; may be given several times; `all` for every one."),
    ] = None,
    packages: Annotated[
        int, typer.Option(min=1, metavar="N", help="On so many packages, each class by its share.")
    ] = 8,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the draw, the noise and the random weights.")] = 0,
    json_file: Json = None,
) -> None:
    """Test whether maps can be trusted: do they say more than maps that ask no network, and do they read its weights?

    By default Integrated Gradients of all models; about two minutes a model and method on two cores. Every package is
    stored; a stopped run goes on where it was, and the dashboard shows the one with the most packages.

    For example:

        secondlook trust --data packages
        secondlook trust --data packages --method grad_cam --method saliency --packages 20 --json trust.json
    """
    if json_file:
        files.check_file(json_file)
    from app import mapwords
    from core import study
    from core.studies import trust as question

    wanted = method or [question.DEFAULT]
    every = tuple(question.methods()) if wanted == ["all"] else tuple(dict.fromkeys(wanted))
    dataset, classifiers = study.open_dataset(data), named(open_models(models), model)
    ids = question.drawn(dataset, classifiers, count=packages, seed=seed)
    with terminal.progress() as progress:
        frame = question.trust(dataset, classifiers, methods=every, packages=ids, seed=seed, progress=progress)
    table, stages = question.figures(frame), question.cascades(frame)
    found = question.verdicts(frame, table)
    if json_file:
        files.write_json(json_file, mapwords.plain(ids, seed, found, table, stages))
    terminal.note(f"{mapwords.levels(found)} {mapwords.sample(found)}")
    for title, head, rows in mapwords.tables(found, table):
        terminal.table(title, head, rows)
