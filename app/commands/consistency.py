"""Whether architectures and methods find the same evidence, as a command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app import files, terminal
from app.options import Data, Json, Models, open_models


def consistency(
    data: Data,
    models: Models = None,
    method: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="How to explain; may be given several times, and `all` is every method."),
    ] = None,
    packages: Annotated[
        int, typer.Option(min=2, metavar="N", help="So many packages, each class by its share.")
    ] = 10,
    split: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Packages of this split; by default test, else those not trained on."),
    ] = None,
    seeds: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Other checkpoints of the same architectures, under any name; by default the last layer of each "
            "network is taught again, which overstates how much two trainings agree.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the draw, and of the last layers.")] = 0,
    json_file: Json = None,
) -> None:
    """Compare the maps of every two models, and of every two methods.

    Rank correlation, overlap of the strongest 5 %, SSIM and 1 - Jensen-Shannon divergence, in the crop that the models
    see; beside the same on different pictures, and beside the same architecture trained again. Stored; a stopped run
    goes on where it was.

    For example:

        secondlook consistency --data packages
        secondlook consistency --data packages --packages 40 --method integrated_gradients --method grad_cam
        secondlook consistency --data packages --seeds other-seeds --json agreement.json
    """
    if json_file:
        files.check_file(json_file)
    from app import consistent
    from core import study
    from core.studies import consistency as question
    from core.studies import explanation

    dataset, classifiers = study.open_dataset(data), open_models(models)
    asked = tuple(explanation.methods()) if method == ["all"] else tuple(method or (explanation.DEFAULT,))
    for name, why in question.fitting(classifiers, asked).items():
        terminal.note("; ".join(f"{name} does not apply to {model}: {reason}" for model, reason in why.items()))
    ids = question.drawn(dataset, classifiers, split=split, count=packages, seed=seed)
    with terminal.progress() as progress:
        frame = question.consistency(
            dataset, classifiers, packages=ids, methods=asked, seeds=seeds, seed=seed, progress=progress
        )
    found, head = [], ("pair", "agreement (95 %)", "different pictures", "trained again", "share of the way", "n")
    for measure, (title, _) in question.MEASURES.items():
        for differs, fixed in question.shared(frame):
            table = question.matrix(frame, measure, differs=differs, fixed=fixed)
            about = {"measure": measure, "differs": differs, "fixed": fixed}
            found += [about | row for row in table.to_dict("records")]
            terminal.table(f"{title}, {fixed}", head, consistent.lines(table))
            if (differs, measure) == (question.MODEL, "spearman"):
                terminal.note(consistent.concluded(table, measure))
    ranked = question.dissent(frame, "spearman", method=asked[0])
    terminal.note(f"{consistent.disputed(ranked)} {consistent.ceiling(frame)}")
    if json_file:
        dissent = ranked.to_dict("records")
        files.write_json(json_file, {"packages": list(ids), "methods": asked, "matrix": found, "dissent": dissent})
