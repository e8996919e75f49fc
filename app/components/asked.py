"""What every look at error patterns asks about: the answers of one model on one view, at its cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import streamlit as st

from app import resources
from app.selection import Selection
from core.domain import PACKAGE, Cut
from core.studies.patterns import EVERY
from core.study import ENSEMBLE


class Asked(NamedTuple):
    """The choices that every look shares.

    Attributes:
        chosen: of the sidebar.
        model: whose answers.
        view: a camera, "package" for the fused decision, "every picture" for each camera's answer by itself.
        limits: model to where it decides.
    """

    chosen: Selection
    model: str
    view: str
    limits: Mapping[str, Cut]

    @property
    def at(self) -> str:
        """The view whose verdicts a gallery can show."""
        return PACKAGE if self.view == EVERY else self.view

    @property
    def cut(self) -> Cut:
        """Where the model decides."""
        return self.limits[self.model]


class Shown(NamedTuple):
    """What the gallery below a look shows: ids, the most interesting first, and the view whose verdicts are chips."""

    ids: tuple[str, ...] = ()
    at: str = PACKAGE


def show(chosen: Selection, models: Sequence[str], views: Sequence[str], *, fused: bool) -> Asked:
    """Draw the choice of model and view.

    Args:
        chosen: of the sidebar.
        models: those that have answered; at least one.
        views: the cameras.
        fused: whether only fused answers count, whatever the view.
    """
    model = st.pills("Model", models, default=models[-1], key="model", bind="query-params", required=True)
    on = [PACKAGE] if model == ENSEMBLE else [PACKAGE, *([EVERY] if len(views) > 1 else []), *views]
    view = st.segmented_control(
        "Answers on", on, default=PACKAGE, key="view", bind="query-params", required=True, disabled=fused,
        help="The fused decision on a package, one camera's answer, or each camera's answer by itself.",
    )  # fmt: skip
    about = str(view) if view in on and not fused else PACKAGE
    return Asked(chosen, model, about, resources.cuts(chosen.models, chosen.threshold, view=about))
