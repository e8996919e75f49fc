"""`secondlook bench agreement`: how fast maps are held against regions, beside Quantus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from app import files, terminal
from app.options import Json

if TYPE_CHECKING:
    from core.studies.pace import Pace

HEAD = ("metric", "here, ms a map", "there, ms a map", "times faster", "largest difference")
TITLES = {"relevance_mass": "relevance mass", "relevance_rank": "relevance rank", "auroc": "AUROC"}


def agreement(
    maps: Annotated[int, typer.Option(min=1, metavar="N", help="How many maps.")] = 16,
    size: Annotated[tuple[int, int], typer.Option(metavar="W H", help="Of each map, pixels.")] = (960, 540),
    repeats: Annotated[int, typer.Option(min=1, metavar="N", help="How often each is timed.")] = 3,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Of the made-up maps.")] = 0,
    json_file: Json = None,
) -> None:
    """Time how fast maps are held against regions, beside Quantus on the same non-negative maps.

    Where Quantus is not installed, plain loops over the maps stand in for it, and the answer says so. It is no
    dependency, because it brings a second OpenCV; see the note below the table.

    For example:

        secondlook bench agreement
        secondlook bench agreement --maps 4 --json bench.json
    """
    if json_file:
        files.check_file(json_file)
    from core.studies import pace

    with terminal.progress() as progress:
        found = pace.compare(maps=maps, size=(size[1], size[0]), repeats=repeats, seed=seed, progress=progress)
    if json_file:
        files.write_json(
            json_file,
            {
                "maps": maps, "size": size, "beside": found.beside,
                "metrics": {name: _plain(one) for name, one in found.metrics.items()},
                "together": _plain(found.together),
            },
        )  # fmt: skip
    rows = [_row(TITLES[name], one) for name, one in found.metrics.items()]
    title = f"{maps} maps of {size[0]} x {size[1]}, beside {found.beside}"
    terminal.table(title, HEAD, [*rows, _row("all at once", found.together)])
    if found.beside == pace.PLAIN:
        terminal.note(f"Quantus is not installed, so that plain loops stand in for it. To compare: {pace.INSTALL}")


def _plain(one: Pace) -> dict[str, Any]:
    return {"seconds": one.seconds, "other_seconds": one.other, "ratio": one.ratio, "largest_difference": one.apart}


def _row(name: str, one: Pace) -> tuple[str, ...]:
    return name, f"{one.seconds * 1e3:.1f}", f"{one.other * 1e3:.1f}", f"{one.ratio:.1f}", f"{one.apart:.1e}"
