"""Values of core as what JSON and tables hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from core.domain import DAMAGED, INTACT, Attribution, Prediction

if TYPE_CHECKING:
    import pandas as pd

    from core.contracts import Dataset

SHARES = {"precision": "precision", "recall": "recall", "F1": "f1", "balanced": "balanced_accuracy", "AUROC": "auroc"}
"""Heading to the name of the figure."""
PERFORMANCE_HEAD = ("model", "view", "n", "accuracy", "95 %", *SHARES, "escapes", "false rejects")
PREDICTION_HEAD = ("package", "model", "view", "damaged", "verdict", "framing")


def dataset(opened: Dataset, inventory: pd.DataFrame, predictions: pd.DataFrame) -> dict[str, Any]:
    """What was measured on: counts, content, and how the models came by their answers.

    Args:
        opened: the data set.
        inventory: `study.inventory` of it.
        predictions: `study.predictions` that were measured.
    """
    packages = opened.index.drop_duplicates("package")
    bad = inventory[inventory["reason"] != ""]
    return {
        "name": opened.name,
        "packages": len(packages),
        "images": len(opened.index),
        "labels": _counts(packages["label"].fillna("unlabeled")),
        "views": _counts(opened.index["view"]),
        "splits": _counts(packages["split"]),
        "unreadable": [{"path": str(row.path), "reason": row.reason} for row in bad.itertuples()],
        "notices": list(opened.notices),
        "sources": _counts(predictions.drop_duplicates(["package", "source"])["source"]),
    }


def _counts(column: pd.Series) -> dict[str, int]:
    return {str(name): int(count) for name, count in column.value_counts().sort_index().items()}


def prediction(said: Prediction, threshold: float) -> dict[str, Any]:
    """One answer of one model; the verdict is damaged from the threshold on."""
    return {
        "package": said.package,
        "model": said.model,
        "view": said.view,
        "probabilities": {label: said.probability(label) for label in said.labels},
        "threshold": threshold,
        "verdict": DAMAGED if said.probability(DAMAGED) >= threshold else INTACT,
        "framing": said.framing,
    }


def prediction_row(answer: Mapping[str, Any]) -> tuple[str, ...]:
    """One answer of `prediction` under `PREDICTION_HEAD`."""
    shares = (answer["probabilities"][DAMAGED], answer["framing"])
    damaged, framing = (f"{share:.3f}" for share in shares)
    return answer["package"], answer["model"], answer["view"], damaged, answer["verdict"], framing


def attribution(found: Attribution) -> dict[str, Any]:
    """What is known of a map, without the map."""
    return {
        "package": found.package,
        "view": found.view,
        "model": found.model,
        "method": found.method,
        "target": found.target,
        "probability": found.probability,
        "completeness": found.completeness,
        "seconds": round(found.seconds, 3),
        "settings": dict(found.settings),
    }


def performance_rows(measured: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """`study.performance` under `PERFORMANCE_HEAD`: each model's views, its fused decision, then the ensemble."""
    for name, model in measured["models"].items():
        for view, figures in model["views"].items():
            yield _performance_row(name, view, figures)
        yield _performance_row(name, "package", model["package"])
    yield _performance_row("ensemble", "package", measured["ensemble"]["package"])


def _performance_row(model: str, view: str, figures: Mapping[str, Any]) -> tuple[str, ...]:
    ends = figures["accuracy_interval"]
    interval = f"{ends[0]:.3f}-{ends[1]:.3f}" if ends else "-"
    escapes = f"{figures['fn']} of {figures['tp'] + figures['fn']}"
    rejects = f"{figures['fp']} of {figures['tn'] + figures['fp']}"
    shares = [_share(figures[name]) for name in SHARES.values()]
    return model, view, str(figures["n"]), _share(figures["accuracy"]), interval, *shares, escapes, rejects


def _share(value: float | None) -> str:
    return "-" if value is None or value != value else f"{value:.3f}"
