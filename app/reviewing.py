"""What reviewers do with what others said, and what agreement says, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from app.sentences import many
from core.domain import ACCEPTED, PACKAGE, REJECTED
from core.errors import BadInput
from core.studies.annotators import FIGURES
from core.studies.reviewing import CORRECTED, CORRECTION, OPEN, STATES, Opinions

ANSWERED = {OPEN: "open", ACCEPTED: "accepted", REJECTED: "rejected", CORRECTED: "corrected",
            CORRECTION: "a correction"}  # fmt: skip
"""State to its word."""
ICONS = {OPEN: ":material/hourglass_empty:", ACCEPTED: ":material/check:", REJECTED: ":material/close:",
         CORRECTED: ":material/edit:", CORRECTION: ":material/edit:"}  # fmt: skip
MEANING = "  \n".join(f"**{ANSWERED[name]}**: {says}" for name, says in STATES.items())
CONSENSUS = (
    "White: what this person marked. Vermillion: what more than half of those mark whose words stand, those who see no "
    "damage among them."
)
NOTHING = "Mark some packages on Annotate, or bring areas in with `secondlook regions import`."
FIRM, TENTATIVE = 0.8, 0.667
"""Alpha from which on labels support conclusions, and tentative ones (Krippendorff, Content analysis, 2004, p. 241)."""
TERMS = "  \n".join(f"**{title}**: {says}" for title, says in FIGURES.values())
WAITING, DISPUTED, EVERY = "Waiting", "Disputed", "All"
SHOWN = {
    WAITING: "Packages that people dispute, or of which nobody else has looked at an annotation.",
    DISPUTED: "Packages with different verdicts, or marks with an IoU below 0.5.",
    EVERY: "Every annotated package.",
}
COUNTS = ("annotator", "packages", "damaged", "intact", "unsure", "areas", "open", "accepted", "corrected", "rejected")


def need(opinions: Opinions) -> None:
    """Refuse where nobody has said anything.

    Raises:
        BadInput: there is no annotation.
    """
    if not opinions.history:
        raise BadInput(
            f"Nobody has annotated anything of {opinions.dataset.name}.",
            "Mark packages on Annotate, or bring areas in with secondlook regions import.",
        )


def listed(opinions: Opinions, waiting: pd.DataFrame, which: str) -> list[str]:
    """Ids of the packages to review, the most disputed first."""
    if which == EVERY:
        first = [str(one) for one in waiting["package"]]
        return first + [one for one in opinions.history if one not in set(first)]
    rows = waiting[waiting["split"] | waiting["apart"]] if which == DISPUTED else waiting
    return [str(one) for one in rows["package"]]


def queue(waiting: pd.DataFrame, opinions: Opinions) -> str:
    """What is to be done: "34 packages wait for review; 12 of them are disputed."."""
    if waiting.empty:
        return f"Nothing waits for review: all {many(len(opinions.history))} are settled."
    disputed = int((waiting["split"] | waiting["apart"]).sum())
    verb = "waits" if len(waiting) == 1 else "wait"
    how = f"{disputed:,} of them {'is' if disputed == 1 else 'are'}" if disputed else "none is"
    return f"{many(len(waiting))} {verb} for review; {how} disputed."


def done(opinions: Opinions) -> str:
    """What became of the annotations so far."""
    states = list(opinions.states.values())
    people = len(opinions.people)
    counts = [f"{states.count(name):,} {ANSWERED[name]}" for name in (OPEN, ACCEPTED, REJECTED, CORRECTED)]
    whose = f"{people:,} {'person' if people == 1 else 'people'}"
    return f"{many(len(opinions.history))} annotated by {whose}. Annotations: {', '.join(counts)}."


def why(row: Mapping[Any, Any] | None) -> str:
    """Why a package is in the queue, in a quiet line."""
    if row is None:
        return "Nothing to settle here."
    parts = [f"Verdicts differ: {row['verdicts']}."] if row["split"] else []
    parts += [f"Marks lie apart: lowest IoU {row['iou']:.2f}."] if row["apart"] else []
    count = int(row["open"])
    noun = "annotation" if count == 1 else "annotations"
    parts += [f"{count} {noun} that nobody else has looked at."] if count else []
    return " ".join(parts)


def agreed(table: pd.DataFrame, people: Sequence[str]) -> str:
    """Whether people agree on what is damaged, and where."""
    if len(people) < 2:
        return f"Only {people[0]} has annotated: agreement needs a second person who judges the same packages."
    found = {(row["figure"], row["view"]): row for row in table.to_dict("records")}
    verdicts, where = found[("alpha", PACKAGE)], found.get(("iou_marked", PACKAGE))
    if not verdicts["n"]:
        return "No package was judged by two people yet: agreement cannot be told."
    return f"{_verdicts(verdicts)} {_where(where)}".strip()


def _verdicts(row: Mapping[Any, Any]) -> str:
    if pd.isna(row["value"]):
        return "All call every package the same: whether they agree beyond chance cannot be told."
    said = f"alpha {row['value']:.2f}{_ends(row)}"
    low = row["low"] if pd.notna(row["low"]) else -1.0
    if low >= FIRM:
        return f"People agree on what is damaged: {said}."
    if low > 0:
        enough = "not surely enough to build on" if row["value"] >= TENTATIVE else "not enough to build on"
        return f"People agree on what is damaged beyond chance, but {enough}: {said}."
    return f"That people agree on what is damaged may be chance: {said}."


def _where(row: Mapping[Any, Any] | None) -> str:
    if row is None or pd.isna(row["value"]):
        return "Nobody marked the same picture as another."
    return f"Where both see damage, their marks share an IoU of {row['value']:.2f}{_ends(row)}."


def _ends(row: Mapping[Any, Any]) -> str:
    return f" (95 %: {row['low']:.2f} to {row['high']:.2f})" if pd.notna(row["low"]) else ""


def sample(table: pd.DataFrame) -> str:
    """Of how many packages, and what chance would do."""
    rows = {(row["figure"], row["view"]): row for row in table.to_dict("records")}
    verdicts, where = rows[("alpha", PACKAGE)], rows.get(("iou_marked", PACKAGE))
    parts = [f"{many(int(verdicts['n']))} judged by two or more."] if verdicts["n"] else []
    if where is not None and where["n"]:
        parts.append(f"{int(where['pictures']):,} pictures of {many(int(where['n']))} marked by two.")
    if where is not None and pd.notna(where["chance"]):
        parts.append(f"Marks on two different packages share {where['chance']:.2f}.")
    told = [*parts, "Firm from an alpha of 0.80 on, tentative from 0.67 on. Packages drawn anew."]
    return " ".join(told) if parts else ""


def figures_table(table: pd.DataFrame) -> pd.DataFrame:
    """Every figure of agreement, as a person reads it."""
    rows = [
        {"figure": FIGURES[row["figure"]][0], "view": row["view"], "value": _number(row["value"]),
         "95 %": _between(row["low"], row["high"]), "chance": _number(row["chance"]), "packages": int(row["n"])}
        for row in table.to_dict("records")
    ]  # fmt: skip
    return pd.DataFrame(rows)


def pairs_table(table: pd.DataFrame) -> pd.DataFrame:
    """Every two people, as a person reads it."""
    rows = [
        {"people": f"{row['one']} and {row['other']}", "packages": int(row["n"]),
         **{title: f"{_number(row[name])}{_ends_of(row, name)}" for name, title in PAIRED.items()}}
        for row in table.to_dict("records")
    ]  # fmt: skip
    return pd.DataFrame(rows)


def honeypots_table(measured: pd.DataFrame) -> pd.DataFrame:
    """What is known of each labeler, as a person reads it."""
    rows = [
        {"annotator": row["annotator"], "packages": int(row["n"]),
         "right": f"{row['accuracy']:.2f} ({row['low']:.2f} to {row['high']:.2f})", "by chance": _number(row["chance"]),
         "missed": int(row["missed"]), "false alarms": int(row["alarms"]), "unsure": int(row["unsure"]),
         "IoU": f"{_number(row['iou'])}{_ends_of(row, 'iou')}", "IoU by chance": _number(row["iou_chance"])}
        for row in measured.to_dict("records")
    ]  # fmt: skip
    return pd.DataFrame(rows)


def ceiling_table(reached: pd.DataFrame) -> pd.DataFrame:
    """What people reach, all views together, as a person reads it."""
    rows = [
        {"metric": row["metric"], "people": _number(row["value"]), "95 %": _between(row["low"], row["high"]),
         "chance": _number(row["chance"]), "packages": int(row["n"]), "pictures": int(row["pictures"])}
        for row in reached[reached["view"] == PACKAGE].to_dict("records")
    ]  # fmt: skip
    return pd.DataFrame(rows)


PAIRED = {"kappa": "Cohen's kappa", "iou": "IoU", "dice": "Dice", "f1": "Damage by damage, F1"}


def _ends_of(row: Mapping[Any, Any], name: str) -> str:
    return _ends({"low": row[f"{name}_low"], "high": row[f"{name}_high"]}).replace("95 %: ", "")


def _number(value: float) -> str:
    return "-" if pd.isna(value) else f"{value:.2f}"


def _between(low: float, high: float) -> str:
    return "-" if pd.isna(low) else f"{low:.2f} to {high:.2f}"


def truth(measured: pd.DataFrame) -> str:
    """Who is right how often where the damage is known."""
    if measured.empty:
        return "Nobody has judged a package whose damage is known beyond doubt."
    rows = measured.sort_values(["accuracy", "n"], ascending=False).to_dict("records")
    best, worst = rows[0], rows[-1]
    told = f"{best['annotator']} is right on {int(best['right'])} of {many(int(best['n']))} whose damage is known"
    if len(rows) > 1:
        told += f", {worst['annotator']} on {int(worst['right'])} of {int(worst['n'])}"
    return f"{told}{'; their intervals overlap' if len(rows) > 1 and worst['high'] > best['low'] else ''}."


MEASURED = (
    "Honeypots: packages whose masks the data set brings, between the others in the queue. Verdicts: Wilson intervals, "
    "the tick is always saying the more frequent class. Marks: packages drawn anew, the tick is the same marks on the "
    "damage of other packages. Lines run from 0 to 1."
)
HIDDEN = "It measures a labeler only while the outline of the damage on Inspect, Explain and Browse stays out of sight."


def people_file(people: pd.DataFrame, measured: pd.DataFrame) -> pd.DataFrame:
    """Both tables beside each other, for a file."""
    if measured.empty:
        return people
    renamed = measured.rename(columns={name: f"honeypot_{name}" for name in measured.columns if name != "annotator"})
    return people.merge(renamed, on="annotator", how="left")
