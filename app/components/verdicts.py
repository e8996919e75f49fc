"""What every model says of one package, per view and fused, against its threshold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from app import packages, resources, sentences
from app.components import accuracy, tracks
from core import study
from core.domain import DAMAGED, INTACT, PACKAGE, REVIEW, Cut

VERDICTS = (DAMAGED, INTACT, REVIEW)
WITHOUT = (
    "Probability of damaged, as photographed and in the same pictures rendered without the damage, "
    "both asked of the same networks just now."
)


def show(
    said: pd.DataFrame,
    key: str,
    *,
    limits: Mapping[str, Cut],
    single: Mapping[str, Cut],
    truth: str | None,
    views: Sequence[str],
) -> None:
    """Draw one row a model: probability of damaged as a dot in the color of the verdict, thresholds as ticks."""
    if warning := _framing(said):
        st.warning(warning, icon=":material/center_focus_weak:")
    if said.empty:
        return
    columns, hues = [*views, PACKAGE], resources.hues()
    cells = {
        (row.model, row.view): _cell(row, (limits if row.view == PACKAGE else single)[str(row.model)], truth)
        for row in said.itertuples()
    }
    rows = [
        tracks.Row(model, hues[model], tuple(cells.get((model, view)) for view in columns))
        for model in said["model"].unique()
    ]
    tracks.show(rows, key, columns=[accuracy.column(view) for view in columns])
    st.caption(
        "Probability of damaged, from 0 to 1; the ticks are its thresholds. ✓ right, ✕ wrong, ? for a person to decide."
    )


def without_damage(root: str, package: str, models: tuple[str, ...], limits: Mapping[str, Cut]) -> None:
    """Draw in one quiet line what each model says of the same package without its damage, where that is known."""
    index = resources.dataset(root).index
    here = index[index["package"] == package]
    if not models or here["twin_path"].isna().any():
        return
    place = st.empty()
    place.markdown(":small[Without the damage: asking the models]")
    said = resources.without_damage(root, package, models)
    if said is None:
        place.empty()
    else:
        place.markdown(f":small[{sentences.without_damage(said, limits)}]", help=WITHOUT)


def sentence(said: pd.DataFrame, limits: Mapping[str, Cut], truth: str | None) -> str:
    """The verdicts on the package in one line."""
    fused = said[(said["view"] == PACKAGE) & said["model"].isin(set(limits) - {"ensemble"})]
    if fused.empty:
        return "No model has judged this package."
    said = {str(row.model): limits[str(row.model)].verdict(float(str(row.probability))) for row in fused.itertuples()}
    groups = {label: [model for model, verdict in said.items() if verdict == label] for label in VERDICTS}
    present = {label: models for label, models in groups.items() if models}
    if len(present) > 1:
        says = f"The models disagree: {', '.join(_says(models, label) for label, models in present.items())}."
    else:
        everyone = f"All {len(fused)} models say" if len(fused) > 1 else f"{fused['model'].iloc[0]} says"
        says = f"{everyone} {hued(next(iter(present)))}."
    return says if truth is None else f"{says} It is {hued(truth)}."


def hued(label: str) -> str:
    """A class in its color, as Markdown."""
    color = {DAMAGED: "red", INTACT: "green", REVIEW: "orange"}.get(label)
    return f":{color}[{label}]" if color else label


def _framing(said: pd.DataFrame) -> str:
    """How sure the models were of having found the package, where that matters; "" where all is well."""
    unsure = said[(said["view"] != PACKAGE) & (said["framing"] < study.SURE)]
    if unsure.empty:
        return ""
    views = sorted(set(unsure["view"]))
    return (
        f"The package was not found with confidence in the {' and the '.join(views)} view "
        f"(framing {unsure['framing'].min():.2f} of 1): trust these answers less."
    )


def _cell(row: object, cut: Cut, truth: str | None) -> tracks.Cell:
    probability, source, found = (getattr(row, name) for name in ("probability", "source", "framing"))
    verdict = cut.verdict(probability)
    note = f"{verdict} {packages.mark(verdict, truth)}".rstrip()
    tip = (
        f"Probability of damaged {probability:.3f}, {sentences.cut(cut)}: {verdict}. "
        f"Framing confidence {found:.2f}. Prediction: {source}."
    )
    ticks = tuple(dict.fromkeys((cut.accept, cut.reject)))
    return tracks.Cell(probability, f"{probability:.2f}", note, tip, ticks=ticks, kind=verdict)


def _says(models: list[str], label: str) -> str:
    names = " and ".join(filter(None, [", ".join(models[:-1]), models[-1]]))
    return f"{names} {'says' if len(models) == 1 else 'say'} {hued(label)}"
