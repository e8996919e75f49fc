"""How often each model is right, asked of a stored run: what the threshold moves apart from what it does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from core.domain import INTACT, Cut
from core.metrics.classification import Counts, Ranking, Summary, figures, ranking
from core.store import runs
from core.study import arranged

Key = tuple[str, str]
"""Model and view."""


def counted(
    run: str, cuts: Mapping[str, Cut], *, single: Mapping[str, Cut] | None = None, split: str | None = None
) -> dict[Key, Counts]:
    """The confusion counts of every model on every view; counted on disk, whatever the size of the run.

    Args:
        run: name of a stored run, see `study.stored_run`.
        cuts: where the models decide; those without one are left out.
        single: where they decide about single views; None for the same.
        split: only its packages, None for all.
    """
    table = runs.tally(run, cuts, single=single, split=split)
    return {
        (str(model), str(view)): Counts(**dict(zip(runs.CELLS, map(int, cells), strict=True)))
        for model, view, *cells in table[["model", "view", *runs.CELLS]].itertuples(index=False)
    }


def ranked(frame: pd.DataFrame) -> dict[Key, Ranking]:
    """What no threshold changes: how well every model on every view orders the packages with a known class.

    Args:
        frame: `study.PREDICTION_COLUMNS`.
    """
    known = frame[frame["label"].notna()]
    return {
        (str(model), str(view)): ranking((rows["label"] != INTACT).to_numpy(), rows["probability"].to_numpy())
        for (model, view), rows in known.groupby(["model", "view"], observed=True)
    }


def performance(counts: Mapping[Key, Counts], rankings: Mapping[Key, Ranking]) -> dict[str, Any]:
    """Both together, as `study.performance` returns them."""
    return arranged({key: Summary(**figures(found), **rankings[key]) for key, found in counts.items()})


def sources(run: str, *, split: str | None = None) -> dict[str, int]:
    """Packages with a known class by where the answers on them come from, see `study.SOURCES`."""
    return runs.sources(run, split=split)
