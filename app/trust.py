"""What calibration says, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from app.sentences import many, who
from core.domain import PACKAGE
from core.figures.calibration import tempered
from core.studies.calibration import OTHERS, Calibrated

INTERVALS = (
    "Every column has its own scale. Whiskers: 95 % intervals over packages; ticks: what a figure is held against."
)
SAID = 0.9
"""The probability that the sentence asks about."""

TERMS = (
    "Calibrated: of the packages that the model calls damaged with 90 %, 90 % are. "
    "ECE: expected calibration error, the mean gap between the probability and the share of damaged packages, over "
    "bins of equally many packages; few packages make it larger than it is. "
    "Brier score: mean squared distance between probability and truth; reliability is what bad calibration adds to it, "
    "resolution what telling packages apart takes off. NLL: mean of minus the log of the probability of the truth. "
    "Temperature: log-odds are divided by it; no verdict at 0.5 changes."
)


def word(row: Mapping[str, Any]) -> str:
    """Whether a model can be taken at its word, by its row of `studies.calibration.figures`."""
    name, n = who(str(row["model"])), int(row["n"])
    if row["clipped"]:
        return f"{many(n)} cannot tell how sure {_inside(name)} should be: any temperature fits."
    truly, low, high = (_truly(row[f"temperature{end}"]) for end in ("", "_high", "_low"))
    says = f"When {_inside(name)} says {percent(SAID)}"
    if row["temperature_high"] < 1:
        return f"{says}, about {percent(truly)} are damaged: it is not sure enough."
    if row["temperature_low"] > 1:
        return f"{says}, about {percent(truly)} are damaged: it is too sure of itself."
    if row["ece_p"] < 0.05 and (row["bias_low"] or 0) * (row["bias_high"] or 0) > 0:
        often = "seldom" if row["bias"] < 0 else "often"
        share = f"{percent(row['said'])} on average, and {percent(row['said'] - row['bias'])} are"
        return f"{name} says damaged too {often}: {share}."
    if row["ece_p"] < 0.05:
        return f"{name} is off by {points(row['ece'])} on average, more than chance explains, now this way, now that."
    return f"{says}, {percent(low)} to {percent(high)} are damaged: nothing speaks against its word."


def ranking(table: pd.DataFrame, *, view: str) -> str:
    """Whose probabilities are closest to the truth on a view."""
    scored = table[table["view"] == view].sort_values("nll")
    if len(scored) < 2:
        return "How far words and deeds are apart, in numbers."
    best, worst = scored.iloc[0], scored.iloc[-1]
    return (
        f"The probabilities of {_inside(who(str(best['model'])))} come closest to the truth (NLL {best['nll']:.3f}), "
        f"those of {_inside(who(str(worst['model'])))} least ({worst['nll']:.3f})."
    )


def _inside(name: str) -> str:
    return name[0].lower() + name[1:] if name.startswith("The ") else name


def _truly(temperature: float) -> float:
    return float(tempered(pd.Series([SAID]).to_numpy(), temperature)[0])


def percent(share: float) -> str:
    """A share in words that never rounds to certainty: "97 %", "99.6 %", "over 99.9 %"."""
    if share > 0.999:
        return "over 99.9 %"
    return f"{100 * share:.1f} %" if share > 0.985 else f"{100 * share:.0f} %"


def points(share: float) -> str:
    """A distance between shares: "3.4 points"."""
    return f"{100 * share:.1f} points"


def error(row: Mapping[str, Any]) -> str:
    """ECE with its bar, and what chance alone shows."""
    verdict = "more than chance" if row["ece_p"] < 0.05 else "chance explains it"
    bar = f"95 %: {100 * row['ece_low']:.1f} to {100 * row['ece_high']:.1f}"
    return (
        f"ECE {points(row['ece'])} ({bar}); a perfectly calibrated model shows {points(row['ece_chance'])} "
        f"on {many(int(row['n']))}: {verdict}."
    )


def fitted(found: Calibrated) -> str:
    """What temperatures bring: for the fused decision, on packages that they were not fitted on."""
    mine = found.table[(found.table["view"] == PACKAGE) & (found.table["on"] == OTHERS)]
    if mine.empty:
        return f"{found.model} has no fused decision to calibrate."
    if not found.worth:
        worse = " it may even make them worse:" if (mine["nll_change"] > 0).any() else ""
        start = f"No temperature makes the probabilities of {found.model} better beyond chance"
        return f"{start};{worse} leave them as they are."
    named = " and ".join(_named(view) for view in found.worth)
    rest = "" if PACKAGE in found.worth else "; for the fused decision it brings nothing beyond chance"
    return f"A temperature makes the probabilities of {found.model} better for {named}{rest}."


def _named(view: str) -> str:
    return "the fused decision" if view == PACKAGE else f"the view {view}"


def fitted_on(found: Calibrated, share: str = "") -> str:
    """On which packages a temperature was fitted and measured."""
    counts = found.table.drop_duplicates("on").set_index("on")["n"]
    measured = " and ".join(f"{many(int(n))} {WHERE[str(on)]}" for on, n in counts.items())
    return f"Fitted on {many(len(found.serials))}{share}, measured on {measured}. Intervals: 95 % over packages."


WHERE = {OTHERS: "that were not drawn", "test": "of the test split"}
"""Set of packages to its words."""
