"""Values of core, as JSON and tables hold them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from core.domain import DAMAGED, PACKAGE, REVIEW, Attribution, Cut, Prediction

if TYPE_CHECKING:
    import pandas as pd

    from core.contracts import Dataset

PERFORMANCE_HEAD = ("model", "view", "n", "accuracy", "95 %", "AUROC", "escapes", "false rejects")
MEASURED_HEAD = ("data set", *PERFORMANCE_HEAD[1:])
PREDICTION_HEAD = ("package", "model", "view", "verdict", "probability", "threshold", "framing")


def dataset(opened: Dataset, inventory: pd.DataFrame, predictions: pd.DataFrame, *, fingerprint: str) -> dict[str, Any]:
    """What was measured on: counts, content, and how the models came by their answers.

    Args:
        opened: the data set.
        inventory: `study.inventory` of it.
        predictions: `study.predictions` that were measured.
        fingerprint: of the inventory.
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
        "fingerprint": fingerprint,
        "sources": _counts(predictions.drop_duplicates(["package", "source"])["source"]),
    }


def _counts(column: pd.Series) -> dict[str, int]:
    return {str(name): int(count) for name, count in column.astype(str).value_counts().sort_index().items()}


def prediction(said: Prediction, positive: str, cut: Cut, *, policy: bool = False) -> dict[str, Any]:
    """One answer of one model: the positive class, "review", or the likeliest of the others.

    Args:
        said: the answer.
        positive: the class that is looked for.
        cut: where the model decides.
        policy: whether a saved policy says so.
    """
    chances = {label: said.probability(label) for label in said.labels}
    verdict = cut.verdict(chances[positive])
    others = {label: chance for label, chance in chances.items() if label != positive}
    return {
        "package": said.package,
        "model": said.model,
        "view": said.view,
        "verdict": {DAMAGED: positive, REVIEW: REVIEW}.get(verdict, max(others, key=others.__getitem__)),
        "positive": positive,
        "probability": chances[positive],
        "threshold": cut.accept,
        "cut": {"accept": cut.accept, "reject": cut.reject},
        "policy": policy,
        "probabilities": chances,
        "framing": said.framing,
    }


def prediction_row(answer: Mapping[str, Any]) -> tuple[str, ...]:
    """One answer of `prediction` under `PREDICTION_HEAD`."""
    accept, reject = answer["cut"]["accept"], answer["cut"]["reject"]
    decided = f"{accept:.3f}" if accept == reject else f"{accept:.3f}-{reject:.3f}"
    probability, framing = (f"{answer[name]:.3f}" for name in ("probability", "framing"))
    return answer["package"], answer["model"], answer["view"], answer["verdict"], probability, decided, framing


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
        "pixel_error": found.pixel_error,
        "steps": found.steps,
        "note": found.note,
        "seconds": round(found.seconds, 3),
        "settings": dict(found.settings),
    }


def performance_rows(measured: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """`study.performance` under `PERFORMANCE_HEAD`: each model's views, its fused decision, then the ensemble."""
    for name, model in measured["models"].items():
        for view, figures in model["views"].items():
            yield _performance_row(name, view, figures)
        yield _performance_row(name, PACKAGE, model[PACKAGE])
    if "ensemble" in measured:
        yield _performance_row("ensemble", PACKAGE, measured["ensemble"][PACKAGE])


def measured_rows(measured: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """The cross-validation on a card under `MEASURED_HEAD`: of each data set every view, then the fused decision."""
    for dataset, views in measured.items():
        for view in sorted(views, key=lambda view: view == PACKAGE):
            yield _performance_row(dataset, view, views[view])


def _performance_row(name: str, view: str, figures: Mapping[str, Any]) -> tuple[str, ...]:
    ends = figures["accuracy_interval"]
    interval = f"{ends[0]:.3f}-{ends[1]:.3f}" if ends else "-"
    damaged, intact = figures.get("review_damaged", 0), figures.get("review_intact", 0)
    escapes = f"{figures['fn']} of {figures['tp'] + figures['fn'] + damaged}"
    rejects = f"{figures['fp']} of {figures['tn'] + figures['fp'] + intact}"
    accuracy, auroc = _share(figures["accuracy"]), _share(figures["auroc"])
    return name, view, str(figures["n"]), accuracy, interval, auroc, escapes, rejects


def _share(value: float | None) -> str:
    return "-" if value is None or value != value else f"{value:.3f}"
