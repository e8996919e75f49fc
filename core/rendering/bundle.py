"""Many packages rendered into a data set with its manifest: in parallel, and on where it stopped."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import asdict, dataclass
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.contracts import Progress, silent
from core.domain import DAMAGED, Floats, Mask, Pixels
from core.errors import BadInput, CoreError, UnknownName
from core.regions import outlines
from core.rendering.camera import CAMERAS
from core.rendering.damage import KINDS
from core.rendering.package import MOVED, QUALITIES, TURNED, WET, Shot, shoot
from core.rendering.scene import denoised, mitsuba
from core.rendering.variation import Variation, labels, vary

FORMAT = 1
MANIFEST, WORK = "manifest.json", ".rendering"
JPEG = 90
"""Quality of the pictures: dents and a serial of nine pixels height stay as they are."""

SMALLEST, LARGEST = 64, 3840
"""Width of a picture, pixels."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to render.

    Attributes:
        packages: how many, half of them damaged.
        seed: another one gives other packages.
        width: of the pictures, pixels; their height is nine sixteenths of it.
        quality: name in `QUALITIES`.
        kinds: which kinds of damage may happen.
        test: share of the packages in the test split.
        name: of the data set.
    """

    packages: int = 200
    seed: int = 1
    width: int = 960
    quality: str = "normal"
    kinds: tuple[str, ...] = tuple(KINDS)
    test: float = 0.2
    name: str = "Rendered packages"

    @property
    def size(self) -> tuple[int, int]:
        """(H, W) of the pictures."""
        return self.width * 9 // 16, self.width

    def check(self) -> None:
        """Refuse what cannot be rendered.

        Raises:
            BadInput: a number outside its range.
            UnknownName: of a quality or a kind.
        """
        if self.packages < 1:
            raise BadInput(f"{self.packages} packages are nothing to render.", "Ask for one or more.")
        if not SMALLEST <= self.width <= LARGEST or self.width % 16:
            raise BadInput(
                f"Pictures cannot be {self.width} pixels wide.",
                f"Take a multiple of 16 from {SMALLEST} to {LARGEST}, for example 960.",
            )
        if not 0 <= self.test < 1:
            raise BadInput(f"A test split cannot hold {self.test:g} of the packages.", "Take 0.2, for example.")
        _check_name("quality", [self.quality], QUALITIES)
        _check_name("kind of damage", self.kinds or [""], KINDS)


def variations(order: Order) -> Iterator[Variation]:
    """The packages of an order, in its order."""
    return (vary(job.seed, job.label, order.kinds) for job in _jobs(order))


def render(order: Order, out: Path, *, workers: int | None = None, progress: Progress = silent) -> Path:
    """Render a data set, or go on with one that was stopped.

    Args:
        order: what to render.
        out: folder of the data set; made where missing.
        workers: processes; as many as there are cores where None.
        progress: share done, and what is being done, with the time left.

    Returns:
        Where the manifest lies.

    Raises:
        BadInput: the order cannot be rendered, the folder holds something else, or Mitsuba is not installed.
        CoreError: the folder cannot be written, for example because the disk is full.
    """
    order.check()
    mitsuba()
    denoised(*(np.zeros((16, 16, 3), np.float32) for _ in range(3)))  # fails now where it would fail later
    try:
        return _render(order, out, workers or os.cpu_count() or 1, progress)
    except OSError as error:
        raise CoreError(
            f"{out} cannot be written ({error.strerror or error}).",
            "Free some space or choose another folder, and start again: finished packages are kept.",
        ) from error


def _render(order: Order, out: Path, workers: int, progress: Progress) -> Path:
    work = out / WORK
    _claim(order, out, work)
    waiting = [job for job in _jobs(order) if not _record(work, job.seed).is_file()]
    _run(order, out, waiting, workers, progress)
    records = {job.seed: json.loads(_record(work, job.seed).read_text(encoding="utf-8")) for job in _jobs(order)}
    packages = {record.pop("serial"): record for record in records.values()}
    facts = {"format": FORMAT, "name": order.name, "made_by": _made_by(order)}
    manifest = facts | {"packages": dict(sorted(packages.items()))}
    _write(out / MANIFEST, (json.dumps(manifest, indent=None, ensure_ascii=False) + "\n").encode())
    shutil.rmtree(work)
    return out / MANIFEST


@dataclass(frozen=True, slots=True)
class _Job:
    """One package of an order: its own seed, its class and its split."""

    seed: int
    label: str
    split: str


def _jobs(order: Order) -> list[_Job]:
    """Every package of an order; those of the test split lie evenly among the others, half of them damaged."""
    every = labels(order.packages)
    pairs = [int((at // 2 + 1) * order.test) > int((at // 2) * order.test) for at in range(order.packages)]
    return [
        _Job(order.seed * 1_000_000 + at, label, "test" if tested else "train")
        for at, (label, tested) in enumerate(zip(every, pairs, strict=True))
    ]


def _claim(order: Order, out: Path, work: Path) -> None:
    """Make the folder this order's own, or refuse."""
    plan, made = work / "order.json", _made_by(order)
    if plan.is_file():
        if json.loads(plan.read_text(encoding="utf-8")) != made:
            raise BadInput(
                f"{out} holds an unfinished rendering of another order.",
                f"Ask for the same again to go on with it, or delete {out}.",
            )
        return
    if out.is_dir() and any(path.name != "README.md" for path in out.iterdir()):
        raise BadInput(f"{out} is not empty.", "Name a new folder with --out.")
    work.mkdir(parents=True, exist_ok=True)
    _write(plan, json.dumps(made).encode())


def _made_by(order: Order) -> dict[str, Any]:
    return {
        "command": "secondlook render",
        **{name: list(value) if isinstance(value, tuple) else value for name, value in asdict(order).items()},
        "jpeg": JPEG,
        "damaged_where": {"moved_mm": MOVED, "turned_degrees": TURNED, "light_swallowed": WET},
        "versions": {name: version(name) for name in ("mitsuba", "pyoidn", "numpy", "pillow")},
    }


def _run(order: Order, out: Path, jobs: Sequence[_Job], workers: int, progress: Progress) -> None:
    started, done = time.monotonic(), order.packages - len(jobs)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_alone, initargs=(workers,)) as pool:
        running: set[Future[None]] = {pool.submit(_make, order, out, job) for job in jobs}
        try:
            while running:
                finished, running = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    future.result()
                now = order.packages - len(running)
                pace = (time.monotonic() - started) / max(1, now - done)
                progress(now / order.packages, f"package {now} of {order.packages}, {_time(pace * len(running))} left")
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _alone(workers: int) -> None:
    """As many threads as each process may have to itself."""
    mitsuba()
    import drjit

    drjit.set_thread_count(max(1, (os.cpu_count() or 1) // workers))


def _time(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"


def _make(order: Order, out: Path, job: _Job) -> None:
    """Render one package and write its files; its record comes last."""
    variation = vary(job.seed, job.label, order.kinds)
    shots = {
        name: shoot(variation, name, size=order.size, samples=QUALITIES[order.quality]) for name in CAMERAS
    }
    views = {name: _files(out, variation, job, name, shot) for name, shot in shots.items()}
    record = {
        "serial": variation.print.serial,
        "label": job.label,
        "split": job.split,
        "product": variation.product.name,
        "seed": job.seed,
        "batch": variation.print.batch,
        "expiry": variation.print.expiry,
        "damages": [
            {"kind": harm.kind, "severity": round(harm.severity, 3), **harm.facts} for harm in variation.harms
        ],
        "pose": {name: round(value, 2) for name, value in asdict(variation.pose).items()},
        "light": {name: round(value, 3) for name, value in asdict(variation.light).items()},
        "views": views,
    }
    _write(_record(out / WORK, job.seed), json.dumps(record).encode())


def _files(out: Path, variation: Variation, job: _Job, view: str, shot: Shot) -> dict[str, Any]:
    """Write the files of one view, and say what they are."""
    stem = f"{variation.print.serial}_{view}"
    contents = {"picture": (f"{job.split}/{job.label}/{view}/{stem}.jpg", _jpeg(shot.picture))}
    if job.label == DAMAGED:
        contents["mask"] = f"masks/{stem}.png", _png(shot.mask)
    if shot.twin is not None:
        contents["twin"] = f"twins/{stem}.jpg", _jpeg(shot.twin)
    facts: dict[str, Any] = {}
    for kind in ("picture", "mask", "twin"):
        path, data = contents.get(kind, (None, b""))
        facts[kind] = path
        facts["sha256" if kind == "picture" else f"{kind}_sha256"] = hashlib.sha256(data).hexdigest() if path else None
        if path:
            _write(out / path, data)
    return facts | {
        "silhouette": [_numbers(outline) for outline in outlines(shot.silhouette, within=0.6)],
        "serial": None if shot.serial is None else _numbers(shot.serial),
        "face": _numbers(shot.face),
        "camera": asdict(CAMERAS[view]) | {"sensor": asdict(variation.sensors[view])},
    }


def _numbers(places: Floats) -> list[list[float]]:
    return [[round(float(x), 5), round(float(y), 5)] for x, y in places]


def _jpeg(picture: Pixels) -> bytes:
    memory = io.BytesIO()
    Image.fromarray(picture).save(memory, "JPEG", quality=JPEG, optimize=True)
    return memory.getvalue()


def _png(mask: Mask) -> bytes:
    memory = io.BytesIO()
    Image.fromarray(mask).convert("1").save(memory, "PNG", optimize=True)
    return memory.getvalue()


def _record(work: Path, seed: int) -> Path:
    return work / f"{seed}.json"


def _write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(data)
    os.replace(part, path)


def _check_name(what: str, names: Sequence[str], known: Mapping[str, object]) -> None:
    for name in names:
        if name not in known:
            raise UnknownName(f"There is no {what} called {name!r}.", f"There are: {', '.join(known)}.")
