"""What retrainings say, in words."""

from __future__ import annotations

from typing import Any

import pandas as pd

from app.sentences import many, who
from core.studies.stability import ALWAYS_RIGHT, ALWAYS_WRONG, COIN_FLIP, RETRAININGS, TEST, TRAIN

OFFER = f"Teaches the last layer of every network again, {RETRAININGS} times on each draw of the training packages."
TERMS = (
    "Bias: packages that most retrainings are wrong about. Variance: how often a retraining differs from the most "
    "frequent answer; it costs where that answer is right, and helps where it is wrong: net is the one less the other. "
    "Error = bias + net variance (Domingos 2000). Answers are taken at even odds. Intervals resample packages, 95 %."
)
GAP = (
    "The gap between packages taught on and packages never seen is overfitting, not variance. Lines are means over "
    "retrainings on shares of the packages; at all of them there is one retraining. Intervals resample packages, 95 %."
)
GAP_MEANS = "The gap is overfitting, not variance. Intervals resample packages, 95 %."
MAP = "Above 0 retrainings lean toward the truth on average; draw a lasso around dots, or choose a zone below."
MEANING = {
    ALWAYS_WRONG: "Wrong in 90 % of the retrainings or more: another training would not help.",
    COIN_FLIP: "Wrong in 10 to 90 % of the retrainings: whether they are right is luck.",
    ALWAYS_RIGHT: "Wrong in less than 10 % of the retrainings.",
}


FEW = 3
"""Packages that are wrong now and then, below which their errors have no kind."""


def parts(row: pd.Series) -> str:
    """What the errors of one model and view are made of."""
    name, n = who(row["model"]), int(row["n"])
    if not row["error"]:
        return f"{name} is right about all {many(n)} in every retraining."
    kind = "bias" if row["bias"] >= abs(row["net"]) else "variance"
    always, flips = int(row["always_wrong"]), int(row["coin_flip"])
    stay = f"{always:,} of {many(n)} {'is' if always == 1 else 'are'} wrong in nearly every retraining"
    luck = f"{flips:,} {'is' if flips == 1 else 'are'} a coin flip"
    if always + flips < FEW:
        return f"Errors of {row['model']} are too few to tell bias from variance: {stay}, {luck}."
    return f"Errors of {row['model']} are mostly {kind}: {stay}, {luck}."


def figures(row: pd.Series) -> str:
    """The numbers behind it."""
    shown = ", ".join(f"{word} {_percent(row, name)}" for name, word in
                      (("error", "error"), ("bias", "bias"), ("net", "net variance")))  # fmt: skip
    return f"n = {int(row['n']):,}, {int(row['retrainings']):,} retrainings: {shown} (95 %)."


def _percent(row: pd.Series, name: str) -> str:
    ends = (100 * row[key] for key in (name, f"{name}_low", f"{name}_high"))
    return "{:.1f} % ({:.1f} to {:.1f})".format(*ends)


def source(frame: pd.DataFrame, *, whole: bool = False) -> str:
    """What was taught again, and who had seen what before."""
    tested, taught = (frame[frame["part"] == part] for part in (TEST, TRAIN))
    if whole:
        return "Whole networks were trained again, on packages drawn with repeats; none had seen a tested package."
    if tested["seen"].any():
        return (
            "No evidence of errors on new packages: heads never saw the tested ones, but the features had. This is the "
            "variance of the last layer only."
        )
    if taught["seen"].any():
        return (
            "Tested packages are new to everything. The features were learnt from all the training packages: this is "
            "the variance of the last layer only; `secondlook bias-variance --full` retrains all of it."
        )
    return "The networks had seen none of these packages: this is the variance of a last layer on their features."


def curve(rows: pd.DataFrame) -> str:
    """Whether more packages would help one model, from its learning curve in one view."""
    rows = rows.sort_values("taught")
    few, every = rows.iloc[0], rows.iloc[-1]
    name = who(rows["model"].iloc[0])
    counts = [f"{int(row['taught']):,}" for row in (few, every)]
    ends = f"from {_share(few)} with {counts[0]} packages to {_share(every)} with {counts[1]}"
    if every["test_high"] < few["test_low"]:
        return f"{name} errs less the more packages it is taught on: {ends}."
    if every["test_low"] > few["test_high"]:
        return f"{name} errs more the more packages it is taught on: {ends}."
    return f"More packages change nothing for {rows['model'].iloc[0]} that can be told here: {ends}."


def _share(row: pd.Series) -> str:
    return f"{100 * row['test']:.1f} %"


def gap_of(row: pd.Series) -> str:
    """The gap on all packages, with its interval."""
    return f"On all of them the gap is {_percent(row, 'gap')}."


def gap(row: pd.Series) -> str:
    """How far errors on packages taught on and on new ones lie apart."""
    return (
        f"{who(row['model'])} errs on {_percent(row, 'train')} of the packages it was taught on, and on "
        f"{_percent(row, 'test')} of new ones."
    )


def of(table: pd.DataFrame, model: str, view: str) -> pd.DataFrame:
    """The rows of one model and view."""
    return table[(table["model"] == model) & (table["view"] == view)]


def map(table: pd.DataFrame, model: str) -> str:
    """What the map of packages shows."""
    flips = int((table["fate"] == COIN_FLIP).sum())
    if not flips:
        return f"Retraining {model} changes the verdict on hardly any of {many(len(table))}: luck decides none of them."
    return (
        f"Which {model} is trained decides {flips:,} of {many(len(table))}; the others nearly always come out the same."
    )


def zone(fate: str | None, model: str, count: int) -> str:
    """What a zone of the map holds."""
    return f"{who(model)}, {fate}: {many(count)}." if fate else f"All {many(count)}, the most often wrong first."


def meaning(fate: str | None) -> str:
    """What the zone means."""
    return MEANING.get(fate or "", "")


def first(table: pd.DataFrame) -> str:
    """The zone to look at first: the worst that holds a package."""
    return next((fate for fate in MEANING if (table["fate"] == fate).any()), ALWAYS_RIGHT)


def counts(table: pd.DataFrame) -> dict[str, str]:
    """Title of each zone, with how many packages it holds, by fate."""
    found = table["fate"].value_counts()
    return {fate: f"{fate.capitalize()} ({int(found.get(fate, 0)):,})" for fate in MEANING}


def lines(table: pd.DataFrame) -> list[tuple[str, ...]]:
    """Decompositions as rows of text: model, view, n, error, bias, net variance, always wrong, coin flip."""
    return [_line(row) for _, row in table.iterrows()]


def _line(row: pd.Series) -> tuple[str, ...]:
    shares: list[Any] = [_percent(row, name) for name in ("error", "bias", "variance", "net")]
    return (f"{row['model']}, {row['view']}", str(row["n"]), *shares, str(row["always_wrong"]), str(row["coin_flip"]))


def steps(table: pd.DataFrame) -> list[tuple[str, ...]]:
    """Learning curves as rows of text: model and view, packages, train, test, gap."""
    return [
        (
            f"{row['model']}, {row['view']}",
            str(row["taught"]),
            *(_percent(row, name) for name in ("train", "test", "gap")),
        )
        for _, row in table.iterrows()
    ]
