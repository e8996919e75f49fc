"""A new reader: trained on printed lines, its confidence calibrated on others and on packages of known print."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.contracts import Dataset, Progress, silent
from core.errors import UnreadableImage
from core.serials import training
from core.serials.calibration import Scaling, scaling_of
from core.serials.card import Calibration, ReaderCard, load_reader, save_reader
from core.serials.decoding import agreed, fit
from core.serials.engine import Engine
from core.serials.fonts import typefaces
from core.serials.network import CHANNELS, HIDDEN
from core.serials.patterns import patterns_of
from core.serials.printing import CRUMPLED, line
from core.serials.reader import LineReader
from core.serials.rectifying import looks
from core.serials.training import Recipe
from core.settings import LINES

if TYPE_CHECKING:
    from core.serials.network import Model

__all__ = ["Recipe", "calibrate", "train_reader"]

PRINTED = 3000
"""Printed lines to calibrate on."""

READ_FROM = 0.9
"""Confidence that a line needs at least to count as read."""

RISK = 0.002
"""Share of wrong lines at most among those of the calibration that count as read."""

TRAINED = 0.9
"""Share of the time that training takes."""

Sample = tuple[float, bool, list[tuple[float, bool]]]
"""Probability of a line before it is scaled, whether the line was right, and the same of its characters."""


def train_reader(
    out: Path, recipe: Recipe, *, dataset: Dataset | None = None, progress: Progress = silent
) -> ReaderCard:
    """Train a reader, calibrate it and write it to a folder.

    Args:
        out: folder of the reader; a stopped training goes on from `training.pt` in it, which is removed at the end.
        recipe: of the training.
        dataset: packages of known print; its split "train" helps to calibrate, and is not trained on.
        progress: of the whole.
    """
    out.mkdir(parents=True, exist_ok=True)
    kept = out / "training.pt"
    model = training.train(recipe, kept, progress=lambda share, text: progress(TRAINED * share, text))
    card = write(out, model, recipe)
    card = calibrate(
        out,
        dataset=dataset,
        seed=recipe.seed,
        progress=lambda share, text: progress(TRAINED + (1 - TRAINED) * share, text),
    )
    kept.unlink(missing_ok=True)
    return card


def write(out: Path, model: Model, recipe: Recipe) -> ReaderCard:
    """Weights and card of a network whose confidence is not calibrated yet."""
    fonts = hashlib.sha256("\n".join(typefaces()).encode()).hexdigest()
    card = ReaderCard(
        network={"channels": list(CHANNELS), "hidden": HIDDEN},
        weights_sha256="0" * 64,
        calibration=_unscaled(),
        training={
            "steps": recipe.steps,
            "more": recipe.more, "batch": recipe.batch, "learning_rate": recipe.learning_rate, "seed": recipe.seed,
            "typefaces": len(typefaces()), "typefaces_sha256": fonts,
        },
    )  # fmt: skip
    return save_reader(out, card, dict(model.state_dict()))


def _unscaled() -> Calibration:
    same = {"slope": 1.0, "offset": 0.0, "most": 1.0}
    return Calibration.model_validate({"lines": same, "characters": same, "read_from": READ_FROM})


def calibrate(out: Path, *, dataset: Dataset | None = None, seed: int = 0, progress: Progress = silent) -> ReaderCard:
    """Learn the scaling of a reader's confidence anew, and write it to its card."""
    card, weights = load_reader(out)
    plain = replace(Engine.open(out), calibration=_unscaled())  # else it would be learnt on top of the last one
    reader = LineReader(plain, patterns_of(LINES))
    found = {"printed lines": _printed(reader, seed, lambda share, text: progress(0.5 * share, text))}
    if dataset is not None:
        found["packages of the split train"] = _packages(
            reader, dataset, lambda share, text: progress(0.5 + 0.5 * share, text)
        )
    samples = [one for some in found.values() for one in some]
    parts = [part for _, _, some in samples for part in some]
    scales = {"lines": scaling_of(*_arrays(samples)), "characters": scaling_of(*_arrays(parts))}
    start = _read_from(scales["lines"](_arrays(samples)[0]), _arrays(samples)[1])
    calibration = Calibration.model_validate(
        {
            **{name: _plain(scale) for name, scale in scales.items()},
            "read_from": start,
            "measured": {name: _measured(some, scales["lines"], start) for name, some in found.items()},
        }
    )
    return save_reader(out, card.model_copy(update={"calibration": calibration}), weights)


def _read_from(sure: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """The lowest confidence from which on at most `RISK` of the lines are wrong, and `READ_FROM` at least."""
    order = np.argsort(-sure, kind="stable")
    wrong = np.cumsum(~right[order]) / np.arange(1, len(order) + 1)
    fine = np.flatnonzero(wrong <= RISK)
    lowest = float(sure[order][fine[-1]]) if len(fine) else READ_FROM
    return float(np.clip(np.round(lowest, 3), READ_FROM, 0.995))


def _plain(scale: Scaling) -> dict[str, float]:
    return {"slope": scale.slope, "offset": scale.offset, "most": scale.most}


def _measured(samples: Sequence[Sample], scale: Scaling, start: float) -> dict[str, float]:
    """Lines, those that were right, those that count as read, and the wrong ones of these."""
    sure, right = scale(_arrays(samples)[0]), _arrays(samples)[1]
    read = sure >= start
    return {
        "lines": float(len(right)), "right": float(right.sum()), "read": float(read.sum()),
        "wrong_of_read": float((read & ~right).sum()),
        "brier": float(np.mean((sure - right) ** 2)) if len(right) else 0.0,
    }  # fmt: skip


def _arrays(samples: Sequence[Sequence[object]]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    return np.array([one[0] for one in samples], np.float64), np.array([one[1] for one in samples], np.bool_)


def _printed(reader: LineReader, seed: int, progress: Progress) -> list[Sample]:
    """Lines that no network was trained on: of another seed than those that it learns from."""
    rng = np.random.default_rng([seed, 78])
    samples = []
    for start in range(0, PRINTED, 64):
        kinds = [str(rng.choice(list(LINES))) for _ in range(64)]
        lines = [line(rng, conditions=CRUMPLED, kind=kind) for kind in kinds]
        for kind, one in zip(kinds, lines, strict=True):
            pattern = next(some for some in reader.patterns if some.name == kind)
            if not pattern.matches(one.text):
                continue
            answers = reader.engine.answers(looks(one.pixels))
            if (first := fit(answers[0], pattern)) is not None:
                best, each = agreed(answers, first, pattern)
                samples.append(_sample(best.probability, each, best.text, one.text))
        progress(min(1.0, start / PRINTED), "calibrating on printed lines")
    return samples


def _packages(reader: LineReader, dataset: Dataset, progress: Progress) -> list[Sample]:
    """Lines of packages whose print is known, found and read as any other."""
    index = dataset.index[dataset.index["split"] == "train"]
    samples = []
    for at, (package, view) in enumerate(zip(index["package"], index["view"], strict=True), start=1):
        progress(at / len(index), f"calibrating on package {at:,} of {len(index):,}")
        try:
            truth, pixels = dataset.truth(package, view), dataset.view(package, view).pixels
        except UnreadableImage:
            continue
        if truth is None or truth.serial is None:
            continue
        known = {"serial": truth.serial.text, **{name: str(truth.facts.get(name, "")) for name in ("batch", "expiry")}}
        for found in reader.read(pixels):
            if found.text and known.get(found.line):
                samples.append(_sample(found.confidence, found.characters, found.text, known[found.line]))
    return samples


def _sample(sure: float, each: Sequence[float], said: str, true: str) -> Sample:
    same = [(one, letter == other) for one, letter, other in zip(each, said, true, strict=False)]
    return sure, said == true, same
