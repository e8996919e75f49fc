"""Which package a person should label next."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from core.domain import PACKAGE
from core.errors import UnknownName
from core.study import ENSEMBLE

WAYS = ("disagreement", "entropy", "conflict")
"""How answers alone say that a label is worth a person's time."""


def ranked(answers: pd.DataFrame, way: str) -> tuple[str, ...]:
    """Packages by how much there is to learn from their label, most first; ties in the order of their ids.

    Args:
        answers: `study.PREDICTION_COLUMNS`.
        way: "disagreement" (how far the models' probabilities of damaged lie apart, of the package), "entropy" (of the
            mean of their probabilities), or "conflict" (how far the views' probabilities lie apart, of that mean).

    Raises:
        UnknownName: no such way.
    """
    if way not in WAYS:
        raise UnknownName(f"There is no order called {way!r}.", f"Try one of: {', '.join(WAYS)}.")
    single = answers[answers["model"] != ENSEMBLE].astype({"package": str, "view": str})
    fused, seen = single[single["view"] == PACKAGE], single[single["view"] != PACKAGE]
    if way == "disagreement":
        by = fused.groupby("package")["probability"]
        worth = by.max() - by.min()
    elif way == "entropy":
        worth = _entropy(fused.groupby("package")["probability"].mean())
    else:
        means = seen.groupby(["package", "view"])["probability"].mean().groupby("package")
        worth = means.max() - means.min()
    ordered = worth.rename("worth").reset_index().sort_values(["worth", "package"], ascending=[False, True])
    return tuple(ordered["package"])


def _entropy(share: pd.Series) -> pd.Series:
    inside = share.astype(float).clip(1e-12, 1 - 1e-12)
    return -(inside * np.log2(inside) + (1 - inside) * np.log2(1 - inside))


def queued(ids: Sequence[str], *, labeled: Collection[str], first: Sequence[str] = ()) -> tuple[str, ...]:
    """All of these packages in the order to label them: those without a label, then the others.

    Args:
        ids: in their own order.
        labeled: those that have a label already.
        first: ids, most urgent first; those that are not among them come after, in their own order.
    """
    urgency = {package: at for at, package in reversed(list(enumerate(first)))}
    last, done = len(urgency), set(labeled)
    return tuple(sorted(ids, key=lambda package: (package in done, urgency.get(package, last))))
