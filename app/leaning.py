"""What the evidence lies on, in words."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from app.sentences import many
from core.domain import DAMAGED
from core.studies.shortcuts import AREAS, DAMAGE, EDGE, FOR, FRAMING, NOTHING, OFF, ON, PACKAGES, SERIAL, TEXT

TITLES = {
    ON: "Package", OFF: "Background", TEXT: "Printed text", SERIAL: "Serial", "band": "Band, ornaments",
    "plain": "Bare carton", DAMAGE: "Damage", EDGE: "Border",
}  # fmt: skip
"""Area to the head of its column."""
SPEAKS = {f"for {name}": name for name in FOR}
"""What is shown, as it stands on the screen and in the address bar, to the class that the evidence speaks for."""
WORDS = {ON: "the package", OFF: "the background", TEXT: "printed text", SERIAL: "the serial",
         "band": "band and ornaments", "plain": "bare carton", DAMAGE: "the damage",
         EDGE: "the border of the package"}  # fmt: skip

OFFER = f"See where the evidence of every model lies on {PACKAGES} packages. `secondlook shortcuts` takes more."
ELSEWHERE = (
    "They have no damage that evidence could lie on. Where what speaks for damaged lies instead, on text, band, border "
    "or background, the page Shortcuts finds out."
)
SECONDS = 22.0
"""About how long a package takes: two views of three models."""
TERMS = "  \n".join([
    *(f"**{TITLES[name]}**: {meaning}" for name, meaning in AREAS.items()),
    "Of the crop that the models see; maps are smoothed with a Gaussian of 2 px, so that some evidence crosses a "
    "border. A package counts once, the mean of its views; intervals resample packages, 95 %. The mark on a line is "
    "the area's share of the crop: what evidence thrown anywhere would reach. Print has more contrast than bare "
    "carton, and maps like contrast: a lift alone is no proof of a shortcut.",
])  # fmt: skip
BOTH = "all views"
"""The choice of no single view."""
SHORTCUTS = (OFF, TEXT, SERIAL, "band")
"""Areas on which evidence for damaged would be a shortcut, unless the damage lies there."""
RANKED = "Mean over models and views. A click opens the package in Explain."


def concluded(table: pd.DataFrame, label: str, speaks: str) -> str:
    """Where the evidence lies on packages of one class.

    Args:
        table: of `studies.shortcuts.shares`.
        label: of the packages.
        speaks: the class that the evidence speaks for.
    """
    here = table[table["label"] == label]
    mine = here[here["share"].notna()]
    if mine.empty and here["area"].isin((ON, OFF)).any():
        return f"On {label} packages the maps hold nothing that speaks for {speaks}: it may be that they have no sign."
    if mine.empty:
        return f"Nothing is known of where {label} packages lie in their pictures."
    parts = [
        f"{_percents(rows['share'])}{f' of what speaks for {speaks} lies' * (at == 0)} on {WORDS[area]}, which covers "
        f"{_percents(rows['covers'])}"
        for at, (area, rows) in enumerate(one for one in _by_area(mine) if one[0] in (ON, DAMAGE, SERIAL))
    ]  # fmt: skip
    return f"On {label} packages, {'; '.join(parts)}."


def leans(table: pd.DataFrame, label: str) -> str:
    """Which models gather evidence where no damage should be told from."""
    mine = table[(table["label"] == label) & table["area"].isin(SHORTCUTS)]
    above = mine[mine["lift_low"] > 1].sort_values("lift", ascending=False)
    if above.empty:
        names = " or ".join(WORDS[area] for area, rows in _by_area(mine) if rows["share"].notna().any())
        return f"No model gathers more on {names} than their area." if names else ""
    parts = [
        f"{row['model']} {row['lift']:.1f} times (95 %: {row['lift_low']:.1f} to {row['lift_high']:.1f}) on "
        f"{WORDS[row['area']]}" for _, row in above.head(3).iterrows()
    ]  # fmt: skip
    return f"More than the area alone would reach: {', '.join(parts)}."


def figures(frame: pd.DataFrame, table: pd.DataFrame, label: str) -> str:
    """Whom this is about, and what is not known or not in sight."""
    mine = frame[frame["label"] == label]
    return " ".join(filter(None, [f"n = {many(mine['package'].nunique())}.", leans(table, label), unknown(mine)]))


def unknown(frame: pd.DataFrame) -> str:
    """What the data set does not know of these packages, or the models do not see."""
    known, sighted = set(frame["area"]), set(frame.loc[frame["share"].notna(), "area"])
    basis = set(frame["basis"])
    notes = []
    if NOTHING in basis:
        notes.append("Of some pictures it is not known where the package is: they are left out.")
    if FRAMING in basis:
        notes.append("The package is taken to be the face that the framing has found; its sides count as background.")
    if hidden := [WORDS[area] for area in (SERIAL, TEXT) if area in known - sighted]:
        notes.append(f"{' and '.join(hidden).capitalize()} is outside of what the models see: none can lean on it.")
    if known and TEXT not in known:
        only = "only the serial is" if SERIAL in known else "neither serial nor text is"
        notes.append(f"Of the print {only} known here.")
    return " ".join(notes)


def twins(table: pd.DataFrame) -> str:
    """What happens when the damage is taken away.

    Args:
        table: of `studies.shortcuts.without_damage`.
    """
    if table.empty:
        return "No damaged package here has a twin without its damage: whether a model needs the damage is not known."
    still = table[table["still"] > 0]
    if still.empty:
        fewest, high = int(table["n"].min()), table["share_high"].max()
        return (
            f"Without the damage no model calls a picture damaged any more, of {_counts(table['n'])} packages of which "
            f"it had called one so; with {fewest:,} that leaves up to {100 * high:.0f} % open."
        )
    parts = [f"{row['model']} {row['still']:,} of {row['n']:,}" for _, row in still.iterrows()]
    return f"Without their damage pictures of some are still called damaged, for another reason: {', '.join(parts)}."


def drops(table: pd.DataFrame) -> str:
    """By how much the log-odds of damaged fall."""
    return " ".join(
        f"{row['model']}: log-odds fall by {row['drop']:.1f}{_ends(row, 'drop')}, n = {row['n']:,}."
        for _, row in table.iterrows()
    )


def strayed(table: pd.DataFrame, speaks: str = DAMAGED) -> str:
    """On which package most of the evidence lies off it.

    Args:
        table: of `studies.shortcuts.elsewhere`.
        speaks: the class that the evidence speaks for.
    """
    if table.empty:
        return "Where packages lie is not known: no evidence can be told to lie off them."
    row = table.iloc[0]
    return (
        f"Most evidence for {speaks} off the package: {row['package']} ({row['label'] or 'class unknown'}), "
        f"{100 * row['off']:.0f} % on a background of {100 * row['covers']:.0f} %."
    )


def lines(table: pd.DataFrame) -> list[tuple[str, ...]]:
    """Shares as rows of text: model, packages, area, share, area, lift, n."""
    return [
        (f"{row['model']}, {row['label']}", TITLES[row["area"]], *_shares(row), str(row["n"]))
        for _, row in table.iterrows()
    ]


def _shares(row: pd.Series) -> tuple[str, str, str]:
    if pd.isna(row["share"]):
        return "not in sight", "-", "-"
    ends = f"{100 * row['share_low']:.0f} to {100 * row['share_high']:.0f}"
    return (f"{100 * row['share']:.1f} % ({ends})", f"{100 * row['covers']:.1f} %",
            f"{row['lift']:.2f}{_ends(row, 'lift')}")  # fmt: skip


def _ends(row: pd.Series, name: str) -> str:
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return "" if pd.isna(low) else f" ({low:.1f} to {high:.1f})"


def _by_area(table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    return ((area, table[table["area"] == area]) for area in AREAS if (table["area"] == area).any())


def _percents(values: pd.Series) -> str:
    low, high = f"{100 * values.min():.0f}", f"{100 * values.max():.0f}"
    return f"{low} %" if low == high else f"{low} to {high} %"


def _counts(values: pd.Series) -> str:
    low, high = f"{values.min():,}", f"{values.max():,}"
    return low if low == high else f"{low} to {high}"
