"""What several views of a package are worth together, and what each would be alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from core.domain import HALF, INTACT, PACKAGE, Cut
from core.metrics import delong, fusion
from core.metrics.classification import confusion
from core.metrics.intervals import wilson
from core.study import ENSEMBLE, EVIDENCE

OWN, STACKED, ALONE = "learnt weights", "stacked", "alone"
MEANINGS = {
    OWN: "The decision of the model itself: a sum of the views' log-odds with the weights of its card, learnt in "
    "cross-validation; their mean where the card has none.",
    **{name: meaning for name, (_, meaning) in fusion.RULES.items()},
    STACKED: "Logistic regression with intercept on the views' log-odds, learnt on other packages than it answers.",
}
"""Rules by name, in the order of the table."""


@dataclass(frozen=True, slots=True)
class Fused:
    """One model's views on packages of known class, and what becomes of them together.

    Attributes:
        model: its name.
        views: their names.
        threshold: at which every rule was cut.
        packages: indexed by package: label, one column of log-odds a view (NaN where missing), fused (log-odds of the
            decision), right (whether it is), conflict (size, in log-odds; NaN where the views agree).
        table: one row a view alone, then one a rule: rule, view (name, or "package"), n, and accuracy, escapes,
            false_rejects, auroc, each with _low and _high.
        rescued: view to the packages that fusion gets right and the view alone wrong.
        broken: view to the packages that fusion gets wrong and the view alone right.
        queue: packages whose views are called differently, the largest conflict first.
        gain: over the best single view; None where no package has several views.
        missing: rules that could not be computed, with the reason.
    """

    model: str
    views: tuple[str, ...]
    threshold: float
    packages: pd.DataFrame
    table: pd.DataFrame
    rescued: Mapping[str, tuple[str, ...]]
    broken: Mapping[str, tuple[str, ...]]
    queue: tuple[str, ...]
    gain: fusion.Gain | None
    missing: Mapping[str, str]


def models_with_views(frame: pd.DataFrame) -> list[str]:
    """Models that say something of single views, in their order: the ensemble is fused only."""
    single = frame[(frame["view"] != PACKAGE) & (frame["model"] != ENSEMBLE)]
    return [str(name) for name in single["model"].drop_duplicates()]


def fused(frame: pd.DataFrame, *, model: str, cut: Cut = HALF, split: str | None = None, seed: int = 0) -> Fused:
    """Every rule of fusion for one model, and which packages it rescues and breaks.

    Rules work on the log-odds of the views with their temperature. All of them, and the views alone, are cut at the
    same probability, that from which a package is no longer accepted.

    Args:
        frame: `study.PREDICTION_COLUMNS` of all splits: stacking learns from those outside the test split.
        model: whose views.
        cut: where it decides.
        split: of the packages to measure on; None for all.
        seed: of folds and intervals.
    """
    wide, facts = _wide(frame, model)
    views = tuple(str(view) for view in wide.columns if view != PACKAGE)
    odds, own = wide[list(views)].to_numpy(float), wide[PACKAGE].to_numpy(float)
    rules, missing = _rules(odds, own, facts, seed)
    here = np.ones(len(facts), bool) if split is None else (facts["split"] == split).to_numpy(bool, na_value=False)
    truth, odds, own = _truth(facts)[here], odds[here], own[here]
    threshold = cut.accept
    alone = {(ALONE, view): odds[:, at] for at, view in enumerate(views)}
    scores = alone | {(name, PACKAGE): score[here] for name, score in rules.items()}
    good, each = (fusion.right(values, truth, threshold=threshold) for values in (own, odds))
    sizes = fusion.conflict(odds, threshold=threshold) if len(views) else np.full(len(truth), np.nan)
    known = {"fused": own, "right": good == 1, "conflict": sizes}
    packages = facts.loc[here, ["label"]].join(wide.loc[here, list(views)]).assign(**known)
    queue = packages["conflict"].dropna().sort_values(ascending=False, kind="stable")
    return Fused(
        model, views, threshold, packages,
        pd.DataFrame([{"rule": rule, "view": view, **_measured(score, truth, threshold)}
                      for (rule, view), score in scores.items()]),
        _ids(packages, views, each, lambda view: fusion.rescued(good, view)),
        _ids(packages, views, each, lambda view: fusion.broken(good, view)),
        tuple(map(str, queue.index)),
        fusion.gain(good, each, seed=seed), missing,
    )  # fmt: skip


def _wide(frame: pd.DataFrame, model: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Log-odds of one model, a row a package of known class and a column a view; and the facts of these packages."""
    rows = frame[(frame["model"] == model) & frame["label"].notna()]
    rows = rows.astype({name: str for name in ("package", "view", "label", "source")})
    wide = rows.pivot(index="package", columns="view", values="logit")
    facts = rows[rows["view"] == PACKAGE].set_index("package")[["label", "split", "source"]].reindex(wide.index)
    return wide.reindex(columns=[*sorted(set(map(str, wide)) - {PACKAGE}), PACKAGE]), facts


def _truth(facts: pd.DataFrame) -> NDArray[np.bool_]:
    return np.asarray((facts["label"] != INTACT).to_numpy(bool))


def _rules(
    odds: NDArray[np.float64], own: NDArray[np.float64], facts: pd.DataFrame, seed: int
) -> tuple[dict[str, NDArray[np.float64]], dict[str, str]]:
    """Log-odds by every rule that can be computed, and why the others cannot."""
    if odds.shape[1] < 2:
        return {OWN: own}, {}
    teaches = facts["source"].isin(EVIDENCE).to_numpy()
    outside = teaches & (facts["split"] != "test").to_numpy(bool, na_value=True)
    truth = _truth(facts)
    learnt = fusion.stacked(odds, truth, teaches=outside, seed=seed)
    learnt = fusion.stacked(odds, truth, teaches=teaches, seed=seed) if learnt is None else learnt
    rules = {OWN: own} | {name: rule(odds) for name, (rule, _) in fusion.RULES.items()}
    if learnt is not None:
        return rules | {STACKED: learnt}, {}
    return rules, {STACKED: f"Stacking needs {fusion.FEWEST} packages of each class that no network was trained on."}


def _measured(score: NDArray[np.float64], truth: NDArray[np.bool_], threshold: float) -> dict[str, Any]:
    there = ~np.isnan(score)
    score, truth = score[there], truth[there]
    counts = confusion(truth, expit(score), Cut.at(threshold))
    parts = {
        "accuracy": (counts.tp + counts.tn, counts.n),
        "escapes": (counts.fn, counts.tp + counts.fn),
        "false_rejects": (counts.fp, counts.fp + counts.tn),
    }
    found: dict[str, Any] = {"n": counts.n, "tp": counts.tp, "fp": counts.fp, "tn": counts.tn, "fn": counts.fn}
    for key, (k, n) in parts.items():
        low, high = wilson(k, n) if n else (None, None)
        found |= {key: k / n if n else None, f"{key}_low": low, f"{key}_high": high}
    return found | _auroc(score, truth)


def _auroc(score: NDArray[np.float64], truth: NDArray[np.bool_]) -> dict[str, float | None]:
    damaged, intact = int(truth.sum()), int((~truth).sum())
    if not damaged or not intact:
        return {"auroc": None, "auroc_low": None, "auroc_high": None}
    areas, spread = delong.covariance(truth, [score])
    low, high = delong.interval(float(areas[0]), float(spread[0, 0]), damaged, intact)
    return {"auroc": float(areas[0]), "auroc_low": low, "auroc_high": high}


def _ids(
    packages: pd.DataFrame,
    views: tuple[str, ...],
    each: NDArray[np.float64],
    which: Callable[[NDArray[np.float64]], NDArray[np.bool_]],
) -> dict[str, tuple[str, ...]]:
    """By view the packages that a rule picks, given whether the view alone is right."""
    return {view: tuple(map(str, packages.index[which(each[:, at])])) for at, view in enumerate(views)}
