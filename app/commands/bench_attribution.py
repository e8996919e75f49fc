"""`secondlook bench attribution`: the engine beside captum, on the same networks and pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from app import files, terminal
from app.options import Data, Json, Models, open_models

if TYPE_CHECKING:
    from core.studies.racing import Race

HEAD = ("network", "way", "steps", "seconds a map", "engine is faster", "memory", "error", "completeness error")


def attribution(
    data: Data,
    models: Models = None,
    pictures: Annotated[int, typer.Option(min=1, metavar="N", help="Maps that each makes in a round.")] = 2,
    rounds: Annotated[int, typer.Option(min=1, metavar="N", help="How often each is timed, in turns.")] = 3,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Of the draw of pictures.")] = 0,
    json_file: Json = None,
) -> None:
    """Time Integrated Gradients beside captum: seconds, memory, and the error against 1000 steps.

    The engine takes the fewest steps whose error is at most that of captum's defaults (50 Gauss-Legendre steps at
    once); "adaptive" is what the dashboard does; "tuned" is captum with `internal_batch_size=10`. Same networks,
    pictures, target and blurred baseline; all take turns, each makes one map before it is timed, and the ratios are
    medians over the rounds. Two well-known architectures run beside the checkpoints, with random weights. The last
    lines say how much of the time is arithmetic that nobody can leave out. Takes ten minutes on two idle cores.

    For example:

        secondlook bench attribution --data packages
        secondlook bench attribution --data packages --pictures 1 --rounds 1 --json bench.json
    """
    if json_file:
        files.check_file(json_file)
    from core import study
    from core.studies import racing

    dataset, classifiers, found = study.open_dataset(data), open_models(models), {}
    with terminal.progress() as progress:
        raced = racing.races(dataset, classifiers, pictures=pictures, rounds=rounds, seed=seed, progress=progress)
        for name, one in raced:
            found[name] = one
    if json_file:
        files.write_json(json_file, {name: asdict(one) for name, one in found.items()})
    rows = [row for name, one in found.items() for row in _rows(name, one)]
    terminal.table(f"Integrated Gradients of {pictures} pictures, beside captum", HEAD, rows)
    for name, one in found.items():
        terminal.note(f"{name}: {_floor(one)}")


def _floor(race: Race) -> str:
    engine, defaults = (race.runners[name].seconds / race.pictures for name in ("engine", "captum, defaults"))
    return (
        f"multiplying and adding alone takes {race.floor:.2f} of the engine's {engine:.2f} s a map at the speed of a "
        f"matrix product; nothing with so many steps can be {defaults / race.floor:.1f} times as fast as the defaults."
    )


def _rows(name: str, race: Race) -> Iterator[tuple[str, ...]]:
    for way, one in race.runners.items():
        ratio = f"{race.ratios[way]:.1f} times" if way in race.ratios else ""
        memory = "" if one.memory is None else f"{one.memory / 1e6:.0f} MB"
        seconds = one.seconds / race.pictures
        yield (
            name, way, f"{one.steps:.0f}", f"{seconds:.2f}", ratio, memory, f"{100 * one.error:.1f} %",
            f"{100 * one.completeness:.1f} %",
        )  # fmt: skip
        name = ""
