"""Where errors gather: slices, maps of what networks see, labels that may be wrong, near-duplicates across splits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.duplicates import BITS, bits_apart, surprisingly_near
from core.domain import DAMAGED, INTACT, PACKAGE, Cut
from core.errors import BadInput
from core.metrics import neighbors as nearby
from core.metrics.labels import suspicion
from core.metrics.slices import Slice, by_name, by_parts, compare
from core.studies.measures import MEASURES
from core.study import ENSEMBLE

KINDS = ("Errors", "Escapes", "False rejects")
"""What a slice is judged by: wrong answers of all packages, of the damaged ones, of the intact ones."""

EVERY = "every picture"
"""The view that stands for each camera's answer by itself."""

MISTAKES = ("Escape", "False reject")

MAPS = ("PCA", "UMAP")

_DIGITS = {"brightness": 2, "contrast": 2, "sharpness": 3, "size": 1, "x": 0, "y": 0, "yaw": 0, "damage": 0}
_UNITS = {"size": " %", "x": " %", "y": " %", "yaw": "°", "damage": " %"}


@dataclass(frozen=True, slots=True)
class Found:
    """Slices and the rows they are made of.

    Attributes:
        table: of `core.metrics.slices.compare`, with `key`, which the rows of `members` go by.
        members: slice key to the ids of its packages, those with errors first.
        looks: how many slices were looked at.
    """

    table: pd.DataFrame
    members: Mapping[str, tuple[str, ...]]
    looks: int


def answers(frame: pd.DataFrame, *, model: str, view: str, cut: Cut) -> pd.DataFrame:
    """The answers of one model that can be right or wrong.

    Args:
        frame: `study.PREDICTION_COLUMNS`.
        model: whose.
        view: a camera, "package" for the fused decision, or `EVERY` camera by itself.
        cut: stopped from `accept` on; a review counts as stopped, since a person looks at it.

    Returns:
        The rows with a known label, with `damaged`, `stopped` and `wrong`.
    """
    here = frame["view"] != PACKAGE if view == EVERY else frame["view"] == view
    rows = _plain(frame[(frame["model"] == model) & here & frame["label"].notna()])
    damaged, stopped = rows["label"] != INTACT, rows["probability"] >= cut.accept
    return rows.assign(damaged=damaged, stopped=stopped, wrong=damaged != stopped)


def _plain(rows: pd.DataFrame) -> pd.DataFrame:
    """Numbered from 0, with words instead of categories, so that one that does not occur is not there."""
    return rows.reset_index(drop=True).astype(dict.fromkeys(("view", "model", "label", "split", "source"), object))


def outcomes(rows: pd.DataFrame) -> pd.Series:
    """Found, Escape, False reject or Passed, of rows of `answers`."""
    names = {(True, True): "Found", (True, False): "Escape", (False, True): "False reject", (False, False): "Passed"}
    return pd.Series([names[pair] for pair in zip(rows["damaged"], rows["stopped"], strict=True)], rows.index)


def slices(
    rows: pd.DataFrame, index: pd.DataFrame, measures: pd.DataFrame, *, kind: str = KINDS[0], seed: int = 0
) -> Found:
    """Every slice against its rest, the one that is worse beyond doubt first.

    Args:
        rows: of `answers`.
        index: of the data set: kind and severity of damage by package.
        measures: of `core.studies.measures.measures`.
        kind: one of `KINDS`.
        seed: of the permutation test.

    Raises:
        BadInput: `kind` is not one of them.
    """
    if kind not in KINDS:
        raise BadInput(f"{kind!r} is no kind of error.", f"Choose one of: {', '.join(KINDS)}.")
    if kind != KINDS[0]:
        rows = rows[rows["damaged"] == (kind == KINDS[1])].reset_index(drop=True)
    looked = _slices(rows, _facts(rows, index, measures))
    table = compare(rows["wrong"].to_numpy(bool), rows["package"].tolist(), looked, seed=seed)
    table.insert(0, "key", table["column"] + ": " + table["slice"])
    ordered = rows.sort_values("wrong", ascending=False, kind="stable")
    members = {
        f"{one.column}: {one.name}": tuple(dict.fromkeys(ordered.loc[one.members[ordered.index], "package"]))
        for one in looked
    }
    return Found(table, members, int(table.attrs["looks"]))


def _facts(rows: pd.DataFrame, index: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    """What is known of each row, in its order: of the picture, or of each of the package's pictures."""
    known = index.drop_duplicates("package").set_index("package")[["kind", "severity"]]
    facts = rows[["package", "view", "damaged"]].join(known, on="package")
    by_package = measures.set_index("package")
    facts = facts.join(by_package["product"][~by_package.index.duplicated()], on="package")
    wide = measures.pivot(index="package", columns="view", values=list(MEASURES))
    wide.columns = wide.columns.map(", ".join)
    views = sorted(measures["view"].unique())
    facts = facts.join(_same_once(wide, views), on="package")
    for view in views:  # an answer on one picture is held against what was measured of that picture
        others = [name for name in facts.columns if str(name).endswith(f", {view}")]
        facts.loc[~facts["view"].isin([view, PACKAGE]), others] = np.nan
    return facts


def _same_once(wide: pd.DataFrame, views: Sequence[str]) -> pd.DataFrame:
    """A measure that all views of a package share, such as a known yaw, as one column."""
    for measure in MEASURES:
        columns = [f"{measure}, {view}" for view in views]
        if wide[columns].nunique(axis=1).max() <= 1:
            wide = wide.assign(**{measure: wide[columns[0]]}).drop(columns=columns)
    return wide


def _slices(rows: pd.DataFrame, facts: pd.DataFrame) -> list[Slice]:
    damaged = rows["damaged"].to_numpy(bool)
    found = by_name("View", facts["view"].tolist()) if facts["view"].nunique() > 1 else []
    found += by_name("Product", facts["product"].tolist())
    found += by_name("Class", rows["label"].tolist()) if rows["label"].nunique() > 1 else []
    found += _kinds(facts["kind"], damaged)
    found += by_parts("Severity", facts["severity"].where(facts["damaged"]).to_numpy(float))
    for name in facts.columns:
        measure, _, view = str(name).partition(", ")
        if measure in MEASURES:
            title = MEASURES[measure][0] + f", {view}" * bool(view)
            found += by_parts(title, facts[name].to_numpy(float), digits=_DIGITS[measure], unit=_UNITS.get(measure, ""))
    return found


def _kinds(kinds: pd.Series, damaged: NDArray[np.bool_]) -> list[Slice]:
    """One slice for each kind of damage, against the other damaged packages; a package may have several kinds."""
    parts = [set(str(kind).split(" + ")) - {""} if isinstance(kind, str) else set() for kind in kinds]
    pool = damaged & np.array([bool(one) for one in parts], bool)
    names = sorted(set().union(*parts)) if parts else []
    return [Slice("Damage", name, pool & np.array([name in one for one in parts], bool), pool) for name in names]


def seen_as(features: pd.DataFrame, *, model: str, view: str) -> pd.DataFrame:
    """What networks see of each package, one row a package, each number standardized.

    Args:
        features: of `core.studies.features.features`.
        model: a network, or "ensemble" for all of them side by side.
        view: a camera, or "package" (or `EVERY`) for all of them side by side; what a package lacks becomes the mean.

    Returns:
        (N, F) float64, indexed by package.
    """
    here = features if model == ENSEMBLE else features[features["model"] == model]
    here = here if view in (PACKAGE, EVERY) else here[here["view"] == view]
    packages = sorted(here["package"].unique())
    blocks = []
    for _, rows in here.groupby(["model", "view"]):
        block = pd.DataFrame(np.stack(rows["feature"].to_list()).astype(np.float64), index=rows["package"])
        blocks.append(nearby.standardized(block.reindex(packages).to_numpy()))
    return pd.DataFrame(np.hstack(blocks) if blocks else np.zeros((0, 0)), index=packages)


def flat(seen: pd.DataFrame, *, way: str = MAPS[0], seed: int = 0) -> tuple[pd.DataFrame, tuple[float, ...]]:
    """A map of packages: those that networks see alike lie together.

    Args:
        seen: of `seen_as`.
        way: one of `MAPS`.
        seed: of UMAP.

    Returns:
        x and y, indexed by package, and the share of the variance that each direction keeps (empty for UMAP).

    Raises:
        BadInput: UMAP is asked for, and not installed or has too few packages.
    """
    if way == "UMAP" and (not nearby.has_umap() or len(seen) < 4):
        raise BadInput("There is no UMAP here.", "Install it with pip install umap-learn, or choose PCA.")
    found = nearby.umap(seen.to_numpy(), seed=seed) if way == "UMAP" else nearby.pca(seen.to_numpy())
    return pd.DataFrame(found.points, index=seen.index, columns=["x", "y"]), found.kept


@dataclass(frozen=True, slots=True)
class PackageMap:
    """Packages as points, those that networks see alike together.

    Attributes:
        points: package, x, y, label and split (of the data set), outcome (None where there is no answer), here
            (whether it is of the split that was asked for).
        kept: share of the variance along x and y; empty where distances are kept instead.
        mixed: share of other classes among the `AROUND` packages seen most alike, around wrong answers and around
            right ones (of the split); NaN where there are none.
    """

    points: pd.DataFrame
    kept: tuple[float, ...]
    mixed: tuple[float, float]


AROUND = 5
"""Neighbors that say whether a package lies among its own class."""


def package_map(
    seen: pd.DataFrame, index: pd.DataFrame, rows: pd.DataFrame, *, split: str | None = None, way: str = MAPS[0]
) -> PackageMap:
    """Every package on a map, with what is known of it.

    Args:
        seen: of `seen_as`.
        index: of the data set.
        rows: of `answers`; of several answers on one package a wrong one counts.
        split: packages of others stand back; None for none.
        way: one of `MAPS`.
    """
    placed, kept = flat(seen, way=way)
    facts = index.drop_duplicates("package").set_index("package")[["label", "split"]]
    ordered = rows.assign(outcome=outcomes(rows)).sort_values("wrong", ascending=False, kind="stable")
    said = ordered.drop_duplicates("package").set_index("package")["outcome"]
    found = placed.join(facts).join(said).rename_axis("package").reset_index()
    found = found.assign(here=True if split is None else found["split"] == split)
    return PackageMap(found, kept, _mixed(seen, found))


def _mixed(seen: pd.DataFrame, points: pd.DataFrame) -> tuple[float, float]:
    known = points["label"].notna().to_numpy()
    if known.sum() <= AROUND:
        return np.nan, np.nan
    rows, labels = seen.to_numpy()[known], points.loc[known, "label"].to_numpy(str)
    best, _ = nearby.nearest(rows, rows, count=AROUND + 1)  # itself is among them, and of its own class
    other = (labels[best] != labels[:, None]).sum(axis=1) / AROUND
    wrong = points.loc[known, "outcome"].isin(MISTAKES).to_numpy()
    here = points.loc[known, "here"].to_numpy(bool) & points.loc[known, "outcome"].notna().to_numpy()
    around, apart = other[here & wrong], other[here & ~wrong]
    return tuple(float(one.mean()) if len(one) else np.nan for one in (around, apart))  # type: ignore[return-value]


def maps() -> tuple[str, ...]:
    """The ways to draw a map that are installed."""
    return MAPS if nearby.has_umap() else MAPS[:1]


def neighbors_of(seen: pd.DataFrame, package: str, among: Sequence[str], *, count: int = 8) -> pd.DataFrame:
    """The packages that networks see most alike, without the package itself: package and similarity in [-1, 1]."""
    pool = [one for one in among if one in seen.index and one != package]
    if package not in seen.index or not pool:
        return pd.DataFrame({"package": [], "similarity": []})
    best, alike = nearby.nearest(seen.loc[[package]].to_numpy(), seen.loc[pool].to_numpy(), count=count)
    return pd.DataFrame({"package": [pool[at] for at in best[0]], "similarity": alike[0]})


@dataclass(frozen=True, slots=True)
class Suspects:
    """Packages whose label may be wrong.

    Attributes:
        table: labels that the network does not agree with, those that it contradicts with confidence first, then the
            most doubtful: package, label (given), suggested, suspected (whether with confidence), probability (of
            damaged), margin, agree (how many models call it as suggested), models (how many were asked).
        expected: how many wrong labels the paper's estimate expects.
        looks: how many labels were looked at.
    """

    table: pd.DataFrame
    expected: float
    looks: int


def suspects(frame: pd.DataFrame, *, model: str, cuts: Mapping[str, Cut]) -> Suspects:
    """Packages whose label the networks contradict with confidence, the most doubtful first.

    Only answers of networks that had not seen the package count, and only fused ones.

    Args:
        frame: `study.PREDICTION_COLUMNS`.
        model: whose probabilities are asked.
        cuts: model to where it decides, to count how many models agree.
    """
    fused = _plain(frame[(frame["view"] == PACKAGE) & frame["label"].notna() & (frame["source"] != "training")])
    rows = fused[fused["model"] == model].reset_index(drop=True)
    given = np.asarray(rows["label"] != INTACT, np.int64)
    if len(np.unique(given)) < 2:
        return Suspects(pd.DataFrame(columns=list(_SUSPECT)), 0.0, len(rows))
    probability = rows["probability"].to_numpy(float)
    found = suspicion(given, np.stack([1 - probability, probability], axis=1))
    rows = rows.assign(suggested=np.array([INTACT, DAMAGED])[found.suggested], margin=found.margin)
    rows = rows.assign(suspected=found.suspected)[found.suspected | (found.margin < 0)]
    rows = rows.sort_values(["suspected", "margin"], ascending=[False, True])
    rows = rows.join(_agreeing(fused, cuts), on="package")
    stops = rows["suggested"] == DAMAGED
    rows = rows.assign(agree=rows["stopping"].where(stops, rows["models"] - rows["stopping"]))
    return Suspects(rows[list(_SUSPECT)].reset_index(drop=True), found.expected, len(given))


_SUSPECT = ("package", "label", "suggested", "suspected", "probability", "margin", "agree", "models")


def _agreeing(fused: pd.DataFrame, cuts: Mapping[str, Cut]) -> pd.DataFrame:
    """By package: how many single models there are, and how many stop it."""
    single = fused[fused["model"] != ENSEMBLE]
    accept = single["model"].map(lambda name: cuts[name].accept if name in cuts else 0.5).astype(float)
    return (
        single.assign(stopping=(single["probability"] >= accept).astype(int), models=1)
        .groupby("package")[["stopping", "models"]]
        .sum()
    )


@dataclass(frozen=True, slots=True)
class Alike:
    """Pictures of two splits that resemble each other.

    Attributes:
        pairs: one row a picture and the one of another split that is most like it: view, package, split, other,
            other_split, bits (in which the hashes differ), similarity (of what networks see, in [-1, 1]), flagged (both
            surprisingly near); flagged ones first, then by bits.
        bits: up to which a pair is surprisingly near.
        similarity: from which on a pair is surprisingly near.
        usual: (N,) bits from each picture to the nearest one of another package of its own split.
    """

    pairs: pd.DataFrame
    bits: float
    similarity: float
    usual: NDArray[np.float64]


_PAIR = ("view", "package", "split", "other", "other_split", "bits", "similarity", "flagged")


def duplicates(features: pd.DataFrame, splits: pd.Series, *, model: str = ENSEMBLE) -> Alike:
    """For every picture the most alike one of another split, by perceptual hash and by what networks see.

    All pictures of one product before one camera look alike. A pair is flagged only where both distances are nearer
    than the pictures of this data set usually are to their nearest neighbor of the same split, see
    `core.datasets.duplicates.surprisingly_near`; similarities are compared by the logarithm of 1 - similarity.

    Args:
        features: of `core.studies.features.features`.
        splits: package to split.
        model: whose features are compared, "ensemble" for all side by side.
    """
    views = sorted(features["view"].unique())
    found = [_nearest(features[features["view"] == view], splits, model, str(view)) for view in views]
    usual = (
        pd.concat([near for _, near in found], ignore_index=True) if found else pd.DataFrame(columns=["bits", "far"])
    )
    bits = max(0.0, surprisingly_near(usual["bits"].to_numpy(float)))
    far = float(np.exp(surprisingly_near(np.log(usual["far"].to_numpy(float)))))
    pairs = pd.concat([pairs for pairs, _ in found], ignore_index=True) if found else pd.DataFrame(columns=list(_PAIR))
    pairs = pairs.assign(flagged=(pairs["bits"] <= bits) & (1 - pairs["similarity"] <= far))
    pairs = pairs.sort_values(["flagged", "bits", "similarity"], ascending=[False, True, False], ignore_index=True)
    return Alike(pairs[list(_PAIR)], bits, 1 - far, usual["bits"].to_numpy(float))


def _nearest(features: pd.DataFrame, splits: pd.Series, model: str, view: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Of one view: the nearest of another split, and bits and distance to the nearest of the same split."""
    seen = seen_as(features, model=model, view=view)
    hashes = features.drop_duplicates("package").set_index("package")["hash"].reindex(seen.index).to_numpy(np.uint64)
    ids, parts = seen.index.to_numpy(), splits.reindex(seen.index).fillna("").to_numpy(str)
    pairs, usual = [], []
    for start in range(0, len(ids), nearby.BLOCK):
        block = np.s_[start : start + nearby.BLOCK]
        bits = bits_apart(hashes[block], hashes).astype(float)
        alike = nearby.cosine(seen.to_numpy()[block], seen.to_numpy())
        same = parts[block][:, None] == parts[None, :]
        itself = ids[block][:, None] == ids[None, :]
        pairs.append(_pairs(bits, alike, same, ids, parts, start))
        usual.append(_usual(bits, alike, ~same | itself))
    if not pairs:
        return pd.DataFrame(columns=list(_PAIR)), pd.DataFrame(columns=["bits", "far"])
    return _once(pd.concat(pairs).assign(view=view)), pd.concat(usual)


def _pairs(
    bits: NDArray[np.float64],
    alike: NDArray[np.float64],
    same: NDArray[np.bool_],
    ids: NDArray[np.str_],
    parts: NDArray[np.str_],
    start: int,
) -> pd.DataFrame:
    apart = np.where(same, np.inf, bits / BITS + (1 - alike) / 2)
    best, rows = apart.argmin(axis=1), np.arange(len(bits))
    frame = pd.DataFrame(
        {
            "package": ids[start + rows],
            "split": parts[start + rows],
            "other": ids[best],
            "other_split": parts[best],
            "bits": bits[rows, best],
            "similarity": alike[rows, best],
        }
    )
    found: pd.DataFrame = frame[np.isfinite(apart[rows, best])]
    return found


def _usual(bits: NDArray[np.float64], alike: NDArray[np.float64], others: NDArray[np.bool_]) -> pd.DataFrame:
    near = pd.DataFrame(
        {
            "bits": np.where(others, np.inf, bits).min(axis=1),
            "far": 1 - np.where(others, -np.inf, alike).max(axis=1),
        }
    )
    known: pd.DataFrame = near[np.isfinite(near["bits"])]
    return known.clip(lower=1e-9)


def _once(pairs: pd.DataFrame) -> pd.DataFrame:
    """A pair that is found from both sides, once."""
    both = [tuple(sorted(pair)) for pair in zip(pairs["package"], pairs["other"], strict=True)]
    return pairs[~pd.Series(both, pairs.index, dtype=object).duplicated()] if len(pairs) else pairs
