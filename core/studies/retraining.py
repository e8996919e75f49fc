"""Whole networks trained again on other draws of the packages, each kept as soon as it is done."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from core.contracts import Dataset, Progress, silent
from core.errors import BadInput, Leak
from core.models.checkpoints import sha256
from core.store.answers import read_answers
from core.store.frames import read_frame, write_frame
from core.studies.stability import BOOTSTRAP, COLUMNS, RETRAININGS, Pool, counted, pool
from core.study import Classifier, inventory, run_name, trained_on


def retrained(
    dataset: Dataset,
    models: Mapping[str, Classifier],
    *,
    retrainings: int = RETRAININGS,
    epochs: int | None = None,
    weights: Path | None = None,
    pretrained: bool = True,
    seed: int = 0,
    progress: Progress = silent,
) -> pd.DataFrame:
    """Train every architecture again on bootstrap samples of the training packages; stored, and resumable.

    Each retraining draws packages, and starts from its own seed. What it answers is stored when it is done; an error
    raised in `progress` stops the work, which goes on with the next retraining the next time.

    Args:
        dataset: whose packages.
        models: checkpoints whose architecture, recipe and framing are used.
        retrainings: of each model, at least two.
        epochs: instead of the recipe's.
        weights: file of published weights or folder of a checkpoint to start from; None for the hub's, or for random
            ones where the model itself started from these.
        pretrained: start from the hub's where none are given; otherwise from random ones.
        seed: of draws and trainings.
        progress: called after each epoch.

    Returns:
        `core.studies.stability.COLUMNS`, with the draw "bootstrap" only.

    Raises:
        BadInput: fewer than two retrainings, too few packages, or weights for several architectures.
        Leak: the checkpoint to start from knows packages that are tested on.
        CoreError: anything wrong with the weights.
    """
    if retrainings < 2:
        raise BadInput(f"{retrainings} retraining has no variance.", "Take 20.")
    if weights is not None and len({model.card.architecture for model in models.values()}) > 1:
        raise BadInput("One file of weights does not fit several architectures.", "Name one model with --model.")
    drawn = pool(dataset, seed=seed)
    tables = []
    for at, (name, model) in enumerate(models.items()):

        def tell(share: float, text: str, at: int = at, name: str = name) -> None:
            progress((at + share) / len(models), f"{name}, {text}")

        answers = _answers(dataset, name, model, drawn, (retrainings, epochs, weights, pretrained, seed), tell)
        table = _table(answers, drawn, model).assign(model=name)
        write_frame(_name(dataset, model), table[list(COLUMNS)])
        tables.append(table)
    return pd.concat(tables, ignore_index=True)[list(COLUMNS)]


def stored_retrained(dataset: Dataset, models: Mapping[str, Classifier]) -> pd.DataFrame | None:
    """The last finished `retrained` of each of these models, whatever its settings; None where there is none."""
    found = [read_frame(_name(dataset, model)) for model in models.values()]
    known = [one.assign(model=name) for name, one in zip(models, found, strict=True) if one is not None]
    return pd.concat(known, ignore_index=True) if known else None


def _name(dataset: Dataset, model: Classifier, *settings: object) -> str:
    return run_name("stability", dataset, {model.name: model}, "full", *settings)


def _answers(
    dataset: Dataset,
    name: str,
    model: Classifier,
    drawn: Pool,
    settings: tuple[int, int | None, Path | None, bool, int],
    progress: Progress,
) -> list[pd.DataFrame]:
    """Of each retraining, what is stored of it, or what it says now."""
    retrainings, epochs, weights, pretrained, seed = settings
    start = None if weights is None else sha256(weights) if weights.is_file() else str(weights.resolve())
    names = [_name(dataset, model, epochs, start, pretrained, seed, number) for number in range(retrainings)]
    found = [read_frame(one) for one in names]
    if all(one is not None for one in found):
        return [one for one in found if one is not None]
    _check_start(dataset, weights, drawn)
    from core import teach  # loads Lightning

    plan = teach.again(model.card, model.folder, weights=weights, pretrained=pretrained, epochs=epochs, seed=seed)
    material = teach.prepared(dataset, plan, progress=lambda share, text: progress(0.05 * share, text))
    asked = teach.known(dataset, material, progress=lambda share, text: progress(0.05 + 0.05 * share, text))
    answers = []
    for number, (one, stored) in enumerate(zip(names, found, strict=True)):

        def tell(share: float, text: str, number: int = number) -> None:
            done = 0.1 + 0.9 * (number + share) / retrainings
            progress(done, f"retraining {number + 1} of {retrainings}, {text}")

        if stored is None:
            places = drawn.bootstrap((seed, number))
            odds = teach.once(material, plan, drawn.packages[places].tolist(), asked, seed=seed + number, progress=tell)
            times = np.bincount(places, minlength=len(drawn.packages))
            taught = times[np.searchsorted(drawn.packages, asked.packages)]
            stored = pd.DataFrame(
                {"package": asked.packages, "view": asked.views, "logit": odds.astype(np.float32), "taught": taught}
            )
            write_frame(one, stored)
        answers.append(stored)
    return answers


def _check_start(dataset: Dataset, weights: Path | None, drawn: Pool) -> None:
    """Refuse a checkpoint to start from that knows packages which are tested on.

    Raises:
        Leak: with some of them.
    """
    if weights is None or not weights.is_dir():
        return
    seen = sorted(trained_on(read_answers(weights), inventory(dataset)) & set(drawn.packages[drawn.held].tolist()))
    if seen:
        raise Leak(
            f"{weights.name} was trained on {len(seen)} packages that are tested on, such as {', '.join(seen[:5])}.",
            "Start from published weights, or from a checkpoint trained on other packages.",
        )


def _table(answers: list[pd.DataFrame], drawn: Pool, model: Classifier) -> pd.DataFrame:
    """The answers of all retrainings as rows of `COLUMNS`, but for the model."""
    views = sorted({str(view) for one in answers for view in one["view"].unique()})
    odds = np.full((len(answers), len(drawn.packages), len(views)), np.nan)
    taught = np.zeros((len(answers), len(drawn.packages)), bool)
    for number, one in enumerate(answers):
        package = np.searchsorted(drawn.packages, one["package"].to_numpy(np.str_))
        odds[number, package, np.searchsorted(views, one["view"].to_numpy(np.str_))] = one["logit"]
        taught[number, package[one["taught"].to_numpy() > 0]] = True
    table = counted(odds, taught, drawn, views=views, fusion=model.card.fusion)
    return table.assign(draw=BOOTSTRAP, share=1.0, seen=False)
