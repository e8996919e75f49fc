"""What the models look at instead of the damage, as a command."""

from __future__ import annotations

from typing import Annotated

import typer

from app import files, terminal
from app.options import Data, Json, Models, open_models


def shortcuts(
    data: Data,
    models: Models = None,
    method: Annotated[str, typer.Option(metavar="NAME", help="How to explain.")] = "integrated_gradients",
    packages: Annotated[
        int, typer.Option(min=2, metavar="N", help="So many packages, each class by its share.")
    ] = 10,
    split: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Packages of this split; by default test, else those not trained on."),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the draw.")] = 0,
    json_file: Json = None,
) -> None:
    """See how much of the evidence lies on package, background, print, serial and damage.

    Where the data set knows the outline of its packages, and the print of those that `secondlook render` has made;
    elsewhere the face that the framing has found counts as the package. Stored; a stopped run goes on where it was.

    For example:

        secondlook shortcuts --data packages
        secondlook shortcuts --data packages --packages 40 --json areas.json
    """
    if json_file:
        files.check_file(json_file)
    from app import leaning
    from core import study
    from core.studies import shortcuts as question

    dataset, classifiers = study.open_dataset(data), open_models(models)
    ids = question.drawn(dataset, classifiers, split=split, count=packages, seed=seed)
    with terminal.progress() as progress:
        frame = question.shortcuts(dataset, classifiers, packages=ids, method=method, progress=progress)
    found = {speaks: question.shares(frame, speaks=speaks) for speaks in question.FOR}
    twins, ranked = question.without_damage(frame), question.elsewhere(frame)
    if json_file:
        tables = {f"for {speaks}": table.to_dict("records") for speaks, table in found.items()}
        files.write_json(json_file, {"packages": list(ids), "method": method, "areas": tables,
                                     "without_damage": twins.to_dict("records"),
                                     "off_package": ranked.to_dict("records")})  # fmt: skip
    head = ("model, packages", "area", "share (95 %)", "of the crop", "times (95 %)", "n")
    for speaks, table in found.items():
        for label in sorted(map(str, table["label"].unique())) if len(table) else ():
            terminal.note(f"{leaning.concluded(table, label, speaks)} {leaning.leans(table, label)}")
        terminal.table(f"What speaks for {speaks}", head, leaning.lines(table))
    terminal.note(" ".join([leaning.twins(twins), leaning.drops(twins), leaning.strayed(ranked)]))
    terminal.note(leaning.unknown(frame))
