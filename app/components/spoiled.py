"""One package as something spoils its pictures more and more, and what each model says of it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from app import packages, resources
from app.sentences import COLORS
from core.domain import PACKAGE, Cut
from core.study import SURE


def show(root: str, said: pd.DataFrame, *, corruption: str, view: str, limits: Mapping[str, Cut]) -> None:
    """Draw a column a strength, the clean picture first.

    Args:
        root: of the data set.
        said: answers to one package, of `studies.robustness.robustness`.
        corruption: its name.
        view: whose answers; "package" shows the pictures of all cameras.
        limits: where the models decide.
    """
    package, label = str(said["package"].iloc[0]), str(said["label"].iloc[0])
    here = said[(said["view"] == view) & said["corruption"].isin(("clean", corruption))]
    shown = sorted(set(said["view"]) - {PACKAGE}) if view == PACKAGE else [view]
    pictures = {name: resources.spoiled(root, package, name, corruption) for name in shown}
    titles = resources.strengths(corruption)
    for strength, column in enumerate(st.columns(len(titles), gap="small")):
        with column:
            st.markdown(f"**{strength}** :small[:gray[{titles[strength]}]]")
            for name in shown:
                st.image(pictures[name][strength], caption=name, width="stretch", output_format="JPEG")
            st.markdown(_chips(here[here["strength"] == strength], limits, label))


def _chips(rows: pd.DataFrame, limits: Mapping[str, Cut], label: str) -> str:
    """A verdict a model, in its color, with whether it is right; and whether the package was found."""
    chips = [_chip(str(row["model"]), float(row["probability"]), limits, label) for row in rows.to_dict("records")]
    lost = ":gray-badge[framing lost]" if len(rows) and rows["framing"].min() < SURE else ""
    return "  \n".join(filter(None, [*chips, lost]))


def _chip(model: str, probability: float, limits: Mapping[str, Cut], label: str) -> str:
    verdict = limits[model].verdict(probability)
    return f":{COLORS[verdict]}-badge[{packages.mark(verdict, label)} {probability:.2f}] :small[{model}]"
