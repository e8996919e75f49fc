"""The figures of all models as one table, each proportion with its interval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from core.domain import PACKAGE
from core.metrics.classification import Counts, figures

RATES = {
    "accuracy": ("Accuracy", "Share of the decided packages called right."),
    "recall": ("Recall", "Share of the damaged packages that were stopped; the rest are escapes."),
    "precision": ("Precision", "Share of the packages called damaged that are damaged."),
    "specificity": ("Intact passed", "Share of the intact packages that were passed; the rest are false rejects."),
}
"""Proportions, which have a Wilson interval: key to title and meaning."""
SCORES = {
    "f1": ("F1", "Harmonic mean of precision and recall, over the decided packages."),
    "balanced_accuracy": ("Balanced accuracy", "Mean of recall and intact passed."),
    "mcc": ("MCC", "Matthews correlation of truth and call, from -1 to 1; 0 is chance."),
    "auroc": ("AUROC", "Chance that a damaged package scores above an intact one; needs no threshold."),
    "average_precision": ("Average precision", "Mean precision over all thresholds, weighted by the step of recall."),
}
"""Figures that are no proportion of packages, see `classification.figures` and `ranking` for their intervals."""
COUNTS = ("n", "tp", "fp", "tn", "fn", "review_damaged", "review_intact")


def rates(performance: Mapping[str, Any]) -> pd.DataFrame:
    """Every model on every view, as `study.performance` found it, with 95 % intervals.

    Returns:
        One row a model and view, fused last: model, view, `COUNTS`, each figure of `RATES` and `SCORES` with `_low` and
        `_high`.
    """
    return pd.DataFrame([_row(model, view, summary) for model, view, summary in summaries(performance)])


def summaries(performance: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Model, view, summary: each model's views, then fused; the ensemble last, where there are several models."""
    for model, parts in performance["models"].items():
        yield from ((model, view, summary) for view, summary in parts["views"].items())
        yield model, PACKAGE, parts[PACKAGE]
    if len(performance["models"]) > 1 and performance.get("ensemble"):
        yield "ensemble", PACKAGE, performance["ensemble"][PACKAGE]


def _row(model: str, view: str, summary: Mapping[str, Any]) -> dict[str, Any]:
    """A summary as one row; the cards of older checkpoints know fewer figures."""
    counts = Counts(**{name: int(summary.get(name) or 0) for name in COUNTS[1:]})
    known: dict[str, Any] = {**({} if "mcc_interval" in summary else figures(counts)), **summary}
    row: dict[str, Any] = {"model": model, "view": view, **{name: int(known.get(name) or 0) for name in COUNTS}}
    for name in (*RATES, *SCORES):
        low, high = known.get(f"{name}_interval") or (None, None)
        row |= {name: known.get(name), f"{name}_low": low, f"{name}_high": high}
    return row
