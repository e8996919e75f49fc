"""Marked areas as a command: in from the files of other tools, and out to them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from app import files, terminal
from app.options import Data
from core.errors import BadInput

cli = typer.Typer(help="Bring in marked areas from other tools, and write them for other tools.")

Kind = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="NAME",
        help="`coco`, `cvat`, `label-studio`, `masks`, `voc`, `yolo-boxes` or `yolo-segments`.",
    ),
]


@cli.callback()
def regions() -> None:
    """Bring in marked areas from other tools, and write them for other tools."""


@cli.command("import")
def bring_in(
    data: Data,
    kind: Kind,
    source: Annotated[Path, typer.Option("--from", metavar="PATH", help="The file, folder or zip archive.")],
    annotator: Annotated[
        str, typer.Option("--annotator", envvar="SECONDLOOK_ANNOTATOR", metavar="NAME", help="Who answers for it.")
    ],
    replace: Annotated[bool, typer.Option("--replace", help="Replace what others said, too.")] = False,
    skip_unknown: Annotated[
        bool, typer.Option("--skip-unknown", help="Leave out pictures that the data set does not have.")
    ] = False,
) -> None:
    """Add the marked areas of another tool to the annotations, all of them or none.

    They replace what the same annotator said before; what others said stands beside them. Nothing is ever deleted.

    For example:

        secondlook regions import --data packages --format coco --from instances.json --annotator Ann
        secondlook regions import --data packages --format cvat --from task.zip --annotator Ann --skip-unknown
    """
    if not annotator.strip():
        raise BadInput("--annotator names nobody.", "Say who answers for these areas.")
    from core import study
    from core.studies import annotation

    dataset, store = study.open_dataset(data), annotation.open_annotations()
    with terminal.progress() as progress:
        done = annotation.import_regions(
            store,
            dataset,
            source,
            kind,
            annotator=annotator,
            made_at=datetime.now(UTC),
            replace_all=replace,
            skip_unknown=skip_unknown,
            progress=progress,
        )
    for notice in done.notices:
        terminal.note(notice)
    rows = [(f"{done.packages:,}", f"{done.regions:,}", f"{done.unchanged:,}")]
    terminal.table(f"Imported by {annotator}", ("packages", "areas", "packages said so before"), rows)


@cli.command("export")
def write_out(
    data: Data,
    kind: Kind,
    out: Annotated[Path, typer.Option("--out", metavar="PATH", help="A file, or a new folder, as the format takes.")],
    annotator: Annotated[
        str | None, typer.Option("--annotator", metavar="NAME", help="Only what this person said; else the newest.")
    ] = None,
) -> None:
    """Write the annotations for another tool, and say what its format cannot keep.

    For example:

        secondlook regions export --data packages --format coco --out instances.json
        secondlook regions export --data packages --format yolo-boxes --out labels --annotator Ann
    """
    files.check_folder(out.absolute().parent)
    from core import study
    from core.studies import annotation

    dataset, store = study.open_dataset(data), annotation.open_annotations()
    with terminal.progress() as progress:
        done = annotation.export_regions(store, dataset, out, kind, annotator=annotator, progress=progress)
    for notice in done.notices:
        terminal.note(notice)
    rows = [(f"{done.packages:,}", f"{done.pictures:,}", f"{done.regions:,}")]
    terminal.table(f"Written to {out}", ("packages", "pictures", "areas"), rows)
