"""The data-set readers, found by name."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from core.contracts import Dataset
from core.errors import BadInput
from core.registry import Registry

LAYOUT = (
    "Put one folder per class and view into it, for example damaged/side/0123_side.png, damaged/top/0123_top.png, "
    "intact/side/0456_side.png, intact/top/0456_top.png; a level such as train/ or test/ may stand above."
)
"""The expected layout, as the remedy of messages."""


class Reader(Protocol):
    """One way to lay out a data set on disk; `title` is shown to people."""

    title: str

    def fits(self, root: Path) -> bool:
        """Whether this folder looks like such a data set; looks at names only."""

    def open(self, root: Path) -> Dataset:
        """List the data set.

        Raises:
            BadInput: nothing in it can be used.
        """


READERS: Registry[Reader] = Registry("data set reader", "core.datasets")


def open_dataset(root: Path) -> Dataset:
    """Open a folder with the first reader that fits it.

    Raises:
        BadInput: no such folder, or nothing in it that looks like pictures of packages.
    """
    root = root.expanduser()
    if not root.is_dir():
        what = "is a file, not a folder" if root.exists() else "does not exist"
        raise BadInput(f"The data folder {root} {what}.", "Name the folder that holds the class folders.")
    for name in READERS:
        if READERS[name].fits(root):
            return READERS[name].open(root)
    raise BadInput(f"The data folder {root} holds no pictures.", LAYOUT)
