"""`secondlook bench`: how fast the pages answer, measured on data of any size that it makes itself."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

from app import files, terminal
from app.options import Json

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

cli = typer.Typer(help="Time what the program does, on data that it makes itself.")

ROWS_A_PACKAGE = 10
"""Three models on two views and fused, and the ensemble."""
HEAD = ("what", "median", "slowest", "times faster than recomputing")


@cli.callback()
def bench() -> None:
    """Time what the program does, on data that it makes itself."""


@cli.command()
def evaluation(
    rows: Annotated[int, typer.Option("--predictions", min=1000, metavar="N", help="Size of the run.")] = 1_000_000,
    moves: Annotated[int, typer.Option(min=1, metavar="N", help="How often each answer is timed.")] = 9,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Of the made-up predictions.")] = 0,
    json_file: Json = None,
) -> None:
    """Time what Performance and Errors take on the server for a large stored run.

    Makes a data set and a run of that size in a temporary folder, opens the pages as the browser would, moves the
    threshold and clicks cells of the matrix. The first opening, which fills the caches, is timed apart.

    For example:

        secondlook bench evaluation
        secondlook bench evaluation --predictions 100000 --json bench.json
    """
    if json_file:
        files.check_file(json_file)
    with tempfile.TemporaryDirectory() as folder, terminal.progress() as progress:
        progress(0.0, f"making a run of {rows:,} predictions")
        with _large_run(Path(folder), rows // ROWS_A_PACKAGE, seed):
            timed = dict(_timed(moves, progress))
            base = _recomputed()
    result = {
        "predictions": rows // ROWS_A_PACKAGE * ROWS_A_PACKAGE,
        "recomputed_seconds": base,
        "answers": {
            what: {"median_seconds": median(times), "slowest_seconds": max(times), "ratio": base / median(times)}
            for what, times in timed.items()
        },
    }
    if json_file:
        files.write_json(json_file, result)
    terminal.table(f"Server time, {result['predictions']:,} predictions", HEAD, _rows(result["answers"]))
    terminal.note(f"Recomputing every figure from the loaded run takes {base:.2f} s.")


def _rows(answers: Any) -> Iterator[tuple[str, ...]]:
    for what, one in answers.items():
        yield what, f"{one['median_seconds']:.3f} s", f"{one['slowest_seconds']:.3f} s", f"{one['ratio']:.1f}"


def _timed(moves: int, progress: Callable[[float, str], None]) -> Iterator[tuple[str, list[float]]]:
    """What is asked of the pages, and how long each answer took."""
    from streamlit import logger
    from streamlit.testing.v1 import AppTest

    from core.settings import ROOT

    logger.set_log_level("ERROR")  # it warns that no browser is there
    app = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=600)
    app.query_params["own"] = "false"
    app.query_params["threshold"] = "0.50"
    thresholds = np.linspace(0.3, 0.7, moves).round(2)
    for page in ("performance", "errors"):
        progress(0.1 if page == "performance" else 0.5, f"opening {page}")
        yield f"{page}: first opening", [_opened(app, page)]
        progress(0.3 if page == "performance" else 0.7, f"moving the threshold on {page}")
        yield f"{page}: threshold moved", [_moved(app, float(one)) for one in thresholds]
    cells = ("Found", "False rejects", "Passed", "Escapes", "Truly damaged", "Called intact")
    yield "errors: cell clicked", [_clicked(app, cells[at % len(cells)]) for at in range(moves)]


def _opened(app: AppTest, page: str) -> float:
    return _seconds(lambda: app.switch_page(f"../pages/{page}.py").run())


def _moved(app: AppTest, threshold: float) -> float:
    slider = next(one for one in app.sidebar.slider if one.key == "threshold")
    return _seconds(lambda: slider.set_value(threshold).run())


def _clicked(app: AppTest, group: str) -> float:
    app.session_state["group"] = group
    return _seconds(app.run)


def _seconds(answer: Callable[[], AppTest]) -> float:
    from core.errors import CoreError

    started = time.perf_counter()
    app = answer()
    passed = time.perf_counter() - started
    if app.exception or app.error:
        raise CoreError("The page that was timed stumbled.", str((app.exception or app.error)[0].value))
    return passed


def _recomputed() -> float:
    """Seconds that it takes to count and score everything anew from the loaded run."""
    from core import study
    from core.domain import Cut
    from core.settings import settings

    dataset = study.open_dataset(settings().data)
    frame = study.stored_predictions(dataset, study.open_models()[0])
    assert frame is not None
    started = time.perf_counter()
    study.performance(frame, cuts=Cut.at(0.4))
    return time.perf_counter() - started


@contextmanager
def _large_run(folder: Path, packages: int, seed: int) -> Iterator[None]:
    """A data set of that many packages with a stored run, named by the settings while the block lasts."""
    from core.settings import settings

    before = dict(os.environ)
    os.environ |= {"SECONDLOOK_DATA": str(folder / "data"), "SECONDLOOK_CACHE": str(folder / "cache")}
    settings.cache_clear()
    try:
        _make(folder / "data", packages, seed)
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        settings.cache_clear()


def _make(root: Path, packages: int, seed: int) -> None:
    from core import study
    from core.studies import made

    labels = np.where(np.random.default_rng(seed).random(packages) < 0.5, "damaged", "intact")
    names = [f"{at:08d}" for at in range(packages)]
    made.pictures(root, dict(zip(names, labels.tolist(), strict=True)))
    made.run(study.open_dataset(root), study.open_models()[0], seed=seed)


def measured(result: Mapping[str, Any], what: str) -> float:
    """Median seconds of one answer in what `--json` writes."""
    return float(result["answers"][what]["median_seconds"])
