"""The figures of all models as one table, each proportion with its interval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from core.domain import PACKAGE
from core.metrics.classification import wilson

RATES = {
    "accuracy": ("Accuracy", "Share of all packages called right."),
    "recall": ("Recall", "Share of the damaged packages that were found; the rest are escapes."),
    "precision": ("Precision", "Share of the packages called damaged that are damaged."),
    "specificity": ("Intact passed", "Share of the intact packages that were passed; the rest are false rejects."),
}
"""Proportions, which have a Wilson interval: key to title and meaning."""
SCORES = {
    "f1": ("F1", "Harmonic mean of precision and recall."),
    "balanced_accuracy": ("Balanced accuracy", "Mean of recall and intact passed."),
    "auroc": ("AUROC", "Chance that a damaged package scores above an intact one; needs no threshold."),
}
"""Figures that are no proportion of packages."""


def rates(performance: Mapping[str, Any]) -> pd.DataFrame:
    """Every model on every view, as `study.performance` found it, with 95 % Wilson intervals.

    Returns:
        One row a model and view, fused last: model, view, n, tp, fp, tn, fn, each rate with `_low` and `_high`, the
        scores.
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
    counts = {key: int(summary[key]) for key in ("n", "tp", "fp", "tn", "fn")}
    tp, fp, tn, fn = counts["tp"], counts["fp"], counts["tn"], counts["fn"]
    parts = {
        "accuracy": (tp + tn, counts["n"]),
        "recall": (tp, tp + fn),
        "precision": (tp, tp + fp),
        "specificity": (tn, tn + fp),
    }
    row: dict[str, Any] = {"model": model, "view": view, **counts}
    for key, (k, of) in parts.items():
        low, high = wilson(k, of) if of else (None, None)
        row |= {key: k / of if of else None, f"{key}_low": low, f"{key}_high": high}
    return row | {key: summary[key] for key in SCORES}
