"""How the command line talks: progress bars, tables and errors of one sentence."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

EVERY = 5.0
"""Seconds between two lines of progress, where there is no terminal to draw a bar on."""

OUT = Console(width=None if sys.stdout.isatty() else 160)
ERR = Console(stderr=True)


def complain(problem: str, remedy: str) -> None:
    """Say what is wrong, then what to do about it, on one line of stderr."""
    ERR.print(Text.assemble((problem, "bold red"), " ", remedy), soft_wrap=True)


def note(text: str) -> None:
    """Say something on stderr that a person should know before trusting the numbers."""
    ERR.print(Text(text, "yellow"), soft_wrap=True)


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows of text; columns after the first are set right."""
    drawn = Table(title=Text(title), title_justify="left", title_style="bold", box=None, pad_edge=False)
    for at, name in enumerate(head):
        drawn.add_column(name, justify="right" if at else "left", no_wrap=True, header_style="dim")
    for row in rows:
        drawn.add_row(*map(Text, row))
    OUT.print(drawn)


@contextmanager
def progress() -> Iterator[Callable[[float, str], None]]:
    """A `core.contracts.Progress`: a bar on a terminal, a line now and then elsewhere."""
    if not ERR.is_terminal:
        yield _lines()
        return
    text = TextColumn("{task.description}", markup=False)
    with Progress(text, BarColumn(), TaskProgressColumn(), TimeRemainingColumn(), console=ERR, transient=True) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda share, said: bar.update(task, completed=share, description=said)


def _lines() -> Callable[[float, str], None]:
    due = 0.0

    def say(share: float, text: str) -> None:
        nonlocal due
        if time.monotonic() >= due:
            ERR.print(f"{share:4.0%} {text}", markup=False, highlight=False, soft_wrap=True)
            due = time.monotonic() + EVERY

    return say
