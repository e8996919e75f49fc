"""Packages as the networks see them, alike ones together; a lasso answers with packages."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import findings, resources, sentences
from app.components import chart, conclusion, firsttime
from app.components.asked import Asked, Shown
from core.figures import patterns as figures
from core.studies.patterns import MISTAKES
from core.studies.resemblance import maps

LOOKED = "Lets every network look at every picture, and keeps what it sees."
SECONDS = 1.2
"""A package, about: finding it in its pictures takes most of it."""
CHOICES = 200
"""Packages that can be chosen from at once."""


def needed(root: str) -> pd.DataFrame:
    """What the networks see of every picture; where it is not known yet, a page stops here with the way to it."""
    return firsttime.need(
        resources.features, resources.compute_features, root,
        title="Not looked at yet", says=LOOKED, seconds=SECONDS * len(resources.dataset(root).ids), key="look closely",
    )  # fmt: skip


def show(asked: Asked, source: str) -> Shown:
    """Draw the map; answers with the packages to show below.

    Args:
        asked: whose answers are right or wrong, and whose eyes.
        source: where the answers come from, in words.
    """
    root = asked.chosen.data
    needed(root)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        by = st.segmented_control(
            "Color", figures.COLORS, default=figures.COLORS[0], key="color", bind="query-params", required=True,
            help="Mistakes are crosses whatever the color.",
        )  # fmt: skip
        ways = maps()
        way = ways[0] if len(ways) == 1 else st.segmented_control(
            "Map", ways, default=ways[0], key="way", bind="query-params", required=True,
            help="PCA keeps the directions of most variance. UMAP keeps neighbors together; distances between groups "
            "mean nothing.",
        )  # fmt: skip
    found = resources.package_map(root, asked.chosen.split, asked.model, asked.view, asked.cut, way)
    quietly = f"n = {int(found.points['here'].sum()):,}. {source} {findings.SEEN_BEFORE}"
    conclusion.show(findings.mixing(found, findings.eyes(asked.model)), quietly)
    figure = figures.scatter(found.points, by=by, kept=found.kept)
    picked = list(dict.fromkeys(chart.choose(figure, f"map {asked.model} {asked.view} {way}", alt="Map of packages")))
    points = found.points.set_index("package")
    wrong = list(points.index[points["outcome"].isin(MISTAKES) & points["here"]])
    mistakes = [package for package in picked if package in set(wrong)] if picked else wrong
    ids = [*mistakes, *(package for package in picked if package not in set(mistakes))]
    if (near := _compared(ids)) is not None:
        return Shown(_around(asked, near), asked.at)
    quietly = "Mistakes first." if picked else "Draw a lasso around dots to see their packages instead."
    conclusion.show(_counted(picked, mistakes), quietly)
    return Shown(tuple(ids), asked.at)


def _counted(picked: list[str], mistakes: list[str]) -> str:
    if picked:
        return f"{sentences.many(len(picked))} chosen, {len(mistakes):,} of them mistakes."
    return f"{len(mistakes):,} mistake{'s' * (len(mistakes) != 1)}." if mistakes else "No mistakes."


def _compared(ids: list[str]) -> str | None:
    """The package, one of these, whose nearest training packages shall be shown; None where none is chosen."""
    if not ids:
        return None
    return st.selectbox(
        "What does it resemble?", ids[:CHOICES], None, key="near", bind="query-params", width=320,
        placeholder="choose a package", help="Shows the training packages that the network sees most alike.",
    )  # fmt: skip


def _around(asked: Asked, package: str) -> tuple[str, ...]:
    near = resources.neighbors(asked.chosen.data, package, asked.model, asked.view)
    if near.empty:
        conclusion.show(f"There is no training package to compare {package} with.")
        return (package,)
    says = ", ".join(f"{similarity:.2f}" for similarity in near["similarity"])
    conclusion.show(
        f"{package}, then the training packages that {findings.eyes(asked.model)} sees most alike.",
        f"Similarity (cosine, 1 is the same): {says}. {findings.SEEN_BEFORE}",
    )
    st.download_button(
        "CSV", near.to_csv(index=False), f"neighbors-{package}.csv", key="neighbors csv", icon=":material/download:"
    )
    return (package, *near["package"])
