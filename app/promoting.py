"""Whether a candidate is worse than the checkpoint in use, and the versions of a model, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from app.costs import percent, units
from core.studies.promotion import Event, Stage

Figures = Mapping[str, Any]

TERMS = (
    "Cost: prevalence x escape rate x cost of an escape + (1 - prevalence) x false reject rate x cost of a false "
    "reject + share left to a person x cost of a review, times 1000. Right for the right reason: damaged packages that "
    "were not accepted, with the evidence on the damage in a view. Intervals (95 %) draw the packages anew, each with "
    "what both versions did on it (BCa); they know nothing of mistakes too rare to be seen on so many packages. "
    "Packages: frozen, and never trained on."
)
OFFER = (
    "Train a candidate with `secondlook train --annotations`, and hold it against this one with "
    "`secondlook promote --candidate DIR --current {}`: it comes only where it is not worse."
)
STALE = (
    "Answers, maps and figures are kept by the weights that gave them: those of another version are never shown for "
    "this one's. A policy holds for the weights it was made for; it goes and comes back with its version, and a policy "
    "of all models together has to be designed again."
)
HEAD = ("", "cost of 1000", "95 %", "escapes", "up to", "false rejects", "grounded")


def verdict(name: str, candidate: str, figures: Figures) -> str:
    """Whether the candidate may take the place, and if not why."""
    if figures["not_worse"]:
        return f"{candidate} is not worse than {name} on {figures['packages']:,} packages that neither was trained on."
    return f"{candidate} may be worse than {name}: {' and '.join(_against(figures))}."


def _against(figures: Figures) -> list[str]:
    found, gap = [], figures["cost"]["difference"]
    if gap["high"] > figures["cost_may_rise_by"]:
        found.append(
            f"1000 packages may cost up to {units(gap['high'])} more, and "
            f"{units(figures['cost_may_rise_by'])} are allowed"
        )
    grounded = figures["grounded"]
    if grounded and grounded["difference"]["low"] < -figures["margin"]:
        found.append(
            f"it may be right for the right reason on up to {percent(-grounded['difference']['low'])} fewer of the "
            f"damaged packages, and {percent(figures['margin'])} are allowed"
        )
    return found


def cost(figures: Figures) -> str:
    """What both cost, and what is allowed."""
    gap, sides, allowed = figures["cost"]["difference"], figures["cost"], figures["cost_may_rise_by"]
    return (
        f"1000 packages cost {units(sides['candidate']['per_thousand'])}, before "
        f"{units(sides['current']['per_thousand'])}: {signed(gap['value'])} (95 %: {signed(gap['low'])} to "
        f"{signed(gap['high'])}; the costs of {_differing(gap)} differ). It may rise by {units(allowed)}: "
        f"{percent(figures['margin'])} of what they cost without a model."
    )


def grounds(figures: Figures) -> str:
    """How often both are right for the right reason, and what is allowed."""
    grounded = figures["grounded"]
    if grounded is None:
        return "Whether it is right for the right reasons was not compared."
    gap = grounded["difference"]
    return (
        f"Right for the right reason: {grounded['candidate']:,} of {gap['n']:,} damaged packages, before "
        f"{grounded['current']:,}: {points(gap['value'])} points (95 %: {points(gap['low'])} to "
        f"{points(gap['high'])}; {_differing(gap)} differ). It may fall by {points(figures['margin']).lstrip('+')} "
        f"points. Regions: {grounded['regions']}."
    )


def unknown(figures: Figures) -> str:
    """What so few packages cannot exclude."""
    one = figures["cost"]["candidate"]
    return (
        f"{one['damaged']:,} damaged packages with {one['escapes']:,} escape{'s' * (one['escapes'] != 1)} cannot "
        f"exclude that {percent(one['escape_upper'])} escape."
    )


def rows(figures: Figures) -> list[tuple[str, ...]]:
    """Both as rows of a table with `HEAD`."""
    return [_row(which, figures) for which in ("candidate", "current")]


def _row(which: str, figures: Figures) -> tuple[str, ...]:
    one, grounded = figures["cost"][which], figures["grounded"]
    low, high = one["interval"]
    return (
        which, units(one["per_thousand"]), f"{units(low)} to {units(high)}", f"{one['escapes']} of {one['damaged']}",
        percent(one["escape_upper"]), f"{one['false_rejects']} of {one['intact']}",
        f"{grounded[which]} of {grounded['difference']['n']}" if grounded else "-",
    )  # fmt: skip


def _differing(gap: Mapping[str, Any]) -> str:
    return f"{gap['differing']:,} of {gap['n']:,} packages"


def signed(cost: float) -> str:
    """A difference in cost: "+12", "-3.5", "0"."""
    text = units(abs(cost))
    return text if text == "0" else f"{'+' if cost > 0 else '-'}{text}"


def points(share: float) -> str:
    """A difference of shares in points of a hundred: "+5", "-10", "0"."""
    rounded = round(100 * share)
    return f"{rounded:+d}" if rounded else "0"


def headline(name: str, stages: Sequence[Stage]) -> str:
    """Which version is in use, and how it got there."""
    came = stages[0].came
    if came is None:
        return f"{name} is the version that was there first."
    if came.kind == "roll-back":
        return f"{name} was rolled back to an earlier version on {day(came)}."
    gap = came.figures["cost"]["difference"]["value"]
    saves = "as much as" if signed(gap) == "0" else f"{units(abs(gap))} {'less' if gap < 0 else 'more'} than"
    return f"{name} was promoted on {day(came)}: 1000 packages cost {saves} before."


def quietly(stages: Sequence[Stage]) -> str:
    """What is known of a version that no comparison led to."""
    stage = stages[0]
    who = f"By {stage.came.who}. " if stage.came else ""
    return f"{who}No comparison led to it. {_trained(stage)}"


def _trained(stage: Stage) -> str:
    training = stage.card.training
    said = training.verdicts
    people = f" by {said.annotators:,} annotator{'s' * (said.annotators != 1)}" if said else ""
    more = f", {said.changed + said.added:,} of their labels corrected{people}" if said else ""
    return f"Trained on {training.packages:,} packages of {training.dataset}{more}."


def lives(stages: Sequence[Stage]) -> str:
    """How many versions there are, and which can come back."""
    earlier = len(stages) - 1
    if not earlier:
        return "One version, and no other to go back to."
    return f"{earlier + 1:,} versions; {'the one' if earlier == 1 else f'all {earlier:,}'} before can come back."


def question(name: str, stage: Stage) -> str:
    """What a roll-back does, before it is done."""
    return (
        f"Let {name} be the {title(stage)} again? The one in use now is kept, and can come back the same way. Its "
        f"policy goes with it. {_trained(stage)}"
    )


def day(event: Event) -> str:
    """When it happened."""
    return f"{event.when[:10]}, {event.when[11:16]} UTC"


def title(stage: Stage) -> str:
    """One line for a stage, to choose it by."""
    came = f"{stage.came.kind} of {day(stage.came)}" if stage.came else "first version"
    return f"{came}, weights {stage.card.weights_sha256[:8]}"


def table(stages: Sequence[Stage]) -> pd.DataFrame:
    """One row a stage, the one in use first: numbers, for a table and a file."""
    return pd.DataFrame([_stage(stage) for stage in stages])


def _stage(stage: Stage) -> dict[str, object]:
    training, came = stage.card.training, stage.came
    figures: Figures = came.figures if came else {}
    gap, grounded = figures.get("cost", {}).get("difference", {}), figures.get("grounded") or {}
    return {
        "status": "in use" if stage.left is None else "replaced",
        "since": pd.Timestamp(came.when) if came else pd.NaT,
        "until": pd.Timestamp(stage.left.when) if stage.left else pd.NaT,
        "came by": came.kind if came else "first",
        "by": came.who if came else "",
        "weights": stage.card.weights_sha256[:8],
        "trained on": training.packages,
        "corrected": training.verdicts.changed + training.verdicts.added if training.verdicts else 0,
        "cost": figures.get("cost", {}).get("candidate", {}).get("per_thousand"),
        "cost difference": gap.get("value"),
        "low": gap.get("low"),
        "high": gap.get("high"),
        "grounded": grounded.get("candidate"),
        "grounded before": grounded.get("current"),
        "of": grounded.get("difference", {}).get("n"),
        "packages": figures.get("packages"),
        "data set": figures.get("dataset", ""),
    }


def shown(stages: Sequence[Stage]) -> pd.DataFrame:
    """The same in words, short enough to be read at once."""
    return pd.DataFrame([_words(stage) for stage in stages])


def _words(stage: Stage) -> dict[str, str]:
    came, said = stage.came, stage.card.training.verdicts
    figures: Figures = came.figures if came else {}
    corrected = f", {said.changed + said.added:,} corrected" if said else ""
    return {
        "Version": "in use" if stage.left is None else "replaced",
        "Came by": f"{came.kind}, {came.who}" if came else "first",
        "Since": day(came) if came else "",
        "Weights": stage.card.weights_sha256[:8],
        "Trained on": f"{stage.card.training.packages:,}{corrected}",
        "Cost of 1000": _cost(figures["cost"]) if figures else "",
        "Grounded": _good(figures["grounded"]) if figures and figures["grounded"] else "",
    }


def _cost(sides: Mapping[str, Any]) -> str:
    gap = sides["difference"]
    between = f"{signed(gap['low'])} to {signed(gap['high'])}"
    return f"{units(sides['candidate']['per_thousand'])} ({signed(gap['value'])}; {between})"


def _good(grounded: Mapping[str, Any]) -> str:
    return f"{grounded['candidate']:,} of {grounded['difference']['n']:,}, before {grounded['current']:,}"
