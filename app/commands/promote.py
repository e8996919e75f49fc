"""A candidate in the place of a checkpoint, and an earlier version back, as commands."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer

from app import files, terminal
from app.options import Data, Json, Models

By = Annotated[
    str | None,
    typer.Option(
        "--by", envvar="SECONDLOOK_ANNOTATOR", metavar="NAME", help="Who does it; by default who is logged in."
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]


def promote(
    data: Data,
    candidate: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the checkpoint that may come.")],
    current: Annotated[str, typer.Option(metavar="NAME", help="The checkpoint in use.")],
    models: Models = None,
    margin: Annotated[
        float,
        typer.Option(
            metavar="SHARE",
            help="By how much it may be worse: of the cost of doing without a model, and of grounded accuracy.",
        ),
    ] = 0.1,
    prevalence: Annotated[float | None, typer.Option(metavar="SHARE", help="Of damaged packages on the line.")] = None,
    cost_escape: Annotated[float | None, typer.Option(metavar="COST", help="Of a damaged package accepted.")] = None,
    cost_false_reject: Annotated[float | None, typer.Option(metavar="COST", help="Of an intact one rejected.")] = None,
    cost_review: Annotated[float | None, typer.Option(metavar="COST", help="Of a package looked at.")] = None,
    regions: Annotated[
        str | None, typer.Option(metavar="NAME", help="As of `agree`; by default what there is.")
    ] = None,
    annotations: Annotated[
        bool, typer.Option("--annotations", help="Judge by people's verdicts where they contradict the data set.")
    ] = False,
    freeze_again: Annotated[
        bool, typer.Option("--freeze-again", help="Compare on the split test as it is now, and keep that from then on.")
    ] = False,
    by: By = None,
    yes: Yes = False,
    json_file: Json = None,
) -> None:
    """Put a candidate in the place of a checkpoint, where it is not worse.

    Both judge packages that neither was trained on: those of the split test, which the first call freezes, pictures and
    classes, beside the checkpoints. The candidate may come where the upper end of its rise in cost, and the lower end
    of its difference in grounded accuracy (damaged packages called so with the evidence on the damage), both 95 %
    paired bootstrap over packages, lie within the margin. Costs are those of the policy in use, else of `policy`; each
    decides by its policy, else at its card's threshold. The old version goes to `.history` beside the checkpoints with
    a record of who, when and figures; `secondlook rollback` brings it back. Exit code 2 where it may be worse.
    The frozen list has the classes of its day: where people corrected one since, --annotations needs --freeze-again.

    For example:

        secondlook train --data packages --annotations --arch mobilenetv2_100 --out new/mobilenetv2
        secondlook promote --data packages --candidate new/mobilenetv2 --current mobilenetv2 --yes
    """
    if json_file:
        files.check_file(json_file)
    from dataclasses import replace
    from datetime import UTC, datetime

    from app import promoting
    from core import study
    from core.errors import BadInput
    from core.studies import promotion, verdicts

    asked = {"prevalence": prevalence, "escape": cost_escape, "false_reject": cost_false_reject, "review": cost_review}
    given = {name: value for name, value in asked.items() if value is not None}
    own = replace(promotion.terms_in_use(current, folder=models), **given)
    dataset = study.open_dataset(data)
    said = verdicts.stored(data).packages if annotations else {}
    with terminal.progress() as progress:
        found = promotion.compare(
            dataset, candidate, current, when=datetime.now(UTC), folder=models, margin=margin, terms=own,
            regions=regions, labels={package: one.label for package, one in said.items()}, again=freeze_again,
            progress=progress,
        )  # fmt: skip
    figures, name = found.figures(), found.folder.name
    terminal.table(f"{name} and {current}", promoting.HEAD, promoting.rows(figures))
    for line in (promoting.cost(figures), promoting.grounds(figures), promoting.unknown(figures), *found.notices):
        terminal.note(line)
    does = found.not_worse and (yes or _agreed(f"Put {name} in the place of {current}?"))
    replaced = promotion.promote(found, who=_who(by), when=datetime.now(UTC), folder=models) if does else None
    if json_file:
        files.write_json(json_file, {"promoted": does, "replaced": replaced, **figures})
    if not found.not_worse:
        raise BadInput(
            promoting.verdict(current, name, figures),
            f"Nothing was changed. Train it further, or compare on more than these {found.cost.n} packages.",
        )
    terminal.note(promoting.verdict(current, name, figures))
    done = f"It is now {current}; the version before is kept as {replaced}."
    terminal.note(done if does else "Nothing was changed: add --yes to put it in place.")


def rollback(
    model: Annotated[str, typer.Option(metavar="NAME", help="The checkpoint.")],
    to: Annotated[str | None, typer.Option(metavar="ID", help="By default the last that was replaced.")] = None,
    models: Models = None,
    by: By = None,
    yes: Yes = False,
) -> None:
    """Bring an earlier version of a checkpoint back; the one in use is kept, and can come back the same way.

    For example:

        secondlook rollback --model mobilenetv2
        secondlook rollback --model mobilenetv2 --to 20260102T030405Z-0a1b2c3d --yes
    """
    from datetime import UTC, datetime

    from app import promoting
    from core.studies import promotion

    stages, refused = promotion.history(model, folder=models)
    for reason in refused:
        terminal.note(reason)
    for stage in stages:
        terminal.note(f"{stage.id or 'in use':>26}  {promoting.title(stage)}")
    if not yes and not _agreed(f"Bring {to or 'the last replaced version'} of {model} back?"):
        terminal.note("Nothing was changed: add --yes to bring it back.")
        return
    back = promotion.roll_back(model, who=_who(by), when=datetime.now(UTC), to=to, folder=models)
    terminal.note(f"{model} is again what it was as {back.id}.")


def _agreed(question: str) -> bool:
    """Whether a person says yes; without a terminal nobody does."""
    return sys.stdin.isatty() and typer.confirm(question)


def _who(named: str | None) -> str:
    if named:
        return named
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
