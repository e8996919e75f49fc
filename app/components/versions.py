"""The versions of a model: the comparison that led to the one in use, the table of all, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import streamlit as st

from app import costs, labeling, promoting, resources
from app.components import conclusion, states, tracks
from app.promoting import Figures
from core.figures.theme import NEUTRAL
from core.studies import promotion
from core.studies.promotion import Stage
from core.study import wilson

COLUMNS = ("Cost of 1000", "Escapes", "False rejects", "Right for the right reason")
DIFFERENCES = ("Cost of 1000, now minus before", "Right for the right reason, now minus before")
ROOM = 1.15
"""How far a line of differences reaches beyond the farthest value on it."""


def brought(name: str, stages: Sequence[Stage], *, color: str) -> None:
    """Draw which version is in use, and the comparison that led to it."""
    came = stages[0].came
    if came is None or not came.figures:
        conclusion.show(promoting.headline(name, stages), promoting.quietly(stages), help=promoting.TERMS)
        return
    conclusion.show(promoting.headline(name, stages), promoting.cost(came.figures), help=promoting.TERMS)
    _compared(came.figures, color=color)
    quiet = " ".join((promoting.grounds(came.figures), promoting.unknown(came.figures), *came.figures["notices"]))
    st.caption(
        f"{quiet} Compared on {came.figures['packages']:,} packages of {came.figures['dataset']}, by {came.who}."
    )


def _compared(figures: Figures, *, color: str) -> None:
    """Both versions at the promotion, every column on its own scale from 0, and their differences about 0."""
    sides = (("Now", color, _cells("candidate", figures)), ("Before", NEUTRAL, _cells("current", figures)))
    tops = [1.05 * (max((cell.high or cell.value) if cell else 0.0 for cell in column) or 1.0)
            for column in zip(*(cells for _, _, cells in sides), strict=True)]  # fmt: skip
    drawn = [tracks.Row(title, hue, tuple(cell and _scaled(cell, 0.0, top)
                                          for cell, top in zip(cells, tops, strict=True)))
             for title, hue, cells in sides]  # fmt: skip
    tracks.show(drawn, "now and before", columns=COLUMNS)
    tracks.show([tracks.Row("Difference", color, _differences(figures))], "difference", columns=DIFFERENCES)


def _cells(which: str, figures: Figures) -> tuple[tracks.Cell | None, ...]:
    one, grounded = figures["cost"][which], figures["grounded"]
    low, high = one["interval"]
    return (
        tracks.Cell(one["per_thousand"], costs.units(one["per_thousand"]),
                    f"{costs.units(low)} to {costs.units(high)}", promoting.TERMS, low, high),
        _share(one["escapes"], one["damaged"], "damaged packages were accepted"),
        _share(one["false_rejects"], one["intact"], "intact packages were rejected"),
        _share(grounded[which], grounded["difference"]["n"], "damaged packages") if grounded else None,
    )  # fmt: skip


def _share(count: int, n: int, what: str) -> tracks.Cell:
    low, high = wilson(count, n)
    between = f"{costs.percent(low)} to {costs.percent(high)}"
    return tracks.Cell(count / n, f"{count:,} of {n:,}", between, f"{count:,} of {n:,} {what}; 95 % Wilson.", low, high)


def _differences(figures: Figures) -> tuple[tracks.Cell | None, ...]:
    """Both differences with their intervals; ticks at 0 and at the worst that is allowed."""
    gap, grounded, most = figures["cost"]["difference"], figures["grounded"], figures["cost_may_rise_by"]
    between = f"{promoting.signed(gap['low'])} to {promoting.signed(gap['high'])}, allowed {promoting.signed(most)}"
    cost = tracks.Cell(gap["value"], promoting.signed(gap["value"]), between, promoting.cost(figures), gap["low"],
                       gap["high"], (0.0, most))  # fmt: skip
    if grounded is None:
        return _centered(cost), None
    apart, worst = grounded["difference"], -figures["margin"]
    share = tracks.Cell(apart["value"], promoting.points(apart["value"]), f"{promoting.points(apart['low'])} to "
                        f"{promoting.points(apart['high'])}, allowed {promoting.points(worst)}",
                        promoting.grounds(figures), apart["low"], apart["high"], (0.0, worst))  # fmt: skip
    return _centered(cost), _centered(share)


def _centered(cell: tracks.Cell) -> tracks.Cell:
    """With 0 in the middle of its line."""
    ends = (cell.value, cell.low or 0.0, cell.high or 0.0, *cell.ticks)
    reach = ROOM * (max(map(abs, ends)) or 1.0)
    return _scaled(cell, -reach, reach)


def _scaled(cell: tracks.Cell, low: float, high: float) -> tracks.Cell:
    """On a line from 0 to 1 that stands for one from `low` to `high`."""

    def at(value: float) -> float:
        return (value - low) / (high - low)

    return replace(
        cell, value=at(cell.value), low=None if cell.low is None else at(cell.low),
        high=None if cell.high is None else at(cell.high), ticks=tuple(map(at, cell.ticks)),
    )  # fmt: skip


def every(name: str, stages: Sequence[Stage]) -> None:
    """Draw the table of all versions, and take it home."""
    st.dataframe(promoting.shown(stages), hide_index=True, key="versions")
    st.download_button("CSV", promoting.table(stages).to_csv(index=False), f"versions-{name}.csv",
                       icon=":material/download:", on_click="ignore")  # fmt: skip


def way_back(name: str, stages: Sequence[Stage]) -> None:
    """Draw the choice of an earlier version, and the button that brings it back after a second word."""
    earlier = {stage.id: stage for stage in stages if stage.id is not None}
    if not earlier:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        chosen = st.selectbox("Earlier version", list(earlier), key="version", bind="query-params", width=460,
                              format_func=lambda id: promoting.title(earlier[id]))  # fmt: skip
        with st.popover("Roll back", icon=":material/undo:"):
            st.markdown(promoting.question(name, earlier[chosen]))
            who = st.text_input("Your name", labeling.annotator(), key="who rolls back", max_chars=200)
            if st.button("Bring it back", type="primary", disabled=not who.strip(), key="roll back"):
                with states.mended():
                    promotion.roll_back(name, to=chosen, who=who, when=datetime.now(UTC))
                    resources.forget()
                    st.rerun()
