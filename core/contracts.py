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

    `title` is shown to people; `signed` says whether negative values mean anything; `reference`
    is the paper; the docstring is the tooltip.
    """

    title: str
    signed: bool
    reference: str

    def fits(self, module: Any) -> str | None:
        """None where the method applies to this network, otherwise the reason why not."""

    def __call__(
        self,
        module: Any,
        batch: Any,
        baseline: Any,
        margin: Callable[[Any], Any],
        *,
        steps: int,
        progress: Progress = silent,
    ) -> tuple[Any, float | None]:
        """Map of one input.

        Args:
            module: (B, 3, h, w) -> (B, C) logits.
            batch: (1, 3, h, w) float32, normalized.
            baseline: the same shape, what "nothing to see" looks like.
            margin: (B, C) logits -> (B,) the quantity to explain.
            steps: nodes on the path, where the method has one.
            progress: called along the path.

        Returns:
            (h, w) float32 signed map in crop coordinates, and the completeness error or None.
        """
