"""Which view carries the decision: a bar a model."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from app import resources, sentences
from app.components import conclusion
from app.explaining import Asked
from core.domain import Attribution
from core.figures.theme import tint
from core.studies import explanation
from core.studies.shares import Shares

SHADES = (1.0, 0.45, 0.2, 0.7)
"""Strength of a model's hue, a view."""


def show(asked: Asked, views: Sequence[str], *, sigma: float) -> None:
    """Draw how the evidence for damaged is shared between the views; nothing where a map of theirs is missing.

    Args:
        asked: the package and the models; the method must be among those asked.
        views: all cameras of the package.
        sigma: of the smoothing, pixels.
    """
    if explanation.DEFAULT not in asked.methods or len(views) < 2:
        return
    found = [shares for model in asked.models if (shares := _of(asked, views, model, sigma)) is not None]
    if not found:
        return
    st.space("small")
    conclusion.show(
        sentences.carried(found),
        "Share of the evidence for damaged that each view brings to the fused decision, by Integrated Gradients.",
        help="The fused log-odds are a weighted sum of those of the views, and Integrated Gradients is linear in what "
        "it explains: the evidence of each view, times its weight, adds up to the decision.",
    )
    st.html("".join(_bar(one, resources.hues()[one.model]) for one in found))


def _of(asked: Asked, views: Sequence[str], model: str, sigma: float) -> Shares | None:
    questions = [asked.question(view, model, explanation.DEFAULT) for view in views]
    maps: dict[resources.Question, Attribution] = {
        one: there for one in questions if (there := resources.stored_attribution(one)) is not None
    }
    return resources.shares(maps, sigma) if len(maps) == len(views) else None


def _bar(found: Shares, hue: str) -> str:
    parts = "".join(
        f'<div style="flex: {max(share, 0.001):.4f}; background: {tint(hue, SHADES[at % len(SHADES)])}; height: 22px" '
        f'title="{view}: {100 * share:.0f} %"></div>'
        for at, (view, share) in enumerate(found.positive.items())
        if found.any
    )
    says = " &middot; ".join(
        f"{view} <b>{100 * share:.0f} %</b>" if found.any else f"{view} &ndash;"
        for view, share in found.positive.items()
    )
    return (
        '<div style="display: grid; grid-template-columns: minmax(7rem, 14rem) minmax(8rem, 1fr) max-content; '
        'gap: 4px 14px; align-items: center; margin-bottom: 12px; font-variant-numeric: tabular-nums">'
        f'<b style="overflow: hidden; text-overflow: ellipsis">{escape(found.model)}</b>'
        f'<div style="display: flex; gap: 2px; border-radius: 5px; overflow: hidden">{parts}</div>'
        f'<span>{says}</span><span></span><span style="font-size: 13px; opacity: .8; grid-column: 2 / -1">'
        f"{sentences.shared(found)}</span></div>"
    )
