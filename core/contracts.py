"""The verbs: what a member of each family must be able to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from core.domain import Annotation, Correction, ImageFile, Package, Prediction, Review, Truth, View

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


class Metric(Protocol):
    """One way to compare a map with a region that is known to be damaged.

    Attributes:
        title: shown to people; the docstring is the tooltip.
        low, high: the worst and the best value.
        higher_is_better: whether a larger value is better.
        reference: the paper.
    """

    title: str
    low: float
    high: float
    higher_is_better: bool
    reference: str

    def chance(self, held: Any) -> float:
        """What a map scores that knows nothing.

        Args:
            held: `core.metrics.localisation.ranked.Held`, a map that is not zero everywhere, and a region.
        """

    def __call__(self, held: Any) -> float:
        """What this map scores on this region."""


class AnnotationStore(Protocol):
    """Where annotations are kept: they are added, never changed and never removed.

    An annotation that another one replaces stays in the history; those that none replaces stand. More than one that
    stands means that several people said something of the package: both are kept until one that replaces both is added.
    One whose last review rejects it does not stand either, until it is accepted.

    Every method raises a `CoreError` where the database is away, locked, full or read-only; nothing is half-written.
    """

    def add(self, annotations: Sequence[Annotation]) -> None:
        """Keep all of these or, where one is refused, none; one that is kept already is passed over.

        Raises:
            BadInput: a field is not what its noun says, an id is taken by something else, or what an annotation
                replaces is not there or is of another package.
        """

    def of(self, dataset: str, package: str) -> tuple[Annotation, ...]:
        """What stands of one package, in the order in which it was added."""

    def standing(self, dataset: str) -> dict[str, tuple[Annotation, ...]]:
        """What stands of every annotated package of a data set, by package."""

    def history(self, dataset: str, package: str | None = None) -> tuple[Annotation, ...]:
        """Everything ever said of one package, or of all of them, in the order in which it was added."""

    def by(self, annotator: str) -> tuple[Annotation, ...]:
        """Everything that one person ever said, in the order in which it was added."""

    def annotators(self, dataset: str) -> dict[str, int]:
        """Who said something of a data set, and of how many packages; sorted by name."""

    def restore(
        self, id: str, *, annotator: str, made_at: datetime, replaces: Sequence[str] | None = None
    ) -> Annotation:
        """Say again what an old annotation said, as a new one, and return it.

        Args:
            id: of the old one.
            annotator: who restores it.
            made_at: now, UTC.
            replaces: ids of what the person saw standing; None for all that stands.

        Raises:
            UnknownName: there is no annotation of that id.
        """

    def review(self, reviews: Sequence[Review]) -> None:
        """Keep all of these or, where one is refused, none; one that is kept already is passed over.

        Raises:
            BadInput: a field is not what its noun says, an id is taken by something else, there is no such annotation,
                or the reviewer made it.
        """

    def reviews(self, dataset: str, package: str | None = None) -> tuple[Review, ...]:
        """Everything reviewers ever said of one package, or of all of them, in the order in which it was added."""


class CorrectionStore(Protocol):
    """Where corrections of readings are kept: they are added, never changed and never removed.

    Every method raises a `CoreError` where the database is away, locked, full or read-only; nothing is half-written.
    """

    def correct(self, corrections: Sequence[Correction]) -> None:
        """Keep all of these or, where one is refused, none; one that is kept already is passed over.

        Raises:
            BadInput: a field is not what its noun says, or an id is taken by something else.
        """

    def corrections(self, dataset: str, package: str | None = None) -> tuple[Correction, ...]:
        """Everything ever said of the lines of one package, or of all of them, in the order in which it was added."""
