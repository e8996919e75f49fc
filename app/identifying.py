"""Who packages are, in words, and what a person says that their serials read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from app import resources
from app.sentences import many
from core.domain import NOT_VISIBLE, READ, UNSURE, Correction, Reading
from core.settings import settings
from core.studies import corrections, identity
from core.studies.identity import FILE_NAME, HIDDEN, OFF, PROBLEMS, SPLITS, TWICE, VIEWS, Found

SECONDS = 0.15
"""About how long a picture takes to be read."""
OFFER = "Find the printed lines of every picture, and read them. `secondlook serials` does the same."
NO_SERIALS = (
    "Ids such as `{}` are not serials, so readings cannot be held against them. How a serial is printed here is a line "
    "of configuration: set `serial` in SECONDLOOK_LINES."
)
NOTHING_TO_HOLD = "Ids are not serials here, so nothing says whether a reading is right."
EVERY, FINE, CORRECTED = "all", "no problem", "corrected"
SHOWN = {
    EVERY: "Every package, the worst problem first.",
    **PROBLEMS,
    CORRECTED: "A person said what the serial reads.",
    FINE: "The serial was read, and nothing speaks against it.",
}
"""What the list can be narrowed to, and what it means."""
SHOWN_HELP = "  \n".join(f"**{name}**: {says}" for name, says in SHOWN.items())
ICONS = {FILE_NAME: "close", VIEWS: "call_split", SPLITS: "warning", TWICE: "content_copy", OFF: "help",
         HIDDEN: "visibility_off"}  # fmt: skip
STATUS_HELP = (
    "read: the reader stands by the text. unsure: it does not. not visible: no view shows the serial so that it can be "
    "read. A correction counts in place of what was read."
)
TERMS = (
    "Exact match: every character of the serial is right, whether or not the reader is sure; held against what people "
    "said, else against the file name, on packages whose serial is visible: as the data set knows, else as the reader "
    "says. A file with a wrong name "
    "counts as misread until a person confirms what was read. Wilson's interval. Character errors: substitutions, "
    "deletions and insertions of the shortest edit, per character of the truth; packages drawn anew. Confidence: "
    "calibrated probability that the whole text is right, or the character."
)


def headline(found: Found) -> str:
    """What a person should conclude: "39 of 40 serials were read; 1 disagrees with its file name."."""
    table = found.table
    n, read = len(table), int((table["status"] == READ).sum())
    if not n:
        return "There is no package here."
    of = (
        f"{read:,} of {n:,} serials were read"
        if read < n
        else f"All {n:,} serials were read"
        if n > 1
        else "The one serial was read"
    )
    if not read:
        return "No serial was read." if n > 1 else "Its serial was not read."
    parts = [of, *_against(found), *_twice(table)]
    return f"{'; '.join(parts)}."


def _against(found: Found) -> list[str]:
    if not found.serials:
        return []
    wrong = _count(found.table, FILE_NAME)
    if not wrong:
        return ["none disagrees with its file name"]
    return ["1 disagrees with its file name" if wrong == 1 else f"{wrong:,} disagree with their file names"]


def _twice(table: pd.DataFrame) -> list[str]:
    twice, apart = _count(table, TWICE), _count(table, SPLITS)
    if not twice:
        return []
    whose = "1 shares its serial" if twice == 1 else f"{twice:,} share their serial"
    across = " of another split" if twice == apart else f", {apart:,} of them across splits" if apart else ""
    return [f"{whose} with another package{across}"]


def _count(table: pd.DataFrame, problem: str) -> int:
    return sum(problem in some for some in table["problems"])


def quietly(found: Found) -> str:
    """The figures behind it, with n and intervals."""
    table = found.table
    corrected = int((table["author"] != "").sum())
    parts = [_right(found)] if found.serials or corrected else [NOTHING_TO_HOLD]
    counts = {UNSURE: int((table["status"] == UNSURE).sum()), NOT_VISIBLE: int((table["status"] == NOT_VISIBLE).sum())}
    parts.append(
        f"{', '.join(f'{count:,} {word}' for word, count in counts.items())}, {corrected:,} corrected by people."
    )
    return " ".join(parts)


def _right(found: Found) -> str:
    right, wrong = found.exact, found.errors
    if not right.n:
        return "No serial is visible that could be held against anything."
    ends = f" (95 %: {right.low:.3f} to {right.high:.3f})"
    between = f" (95 %: {100 * wrong.low:.2f} to {100 * wrong.high:.2f})" if pd.notna(wrong.low) else ""
    return (
        f"Exact match {right.rate:.3f}{ends}, {right.right:,} of {right.n:,} visible serials; "
        f"character errors {100 * wrong.rate:.2f} %{between}."
    )


def narrowed(table: pd.DataFrame, *, problem: str, status: str, serial: str) -> pd.DataFrame:
    """The rows of a table that fit.

    Args:
        table: `core.studies.identity.COLUMNS`.
        problem: one of `SHOWN`.
        status: one of `core.domain.STATUSES`, "" for any.
        serial: part of the id, of the text or of what was read, "" for any.
    """
    if problem in PROBLEMS:
        table = table[[problem in some for some in table["problems"]]]
    elif problem == FINE:
        table = table[[not some for some in table["problems"]]]
    elif problem == CORRECTED:
        table = table[table["author"] != ""]
    if status:
        table = table[table["status"] == status]
    if serial:
        there = [table[name].str.contains(serial, case=False, regex=False) for name in ("package", "text", "read")]
        table = table[there[0] | there[1] | there[2]]
    return table


def offered(table: pd.DataFrame, chosen: str) -> list[str]:
    """Which of `SHOWN` there are, and the chosen one."""
    there = {name for some in table["problems"] for name in some}
    there |= {CORRECTED} if (table["author"] != "").any() else set()
    there |= {FINE} if (table["problems"].map(len) == 0).any() else set()
    return [name for name in SHOWN if name in there | {EVERY, chosen}]


def counted(table: pd.DataFrame) -> str:
    """How many packages have which problem, in a quiet line."""
    counts = {name: _count(table, name) for name in PROBLEMS}
    parts = [f"{count:,} {name}" for name, count in counts.items() if count]
    return f"{many(len(table))}: {', '.join(parts) or 'no problem'}."


def wrong(row: Mapping[Any, Any], splits: Mapping[str, str]) -> list[tuple[str, str]]:
    """What is wrong with a package: the name of each problem, and a sentence.

    Args:
        row: `core.studies.identity.COLUMNS`.
        splits: of the packages, by id.
    """
    return [
        (name, _wrong(name, row, splits)) for name in row["problems"] if name != TWICE or SPLITS not in row["problems"]
    ]


def _wrong(name: str, row: Mapping[Any, Any], splits: Mapping[str, str]) -> str:
    if name == FILE_NAME:
        return f"The file is named after another serial: {_differ(row['expected'], row['text'])}."
    if name == VIEWS:
        return f"The views differ: {', '.join(f'{view} {text}' for view, text in row['said'].items())}."
    if name in (TWICE, SPLITS):
        others = [f"{one} ({splits[one]})" if splits.get(one) else str(one) for one in row["same"]]
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""
        return f"The same serial is on {', '.join(others[:3])}{more}."
    says = str(row["reason"]) or PROBLEMS[name]
    return f"{says} The data set knows that it can be seen." if name == HIDDEN and row["visible"] else says


def _differ(expected: str, text: str) -> str:
    count = sum(one != other for one, other in identity.aligned(expected, text))
    return "1 character differs" if count == 1 else f"{count} characters differ"


def refusal(author: str) -> str:
    """Why this person cannot correct anything, "" where they can."""
    return "" if author else "Give your name above first."


def odd(text: str) -> str:
    """What is strange about a serial that a person gives, "" where nothing is."""
    if identity.fits(text):
        return ""
    known = settings().lines[identity.first_line()]
    return f"`{text[:40]}` is not printed like `{known}`. Save again to keep it all the same."


def correct(root: str, reading: Reading, text: str | None, *, author: str) -> Correction:
    """Keep what a person says that a line reads; raises `CoreError` where that cannot be done."""
    store, data = resources.correction_store(), resources.dataset(root)
    return corrections.correct(store, data, reading, text, author=author, made_at=datetime.now(UTC))


def history(said: Sequence[Correction]) -> list[str]:
    """Who said what of a line and when, the newest first."""
    return [f"{one.made_at:%Y-%m-%d %H:%M} UTC, {one.author}: {_said(one)}" for one in reversed(said)]


def _said(one: Correction) -> str:
    if one.text is None:
        return "took the correction back"
    if not one.text:
        return "cannot be read"
    return f"{one.text} confirmed" if one.text == one.read else f"{one.read or 'nothing'} corrected to {one.text}"


def rejecting(found: Found) -> str:
    """What rejecting the least sure readings buys."""
    curve = found.rejection
    if not len(curve.n):
        return "No reading can be held against anything."
    sure = stands(found)
    if curve.accuracy[0] == 1:
        return f"Every reading is right, so none needs to be rejected; {_percent(sure)} are."
    perfect = next((at for at, one in enumerate(curve.accuracy) if one == 1), None)
    if perfect is None:
        return "The surest readings are not all right: no threshold leaves only right ones."
    return (
        f"Rejecting the least sure {_percent(float(curve.rejected[perfect]))}, those below a confidence of "
        f"{curve.thresholds[perfect]:.3f}, leaves only right ones: {curve.n[perfect]:,}."
    )


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share in (0, 1) or share >= 0.1 else f"{100 * share:.1f} %"


def stands(found: Found) -> float:
    """Share of the readings that are rejected today: those that the reader does not stand by."""
    rows = found.judged
    return float((rows["own"] != READ).mean()) if len(rows) else 0.0


def rejected(found: Found) -> str:
    """What the figure of it shows."""
    n = len(found.judged)
    return f"n = {n:,} visible serials; band: 95 %, Wilson. Dotted: rejected at random. Dashed: the wrong ones first."


def confused(counts: pd.DataFrame) -> str:
    """Which characters are confused most."""
    wrong = counts[counts["true"] != counts["read"]].sort_values("n", ascending=False, kind="stable")
    if wrong.empty:
        return "No character was misread."
    worst = wrong.iloc[0]
    if worst["n"] == 1 and len(wrong) > 1:
        return f"{len(wrong):,} wrong characters, none of them twice the same."
    return f"{_character(worst)}: {worst['n']:,} of {wrong['n'].sum():,} wrong characters."


def _character(row: pd.Series) -> str:
    if not row["read"]:
        return f"{row['true']} is missed most often"
    return (
        f"{row['read']} is read where there is none" if not row["true"] else f"{row['true']} is read as {row['read']}"
    )


def characters(counts: pd.DataFrame, found: Found) -> str:
    """Of how many characters, in a quiet line."""
    errors = found.errors
    e = errors.edits
    return (
        f"n = {e.characters:,} characters of {many(errors.n)}: {e.substitutions:,} read as another, {e.deletions:,} "
        f"missed, {e.insertions:,} made up."
    )


def beside(row: Mapping[Any, Any]) -> str:
    """The serial of one package in one quiet sentence."""
    if row["status"] != READ:
        return f"Its serial is {row['status']}: {row['reason'] or PROBLEMS[OFF]}"
    verb = f"is {row['text']}, says {row['author']}" if row["author"] else f"was read as {row['text']}"
    if row["ok"] is None:
        return f"Its serial {verb}."
    return f"Its serial {verb} ✓." if row["ok"] else f":orange[**✕ Its serial {verb}, not as its file is named.**]"
