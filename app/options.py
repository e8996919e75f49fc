"""What several commands of `secondlook` take, and how they open it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app import terminal
from core.errors import BadInput, UnknownName

if TYPE_CHECKING:
    import pandas as pd

    from core.study import Classifier



def folder(text: str) -> Path:
    """A folder that is named; an empty name, as of a variable that is not set, would mean the one at hand.

    Raises:
        BadInput: the name is empty.
    """
    if not text.strip():
        raise BadInput("--data names no folder.", "Name the folder of the packages, `.` for the one you are in.")
    return Path(text)


Data = Annotated[
    Path,
    typer.Option(
        "--data", envvar="SECONDLOOK_DATA", metavar="DIR", parser=folder,
        help="Packages, as `<class>/<view>/<serial>_<view>.png`.",
    ),
]  # fmt: skip
Models = Annotated[
    Path | None,
    typer.Option(
        "--models",
        envvar="SECONDLOOK_CHECKPOINTS",
        metavar="DIR",
        help="Checkpoints; by default those of the project.",
    ),
]
Json = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Also write everything here, as JSON.")]


def open_models(folder: Path | None) -> dict[str, Classifier]:
    """Every usable checkpoint of a folder by name; what is left out is said.

    Raises:
        BadInput: there is none.
    """
    from core import study

    models, refused = study.open_models(folder)
    for name, reason in refused.items():
        terminal.note(f"The checkpoint {name} is left out: {reason}")
    if not models:
        where = f" in {folder}" if folder else ""
        raise BadInput(f"There is no usable checkpoint{where}.", "Name a folder with --models, or train one.")
    return models


def named(models: dict[str, Classifier], name: str) -> dict[str, Classifier]:
    """The named one of them, or all of them for "all".

    Raises:
        UnknownName: there is none of that name.
    """
    if name == "all":
        return dict(models)
    if name not in models:
        raise UnknownName(f"There is no model called {name!r}.", f"Try one of: all, {', '.join(models)}.")
    return {name: models[name]}


def of_split(frame: pd.DataFrame, split: str | None) -> pd.DataFrame:
    """The predictions of one split, all of them where none is named.

    Raises:
        UnknownName: the data set has no such split.
    """
    known = sorted(map(str, frame["split"].unique()))
    if split is None:
        return frame
    if split not in known:
        names = ", ".join(filter(None, known)) or "none"
        raise UnknownName(f"The data set has no split {split!r}.", f"It has: {names}.")
    return frame[frame["split"] == split]
