"""Questions asked of a stored run of predictions without loading it: DuckDB over Parquet."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pandas as pd

from core.domain import INTACT, Cut
from core.store.frames import located

CELLS = ("tp", "fn", "review_damaged", "fp", "tn", "review_intact")
"""What becomes of a package: damaged ones found, missed, left to a person; intact ones rejected, passed, left."""

_TALLY = f"""
SELECT said.model, said.view,
    count(*) FILTER (label <> '{INTACT}' AND probability >= reject) AS tp,
    count(*) FILTER (label <> '{INTACT}' AND probability < accept) AS fn,
    count(*) FILTER (label <> '{INTACT}' AND probability >= accept AND probability < reject) AS review_damaged,
    count(*) FILTER (label = '{INTACT}' AND probability >= reject) AS fp,
    count(*) FILTER (label = '{INTACT}' AND probability < accept) AS tn,
    count(*) FILTER (label = '{INTACT}' AND probability >= accept AND probability < reject) AS review_intact
FROM read_parquet($path) AS said JOIN cuts ON said.model = cuts.model AND (said.view = 'package') = cuts.fused
WHERE label IS NOT NULL AND ($split IS NULL OR split = $split)
GROUP BY said.model, said.view ORDER BY said.model, said.view
"""

_ANSWERS = """
SELECT package, label, split, probability, source FROM read_parquet($path)
WHERE model = $model AND view = $view AND ($split IS NULL OR split = $split)
ORDER BY package
"""

_SOURCES = """
SELECT source, count(DISTINCT package)::INTEGER AS packages FROM read_parquet($path)
WHERE label IS NOT NULL AND ($split IS NULL OR split = $split)
GROUP BY source ORDER BY source
"""


def tally(
    name: str, cuts: Mapping[str, Cut], *, single: Mapping[str, Cut] | None = None, split: str | None = None
) -> pd.DataFrame:
    """The confusion counts of every model on every view, over the packages with a known class.

    Args:
        name: of a stored run of predictions.
        cuts: where each model decides; models without one are left out.
        single: where each decides about single views; None for the same.
        split: only its packages, None for all.

    Returns:
        One row a model and view: model, view, `CELLS`.

    Raises:
        KeyError: no run of that name is stored.
    """
    both = ((True, cuts), (False, cuts if single is None else single))
    rows = [(model, fused, cut.accept, cut.reject) for fused, some in both for model, cut in some.items()]
    with duckdb.connect() as base:
        base.register("cuts", pd.DataFrame(rows, columns=["model", "fused", "accept", "reject"]))
        return base.execute(_TALLY, {"path": _path(name), "split": split}).df()


def answers(name: str, *, model: str, view: str, split: str | None = None) -> pd.DataFrame:
    """What one model says of one view of every package: package, label, split, probability, source.

    Raises:
        KeyError: no run of that name is stored.
    """
    asked = {"path": _path(name), "model": model, "view": view, "split": split}
    with duckdb.connect() as base:
        return base.execute(_ANSWERS, asked).df()


def sources(name: str, *, split: str | None = None) -> dict[str, int]:
    """Packages with a known class by where their answers come from.

    Raises:
        KeyError: no run of that name is stored.
    """
    with duckdb.connect() as base:
        found = base.execute(_SOURCES, {"path": _path(name), "split": split}).fetchall()
    return {str(source): int(packages) for source, packages in found}


def _path(name: str) -> str:
    path = located(name)
    if path is None:
        raise KeyError(name)
    return str(path)
