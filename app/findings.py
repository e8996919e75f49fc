"""What error patterns say, in words."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.figures.matrix import percent
from core.figures.theme import ENSEMBLE
from core.studies.measures import PLACED
from core.studies.patterns import Found, Suspects
from core.studies.resemblance import AROUND, Alike, PackageMap

LEVEL = 0.05
"""Corrected p value below which a slice stands out."""

INTERVALS = (
    "Dots: rate of the slice minus rate of the rest. Whiskers: 95 % interval (Newcombe), with both views of a package "
    "counted as what they are, not as independent. p: Fisher's exact test, or packages moved about by chance where a "
    "package has several answers; Holm's correction for all slices that were looked at."
)
DOUBTED = (
    "Confident learning (Northcutt 2021): a label is suspected where a network that had not seen the package names "
    "another class with more confidence than is usual for that class. A hard package looks the same: look at it."
)
LOOKED_ALIKE = (
    "Bits: in how many of 64 the perceptual hashes of the cut-out packages differ. Similarity: cosine of what the "
    "networks see. One must be surprisingly near, 3 robust standard deviations below the median of nearest distances "
    "within a split, and the other no farther than that median."
)
SEEN_BEFORE = "Training packages are placed by networks that were trained on them: they lie better than new ones would."


def slices(found: Found, noun: str) -> str:
    """Whether errors gather anywhere: "Nothing stands out: 34 slices were looked at, ..."."""
    table = found.table
    if table.empty:
        return "Too few packages to look for patterns: a slice and its rest need 5 each."
    if not (table["errors"] + table["rest_errors"]).any():
        return f"No {noun} here: there is no pattern to look for."
    worse = table[(table["holm"] < LEVEL) & (table["difference"] > 0)]
    if worse.empty:
        return (
            f"Nothing stands out: {found.looks} slices were looked at, and the worst could be chance "
            f"(corrected p = {table['holm'].iloc[0]:.2g})."
        )
    first = worse.iloc[0]
    more = f" {len(worse) - 1} more stand out." if len(worse) > 1 else ""
    return f"{first['key']}: {against(first, noun)} (corrected p = {first['holm']:.2g}).{more}"


def against(row: pd.Series, noun: str) -> str:
    """A slice against its rest: "14 % errors, 4 % elsewhere"."""
    return f"{percent(row['rate'])} {noun}, {percent(row['rest_rate'])} elsewhere"


def placed(measures: pd.DataFrame) -> str:
    """Where size, position and yaw come from: "Size, position, yaw: known from the data set's manifest."."""
    counts = measures["placed"].value_counts()
    if len(counts) == 1:
        return f"Size, position and yaw: {PLACED[counts.index[0]]}."
    parts = [f"{count:,} pictures {PLACED[key]}" for key, count in counts.items()]
    return f"Size, position and yaw: {'; '.join(parts)}."


def eyes(model: str) -> str:
    """A model within a sentence."""
    return "the ensemble" if model == ENSEMBLE else model


def mixing(found: PackageMap, who: str) -> str:
    """Whether mistakes lie among the other class in what the networks see."""
    around, apart = found.mixed
    nearest = f"Of the {AROUND} packages that {who} sees most alike"
    if np.isnan(around) and np.isnan(apart):
        return "Too few packages with a known class to say who lies among whom."
    if np.isnan(around):
        return f"No mistakes here. {nearest}, {percent(apart)} are of another class."
    if np.isnan(apart):
        return f"{nearest}, {percent(around)} are of another class around a mistake."
    return (
        f"{nearest}, {percent(around)} are of another class around a mistake, {percent(apart)} around a right answer."
    )


def labels(found: Suspects) -> str:
    """How many labels are suspected."""
    sure = found.table[found.table["suspected"].astype(bool)]
    if sure.empty and found.table.empty:
        return f"No label is suspected: {found.looks:,} were looked at, and every one fits."
    if sure.empty:
        return f"No label is suspected: of {found.looks:,}, {len(found.table):,} do not fit, none with confidence."
    count, all_agree = len(sure), int((sure["agree"] == sure["models"]).sum())
    return (
        f"{count:,} of {found.looks:,} labels {'is' if count == 1 else 'are'} suspected, look at them: "
        f"all models contradict {all_agree:,} of them."
    )


def alike(found: Alike) -> str:
    """Whether pictures of two splits are surprisingly alike."""
    count = int(found.pairs["flagged"].sum())
    if found.pairs.empty:
        return "One split only: there is nothing to compare."
    if not count:
        return f"No near-duplicates across splits: {len(found.pairs):,} nearest pairs were looked at."
    return f"{count:,} pairs of pictures of two splits are surprisingly alike: look whether they show the same package."
