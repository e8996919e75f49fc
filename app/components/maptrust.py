"""The verdicts on all maps as a table, and the figures behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from app import mapwords, resources
from app.components import badge, chart
from core.figures import trust as figures
from core.studies.trust import FIGURES, Verdict


def table(root: str, models: Sequence[str], found: Mapping[tuple[str, str], Verdict]) -> None:
    """Draw a row a method, a column a model, a badge a cell; methods that nobody tested are one line below.

    Args:
        root: of the data set.
        models: the columns.
        found: by model and method.
    """
    titles, hues = resources.method_titles(), resources.hues()
    tested = [method for method in titles if any((model, method) in found for model in models)]
    widths = [1.4, *[1.0] * len(models)]
    for column, model in zip(st.columns(widths)[1:], models, strict=True):
        column.html(f'<span style="color: {hues[model]}">●</span> <b>{_safe(model)}</b>')
    for method in tested:
        head, *cells = st.columns(widths, vertical_alignment="center")
        head.markdown(f"**{titles[method]}**")
        for model, cell in zip(models, cells, strict=True):
            with cell:
                badge.show(root, model, method, key=f"badge {method} {model}")
    rest = [title for method, title in titles.items() if method not in tested]
    if rest:
        st.caption(f"Not checked yet: {', '.join(rest)}. `secondlook trust --data DIR --method NAME` checks them.")


def beside(rows: pd.DataFrame, figure: str) -> None:
    """Draw one figure of one method's maps beside those of the trivial maps, a panel a model."""
    about = FIGURES[figure]
    way = f"{about.title} ({'higher' if about.higher else 'lower'} is better)"
    drawn = figures.beside(rows, figure, labels=mapwords.LABELS, colors=resources.hues(), title=way)
    chart.show(drawn, f"trust {figure}", alt=f"{about.title} of each model's maps beside trivial maps")


def forgetting(rows: pd.DataFrame, measure: str, title: str) -> None:
    """Draw how one method's maps change as networks forget, a panel a model."""
    drawn = figures.forgetting(rows, measure, ticks=mapwords.ticks(), colors=resources.hues(), title=title)
    chart.show(drawn, f"randomized {measure}", alt=f"{title} of maps as more weights are drawn anew")


def _safe(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
