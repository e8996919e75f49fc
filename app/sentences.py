"""What the numbers say, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from core.domain import DAMAGED, INTACT, PACKAGE, REVIEW, Attribution, Cut, Truth
from core.figures.matrix import OUTCOMES, percent
from core.figures.theme import ENSEMBLE
from core.studies.consensus import Together
from core.studies.shares import Shares
from core.study import wilson

COLORS = {DAMAGED: "red", INTACT: "green", REVIEW: "orange"}
"""Verdict to its color in Markdown."""
NEAR = 0.1
"""Distance from the threshold, on the probability, that counts as close."""

SOURCES = {
    "cross-validated": "cross-validated",
    "unseen": "not seen in training",
    "training": "seen in training",
    "now": "asked just now",
}
"""Where a prediction comes from, in a few words, see `study.SOURCES`; shown in this order."""
MEANING = {
    "cross-validated": ": answered by a network that had not seen the package",
    "training": ": no evidence of quality",
}
"""What follows the words where there is room for it."""


def who(model: str) -> str:
    """A model at the start of a sentence."""
    return "The ensemble" if model == ENSEMBLE else model


def many(count: int) -> str:
    """A number of packages."""
    return f"{count:,} package" if count == 1 else f"{count:,} packages"


def counted(frame: pd.DataFrame) -> str:
    """How many packages of each class there are: "154 packages: 77 damaged, 77 intact."."""
    labels = frame.drop_duplicates("package")["label"].value_counts().sort_index()
    return f"{many(labels.sum())}: {', '.join(f'{count:,} {label}' for label, count in labels.items())}."


def source(frame: pd.DataFrame) -> str:
    """Whose answers these are: "150 packages cross-validated: answered by a network that had not seen the package."."""
    counts = frame[frame["view"] == PACKAGE].drop_duplicates(["package", "source"])["source"].astype(str).value_counts()
    parts = [f"{many(counts[key])} {words}" for key, words in sourced(counts.index).items()]
    return f"{'; '.join(parts)}."


def sources(table: pd.DataFrame) -> str:
    """The same of the rows of a `packages.table`."""
    known = table.loc[table["label"].notna(), "source"].astype(str).value_counts() if "source" in table else {}
    return counts_by_source({str(key): int(count) for key, count in known.items()})


def counts_by_source(counts: Mapping[str, int]) -> str:
    """The same of packages counted by source."""
    parts = [f"{many(counts[key])} {words}" for key, words in sourced(counts).items()]
    return f"{'; '.join(parts)}." if parts else ""


def sourced(sources: Iterable[str]) -> dict[str, str]:
    """Each of these sources once, with the words for it, in their order."""
    found = set(sources)
    return {key: f"{words}{MEANING.get(key, '')}" for key, words in SOURCES.items() if key in found}


def marked(truth: Truth | None) -> str:
    """What the outline of the damage is: "rendered truth: dent, severity 0.35; 2,143 px"; "" where there is none."""
    count = 0 if truth is None else int(truth.mask.sum())
    if truth is None or not (count or truth.damages):
        return ""
    damages = "; ".join(f"{one.kind}, severity {one.severity:.2f}" for one in truth.damages)
    size = f"{count:,} px" if count else "not visible here"
    return f"rendered truth: {damages}; {size}" if damages else f"damage mask: {size}"


def cut(where: Cut) -> str:
    """Where a model decides: "threshold 0.50", or "accepted below 0.20, rejected from 0.80"."""
    if where.reviews:
        return f"accepted below {where.accept:.2f}, rejected from {where.reject:.2f}"
    return f"threshold {where.accept:.2f}"


def without_damage(said: pd.DataFrame, thresholds: Mapping[str, Cut]) -> str:
    """What each model says of a package and of the same without the damage, see `resources.without_damage`."""
    parts = []
    for model, *probabilities in said[["model", "probability", "without"]].itertuples(index=False):
        colors = [COLORS[thresholds[model].verdict(one)] for one in probabilities]
        before, after = (f":{color}[**{one:.2f}**]" for color, one in zip(colors, probabilities, strict=True))
        parts.append(f"{model} {before} → {after}")
    return f"Without the damage: {' · '.join(parts)}"


def verdicts(table: pd.DataFrame) -> str:
    """What the model that is right most often on whole packages does: how many it finds, how many it rejects."""
    fused = table[(table["view"] == PACKAGE) & table["accuracy"].notna()] if len(table) else table
    if fused.empty:
        return "No package with a known truth was judged."
    best = fused.sort_values(["accuracy", "auroc"]).iloc[-1]
    damaged = best["tp"] + best["fn"] + best["review_damaged"]
    intact = best["fp"] + best["tn"] + best["review_intact"]
    found = f"finds {best['tp']:,} of {damaged:,} damaged packages"
    left = best["review_damaged"] + best["review_intact"]
    rest = f" It leaves {many(left)} to a person." if left else ""
    return f"{who(best['model'])} {found} and rejects {best['fp']:,} of {intact:,} intact ones.{rest}"


def ranking(table: pd.DataFrame, *, view: str) -> str:
    """Which model orders packages best on a view, whatever the threshold."""
    scored = table[(table["view"] == view) & table["auroc"].notna()].sort_values("auroc", ascending=False)
    if scored.empty:
        return "A curve needs damaged and intact packages."
    best, worst = scored.iloc[0], scored.iloc[-1]
    if len(scored) > 1 and f"{best['auroc']:.3f}" == f"{worst['auroc']:.3f}":
        return f"All models tell damaged from intact equally well at their best threshold: AUROC {best['auroc']:.3f}."
    rest = f", {worst['model']} worst ({worst['auroc']:.3f})" if len(scored) > 1 else ""
    return f"{who(best['model'])} tells damaged from intact best at any threshold: AUROC {best['auroc']:.3f}{rest}."


def separation(rows: pd.DataFrame, where: Cut) -> str:
    """How one model's answers lie about its threshold: how many are wrong, and how many of those only just."""
    called, passed = rows["probability"] >= where.reject, rows["probability"] < where.accept
    damaged = rows["label"] != INTACT
    wrong = rows[(damaged & passed) | (~damaged & called)]
    review = int((~called & ~passed).sum())
    left = f" {many(review)} left to a person." if where.reviews else ""
    if wrong.empty:
        return f"Every one of {len(rows) - review:,} decided packages lies on its side of the {_line(where)}.{left}"
    edge = where.accept if not where.reviews else (where.accept + where.reject) / 2
    near = int(((wrong["probability"] - edge).abs() < NEAR + (where.reject - where.accept) / 2).sum())
    count = f"{len(wrong):,} of {len(rows):,} packages"
    return f"{count} lie on the wrong side of the {_line(where)}, {near:,} of them only just.{left}"


def _line(where: Cut) -> str:
    return "band of review" if where.reviews else f"threshold {where.accept:.2f}"


def group(name: str, model: str, counts: Mapping[str, Any], count: int) -> str:
    """What a group of Errors holds: "resnet18 lets 3 of 75 damaged packages escape."."""
    row = next((one for one in OUTCOMES if one.title == name), None)
    if row is None:
        return {
            "Models disagree": f"The models disagree on {many(count)}.",
            "Views disagree": f"{who(model)} answers differently to the views of {many(count)}.",
            "In review": f"{who(model)} leaves {many(count)} to a person.",
            "Truly damaged": f"{many(count)} {'is' if count == 1 else 'are'} damaged.",
            "Truly intact": f"{many(count)} {'is' if count == 1 else 'are'} intact.",
            "Called damaged": f"{who(model)} calls {many(count)} damaged.",
            "Called intact": f"{who(model)} calls {many(count)} intact.",
            "All packages": f"All {many(count)}.",
        }[name]
    of = f"{sum(int(counts[one.count]) for one in OUTCOMES if one.truth == row.truth):,} {row.truth} packages"
    verbs = {"found": "finds", "escape": "misses", "false_reject": "wrongly rejects", "passed": "passes"}
    verb, after = verbs.get(row.key, "leaves"), "" if row.key in verbs else " to a person"
    return f"{who(model)} {verb} {int(counts[row.count]):,} of {of}{after}."


def share(name: str, counts: Mapping[str, Any]) -> str:
    """How sure the share of a cell is: "10 % (95 %: 3 to 30)."; "" for what is no cell, or in an empty row."""
    row = next((one for one in OUTCOMES if one.title == name), None)
    of = sum(int(counts[one.count]) for one in OUTCOMES if row and one.truth == row.truth)
    if row is None or not of:
        return ""
    low, high = wilson(int(counts[row.count]), of)
    return f"{percent(int(counts[row.count]) / of)} (95 %: {100 * low:.0f} to {100 * high:.0f})."


def explained(
    known: Mapping[Any, Attribution | None], thresholds: Mapping[str, Cut], truth: str | None
) -> str:
    """What the explained models say of a view, against what is true; by whatever the maps are keyed."""
    found = [one for one in known.values() if one is not None]
    if len(found) < len(known):
        return f"{len(found)} of {len(known)} maps are there."
    said = {one.model: thresholds[one.model].verdict(one.probability) for one in found}
    damaged = sum(verdict != INTACT for verdict in said.values())
    truly = f"; it is {truth}" if truth else ""
    if not said:
        return "None of these methods applies here."
    if len(said) == 1:
        return f"{next(iter(said))} calls it {DAMAGED if damaged else INTACT}{truly}."
    if damaged in (0, len(said)):
        return f"All {len(said)} models call it {DAMAGED if damaged else INTACT}{truly}."
    return f"{damaged} of {len(said)} models call it {DAMAGED}{truly}."


def agreed(found: Together) -> str:
    """How far the models look at the same places."""
    if found.unanimous != found.unanimous:  # NaN
        return "No model found evidence for damage here."
    count = len(found.models)
    all_of = "both" if count == 2 else f"all {count}"
    drawn = f"{100 * found.chance:.2f} %" if found.chance >= 1e-4 else "under 0.01 %"
    return (
        f"Of the pixels in the top 5 % of any model, {percent(found.unanimous)} are in that of {all_of} "
        f"(places drawn at random: {drawn})."
    )


def carried(every: Iterable[Shares]) -> str:
    """Which view carries the fused decision of most models."""
    most = {one.model: max(one.positive, key=lambda view: one.positive[view]) for one in every if one.any}
    views = list(most.values())
    if not most:
        return "No view has evidence for damaged."
    if len(most) == 1:
        return f"For {next(iter(most))}, the {views[0]} view carries most of the evidence for damaged."
    if len(set(views)) == 1:
        return f"The {views[0]} view carries most of the evidence for damaged in all {len(views)} models."
    return "Not every model takes most of its evidence for damaged from the same view."


def shared(found: Shares) -> str:
    """Which view carries the decision of a model, and that the parts add up."""
    parts = [f"{view} {value:+.2f}" for view, value in found.net.items()]
    return f"log-odds {found.fused:+.2f} = without evidence {found.rest:+.2f}, {', '.join(parts)}"


def seen(frame: pd.DataFrame | None, package: str) -> str:
    """Whether the networks that are explained were trained on a package; "" where that is not known, or not so."""
    if frame is None:
        return ""
    trained = frame.loc[frame["package"] == package, "source"].isin(["cross-validated", "training"])
    return "These networks were trained on this package." if trained.any() else ""
