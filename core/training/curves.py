"""Training curves as CSV and PNG."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure


def save_curves(history: pd.DataFrame, stem: Path, *, title: str) -> None:
    """Write <stem>.csv and <stem>.png: loss and accuracy by epoch, one line a run (column "run")."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    history.round(5).to_csv(stem.with_suffix(".csv"), index=False)
    figure = Figure(figsize=(10, 3.6), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, quantity in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
        for run, rows in history.groupby("run"):
            strong = run == "final"
            for part, color in (("train", "#777777"), ("validation", "#0072B2")):
                if f"{part}_{quantity}" in rows:
                    axes.plot(
                        rows["epoch"],
                        rows[f"{part}_{quantity}"],
                        color=color,
                        alpha=1 if strong else 0.3,
                        lw=2 if strong else 1,
                    )
        axes.set(xlabel="epoch", ylabel=quantity)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.2)
    figure.suptitle(f"{title}: training gray, validation blue; folds thin, final thick")
    figure.savefig(stem.with_suffix(".png"), dpi=110)
