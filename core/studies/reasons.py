"""Is a model right for the right reasons: verdicts on damaged packages, by whether the evidence lies on the damage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from core.domain import HALF, PACKAGE, Cut
from core.metrics.intervals import wilson
from core.metrics.localisation.metric import skill
from core.studies.agreement import TRIVIAL

LEVEL = 0.05
"""P from which evidence on the region is put down to chance."""
TAU = 0.1
"""Skill of the relevance mass from which a verdict counts as grounded."""

GROUPS = {
    "right_grounded": "Right, and for the right reason.",
    "right_ungrounded": "Right, perhaps for the wrong reason: nothing shows that its evidence lies on the damage.",
    "wrong_grounded": "Its evidence lies on the damage, and it let it pass.",
    "wrong_ungrounded": "Let it pass, and nothing shows that its evidence lies on the damage.",
}


def reasons(
    frame: pd.DataFrame,
    cuts: Mapping[str, Cut] | None = None,
    *,
    tau: float = TAU,
    fused: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Whether each verdict on a damaged package is right, and grounded: p <= 0.05 and skill >= tau.

    Args:
        frame: of `studies.agreement.agreement`.
        cuts: by model; a view is right from `accept` on. 0.5 where missing.
        tau: smallest skill of the relevance mass.
        fused: `study.PREDICTION_COLUMNS`; with it there is a row for each package too, right where the fused verdict
            is, and grounded where a view is.

    Returns:
        One row a package, view and model: package, view, model, probability, right, skill, p, grounded, and group in
        `GROUPS`. Views without a known region are left out.
    """
    rows = frame[(frame["metric"] == "relevance_mass") & ~frame["model"].isin(list(TRIVIAL)) & frame["value"].notna()]
    found = rows[["package", "view", "model", "probability", "p"]].reset_index(drop=True)
    found["skill"] = [skill(value, chance) for value, chance in zip(rows["value"], rows["chance"], strict=True)]
    found["grounded"] = (found["p"] <= LEVEL) & (found["skill"] >= tau)
    if fused is not None:
        found = pd.concat([found, _packages(found, fused)], ignore_index=True)
    found["right"] = found["probability"] >= found["model"].map(lambda name: (cuts or {}).get(name, HALF).accept)
    said = np.where(found["right"], "right", "wrong")
    return found.assign(
        group=[f"{one}_{'' if sure else 'un'}grounded" for one, sure in zip(said, found["grounded"], strict=True)]
    )


def _packages(views: pd.DataFrame, fused: pd.DataFrame) -> pd.DataFrame:
    """A row a package and model: its view that is grounded, else the one of least p, and the fused probability."""
    order = views.sort_values(["grounded", "p", "skill"], ascending=[False, True, False], kind="stable")
    best = order.drop_duplicates(["package", "model"])[["package", "model", "p", "skill", "grounded"]]
    said = fused.loc[fused["view"] == PACKAGE, ["package", "model", "probability"]].astype({"model": str})
    return best.merge(said, on=["package", "model"]).assign(view=PACKAGE)


def rates(table: pd.DataFrame) -> pd.DataFrame:
    """How often each model is right for the right reason, and how much of what it gets right is luck.

    Args:
        table: of `reasons`.

    Returns:
        One row a model and view: model, view, n, the count of each of `GROUPS`; grounded_accuracy (right and grounded,
        of all) and lucky (ungrounded, of the right ones), each with _low and _high (Wilson, 95 %).
    """
    return pd.DataFrame([_row(str(model), str(view), rows) for (model, view), rows in table.groupby(["model", "view"])])


def _row(model: str, view: str, rows: pd.DataFrame) -> dict[str, Any]:
    counts = {name: int((rows["group"] == name).sum()) for name in GROUPS}
    good, lucky = counts["right_grounded"], counts["right_ungrounded"]
    shares = _share("grounded_accuracy", good, len(rows)) | _share("lucky", lucky, good + lucky)
    return {"model": model, "view": view, "n": len(rows), **counts, **shares}


def _share(name: str, count: int, n: int) -> dict[str, float]:
    low, high = wilson(count, n)
    return {name: count / n if n else np.nan, f"{name}_low": low, f"{name}_high": high}
