"""What spoiled pictures cost, as a command: eight corruptions at five strengths."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from app import files, terminal
from app.options import Data, Json, Models, open_models


def robustness(
    data: Data,
    models: Models = None,
    split: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Packages of this split; by default test, else those not trained on."),
    ] = None,
    packages: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="So many packages, each class by its share; by default all.")
    ] = None,
    corruption: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only this one, for example `shift`; may be given several times."),
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, metavar="N", help="Processes; by default one a core.")] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the draw and of the corruptions.")] = 0,
    json_file: Json = None,
) -> None:
    """Spoil the pictures in eight ways at five strengths, and see what every model still gets right.

    Every answer is stored; a stopped run goes on where it was. 40 packages take about half an hour on one core.

    For example:

        secondlook robustness --data packages
        secondlook robustness --data packages --packages 10 --corruption shift --corruption blur --json shift.json
    """
    if json_file:
        files.check_file(json_file)
    from app import withstanding
    from core import study
    from core.domain import PACKAGE
    from core.studies import economics
    from core.studies import robustness as question

    dataset, classifiers = study.open_dataset(data), open_models(models)
    ids = question.drawn(dataset, classifiers, split=split, count=packages, seed=seed)
    with terminal.progress() as progress:
        frame = question.robustness(
            dataset,
            classifiers,
            packages=ids,
            corruptions=corruption,
            workers=min(workers or os.cpu_count() or 1, len(ids)),
            seed=seed,
            progress=progress,
        )
    views = [str(view) for view in frame["view"].unique()]
    cuts = {view: economics.cuts(classifiers, models, view=view) for view in views}
    found = {view: question.curves(frame, cuts[view], view=view) for view in views}
    fused = found[PACKAGE]
    if json_file:
        curves = {view: table.to_dict("records") for view, table in found.items()}
        files.write_json(json_file, {"packages": list(ids), "seed": seed, "views": curves})
    terminal.note(withstanding.weakest(fused))
    terminal.note(f"{withstanding.evidence(frame)} {withstanding.withstood(fused)}")
    head = ("accuracy, %", "clean", *map(str, question.STRENGTHS), "largest drop (95 %)", "Holm")
    for title, rows in withstanding.table(fused).items():
        terminal.table(title, head, rows)
