"""What comparisons of models say, in words."""

from __future__ import annotations

import numpy as np
import pandas as pd

from app.sentences import many, who
from core.studies.comparison import LEAST, Compared
from core.study import ENSEMBLE

LEVEL = 0.05
TERMS = (
    "McNemar: only the packages on which two models differ tell them apart; exact, two-sided. DeLong: the same for "
    "AUROC. Holm: p values corrected for the number of pairs. Cochran's Q: whether any of several models differs. "
    "Intervals of differences: Newcombe's for accuracy, DeLong's for AUROC, 95 %. A package left to a person counts as "
    "stopped."
)


def pair(found: Compared, one: str, other: str) -> str:
    """What the packages decide about two models."""
    row = row_of(found, one, other)
    better, worse, wins, losses = who(one), _in(other), int(row["only_one"]), int(row["only_other"])
    if not wins + losses:
        return f"{better} and {worse} are right and wrong on the same packages."
    says = f"{better} is right on {many(wins)} that {worse} gets wrong, and wrong on {many(losses)} that it gets right"
    return f"{says}: {_meaning(row, len(found.pairs))}."


def _meaning(row: pd.Series, pairs: int) -> str:
    alone, among = (f"(p = {probability(row[name])})" for name in ("p", "p_holm"))
    if row["p"] >= LEVEL:
        return f"that may be chance {alone}"
    if row["p_holm"] >= LEVEL:
        return f"more than chance would {alone}, but among {pairs} pairs it may be chance {among}"
    return f"more than chance would {alone}"


def power(found: Compared, one: str, other: str) -> str:
    """What so many packages can show at all."""
    n, least = len(found.right), found.detectable(one, other)
    differ = int((found.right[one] != found.right[other]).sum())
    how = f"when models differ on {differ:,} of them" if differ else "when models differ on one of ten"
    if least is None:
        return (
            f"With {many(n)} no difference below {min(100 * LEAST / n, 100):.0f} points can show: it takes {LEAST} "
            "packages that only one of the models gets right, and none that only the other does."
        )
    points = f"{100 * least:.0f} points"
    return f"With {many(n)}, and {how}, only a difference of {points} or more would show four times in five."


def everyone(found: Compared) -> str:
    """What Cochran's Q, or else the pairs, say of all models together; of two alone, how far they are apart."""
    told = found.pairs[found.pairs["p_holm"] < LEVEL]
    count = len(found.right.columns)
    if found.p is None:
        row = found.pairs.iloc[0]
        points = between(row["difference"], row["difference_low"], row["difference_high"], 100)
        return f"Accuracy of {_in(row['one'])} minus that of {_in(row['other'])}: {points}."
    if found.p >= LEVEL:
        said = f"Q = {found.q:.1f}, p = {probability(found.p)}"
        return f"Nothing here tells the {count} models apart in accuracy: Cochran's {said}."
    if told.empty:
        return f"The {count} models differ (p = {probability(found.p)}), but no two of them are told apart."
    return f"{len(told)} of {len(found.pairs)} pairs are told apart in accuracy, after correction for their number."


def table(found: Compared) -> pd.DataFrame:
    """The pairs as a person reads them."""
    rows = [
        {
            "Models": f"{row['one']} - {row['other']}",
            "n": row["n"],
            "Only first right": row["only_one"],
            "Only second right": row["only_other"],
            "Accuracy difference": between(row["difference"], row["difference_low"], row["difference_high"], 100),
            "McNemar p": probability(row["p"]),
            "p, Holm": probability(row["p_holm"]),
            "AUROC difference": between(row["auroc_difference"], row["auroc_low"], row["auroc_high"], 1),
            "DeLong p": probability(row["auroc_p"]),
            "DeLong p, Holm": probability(row["auroc_p_holm"]),
        }
        for row in found.pairs.to_dict("records")
    ]
    return pd.DataFrame(rows)


def row_of(found: Compared, one: str, other: str) -> pd.Series:
    """The row of a pair, turned so that `one` comes first."""
    pairs = found.pairs
    straight = pairs[(pairs["one"] == one) & (pairs["other"] == other)]
    if len(straight):
        return straight.iloc[0]
    turned = pairs[(pairs["one"] == other) & (pairs["other"] == one)].iloc[0]
    return turned.rename({"only_one": "only_other", "only_other": "only_one"})


def between(value: float, low: float, high: float, scale: int) -> str:
    """A difference with its interval: "+2.5 (-1.0 to +6.0) points"."""
    if np.isnan(value):
        return "-"
    digits, unit = (1, " points") if scale == 100 else (3, "")
    if np.isnan(low):
        return f"{scale * value:+.{digits}f}{unit}, no interval"
    shown = (f"{scale * one:+.{digits}f}" for one in (value, low, high))
    return "{} ({} to {}){}".format(*shown, unit)


def probability(p: float) -> str:
    """A p value: "0.63", "0.047", "< 0.001"."""
    if np.isnan(p):
        return "-"
    return "< 0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def _in(model: str) -> str:
    return "the ensemble" if model == ENSEMBLE else model
