"""How far each model's probabilities can be taken at their word, and the temperatures that mend them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit

from core.contracts import Dataset
from core.domain import INTACT, PACKAGE
from core.errors import BadInput
from core.metrics import calibration as measures
from core.models.checkpoints import Card, save_card
from core.store.frames import write_frame
from core.study import (
    ENSEMBLE,
    EVIDENCE,
    Classifier,
    fingerprint,
    inventory,
    predictions_name,
    shaped,
    stored_predictions,
)

TEST = "test"
"""The split that is never fitted on."""
OTHERS = "others"
"""Packages that could have been drawn for the fit, and were not."""
FEWEST = 10
"""Packages of each class that a fit needs, and that must be left to measure it on."""


@dataclass(frozen=True, slots=True)
class Calibrated:
    """Temperatures of one model, and what they bring on packages that they were not fitted on.

    Attributes:
        model: its name.
        serials: packages fitted on, sorted.
        table: one row a view ("package" last) and set of packages (`OTHERS`, `TEST`): view, on, old (temperature),
            temperature with _low and _high, clipped, n, and before and after: nll, ece, brier; nll_change with _low
            and _high, ece_chance (of a perfect model, after), worth (whether the NLL falls beyond chance).
    """

    model: str
    serials: tuple[str, ...]
    table: pd.DataFrame

    @property
    def temperatures(self) -> dict[str, float]:
        """By view; those that these packages cannot tell are left out."""
        rows = self.table[~self.table["clipped"]].drop_duplicates("view")
        return dict(zip(rows["view"], rows["temperature"].round(4), strict=True))

    @property
    def worth(self) -> tuple[str, ...]:
        """Views whose probabilities the temperature makes better, beyond chance."""
        rows = self.table[(self.table["on"] == OTHERS) & self.table["worth"]]
        return tuple(rows["view"])

    @property
    def hash(self) -> str:
        """Of the serials fitted on."""
        return hashlib.sha256("\n".join(self.serials).encode()).hexdigest()


def reliabilities(frame: pd.DataFrame) -> pd.DataFrame:
    """Said against observed, one row a model, view and bin: the attributes of `core.metrics.calibration.Bin`.

    Args:
        frame: `study.PREDICTION_COLUMNS`; packages without a known class are left out.
    """
    rows = [
        {"model": model, "view": view, **asdict(one)}
        for model, view, truth, odds in _each(frame)
        for one in measures.reliability(truth, expit(odds))
    ]
    return pd.DataFrame(rows)


def figures(frame: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """Every figure of calibration, one row a model and view, the fused decision last.

    Args:
        frame: `study.PREDICTION_COLUMNS`; packages without a known class are left out.
        seed: of the intervals.

    Returns:
        model, view, n, damaged; said (mean probability); bias (said minus share of damaged), brier and nll with _low
        and _high; ece with _low, _high, _chance, _chance_high, _p; reliability, resolution, uncertainty, within;
        temperature with _low, _high, and clipped.
    """
    return pd.DataFrame(
        [
            {"model": model, "view": view, "n": len(truth), "damaged": int(truth.sum()), **_figures(truth, odds, seed)}
            for model, view, truth, odds in _each(frame)
        ]
    )


def _each(frame: pd.DataFrame) -> Iterator[tuple[str, str, NDArray[np.bool_], NDArray[np.float64]]]:
    """Model, view, truth and log-odds of every answer to a package of known class."""
    known = frame[frame["label"].notna()]
    groups = {(str(model), str(view)): rows for (model, view), rows in known.groupby(["model", "view"], observed=True)}
    for (model, view), rows in sorted(groups.items(), key=lambda item: (item[0][0], item[0][1] == PACKAGE, item[0][1])):
        yield model, view, *_arrays(rows)


def _arrays(rows: pd.DataFrame) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    return (rows["label"] != INTACT).to_numpy(bool), rows["logit"].to_numpy(float)


def _figures(truth: NDArray[np.bool_], odds: NDArray[np.float64], seed: int) -> dict[str, Any]:
    said = expit(odds)
    error, split = measures.calibration_error(truth, said, seed=seed), measures.brier(truth, said)
    best = measures.fit_temperature(truth, odds)
    parts = {"reliability": split.reliability, "resolution": split.resolution, "uncertainty": split.uncertainty}
    return {
        "said": float(said.mean()),
        **_with_interval("bias", said - truth, seed),
        "ece": error.value,
        **{f"ece_{name}": getattr(error, name) for name in ("low", "high", "chance", "chance_high", "p")},
        **_with_interval("brier", (said - truth) ** 2, seed),
        **parts,
        "within": split.within,
        **_with_interval("nll", measures.losses(truth, odds), seed),
        "temperature": best.value,
        "temperature_low": best.low,
        "temperature_high": best.high,
        "clipped": best.clipped,
    }


def _with_interval(name: str, values: NDArray[np.float64], seed: int) -> dict[str, float | None]:
    low, high = measures.mean_interval(values, seed=seed) or (None, None)
    return {name: float(values.mean()), f"{name}_low": low, f"{name}_high": high}


def fit(frame: pd.DataFrame, model: Classifier, *, share: float = 0.5, seed: int = 0) -> Calibrated:
    """Temperatures of one model, fitted on packages drawn by serial, measured on those that were not drawn.

    Drawn are packages whose answers come from networks that had not seen them, never from a split called test.

    Args:
        frame: `study.predictions`, all of it.
        model: whose.
        share: of the packages that may be fitted on.
        seed: of the draw, and of the intervals.

    Raises:
        BadInput: too few packages, a share that leaves none, or more than two classes.
    """
    if len(model.card.classes) != 2:
        raise BadInput(f"{model.name} tells {len(model.card.classes)} classes apart.", "Only two can be calibrated.")
    own = frame[(frame["model"] == model.name) & frame["label"].notna() & frame["source"].isin(EVIDENCE)]
    own = own.assign(logit=own["logit"] * own["view"].astype(str).map(model.card.temperature).to_numpy(float))
    tested = (own["split"] == TEST).to_numpy(bool, na_value=False)
    serials = _drawn(own[~tested], share, seed)
    drawn = own["package"].isin(serials).to_numpy() & ~tested
    on = {OTHERS: own[~drawn & ~tested], TEST: own[tested]}
    views = sorted(map(str, own["view"].unique()), key=lambda view: (view == PACKAGE, view))
    rows = [row for view in views for row in _view(view, own[drawn], on, model.card.temperature(view), seed)]
    return Calibrated(model.name, serials, pd.DataFrame(rows))


def _drawn(own: pd.DataFrame, share: float, seed: int) -> tuple[str, ...]:
    """A share of the packages of each class, by serial."""
    if not 0 < share < 1:
        raise BadInput(f"A share of {share:g} leaves nothing to fit on, or to measure on.", "Take one like 0.5.")
    packages = own.drop_duplicates("package").sort_values("package")
    damaged = (packages["label"] != INTACT).to_numpy(bool)
    rng, found = np.random.default_rng(seed), []
    for side in (True, False):
        names = packages["package"].astype(str).to_numpy()[damaged == side]
        count = round(share * len(names))
        if min(count, len(names) - count) < FEWEST:
            raise BadInput(
                f"{len(names)} {'damaged' if side else 'intact'} packages outside the test split are too few to fit "
                f"a temperature on {share:.0%} of them and to measure it on the rest.",
                f"Each part needs {FEWEST} of each class, answered by networks that had not seen them.",
            )
        found += rng.permutation(names)[:count].tolist()
    return tuple(sorted(found))


def _view(
    view: str, drawn: pd.DataFrame, on: Mapping[str, pd.DataFrame], old: float, seed: int
) -> Iterator[dict[str, Any]]:
    rows = drawn[drawn["view"] == view]
    if rows.empty:
        return
    best = measures.fit_temperature(*_arrays(rows))
    found = {"temperature": best.value, "temperature_low": best.low, "temperature_high": best.high}
    for name, others in on.items():
        others = others[others["view"] == view]
        if len(others):
            facts = {"view": view, "on": name, "fitted": len(rows), "old": old, "clipped": best.clipped}
            yield facts | found | _gained(*_arrays(others), old, best.value, seed)


def _gained(truth: NDArray[np.bool_], raw: NDArray[np.float64], old: float, new: float, seed: int) -> dict[str, Any]:
    """Before and after, on packages that were not fitted on."""
    was, now = raw / old, raw / new
    change = _with_interval("nll_change", measures.losses(truth, now) - measures.losses(truth, was), seed)
    high = change["nll_change_high"]
    sizes = {"n": len(truth), "damaged": int(truth.sum())}
    both = {f"{key}_{when}": value for when, odds in (("before", was), ("after", now))
            for key, value in _short(truth, odds).items()}  # fmt: skip
    chance = measures.calibration_error(truth, expit(now), seed=seed).chance
    return {**sizes, **both, **change, "ece_chance": chance, "worth": high is not None and high < 0}


def _short(truth: NDArray[np.bool_], odds: NDArray[np.float64]) -> dict[str, float]:
    said = expit(odds)
    return {"nll": measures.nll(truth, odds), "ece": measures.ece(truth, said),
            "brier": measures.brier(truth, said).score}  # fmt: skip


def calibrated(card: Card, found: Calibrated, *, dataset: str, fingerprint: str, when: datetime) -> Card:
    """The card with these temperatures, and with how they were found.

    Its threshold moves with the fused probabilities, so that every package is decided as before; a view that cannot be
    told keeps its temperature.

    Args:
        card: of the model.
        found: by `fit`.
        dataset: its name.
        fingerprint: its hash, see `study.fingerprint`.
        when: it was fitted, UTC.
    """
    now = {view: card.temperature(view) for view in found.table["view"].unique()} | found.temperatures
    odds = logit(card.threshold) * card.temperature(PACKAGE) / now.get(PACKAGE, 1.0)
    record = {
        "dataset": dataset,
        "fingerprint": fingerprint,
        "packages": len(found.serials),
        "serials_sha256": found.hash,
        "fitted_at": when.isoformat(timespec="seconds"),
        "views": found.table.astype(object).where(found.table.notna(), None).to_dict("records"),
    }
    update = {"temperatures": now, "calibration": record, "threshold": round(float(expit(odds)), 6)}
    return card.model_copy(update=update)


def save(model: Classifier, found: Calibrated, dataset: Dataset, *, when: datetime) -> Classifier:
    """Write the temperatures into the card of a checkpoint; the weights stay as they are.

    Returns:
        The model with its new card.

    Raises:
        BadInput: the model lies nowhere, or none of its temperatures can be told.
        BadCheckpoint: the card cannot be written.
    """
    if model.folder is None:
        raise BadInput(f"{model.name} lies in no folder.", "Save the checkpoint first.")
    if not found.temperatures:
        raise BadInput(
            f"{model.name} is right on all packages that were drawn, or might as well guess: any temperature fits.",
            "Nothing was saved; take more packages, or another --seed.",
        )
    mark = fingerprint(inventory(dataset))
    card = calibrated(model.card, found, dataset=dataset.name, fingerprint=mark, when=when)
    save_card(model.folder, card)
    return Classifier(card, model.module, model.framer, model.folder)


def carry_over(dataset: Dataset, before: Mapping[str, Classifier], after: Mapping[str, Classifier]) -> None:
    """Store the answers of models whose temperatures changed, from those before: no network is asked again.

    Args:
        dataset: whose stored answers; where there are none, nothing is done.
        before: all models, with the cards that the stored answers were made with.
        after: the same with their new cards; only temperatures differ.
    """
    found = stored_predictions(dataset, before)
    if found is None:
        return
    factors = {
        (name, view): model.card.temperature(view) / after[name].card.temperature(view)
        for name, model in before.items()
        for view in map(str, found["view"].unique())
    }
    write_frame(predictions_name(dataset, after, inventory(dataset)), shaped(rescaled(found, factors)))


def rescaled(frame: pd.DataFrame, factors: Mapping[tuple[str, str], float]) -> pd.DataFrame:
    """Predictions whose log-odds are multiplied, and the ensemble that follows from them.

    Args:
        frame: `study.PREDICTION_COLUMNS`.
        factors: by model and view; 1 where not named.
    """
    keys = zip(frame["model"].astype(str), frame["view"].astype(str), strict=True)
    odds = frame["logit"].to_numpy(float) * np.array([factors.get(key, 1.0) for key in keys])
    together = (frame["model"] == ENSEMBLE).to_numpy()
    fused = (frame["view"] == PACKAGE).to_numpy() & ~together
    means = pd.Series(odds[fused]).groupby(frame["package"].to_numpy()[fused]).mean()
    odds[together] = means.reindex(frame["package"].to_numpy()[together]).to_numpy()
    return frame.assign(logit=odds, probability=expit(odds))
