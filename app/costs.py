"""What thresholds cost, in words."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from app.sentences import counts_by_source, many, who
from core.domain import Cut
from core.studies.economics import Design, Designed, Outcome, Policy, Terms

TERMS = (
    "Cost: prevalence x escape rate x cost of an escape + (1 - prevalence) x false reject rate x cost of a false "
    "reject + share left to a person x cost of a review, times 1000. The person is taken to be right. "
    "Escape: a damaged package that is accepted; its upper bound is one-sided (Clopper-Pearson, 95 %). "
    "False reject: an intact package that is rejected (Wilson interval). "
    "Outgoing defect level: share of damaged among the accepted packages, at this prevalence."
)
HELD_OUT = (
    "Held out: thresholds look better on the packages they were chosen on; here they are chosen on four fifths of the "
    "packages and measured on the last one, in turn. Expect rather that."
)


def headline(found: Design) -> str:
    """What to do, what it costs, and what that saves: "Accept below 0.21, reject the rest: 31 cost units ..."."""
    saved = found.plain.per_thousand - found.outcome.per_thousand
    gain = "as much as" if units(abs(saved)) == "0" else f"{units(abs(saved))} {'less' if saved > 0 else 'more'} than"
    costs = f"{units(found.outcome.per_thousand)} cost units per 1000 packages"
    return f"{sentence(rule(found.cut, found.outcome.review_share))}: {costs}, {gain} {where(found.plain.cut)}."


def rule(cut: Cut, share: float) -> str:
    """Where a cut accepts, rejects and asks a person."""
    accepted = f"accept below {number(cut.accept)}" if cut.accept > 0 else "accept nothing"
    if not cut.reviews and not 0 < cut.accept < 1:
        return "accept all" if cut.accept >= 1 else "reject all"
    if not cut.reviews:
        return f"{accepted}, reject the rest"
    rejected = f"reject from {number(cut.reject)}" if cut.reject < 1 else "reject nothing"
    return f"{accepted}, {rejected}, {percent(share)} go to a person"


def where(plain: Cut) -> str:
    """The cut that a design is compared with."""
    return f"at {number(plain.accept)}"


def quietly(found: Design) -> str:
    """How sure the cost is."""
    one = found.outcome
    low, high = one.interval
    says = f"95 % on these {one.damaged:,} damaged and {one.intact:,} intact packages: {units(low)} to {units(high)}"
    if one.worst > high:
        says += f"; {units(one.worst)} if escapes are as frequent as so few packages cannot exclude"
    if found.honest is None:
        return f"{says}. They were chosen on the same packages: optimistic."
    return f"{says}. On packages that they were not chosen on: {units(found.honest.per_thousand)}{_ends(found)}."


def _ends(found: Design) -> str:
    assert found.honest is not None
    if found.honest.interval is None:
        return ", no mistake seen"
    return f" ({units(found.honest.interval[0])} to {units(found.honest.interval[1])})"


def proof(found: Design) -> str:
    """What the packages prove of the escape rate, and how many more it takes for the budget."""
    one, budget = found.outcome, percent(found.outcome.terms.budget)
    if one.cut.accept <= 0:
        return "Nothing is accepted, so nothing escapes."
    seen = f"{many(one.damaged).replace(' package', ' damaged package')} {_with(one.counts.fn)}"
    if found.proven:
        return f"{seen} prove that at most {percent(one.escape_upper)} escape: within the budget of {budget}."
    more = f"{found.missing:,} more {'is' if found.missing == 1 else 'are'} needed for {budget}"
    return f"{seen} prove no more than {percent(one.escape_upper)}; {more}."


def _with(escapes: int) -> str:
    return f"with {escapes:,} escape{'s' * (escapes != 1)}" if escapes else "without an escape"


def proven(found: Design) -> str:
    """How the accept threshold follows from the budget."""
    terms = found.outcome.terms
    sure = f"at {percent(terms.confidence)} confidence"
    if found.proven:
        return f"The budget allows accepting up to {number(found.limit)} {sure}."
    return (
        f"No threshold is proven to keep the budget {sure}: of these packages no damaged one is accepted, "
        "which is the best they allow."
    )


def calibrated(found: Design) -> str:
    """What a calibrated model would need no packages to know."""
    if found.bayes is None:
        return ""
    both = f"{number(found.bayes.accept)} and {number(found.bayes.reject)}"
    says = both if found.bayes.reviews else number(found.bayes.accept)
    return f"Were the probabilities perfectly calibrated, the costs alone would say {says}."


def based_on(found: Designed) -> str:
    """Whose answers the thresholds were chosen on."""
    left = f" {sentence(many(found.trained))} seen in training left out: no evidence." if found.trained else ""
    return f"{counts_by_source(found.sources)}{left}"


def saved(policy: Policy) -> str:
    """What a saved policy does."""
    return f"{who(policy.model)} decides by a policy: {rule(policy.cut, policy.review_share)}."


def reasons(policy: Policy, terms: Terms) -> str:
    """For what a saved policy was designed, and on what."""
    on = policy.chosen_on
    split = f", split {on.split}" if on.split else ""
    made = policy.made_at.replace("T", " ").removesuffix("+00:00")
    return (
        f"For {percent(terms.prevalence)} damaged, an escape at {units(terms.escape)}, a false reject at "
        f"{units(terms.false_reject)}, a review at {units(terms.review)}, at most {percent(terms.budget)} escapes. "
        f"Chosen on {on.n_damaged:,} damaged and {on.n_intact:,} intact packages of {on.dataset}{split}, {made} UTC."
    )


def changed(found: Design, before: Outcome) -> str:
    """What the saved policy costs on the same terms."""
    gap = before.per_thousand - found.outcome.per_thousand
    if before.cut == found.cut:
        return "The design above has the same thresholds."
    if units(abs(gap)) == "0":
        return "On these packages and at these costs it is as cheap as the design."
    side = "more" if gap > 0 else "less"
    return f"On these packages and at these costs it takes {units(abs(gap))} {side} per 1000 packages than the design."


def number(threshold: float) -> str:
    """A threshold with two decimals, and with more where two would hide it: "0.21", "0.9957"."""
    decimals = next((count for count in range(2, 7) if 0 < round(threshold, count) < 1), 2)
    exact = next((count for count in range(decimals, 5) if round(threshold, count) == threshold), decimals)
    return f"{threshold:.{exact}f}"


def percent(share: float) -> str:
    """A share: "13.9 %", "1 %", "0.05 %"."""
    return f"{100 * share:.1f}".removesuffix(".0") + " %" if share == 0 or share >= 0.001 else f"{100 * share:.2g} %"


def units(cost: float) -> str:
    """A cost in words: whole from 10 on, with a digit below."""
    return f"{cost:,.0f}" if cost >= 9.95 or round(cost, 1) == round(cost) else f"{cost:.1f}"


def sentence(words: str) -> str:
    """The words with a capital at the start."""
    return words[:1].upper() + words[1:]


def frame(found: Designed, others: Mapping[str, Outcome]) -> pd.DataFrame:
    """The same as a table of numbers, with counts and intervals."""
    every = {"designed": found.design.outcome, **others}
    return pd.DataFrame([{"cut": title, **numbers(one)} for title, one in every.items()])


def numbers(one: Outcome) -> dict[str, float | int | None]:
    """What a cut does, with counts and intervals: one row of a table."""
    ends = {"cost": one.interval, "false_reject_rate": one.false_reject_interval, "review_share": one.review_interval}
    values = {"cost": one.per_thousand, "cost_at_upper": one.worst, "escape_rate": one.escape_rate,
              "escape_upper": one.escape_upper, "false_reject_rate": one.false_reject_rate,
              "review_share": one.review_share, "outgoing": one.outgoing,
              "outgoing_upper": one.outgoing_upper}  # fmt: skip
    counts = {"n_damaged": one.damaged, "escapes": one.counts.fn, "n_intact": one.intact}
    counts["false_rejects"] = one.counts.fp
    bounds = {f"{name}_{end}": value for name, pair in ends.items()
              for end, value in zip(("low", "high"), pair, strict=True)}  # fmt: skip
    return {"accept": one.cut.accept, "reject": one.cut.reject, **counts, **values, **bounds}
