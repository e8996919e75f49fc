"""Whether the models differ on the packages that all of them judged, and what so many packages can show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.domain import INTACT, PACKAGE, Cut
from core.metrics.comparison import accuracy_difference, cochran, detectable, mcnemar
from core.metrics.corrections import holm
from core.metrics.delong import difference
from core.study import HALF

OUTCOMES = ("both", "only_one", "only_other", "neither")
"""What two models can be on a package: right together, one alone, the other alone, wrong together."""

PAIR_COLUMNS = (
    "one", "other", "n", *OUTCOMES, "difference", "difference_low", "difference_high", "p", "p_holm",
    "auroc_difference", "auroc_low", "auroc_high", "auroc_p", "auroc_p_holm",
)  # fmt: skip
"""One row a pair: accuracy of one minus other with McNemar's p, AUROC of one minus other with DeLong's."""


LEAST = next(count for count in range(1, 20) if mcnemar(0, count) < 0.05)
"""Packages in favor of one model, none of the other, from which on McNemar's test tells them apart."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Models side by side on one view.

    Attributes:
        view: which.
        right: (N packages, M models) bool, indexed by package: stopped what is damaged, passed what is intact.
        pairs: `PAIR_COLUMNS`, every pair; p corrected for their number (Holm).
        q, p: Cochran's Q over three or more models and its p; None for fewer.
    """

    view: str
    right: pd.DataFrame
    pairs: pd.DataFrame
    q: float | None
    p: float | None

    def packages(self, one: str, other: str) -> dict[str, tuple[str, ...]]:
        """Ids of the packages behind each of `OUTCOMES` of a pair."""
        first, second = (self.right[name].to_numpy() for name in (one, other))
        ids = self.right.index.to_numpy()
        which = dict(zip(OUTCOMES, (first & second, first & ~second, ~first & second, ~first & ~second), strict=True))
        return {name: tuple(map(str, ids[rows])) for name, rows in which.items()}

    def detectable(self, one: str, other: str) -> float | None:
        """The smallest difference in accuracy that these packages would show four times in five.

        As often as these two models differ here; where they never differ, as if they did on one package in ten.
        """
        n = len(self.right)
        differ = float((self.right[one] != self.right[other]).mean()) if n else 0.0
        return detectable(n, differ or 0.1) if n else None


def compared(frame: pd.DataFrame, cuts: Mapping[str, Cut], *, view: str = PACKAGE) -> Compared:
    """Compare every two models on the packages with a known class that all of them judged.

    A package in review counts as stopped: it does not get out.

    Args:
        frame: `study.PREDICTION_COLUMNS`.
        cuts: where the models decide.
        view: one of the views, or "package" for the fused decisions.
    """
    known = frame[frame["label"].notna() & (frame["view"] == view)].astype({"model": str})
    wide = known.pivot(index="package", columns="model", values="probability").dropna().sort_index()
    labels = known.drop_duplicates("package").set_index("package")["label"].loc[wide.index]
    truth = (labels != INTACT).to_numpy(bool)
    stopped = wide.apply(lambda column: column >= cuts.get(str(column.name), HALF).accept)
    right = stopped.eq(truth, axis=0)
    pairs = _pairs(right, wide, truth)
    q, p = cochran(right.to_numpy()) if right.shape[1] > 2 and len(right) else (None, None)
    return Compared(view, right, pairs, q, p)


def _pairs(right: pd.DataFrame, chances: pd.DataFrame, truth: NDArray[np.bool_]) -> pd.DataFrame:
    rows = [_pair(one, other, right, chances, truth) for one, other in combinations(right.columns, 2) if len(right)]
    table = pd.DataFrame(rows, columns=[name for name in PAIR_COLUMNS if not name.endswith("holm")])
    for name in ("p", "auroc_p"):
        known = table[name].notna()
        table[f"{name}_holm"] = np.nan
        table.loc[known, f"{name}_holm"] = holm(table.loc[known, name].to_numpy(float))
    return table[list(PAIR_COLUMNS)]


def _pair(
    one: str, other: str, right: pd.DataFrame, chances: pd.DataFrame, truth: NDArray[np.bool_]
) -> tuple[object, ...]:
    first, second = right[one].to_numpy(), right[other].to_numpy()
    cells = [int(rows.sum()) for rows in (first & second, first & ~second, ~first & second, ~first & ~second)]
    gap, ends = accuracy_difference(*cells)
    return one, other, len(right), *cells, gap, *ends, mcnemar(cells[1], cells[2]), *_areas(one, other, chances, truth)


def _areas(one: str, other: str, chances: pd.DataFrame, truth: NDArray[np.bool_]) -> tuple[float, float, float, float]:
    """Difference of AUROC, its ends, its p; NaN with one class only."""
    if truth.all() or not truth.any():
        return (np.nan,) * 4
    gap, (low, high), p = difference(truth, chances[one].to_numpy(float), chances[other].to_numpy(float))
    return gap, low, high, p
