"""What every threshold costs, and what cuts do to packages: a figure and a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app import costs
from app.components import chart, tracks
from core.figures import economics
from core.figures.theme import NEUTRAL
from core.studies.economics import Designed, Outcome, Policy, measured

COLUMNS = "Cost of 1000", "Escapes, n {damaged:,}", "False rejects, n {intact:,}", "To a person", "Outgoing defects"
HELD_OUT, SAVED = "Held out", "saved"


def others(found: Designed, saved: Policy | None) -> dict[str, Outcome]:
    """What to hold a design against, by title: the threshold without a policy, and the saved policy."""
    plain = {costs.where(found.design.plain.cut): found.design.plain}
    return plain if saved is None else {**plain, SAVED: measured(found, saved.cut)}


def show(found: Designed, others: Mapping[str, Outcome], key: str, *, color: str) -> str | None:
    """Draw the figure; a click on a package answers with its id.

    Args:
        found: the design.
        others: title of other cuts on the same packages, with what they do.
        key: of the figure, unique on the page.
        color: of the model.
    """
    apart = {title: one for title, one in others.items() if one.cut != found.design.cut}
    every = {"designed": found.design.outcome, **apart}
    points = {title: (one.cut, one.per_thousand) for title, one in every.items()}
    figure = economics.designer(found.curve, found.rows, points, color=color)
    return chart.pick(figure, key, alt="Cost of 1000 packages over the threshold, and the packages under it")


def table(found: Designed, others: Mapping[str, Outcome], key: str, *, color: str) -> None:
    """Draw a row a cut, every column on its own scale from 0; the second row is what to expect of the first."""
    rows = [("Designed", color, cells(found.design.outcome)), (HELD_OUT, color, held_out(found))]
    rows += [(costs.sentence(title), NEUTRAL, cells(one)) for title, one in others.items()]
    tops = [max((cell.high or cell.value) if cell else 0.0 for cell in column) or 1.0
            for column in zip(*(row for _, _, row in rows), strict=True)]  # fmt: skip
    one = found.design.outcome
    heads = [title.format(damaged=one.damaged, intact=one.intact) for title in COLUMNS]
    tracks.show([tracks.Row(name, hue, _scaled(row, tops)) for name, hue, row in rows], key, columns=heads)


def cells(one: Outcome) -> tuple[tracks.Cell | None, ...]:
    """What a cut does, in the order of `COLUMNS`."""
    n = f"{one.damaged:,} damaged and {one.intact:,} intact packages"
    cost, upper, worst = one.interval, one.escape_upper, costs.units(one.worst)
    return (
        _cell(one.per_thousand, costs.units, cost, f"{worst} at the upper bound of the escape rate. n = {n}."),
        _cell(one.escape_rate, costs.percent, (0.0, upper), f"{one.counts.fn:,} of {one.damaged:,} damaged packages; "
              f"upper bound one-sided at {costs.percent(one.terms.confidence)}.", f"up to {costs.percent(upper)}"),
        _cell(one.false_reject_rate, costs.percent, one.false_reject_interval,
              f"{one.counts.fp:,} of {one.intact:,} intact packages; 95 % Wilson interval."),
        _cell(one.review_share, costs.percent, one.review_interval,
              f"{one.counts.review_damaged:,} damaged and {one.counts.review_intact:,} intact ones of {n}, weighted by "
              "the prevalence; 95 % interval from both Wilson intervals."),
        _outgoing(one, n),
    )  # fmt: skip


def _outgoing(one: Outcome, n: str) -> tracks.Cell | None:
    if one.outgoing is None or one.outgoing_upper is None:
        return None
    tip = f"Damaged among the accepted at this prevalence; the end is at the upper bound of the escape rate. n = {n}."
    upper = costs.percent(one.outgoing_upper)
    return _cell(one.outgoing, costs.percent, (0.0, one.outgoing_upper), tip, f"up to {upper}")


def held_out(found: Designed) -> tuple[tracks.Cell | None, ...]:
    """The same of the packages that thresholds were not chosen on; nothing where there are too few."""
    one = found.design.honest
    if one is None:
        return (None,) * len(COLUMNS)
    tip = f"{costs.HELD_OUT} Mean of {one.repeats} draws of the folds."
    rates = one.escape_rate, one.false_reject_rate, one.review_share
    return (
        _cell(one.per_thousand, costs.units, one.interval, tip),
        *(_cell(rate, costs.percent, None, tip) for rate in rates),
        None,
    )


def _cell(
    value: float, words: Callable[[float], str], ends: tuple[float, float] | None, tip: str, note: str = ""
) -> tracks.Cell:
    between = f"{words(ends[0])} to {words(ends[1])}" if ends else ""
    low, high = ends or (None, None)
    return tracks.Cell(value, words(value), note or between, f"{between}. {tip}" if between else tip, low, high)


def _scaled(row: tuple[tracks.Cell | None, ...], tops: list[float]) -> tuple[tracks.Cell | None, ...]:
    return tuple(cell and _over(cell, 1.05 * top) for cell, top in zip(row, tops, strict=True))


def _over(cell: tracks.Cell, top: float) -> tracks.Cell:
    low = None if cell.low is None else cell.low / top
    high = None if cell.high is None else cell.high / top
    return tracks.Cell(cell.value / top, cell.text, cell.note, cell.tip, low, high, cell.ticks, cell.kind)
