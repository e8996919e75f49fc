"""What every model says of one package, per view and fused, against its threshold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from app import packages, resources, sentences
from app.components import accuracy, tracks
from core import study
from core.domain import DAMAGED, INTACT, PACKAGE

WITHOUT = (
    "Probability of damaged, as photographed and in the same pictures rendered without the damage, "
    "both asked of the same networks just now."
)


def show(said: pd.DataFrame, key: str, *, limits: Mapping[str, float], truth: str | None, views: Sequence[str]) -> None:
    """Draw one row a model: probability of damaged as a dot in the color of the verdict, threshold as a tick."""
    if warning := _framing(said):
        st.warning(warning, icon=":material/center_focus_weak:")
    if said.empty:
        return
    columns, hues = [*views, PACKAGE], resources.hues()
    cells = {(row.model, row.view): _cell(row, limits[str(row.model)], truth) for row in said.itertuples()}
    rows = [
        tracks.Row(model, hues[model], tuple(cells.get((model, view)) for view in columns))
        for model in said["model"].unique()
    ]
    tracks.show(rows, key, columns=[accuracy.column(view) for view in columns])
    st.caption("Probability of damaged, from 0 to 1; the tick is the threshold. ✓ right, ✕ wrong.")


def without_damage(root: str, package: str, models: tuple[str, ...], limits: Mapping[str, float]) -> None:
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


def sentence(said: pd.DataFrame, limits: Mapping[str, float], truth: str | None) -> str:
    """The verdicts on the package in one line."""
    fused = said[(said["view"] == PACKAGE) & said["model"].isin(set(limits) - {"ensemble"})]
    if fused.empty:
        return "No model has judged this package."
    damaged = [str(row.model) for row in fused.itertuples() if row.probability >= limits[str(row.model)]]
    intact = [str(name) for name in fused["model"] if name not in damaged]
    if damaged and intact:
        says = f"The models disagree: {_says(damaged, DAMAGED)}, {_says(intact, INTACT)}."
    else:
        everyone = f"All {len(fused)} models say" if len(fused) > 1 else f"{fused['model'].iloc[0]} says"
        says = f"{everyone} {hued(DAMAGED if damaged else INTACT)}."
    return says if truth is None else f"{says} It is {hued(truth)}."


def hued(label: str) -> str:
    """A class in its color, as Markdown."""
    color = {DAMAGED: "red", INTACT: "green"}.get(label)
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


def _cell(row: object, limit: float, truth: str | None) -> tracks.Cell:
    probability, source, found = (getattr(row, name) for name in ("probability", "source", "framing"))
    verdict = DAMAGED if probability >= limit else INTACT
    mark = "" if truth is None else " ✓" if packages.right(verdict, truth) else " ✕"
    tip = (
        f"Probability of damaged {probability:.3f}, threshold {limit:.2f}: {verdict}. "
        f"Framing confidence {found:.2f}. Prediction: {source}."
    )
    return tracks.Cell(probability, f"{probability:.2f}", f"{verdict}{mark}", tip, tick=limit, kind=verdict)


def _says(models: list[str], label: str) -> str:
    names = " and ".join(filter(None, [", ".join(models[:-1]), models[-1]]))
    return f"{names} {'says' if len(models) == 1 else 'say'} {hued(label)}"
