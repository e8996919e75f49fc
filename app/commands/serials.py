"""What is printed on the packages, as a command: read, and held against the names of the files."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from app import files, terminal
from app.options import Data, Json

HEAD = ("package", "read", "confidence", "status", "view", "why")


def serials(
    data: Data,
    every: Annotated[
        bool, typer.Option("--all", help="List every package, not only what is not read as named.")
    ] = False,
    json_file: Json = None,
) -> None:
    """Read the serial of every package, and hold it against the name of its file.

    Batch, expiry and other lines are read too; SECONDLOOK_LINES says what they look like, for example
    '{"serial": "0############", "lot": "LOT @-####"}': # is a digit, @ a capital letter, * one of both.
    What was read is kept; a stopped run goes on where it was.

    For example:

        secondlook serials --data packages
        secondlook serials --data packages --all --json serials.json
    """
    if json_file:
        files.check_file(json_file)
    from core import study
    from core.studies import identity
    from core.studies import serials as question

    dataset = study.open_dataset(data)
    with terminal.progress() as progress:
        readings = question.read_all(dataset, progress=progress)
    found = question.summary(readings, dataset)
    if json_file:
        files.write_json(json_file, found)
    shown = [one for one in found["items"] if every or not (one["ok"] and one["status"] == "read")]
    if shown:
        title = "Every package" if every else "Not read as the file is named"
        terminal.table(title, HEAD, map(_row, shown))
    if not identity.serials(dataset.ids):
        terminal.note(
            "The packages of this data set are not named by serials: no figure here says how well they are read."
        )
    terminal.note(_sentence(found))


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    sure = f"{one['confidence']:.3f}" if one["read"] else "-"
    return one["package"], one["read"] or "-", sure, one["status"], one["view"], one["reason"]


def _sentence(found: dict[str, Any]) -> str:
    if not found["n"]:
        return f"None of {found['packages']:,} packages shows a serial that can be read."
    low, high = found["exact_interval"]
    return (
        f"{found['exact']:.1%} of {found['n']:,} serials are exactly as the files are named (95 %: {low:.1%} to "
        f"{high:.1%}); {found['cer']:.2%} of their characters are wrong. {found['unsure']:,} are unsure, "
        f"{found['not_visible']:,} packages show none, and {found['wrong']:,} count as read and differ."
    )
