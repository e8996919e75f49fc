"""What the page Explain asks: models as columns, methods as rows, a view at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app import resources
from app.resources import Question
from core.domain import Attribution
from core.studies import explanation


@dataclass(frozen=True, slots=True)
class Asked:
    """A package, and the maps that are wanted of it.

    Attributes:
        root: of the data set.
        package: its serial.
        models: the columns.
        methods: the rows, the fast ones first.
        steps: None for as many as a method needs.
        baseline: where a method has one.
    """

    root: str
    package: str
    models: tuple[str, ...]
    methods: tuple[str, ...]
    steps: int | None = None
    baseline: str = "blur"

    def question(self, view: str, model: str, method: str) -> Question:
        """One cell; what a method does not mind stays out of it, so that changing that computes nothing."""
        kind = explanation.methods()[method]
        return Question(
            self.root, self.package, view, model, method,
            self.steps if kind.steps is not None or kind.baseline else None,
            self.baseline if kind.baseline else "blur",
        )  # fmt: skip

    def questions(self, view: str) -> Iterator[Question]:
        """All cells of a view that can be asked, row by row."""
        for method in self.methods:
            for model in self.models:
                if not self.refusal(view, model, method):
                    yield self.question(view, model, method)

    def refusal(self, view: str, model: str, method: str) -> str:
        """Why there cannot be a map, "" where there can."""
        kind = explanation.methods()[method]
        if kind.baseline and self.baseline == "twin" and resources.known(self.root, self.package, view).twin is None:
            return "This picture has no twin without the damage: choose another baseline."
        return resources.refusal(model, method)

    def known(self, view: str) -> Mapping[Question, Attribution | None]:
        """Every cell of a view that can be asked, with its map where that was computed."""
        return {asked: resources.stored_attribution(asked) for asked in self.questions(view)}
