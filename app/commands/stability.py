"""Bias and variance, as a command: what another training would bring."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app import files, terminal
from app.options import Data, Json, Models, named, open_models


def bias_variance(
    data: Data,
    models: Models = None,
    model: Annotated[str, typer.Option(metavar="NAME", help="Only this checkpoint.")] = "all",
    retrainings: Annotated[int, typer.Option(min=2, metavar="N", help="How often.")] = 20,
    full: Annotated[bool, typer.Option("--full", help="Retrain whole networks, not their last layer only.")] = False,
    epochs: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Of each full retraining; by default the recipe's.")
    ] = None,
    weights: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Weights or checkpoint that a full retraining starts from.")
    ] = None,
    pretrained: Annotated[bool, typer.Option(help="Start from the model hub's weights, or from random ones.")] = True,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the draws.")] = 0,
    json_file: Json = None,
) -> None:
    """Train again on other draws of the training packages: which errors stay, and which are luck.

    By default only the last layer, on features that are computed once: seconds. With --full whole networks: hours; each
    retraining is stored when it is done, and a stopped run goes on where it was.

    For example:

        secondlook bias-variance --data packages
        secondlook bias-variance --data packages --model mobilenetv3 --full --epochs 10 --weights imagenet.safetensors
    """
    if json_file:
        files.check_file(json_file)
    from app import steadiness
    from core import study
    from core.studies import retraining, stability

    dataset, classifiers = study.open_dataset(data), named(open_models(models), model)
    with terminal.progress() as progress:
        if full:
            frame = retraining.retrained(
                dataset,
                classifiers,
                retrainings=retrainings,
                epochs=epochs,
                weights=weights,
                pretrained=pretrained,
                seed=seed,
                progress=progress,
            )
        else:
            frame = stability.heads(dataset, classifiers, retrainings=retrainings, seed=seed, progress=progress)
    parts = stability.decompositions(frame)
    curve = stability.gaps(frame) if full else stability.learning(frame)
    if json_file:
        files.write_json(json_file, {
            "retrainings": retrainings, "seed": seed, "full": full,
            "decompositions": parts.to_dict("records"), "learning": curve.to_dict("records"),
        })  # fmt: skip
    terminal.note(steadiness.source(frame, whole=full))
    head = (
        "model, view",
        "n",
        "error (95 %)",
        "bias (95 %)",
        "variance (95 %)",
        "net (95 %)",
        "always wrong",
        "coin flip",
    )
    terminal.table("Bias and variance", head, steadiness.lines(parts))
    head = ("model, view", "taught", "train error (95 %)", "test error (95 %)", "gap (95 %)")
    terminal.table("Packages taught on against packages never seen", head, steadiness.steps(curve))
