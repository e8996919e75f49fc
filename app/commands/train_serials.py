"""A reader of serials, as a command: trained on lines that it prints itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app import files, terminal


def train_serials(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the new reader.")],
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Packages of known print: their split train calibrates; by default the bundled ones."
        ),
    ] = None,
    steps: Annotated[int, typer.Option(min=1, metavar="N", help="Batches of the first lesson.")] = 2500,
    more: Annotated[
        int, typer.Option(min=0, metavar="N", help="Batches of a second lesson: crumpled faces, more letters.")
    ] = 2000,
    batch: Annotated[int, typer.Option(min=2, metavar="N", help="Lines of each.")] = 64,
    learning_rate: Annotated[float, typer.Option(metavar="RATE", help="At its highest.")] = 2e-3,
    threads: Annotated[int, typer.Option(min=1, metavar="N", help="Of the training.")] = 2,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="The same seed prints the same lines.")] = 0,
) -> None:
    """Train what reads serials, batches and dates: a small network in EasyOCR's format for networks of one's own.

    It learns from lines that are printed while it learns, in the typefaces that are installed (`pip install -r
    requirements-serials.txt` adds those that the shipped reader has seen), at a slant, small, blurred, noisy and
    compressed. It takes half an hour on two cores; started again after a stop, it goes on where it was. No picture
    of a package is trained on. To use the result, set SECONDLOOK_READER to its folder.

    For example:

        secondlook train-serials --out checkpoints/serial
        secondlook train-serials --out mine --steps 800 --seed 1
    """
    files.check_folder(out)
    from core import study
    from core.settings import ROOT
    from core.studies import reading_lessons

    known = data or ROOT / "data" / "packages"
    dataset = study.open_dataset(known) if data or known.is_dir() else None
    recipe = reading_lessons.Recipe(steps, more, batch, learning_rate, seed, threads)
    with terminal.progress() as progress:
        card = reading_lessons.train_reader(out.resolve(), recipe, dataset=dataset, progress=progress)
    head = ("calibrated on", "lines", "right", "read", "wrong of those")
    terminal.table("The new reader", head, [_row(name, one) for name, one in card.calibration.measured.items()])
    terminal.note(f"Written to {out}.")


def _row(name: str, found: dict[str, float]) -> tuple[str, ...]:
    return name, *(f"{found[key]:,.0f}" for key in ("lines", "right", "read", "wrong_of_read"))
