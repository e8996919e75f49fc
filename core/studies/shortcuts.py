"""What does a network look at instead: the share of its evidence on package, background, print and damage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.contracts import Dataset, Progress, silent
from core.domain import DAMAGED, INTACT, Floats, View
from core.errors import BadInput, CoreError, UnreadableImage
from core.metrics.consistency import SIGMA, evidence
from core.metrics.intervals import groups_interval, wilson
from core.models.framing import Placement
from core.store.frames import read_frame, write_frame
from core.studies.areas import AREAS, DAMAGE, EDGE, FRAMING, NOTHING, OFF, ON, SERIAL, TEXT, TRUTH, Areas, areas_of
from core.studies.consistency import fitting
from core.studies.cropped import cropped
from core.studies.explanation import DEFAULT, placed, target_of
from core.studies.parts import in_parts
from core.studies.robustness import drawn
from core.study import Classifier, run_name

__all__ = [
    "AREAS", "COLUMNS", "DAMAGE", "EDGE", "FOR", "FRAMING", "NOTHING", "OFF", "ON", "PACKAGES", "SERIAL", "SIGMA",
    "TEXT", "TRUTH", "drawn", "elsewhere", "last", "shares", "shortcuts", "without_damage",
]  # fmt: skip

PACKAGES = 10
"""How many are looked at where nobody says."""
PART = 2
"""Packages that are stored together."""
FOR = (DAMAGED, INTACT)
"""What evidence can speak for: the positive part of a map, and the negative one."""

COLUMNS = (
    "package", "view", "label", "model", "method", "speaks", "area", "share", "covers", "basis", "odds", "odds_without",
)  # fmt: skip


def shortcuts(
    dataset: Dataset,
    models: Mapping[str, Classifier],
    *,
    packages: Sequence[str],
    method: str = DEFAULT,
    progress: Progress = silent,
) -> pd.DataFrame:
    """Where the evidence of every model lies in every picture; stored, and read back.

    Within the crop that the model sees; maps are smoothed with sigma 2 px, then their positive part speaks for damaged
    and their negative part for intact, so that some evidence crosses a border by that much. Stopped by an error raised
    in `progress`, it goes on where it was.

    Args:
        dataset: whose pictures.
        models: whose maps.
        packages: ids, for example of `drawn`.
        method: name in the registry of attribution methods.
        progress: called along every map.

    Returns:
        `COLUMNS`, one row a package, view, model, class that the evidence speaks for ("damaged", "intact") and area of
        `AREAS`: share of the evidence in it, in [0, 1], NaN where the area is not in sight of the network or the map
        has no such evidence; covers, its share of the crop; basis, how the package is known; odds and odds_without,
        log-odds of damaged of the picture and of its twin without the damage (NaN where there is none). What is not
        known of a picture has no row.

    Raises:
        UnknownName: no such method.
        BadInput: no package, or the method applies to none of the models.
    """
    if not packages:
        raise BadInput("No package to look at.", "Choose at least two.")
    apart = fitting(models, (method,)).get(method, {})
    asked = {name: model for name, model in models.items() if name not in apart}
    if not asked:
        raise BadInput(f"{method} applies to none of the models.", "Choose another method.")
    name = run_name("shortcuts", dataset, models, tuple(packages), method, SIGMA, tuple(AREAS))
    labels = dataset.index.drop_duplicates("package").set_index("package")["label"]

    def rows(package: str) -> list[dict[str, object]]:
        at = packages.index(package)

        def tell(share: float, text: str) -> None:
            progress((at + share) / len(packages), f"package {at + 1:,} of {len(packages):,}, {text}")

        label = labels[package]
        known = {"package": package, "label": label if isinstance(label, str) else None, "method": method}
        return [known | row for row in _rows(dataset, package, asked, method, tell)]

    found = in_parts(name, packages, rows, columns=COLUMNS, size=PART)
    write_frame(run_name("shortcuts", dataset, models, "last"), found)
    return found


def last(dataset: Dataset, models: Mapping[str, Classifier]) -> pd.DataFrame | None:
    """The run that was last asked for, whatever its settings; None where there is none. Never computes."""
    return read_frame(run_name("shortcuts", dataset, models, "last"))


def _rows(
    dataset: Dataset, package: str, models: Mapping[str, Classifier], method: str, progress: Progress
) -> Iterator[dict[str, object]]:
    index = dataset.index
    views = sorted(map(str, index.loc[index["package"] == package, "view"]))
    for number, name in enumerate(views):
        try:
            picture = dataset.view(package, name)
        except UnreadableImage:
            continue
        twin = _twin(dataset, package, name)
        for at, (model, one) in enumerate(models.items()):

            def tell(share: float, text: str, at: int = at + number * len(models), model: str = model,
                     name: str = name) -> None:  # fmt: skip
                progress((at + share) / (len(views) * len(models)), f"{name} view, {model}")

            tell(0.0, "")
            place = placed(dataset, package, picture, one)
            shape = (picture.pixels.shape[0], picture.pixels.shape[1])
            areas = areas_of(dataset, package, name, one, place, shape)
            values = cropped(dataset, package, name, one, method, placement=place, progress=tell)
            odds = {"odds": _odds(one, picture, place), "odds_without": _odds(one, twin, place)}
            known = {"view": name, "model": model, "basis": areas.basis, **odds}
            yield from (known | row for row in _shares(values, areas))


def _twin(dataset: Dataset, package: str, view: str) -> View | None:
    try:
        return dataset.twin(package, view)
    except CoreError:
        return None


def _odds(model: Classifier, picture: View | None, place: Placement) -> float:
    """Log-odds of damaged of a picture in this crop, before temperature; NaN without a picture."""
    if picture is None:
        return np.nan
    return float(target_of(model)(model.logits([place.crop(picture.pixels)])))


def _shares(values: Floats, areas: Areas) -> Iterator[dict[str, object]]:
    """The share of each area in what speaks for either class."""
    for speaks, signed in zip(FOR, (values, -values), strict=True):
        found = evidence(signed[None])[0]
        total = float(found.sum())
        for area, mask in areas.masks.items():
            share = float(found[mask].sum()) / total if total > 0 else np.nan
            yield {"speaks": speaks, "area": area, "share": share, "covers": float(mask.mean())}
        for area in areas.unseen:
            yield {"speaks": speaks, "area": area, "share": np.nan, "covers": np.nan}


def shares(frame: pd.DataFrame, *, speaks: str = DAMAGED, view: str | None = None, seed: int = 0) -> pd.DataFrame:
    """The share of the evidence on every area, by model and class of the packages.

    A package counts once: the mean of those of its views in which the area is in sight. Intervals resample packages.

    Args:
        frame: of `shortcuts`.
        speaks: evidence for "damaged" or for "intact".
        view: only of this one; None for all.
        seed: of the intervals.

    Returns:
        One row a model, label and area: share with _low and _high; covers, the share of the crop, which evidence
        thrown anywhere would reach; lift, share by covers, with _low and _high; n (packages), unseen (packages in
        none of whose views the area is in sight).
    """
    rows = frame[(frame["speaks"] == speaks) & frame["label"].notna()]
    rows = rows if view is None else rows[rows["view"] == view]
    groups = {key: mine for key, mine in rows.groupby(["model", "label", "area"], sort=False, observed=True)}
    order = list(AREAS)
    keys = sorted(groups, key=lambda key: (str(key[0]), str(key[1]), order.index(str(key[2]))))
    return pd.DataFrame([
        {"model": model, "label": label, "area": area, **_figures(groups[model, label, area], seed)}
        for model, label, area in keys
    ])  # fmt: skip


def _figures(rows: pd.DataFrame, seed: int) -> dict[str, Any]:
    means = rows.dropna(subset=["share"]).groupby("package", observed=True)[["share", "covers"]].mean()
    share, covers = (means[name].to_numpy(float) for name in ("share", "covers"))
    n = len(means)

    def mean(at: NDArray[np.int64]) -> float:
        return float(share[at].mean())

    def lift(at: NDArray[np.int64]) -> float:
        return float(share[at].mean() / covers[at].mean())

    each = [np.array([at]) for at in range(n)]
    within, ends = (groups_interval(each, figure, seed=seed) if n > 1 else None for figure in (mean, lift))
    return {
        "share": mean(np.arange(n)) if n else np.nan,
        "share_low": within[0] if within else np.nan, "share_high": within[1] if within else np.nan,
        "covers": float(covers.mean()) if n else np.nan,
        "lift": lift(np.arange(n)) if n else np.nan,
        "lift_low": ends[0] if ends else np.nan, "lift_high": ends[1] if ends else np.nan,
        "n": n, "unseen": rows["package"].nunique() - n,
    }  # fmt: skip


def elsewhere(frame: pd.DataFrame, *, speaks: str = DAMAGED, view: str | None = None) -> pd.DataFrame:
    """Packages by the share of the evidence that lies off them, the largest first.

    Returns:
        package, label, off (mean over models and views), covers (the background's share of the crop), model and worst
        (the model with most evidence off the package, and its share). Empty where no package is known from its
        background.
    """
    rows = frame[(frame["speaks"] == speaks) & (frame["area"] == OFF)].dropna(subset=["share"])
    rows = rows if view is None else rows[rows["view"] == view]
    table = []
    for package, mine in rows.groupby("package", observed=True, sort=True):
        by_model = mine.groupby("model", observed=True)["share"].mean()
        table.append({"package": package, "label": mine["label"].iloc[0], "off": float(mine["share"].mean()),
                      "covers": float(mine["covers"].mean()), "model": by_model.idxmax(),
                      "worst": float(by_model.max())})  # fmt: skip
    found = pd.DataFrame(table, columns=["package", "label", "off", "covers", "model", "worst"])
    return found.sort_values(["off", "package"], ascending=[False, True], ignore_index=True)


def without_damage(frame: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """What becomes of "damaged" when the damage is taken away: the twin check.

    Of pictures of damaged packages that a model calls damaged (log-odds above 0), with a twin that differs by the
    damage alone. A model that says damaged of the twin too has another reason than the damage.

    Returns:
        One row a model: n (packages), pictures, still (packages of which a twin is still called damaged), share with
        _low and _high (Wilson, of packages), drop (mean fall of the log-odds) with _low and _high (BCa over packages).
    """
    once = frame.drop_duplicates(["package", "view", "model"])
    asked = once[(once["label"] == DAMAGED) & once["odds_without"].notna() & (once["odds"] > 0)]
    table = []
    for model, mine in asked.groupby("model", sort=True, observed=True):
        fall = (mine["odds"] - mine["odds_without"]).groupby(mine["package"]).mean().to_numpy(float)
        still = int((mine["odds_without"] > 0).groupby(mine["package"]).any().sum())
        n = len(fall)
        low, high = wilson(still, n)
        ends = groups_interval([np.array([at]) for at in range(n)], _mean(fall), seed=seed) if n > 1 else None
        table.append({
            "model": model, "n": n, "pictures": len(mine), "still": still, "share": still / n, "share_low": low,
            "share_high": high, "drop": float(fall.mean()), "drop_low": ends[0] if ends else np.nan,
            "drop_high": ends[1] if ends else np.nan,
        })  # fmt: skip
    return pd.DataFrame(table)


def _mean(values: NDArray[np.float64]) -> Any:
    return lambda at: float(values[at].mean())
