"""Networks taught again: the run itself, what is asked of it, its figures, and the map of packages."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd
import streamlit as st

from app import packages, resources, sentences, steadiness
from app.components import chart, conclusion, firsttime, states
from app.selection import Selection
from core.figures import stability as figures

HEAD = "Last layer"
WHOLE = "Whole network"
SECONDS = 1.5
"""A package, about, where the networks have not looked at it yet."""
TAUGHT = 0.05
"""A package, where they have."""


class Asked(NamedTuple):
    """What a person asks about: one model, one view, and whether whole networks were taught again."""

    model: str
    view: str
    whole: bool


def needed(chosen: Selection) -> pd.DataFrame:
    """The stored retrainings of the last layers; where there are none, a page stops here with the way to them."""
    reason = resources.cannot_retrain(chosen.data)
    if reason:
        states.empty("Too little to teach on", reason)
        st.stop()
    each = TAUGHT if resources.features(chosen.data) is not None else SECONDS
    return firsttime.need(
        resources.stability, resources.compute_stability, chosen.data, title="Not taught again yet",
        says=steadiness.OFFER, seconds=each * len(resources.dataset(chosen.data).ids), key="teach again",
    )  # fmt: skip


def asked(chosen: Selection, frame: pd.DataFrame) -> Asked:
    """Draw the choices."""
    ways = (HEAD, WHOLE) if resources.retrained(chosen.data) is not None else (HEAD,)
    way = ways[0] if len(ways) == 1 else st.segmented_control(
        "Taught again", ways, default=HEAD, key="taught", bind="query-params", required=True
    )  # fmt: skip
    known = frame if way == HEAD else resources.retrained(chosen.data)
    assert known is not None
    here = set(known["model"])
    names = [name for name in chosen.models if name in here]
    if not names:
        states.empty("None of the chosen models", "Choose a model in the sidebar that was taught again.")
        st.stop()
    views = packages.all_views(known)
    model = st.selectbox("Model", names, 0, key="whose", bind="query-params", width=240)
    view = st.segmented_control("View", views, default=packages.PACKAGE, key="view", bind="query-params", required=True)
    return Asked(model, view, way == WHOLE)


def parts(table: pd.DataFrame) -> None:
    """Draw bias, variance and error of all models and views."""
    chart.show(
        figures.parts(table, colors=resources.hues()), "bias and variance", alt="Bias and variance by model and view"
    )


def learning(table: pd.DataFrame) -> None:
    """Draw the learning curves of all models in one view."""
    chart.show(figures.learning(table, colors=resources.hues()), "learning curve", alt="Errors over packages taught on")


def chosen_packages(table: pd.DataFrame, about: Asked) -> list[str]:
    """Draw the map and its zones; answers with the packages of the zone, or inside a lasso."""
    place = st.container()
    titles = steadiness.counts(table)
    fate = st.pills(
        "Zone", list(titles), default=steadiness.first(table), format_func=titles.get, key="zone",
        bind="query-params", label_visibility="collapsed",
    )  # fmt: skip
    with place:
        key = f"fates {about.model} {about.view} {about.whole}"
        picked = chart.choose(figures.fates(table), key, alt="Packages by how often retrainings are wrong")
    if picked:
        ids = [package for package in table["package"] if package in set(picked)]
        conclusion.show(f"{sentences.many(len(ids))} chosen.", "The most often wrong first.")
        return ids
    ids = list(table.loc[table["fate"] == fate, "package"]) if fate else list(table["package"])
    conclusion.show(steadiness.zone(fate, about.model, len(ids)), steadiness.meaning(fate))
    return ids
