"""What several views say together, in words."""

from __future__ import annotations

from app.sentences import many
from core.domain import PACKAGE
from core.studies.fusion import ALONE, Fused
from core.studies.fusion import MEANINGS as RULES

MEANINGS = " ".join(f"{name}: {words}" for name, words in RULES.items())
TERMS = (
    "Rescued: the fused decision is right where the view alone is wrong. Broken: the reverse. "
    "Views in conflict: one view alone would be stopped, another passed. "
    "The interval of the gain resamples packages, and chooses the best single view anew each time."
)


def gain(found: Fused) -> str:
    """What fusion adds to the best single view: "right on 1 more package than the side view alone: ..."."""
    if found.gain is None:
        return f"No package has several views: there is nothing for {found.model} to fuse."
    one, best = found.gain, found.views[found.gain.best]
    views = {2: "two"}.get(len(found.views), str(len(found.views)))
    start = f"The {views} views together are right on"
    if one.more == 0:
        return f"{start} as many packages as the {best} view alone{_chance(found)}."
    more = f"{many(abs(one.more)).replace(' ', ' more ' if one.more > 0 else ' fewer ', 1)}"
    return f"{start} {more} than the {best} view alone{_chance(found)}."


def _chance(found: Fused) -> str:
    one = found.gain
    if one is None or one.low is None or one.high is None:
        return ""
    between = f"{_signed(one.low)} to {_signed(one.high)} points"
    if one.low > 0 or one.high < 0:
        return f": more than chance ({between})"
    return f": that may be chance ({between})" if one.more else f" ({between})"


def _signed(share: float) -> str:
    """A change in points: "+5", "0", and with a true minus where it falls."""
    number = round(100 * share)
    return f"{number:+d}".replace("-", "\N{MINUS SIGN}") if number else "0"


def rules(found: Fused) -> str:
    """Whether another rule does better than the model's own."""
    fused = found.table[found.table["rule"] != ALONE]
    own, best = fused.iloc[0], fused.sort_values("accuracy", kind="stable", ascending=False).iloc[0]
    right = [int(row["tp"] + row["tn"]) for row in (own, best)]
    if right[0] >= right[1]:
        return f"No other rule is right more often than {own['rule']}: {right[0]:,} of {many(int(own['n']))}."
    overlap = own["accuracy_high"] >= best["accuracy_low"]
    ending = ": the intervals overlap, so that may be chance" if overlap else ""
    return f"{str(best['rule']).capitalize()} is right on {right[1]:,} packages, {own['rule']} on {right[0]:,}{ending}."


def cut(found: Fused) -> str:
    """How the rules were made comparable."""
    missing = "".join(f" {reason}" for reason in found.missing.values())
    return f"Every rule and every view alone is cut at {found.threshold:.2f}.{missing}"


def tiles(name: str, at: str) -> str:
    """In which order the gallery is, and whose verdict its tiles show."""
    order = "The largest conflict first. " if name == "conflict" else ""
    return f"{order}Verdicts on the tiles: {'the fused decision' if at == PACKAGE else f'the {at} view alone'}."


def group(name: str, view: str, found: Fused, count: int) -> str:
    """What a gallery of the page holds."""
    if name == "rescued":
        return f"The fused decision of {found.model} is right on {many(count)} that the {view} view alone gets wrong."
    if name == "broken":
        return f"The fused decision of {found.model} is wrong on {many(count)} that the {view} view alone gets right."
    wrong = int((~found.packages.loc[list(found.queue), "right"]).sum()) if found.queue else 0
    return f"The views of {many(count)} contradict each other; the fused decision is wrong on {wrong:,} of them."
