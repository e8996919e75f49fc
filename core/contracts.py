"""The verbs: what a member of each family must be able to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from core.domain import ImageFile, Package, Prediction, Truth, View

Progress = Callable[[float, str], None]
"""Called with the share done in [0, 1] and one line about what is being done."""


def silent(share: float, text: str) -> None:
    """A `Progress` that says nothing."""


class Dataset(Protocol):
    """Packages that lie somewhere, listed at once and decoded one by one."""

    name: str
    root: Path
    notices: tuple[str, ...]
    """Facts a person should know before trusting the numbers, one sentence each."""

    @property
    def index(self) -> pd.DataFrame:
        """One row a picture.

        Columns: package, view, path, label, split; regions_path, mask_path, twin_path (str or None); kind ("dent +
        stain", "" for intact, None where unknown) and severity (of the worst damage, NaN where unknown) of the package.
        """

    @property
    def ids(self) -> tuple[str, ...]:
        """Package ids, sorted."""

    @property
    def view_names(self) -> tuple[str, ...]:
        """Names of all views, sorted."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Classes that occur, sorted."""

    def load(self, package: str) -> Package:
        """Decode one package; a view that cannot be read is left out and listed as unreadable."""

    def view(self, package: str, view: str) -> View:
        """Decode one view.

        Raises:
            UnknownName: no such package or view.
            UnreadableImage: the file cannot be decoded; the message says why.
        """

    def file(self, package: str, view: str) -> ImageFile:
        """Where one view lies on disk."""

    def truth(self, package: str, view: str) -> Truth | None:
        """Which pixels of one view are damaged, None where that is not known.

        Raises:
            UnknownName: no such package or view.
            UnreadableImage: the picture or its mask cannot be decoded.
            BadInput: the mask does not fit the picture, or leads out of the data set.
        """

    def twin(self, package: str, view: str) -> View | None:
        """The same view without the damage, None where there is none.

        Raises:
            as `truth`.
        """


class Module(Protocol):
    """What an attribution method may do with a network: call it on a batch.

    Input (B, 3, h, w) float32 in the network's own normalisation; output (B, C) logits.
    """

    def __call__(self, batch: Any) -> Any:
        """Logits of a batch."""


class Classifier(Protocol):
    """A trained network with its card: everything between a picture and its logits."""

    name: str
    card: Any
    module: Any

    def predict(self, package: Package) -> tuple[Prediction, ...]:
        """One prediction a view, then the fused one (view "package")."""


class AttributionMethod(Protocol):
    """One way to say which pixels spoke for a class.

    Attributes:
        title: shown to people; the docstring is the tooltip.
        signed: whether negative values mean something.
        steps: how many evaluations or samples it takes where nothing else is asked; None where it has no such number.
        baseline: whether the baseline changes the map.
        reference: the paper.
    """

    title: str
    signed: bool
    steps: int | None
    baseline: bool
    reference: str

    def fits(self, module: Any) -> str | None:
        """None where the method applies to this network, otherwise the reason why not."""

    def __call__(self, task: Any, *, progress: Progress = silent) -> Any:
        """The map of one picture.

        Args:
            task: `core.attribution.method.Task`.
            progress: called along the way with the share done; an error raised in it stops the work.

        Returns:
            `core.attribution.method.Map`.
        """
