"""What resembles what: a map of packages as networks see them, nearest neighbors, near-duplicates across splits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.duplicates import BITS, bits_apart, surprisingly_near
from core.domain import PACKAGE
from core.errors import BadInput
from core.metrics import neighbors as nearby
from core.studies.patterns import EVERY, MISTAKES, outcomes
from core.study import ENSEMBLE

MAPS = ("PCA", "UMAP")


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
class Alike:
    """Pictures of two splits that resemble each other.

    Attributes:
        pairs: one row a picture and the one of another split that is most like it: view, package, split, other,
            other_split, bits (in which the hashes differ), similarity (of what networks see, in [-1, 1]), flagged (one
            surprisingly near, and the other not far); flagged ones first, then by bits.
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

    All pictures of one product before one camera look alike, so that what is near is told from the data set itself: a
    pair is flagged where one of the two distances is nearer than pictures usually are to their nearest neighbor of the
    same split (`core.datasets.duplicates.surprisingly_near`), and the other at least not farther than their median.
    Similarities are compared by the logarithm of 1 - similarity.

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
    near, seen_near = pairs["bits"] <= bits, 1 - pairs["similarity"] <= far
    agrees, seen_agrees = pairs["bits"] <= usual["bits"].median(), 1 - pairs["similarity"] <= usual["far"].median()
    pairs = pairs.assign(flagged=(near & seen_agrees) | (seen_near & agrees))
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
