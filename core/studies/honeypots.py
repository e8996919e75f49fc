"""How good each labeler is, on packages whose damage is known and of which they do not know that it is."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from core.contracts import Dataset, Progress, silent
from core.domain import DAMAGED, INTACT, PACKAGE, UNSURE, Mask
from core.errors import CoreError
from core.metrics.annotators.overlap import of_places, overlap
from core.metrics.annotators.resampled import interval, ratio
from core.metrics.intervals import wilson
from core.studies.reviewing import Opinions, region

__all__ = ["COLUMNS", "drawn", "figures", "hidden", "known", "measured", "mixed"]

CLASSES = (DAMAGED, INTACT)
COLUMNS = (
    "annotator",
    "package",  # id
    "view",  # of the cameras, "package" for the verdict
    "truth",  # class of the package
    "verdict",
    "iou",  # of the marks with the truth; NaN for the verdict, and where there is nothing and nothing was marked
    "chance",  # mean IoU of the same marks with the truth of other packages
    "covered",  # share of the truly damaged pixels that were marked; NaN where there are none
    "precise",  # share of the marked pixels that are truly damaged; NaN where nothing is marked
)


def known(dataset: Dataset) -> dict[str, str]:
    """Package to class, of those whose damage is known beyond doubt: with masks, or intact in a data set with masks."""
    table = dataset.index
    with_mask = set(table.loc[table["mask_path"].notna(), "package"])
    labels = table.drop_duplicates("package").set_index("package")["label"]
    intact = set(labels[labels == INTACT].index) if with_mask else set()
    return {package: INTACT if package in intact else DAMAGED for package in sorted(with_mask | intact)}


def drawn(dataset: Dataset, *, count: int = 20, seed: int = 0, among: Sequence[str] | None = None) -> tuple[str, ...]:
    """Packages to hide in the queue of a labeler: half of them damaged, as far as there are such, in random order.

    Args:
        dataset: whose packages.
        count: how many.
        seed: of the draw.
        among: only of these; None for all.
    """
    rng = np.random.default_rng(seed)
    labels = {one: label for one, label in known(dataset).items() if among is None or one in set(among)}
    damaged, intact = (
        rng.permutation([one for one, its in labels.items() if its == label]).tolist() for label in CLASSES
    )
    few = max(min(len(intact), count // 2), min(count - len(damaged), len(intact)))
    found = [*damaged[: count - few], *intact[:few]]
    return tuple(found[at] for at in rng.permutation(len(found)))


def mixed(
    dataset: Dataset, queue: Sequence[str], *, labeled: Collection[str], annotator: str, every: int = 8
) -> tuple[str, ...]:
    """The queue of a labeler in which one package in so many is a honeypot, as far as there are such.

    Everybody gets others, and the same again. Where the damage of all packages is known, each is one anyway.

    Args:
        dataset: whose packages.
        queue: in the order in which they would come, those that this person has labeled last.
        labeled: those; their places stay.
        annotator: whose queue it is.
        every: how many packages hold one honeypot.
    """
    waiting = [one for one in queue if one not in labeled]
    facts = known(dataset)
    if not facts or set(waiting) <= set(facts):
        return tuple(queue)
    seed = zlib.crc32(annotator.encode())
    pots = drawn(dataset, count=len(waiting) // every, seed=seed, among=waiting)
    return (*hidden(waiting, pots, every=every, seed=seed), *(one for one in queue if one in labeled))


def hidden(queue: Sequence[str], pots: Sequence[str], *, every: int = 8, seed: int = 0) -> tuple[str, ...]:
    """A queue with one honeypot at a random place in each run of so many packages, until there are no more.

    Honeypots that are in the queue already are moved to these places.
    """
    rng, left = np.random.default_rng(seed), list(dict.fromkeys(pots))
    rest = [one for one in queue if one not in set(left)]
    mixed: list[str] = []
    while rest or left:
        run, rest = rest[: every - 1], rest[every - 1 :]
        if left:
            run.insert(int(rng.integers(len(run) + 1)), left.pop(0))
        mixed += run
    return tuple(mixed)


def measured(opinions: Opinions, *, progress: Progress = silent) -> pd.DataFrame:
    """What every labeler said of packages whose damage is known, against what is true.

    Counted is the last word of each person who had not put aside somebody else's, whatever reviewers say. Pictures
    whose truth cannot be read are left out.

    Returns:
        `COLUMNS`: one row a person and package for the verdict, and one a person, package and view that was looked at.
    """
    labels = known(opinions.dataset)
    judged = [package for package in opinions.said if package in labels]
    rows: list[dict[str, Any]] = []
    marks: list[_Marks] = []
    for at, package in enumerate(judged):
        progress(at / len(judged), f"Holding what was said of {package} against the truth")
        truths = {view: _truth(opinions, package, view, labels[package]) for view in opinions.dataset.view_names}
        for name, one in opinions.said[package].items():
            fact = {"annotator": name, "package": package, "truth": labels[package], "verdict": one.verdict}
            rows.append(fact | {"view": PACKAGE})
            for view, truth in truths.items():
                if truth is not None and view in one.regions:
                    own = region(opinions, one, view)
                    rows.append(fact | {"view": view} | _held(own, truth))
                    marks.append(_Marks(len(rows) - 1, package, view, name, own, truth))
    for at, chance in _chances(marks):
        rows[at]["chance"] = chance
    progress(1.0, "Held against the truth")
    return pd.DataFrame(rows, columns=list(COLUMNS))


class _Marks:
    """What one person marked in one view, and the truth, as places."""

    def __init__(self, row: int, package: str, view: str, name: str, own: Mask, truth: Mask) -> None:
        self.row, self.package, self.of = row, package, (view, name, own.shape)
        self.own, self.truth, self.pixels = np.flatnonzero(own), np.flatnonzero(truth), own.size


def _held(own: Mask, truth: Mask) -> dict[str, float]:
    found, marked, damaged = overlap(own, truth), int(own.sum()), int(truth.sum())
    return {
        "iou": found.iou, "covered": found.both / damaged if damaged else float("nan"),
        "precise": found.both / marked if marked else float("nan"),
    }  # fmt: skip


def _chances(marks: Sequence[_Marks]) -> Iterator[tuple[int, float]]:
    """Of each row, the mean IoU of its marks with the truth of that person's other packages; of damaged ones only."""
    for of in dict.fromkeys(one.of for one in marks):
        mine = [one for one in marks if one.of == of and len(one.truth)]
        near = 1 - of_places([one.own for one in mine] + [one.truth for one in mine], mine[0].pixels if mine else 0)
        across = near[: len(mine), len(mine) :]
        for at, one in enumerate(mine):
            other = [across[at, there] for there, two in enumerate(mine) if two.package != one.package]
            yield one.row, float(np.mean(other)) if other else float("nan")


def _truth(opinions: Opinions, package: str, view: str, label: str) -> Mask | None:
    """None where it cannot be read; that of an intact package is empty."""
    if (package, view) not in opinions.sizes:
        return None
    if label == INTACT:
        return np.zeros(opinions.sizes[package, view], bool)
    try:
        found = opinions.dataset.truth(package, view)
    except CoreError:
        return None
    return None if found is None else found.mask


def figures(frame: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """How good each labeler is.

    "Unsure" is not right, and is counted apart. The verdict's interval is Wilson's, a package being one trial; those of
    regions are BCa with packages resampled, over the views that truly show damage.

    Args:
        frame: of `measured`.
        seed: of the draws.

    Returns:
        One row a person: annotator, n (packages), right, accuracy, low, high, chance (share of the more frequent class
        among these packages: what somebody scores who always says it), unsure, missed (damaged, called intact), alarms
        (intact, called damaged), iou, iou_low, iou_high, iou_chance, covered, precise, pictures, damaged (packages).
    """
    return pd.DataFrame([_labeler(str(name), mine, seed) for name, mine in frame.groupby("annotator")])


def _labeler(name: str, mine: pd.DataFrame, seed: int) -> dict[str, Any]:
    said = mine[mine["view"] == PACKAGE]
    right, n = int((said["verdict"] == said["truth"]).sum()), len(said)
    low, high = wilson(right, n)
    shown = mine[(mine["view"] != PACKAGE) & (mine["truth"] == DAMAGED) & mine["covered"].notna()]
    by_package = shown.groupby("package")["iou"]
    sums, pictures = by_package.sum().to_numpy(np.float64), by_package.size().to_numpy().astype(np.float64)
    iou_low, iou_high = interval(ratio(sums, pictures), len(sums), seed=seed)
    return {
        "annotator": name, "n": n, "right": right, "accuracy": right / n, "low": low, "high": high,
        "chance": float(said["truth"].value_counts(normalize=True).max()),
        "unsure": int((said["verdict"] == UNSURE).sum()),
        "missed": int(((said["truth"] == DAMAGED) & (said["verdict"] == INTACT)).sum()),
        "alarms": int(((said["truth"] == INTACT) & (said["verdict"] == DAMAGED)).sum()),
        "iou": _mean(shown["iou"]), "iou_low": iou_low, "iou_high": iou_high, "iou_chance": _mean(shown["chance"]),
        "covered": _mean(shown["covered"]), "precise": _mean(shown["precise"]), "pictures": len(shown),
        "damaged": len(sums),
    }  # fmt: skip


def _mean(values: pd.Series) -> float:
    return float(values.mean()) if values.notna().any() else float("nan")
