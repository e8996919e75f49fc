"""The engine beside captum: time, memory and error of the same maps of the same network."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean, median

import torch
from captum.attr import IntegratedGradients
from torch.utils.flop_counter import FlopCounterMode

from core import memory
from core.attribution.engine import integrated
from core.attribution.method import Map, Task
from core.attribution.preparation import prepare, prepared
from core.contracts import Progress, silent

REFERENCE = 1000
"""Gauss-Legendre nodes of the map that counts as exact."""
CONVERGED = 1e-3
"""An error below this is none."""
TUNED = 10
"""`internal_batch_size` of a person who has read captum's manual."""
SQUARE = 2048
"""Rows and columns of the matrices whose product tells how fast the machine can be."""
LADDER = (12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 64, 80)
"""Steps that the engine is tried with, until its error is not larger than that of captum's defaults."""

ENGINE, ADAPTIVE, DEFAULTS, CAREFUL = "engine", "engine, adaptive", "captum, defaults", "captum, tuned"


@dataclass(frozen=True, slots=True)
class Runner:
    """One way to make the maps.

    Attributes:
        seconds: for all pictures, median of the rounds.
        memory: bytes beyond what was there before, at the worst moment of one map; None where that cannot be asked.
        error: ||map - reference||_1 / ||reference||_1, mean of the pictures.
        completeness: its error, median of the pictures.
        steps: network evaluations a map, mean of the pictures.
    """

    seconds: float
    memory: int | None
    error: float
    completeness: float
    steps: float


@dataclass(frozen=True, slots=True)
class Race:
    """All of them on one network.

    Attributes:
        runners: by name: `ENGINE` with the fewest steps whose error is at most that of captum's defaults; `ADAPTIVE`
            as the dashboard asks it; `DEFAULTS` and `CAREFUL`.
        ratios: how many times faster `ENGINE` is than each of the others, median of the rounds.
        preparing: seconds to make the network ready, once.
        floor: seconds a map that the multiplications and additions of `ENGINE` would take at the speed of a large
            matrix product: no way with so many steps can be faster.
        pictures: how many maps each made.
    """

    runners: Mapping[str, Runner]
    ratios: Mapping[str, float]
    preparing: float
    floor: float
    pictures: int


def race(tasks: Sequence[Task], *, rounds: int = 3, progress: Progress = silent) -> Race:
    """Let all of them explain the same pictures, in turns.

    Args:
        tasks: of one network, with one baseline each.
        rounds: how often each is timed.
        progress: called between the maps.
    """
    progress(0.0, f"a reference with {REFERENCE} steps")
    exact = [by_captum(task, REFERENCE, TUNED) for task in tasks]
    started = time.perf_counter()
    prepare(tasks[0].module, tasks[0].batch)
    preparing = time.perf_counter() - started
    limit = max(CONVERGED, _error([by_captum(task, 50, None) for task in tasks], exact))
    progress(0.4, "the same error in fewer steps")
    steps = next((n for n in LADDER if _error(_engine(tasks, n), exact) <= limit), LADDER[-1])
    ways: dict[str, Callable[[Task], Map]] = {
        ENGINE: lambda task: integrated(replace(task, steps=steps)),
        ADAPTIVE: lambda task: integrated(replace(task, steps=None)),
        DEFAULTS: lambda task: by_captum(task, 50, None),
        CAREFUL: lambda task: by_captum(task, 50, TUNED),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    maps: dict[str, list[Map]] = {}
    for turn in range(rounds):
        progress(0.5 + 0.4 * turn / rounds, f"round {turn + 1} of {rounds}")
        for name, way in ways.items():
            memory.give_back()  # what one keeps must not serve the next
            way(tasks[0])  # maps come in rows: the first one, which fetches the memory, does not count
            started = time.perf_counter()
            maps[name] = [way(task) for task in tasks]
            times[name].append(time.perf_counter() - started)
    runners = {
        name: Runner(
            median(times[name]),
            _peak(lambda way=way: way(tasks[0])),  # type: ignore[misc]
            _error(maps[name], exact),
            median(_missing(found, task) for found, task in zip(maps[name], tasks, strict=True)),
            fmean(found.steps for found in maps[name]),
        )
        for name, way in ways.items()
    }
    ratios = {
        name: median(other / own for other, own in zip(times[name], times[ENGINE], strict=True))
        for name in ways
        if name != ENGINE
    }
    return Race(runners, ratios, preparing, _work(tasks[0], runners[ENGINE].steps) / _speed(), len(tasks))


def by_captum(task: Task, steps: int, batch: int | None) -> Map:
    """The map as captum makes it, Gauss-Legendre, so many pictures at once (None for all of them)."""
    method = IntegratedGradients(lambda path: task.margin(task.module(path)))
    found = method.attribute(task.batch, baselines=task.baseline, n_steps=steps, internal_batch_size=batch)
    return Map(found.detach().sum(dim=1)[0].float().cpu(), steps=steps)


def _engine(tasks: Sequence[Task], steps: int) -> list[Map]:
    return [integrated(replace(task, steps=steps)) for task in tasks]


def _error(maps: Sequence[Map], exact: Sequence[Map]) -> float:
    pairs = [(one.values, right.values) for one, right in zip(maps, exact, strict=True)]
    return fmean(float((one - right).abs().sum() / right.abs().sum().clamp(min=1e-30)) for one, right in pairs)


def _missing(found: Map, task: Task) -> float:
    with torch.no_grad():
        here, there = (float(task.margin(task.module(end)).mean()) for end in (task.batch, task.baseline))
    return abs(float(found.values.sum()) - (here - there)) / max(abs(here - there), 1e-6)


def _work(task: Task, steps: float) -> float:
    """Multiplications and additions of so many gradients; one with respect to the input costs as much as the answer."""
    ready = prepared(task.module, task.batch)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        ready.rest(ready.enter(task.batch).clone())
    return 2.0 * steps * float(counter.get_total_flops())


def _speed() -> float:
    """Multiplications and additions a second of a product of two matrices, the best of several."""
    one, other = torch.randn(2, SQUARE, SQUARE)
    best = float("inf")
    for _ in range(8):
        started = time.perf_counter()
        one @ other
        best = min(best, time.perf_counter() - started)
    return 2 * SQUARE**3 / best


def _peak(work: Callable[[], object]) -> int | None:
    """Bytes that the process held at the worst moment, beyond what it held before; Linux only."""
    status, reset = Path("/proc/self/status"), Path("/proc/self/clear_refs")
    memory.give_back()
    try:
        reset.write_text("5", encoding="ascii")  # the high-water mark starts anew
    except OSError:
        return None
    before = _held(status, "VmRSS")
    work()
    after = _held(status, "VmHWM")
    return None if before is None or after is None else after - before


def _held(status: Path, what: str) -> int | None:
    found = re.search(rf"^{what}:\s+(\d+) kB", status.read_text(encoding="ascii"), re.MULTILINE)
    return None if found is None else int(found[1]) * 1024
