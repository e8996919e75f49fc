"""Where a model shall accept, ask a person and reject, and the policies that keep the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from core.domain import INTACT, PACKAGE, Cut
from core.errors import BadInput, CoreError, UnknownName
from core.metrics import economics
from core.metrics.economics import Curve, Design, Outcome, Terms
from core.models import policies as files
from core.models.checkpoints import Card
from core.models.policies import Chosen, Policy
from core.settings import settings
from core.study import ENSEMBLE, EVIDENCE, HALF, Classifier

__all__ = ["Curve", "Design", "Designed", "Outcome", "Policy", "Terms", "cuts", "design", "measured", "policies",
           "policy", "remove", "save", "terms_of"]  # fmt: skip

FEWEST = 10
"""Packages below which thresholds are not chosen."""
REACH, POINTS = 8.0, 641
"""Log-odds to both sides of even that the curve of costs spans, and thresholds on it."""


@dataclass(frozen=True, slots=True)
class Designed:
    """Thresholds of one model, and what they were chosen on.

    Attributes:
        model: its name, or "ensemble".
        rows: package, label, probability, split, source: the answers they were chosen on, fused.
        trained: packages left out, because the networks that answered had seen them.
        design: the thresholds, and what they cost.
        curve: cost over a single threshold, evenly over log-odds.
    """

    model: str
    rows: pd.DataFrame
    trained: int
    design: Design
    curve: Curve

    @property
    def sources(self) -> dict[str, int]:
        """Packages by where the answers come from."""
        return {str(name): int(count) for name, count in self.rows["source"].astype(str).value_counts().items()}


def design(frame: pd.DataFrame, model: str, terms: Terms, *, plain: Cut = HALF, seed: int = 0) -> Designed:
    """The thresholds of a model that cost least within the budget, on packages that it had not seen.

    Args:
        frame: `study.PREDICTION_COLUMNS`, of any models and views; the fused answers with a known class are used.
        model: its name, or "ensemble".
        terms: prevalence, costs, budget.
        plain: the cut to compare with.
        seed: of folds and draws.

    Raises:
        BadInput: no answers, only answers of networks that had seen the packages, one class, or too few packages.
    """
    rows, trained = _evidence(frame, model)
    truth, chance = _arrays(rows)
    found = economics.design(truth, chance, terms, plain=plain, seed=seed)
    grid = expit(np.linspace(-REACH, REACH, POINTS))
    return Designed(model, rows, trained, found, economics.curve(truth, chance, terms, grid, seed=seed))


def measured(designed: Designed, cut: Cut) -> Outcome:
    """What another cut would do on the same packages, at the same prevalence and costs."""
    return economics.measured(*_arrays(designed.rows), cut, designed.design.outcome.terms)


def _evidence(frame: pd.DataFrame, model: str) -> tuple[pd.DataFrame, int]:
    known = frame[(frame["model"] == model) & (frame["view"] == PACKAGE) & frame["label"].notna()]
    if known.empty:
        raise BadInput(f"{model} has judged no package of a known class.", "Choose another split, model or data set.")
    rows = known[known["source"].isin(EVIDENCE)]
    if rows.empty:
        raise BadInput(
            f"No evidence: {model} was trained on all of these packages.",
            "Choose a split or a data set that it has not seen.",
        )
    damaged = int((rows["label"] != INTACT).sum())
    for count, name in ((damaged, "damaged"), (len(rows) - damaged, "intact")):
        if not count:
            raise BadInput(f"No {name} package to choose thresholds on.", "Choose a split that holds both classes.")
    if len(rows) < FEWEST:
        raise BadInput(
            f"{len(rows)} packages are too few to choose thresholds on.", f"Choose a split of at least {FEWEST}."
        )
    return rows[["package", "label", "probability", "split", "source"]].reset_index(drop=True), len(known) - len(rows)


def _arrays(rows: pd.DataFrame) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    return (rows["label"] != INTACT).to_numpy(bool), rows["probability"].to_numpy(np.float64)


def policy(
    designed: Designed,
    models: Mapping[str, Classifier],
    *,
    dataset: str,
    fingerprint: str,
    split: str | None,
    when: datetime,
    note: str = "",
) -> Policy:
    """The design as a policy of the networks that it was made for.

    Args:
        designed: by `design`.
        models: every model; the ensemble is made of all of them.
        dataset: name of the data set.
        fingerprint: its hash, see `study.fingerprint`.
        split: that was looked at, None for all packages.
        when: it was made, UTC.
        note: what a user should know.
    """
    found, terms = designed.design, designed.design.outcome.terms
    outcome = found.outcome
    return Policy(
        model=designed.model,
        accept=found.cut.accept,
        reject=found.cut.reject,
        prevalence=terms.prevalence,
        cost_escape=terms.escape,
        cost_false_reject=terms.false_reject,
        cost_review=terms.review,
        budget=terms.budget,
        confidence=terms.confidence,
        chosen_on=Chosen(
            dataset=dataset,
            fingerprint=fingerprint,
            split=split,
            n_damaged=outcome.damaged,
            n_intact=outcome.intact,
            sources=designed.sources,
        ),
        expected_cost=round(outcome.per_thousand, 4),
        honest_cost=round(found.honest.per_thousand, 4) if found.honest else None,
        escapes=outcome.counts.fn,
        escape_upper=round(outcome.escape_upper, 6),
        proven=found.proven,
        false_reject_rate=round(outcome.false_reject_rate, 6),
        review_share=round(outcome.review_share, 6),
        made_at=when.isoformat(timespec="seconds"),
        note=note,
        **files.made_for(_cards(designed.model, models)),
    )


def terms_of(policy: Policy) -> Terms:
    """What a policy was designed for."""
    costs = policy.cost_escape, policy.cost_false_reject, policy.cost_review
    return Terms(policy.prevalence, *costs, policy.budget, policy.confidence)


def save(policy: Policy, folder: Path | None = None) -> Path:
    """Write a policy beside the card of its model, that of the ensemble beside the checkpoints.

    Args:
        policy: of one model, or of the ensemble.
        folder: of the checkpoints, None for the one of the settings.

    Raises:
        BadCheckpoint: it cannot be written.
    """
    return files.save_policy(folder or settings().checkpoints, policy)


def remove(model: str, folder: Path | None = None) -> None:
    """Remove the policy of a model; one that is not there is no error.

    Raises:
        CoreError: it cannot be removed.
    """
    files.delete_policy(folder or settings().checkpoints, model)


def policies(models: Mapping[str, Classifier], folder: Path | None = None) -> tuple[dict[str, Policy], dict[str, str]]:
    """The policies that hold for these networks, and why the others do not, by model or "ensemble".

    Args:
        models: every model; the ensemble is made of all of them.
        folder: of the checkpoints, None for the one of the settings.
    """
    held: dict[str, Policy] = {}
    refused: dict[str, str] = {}
    for name in (*models, ENSEMBLE):
        try:
            found = files.load_policy(folder or settings().checkpoints, name)
        except CoreError as error:
            refused[name] = str(error)
            continue
        if found is not None and (reason := files.misfit(found, _cards(name, models))):
            refused[name] = f"The policy of {name} is not used. {reason} Design the thresholds again."
        elif found is not None:
            held[name] = found
    return held, refused


def cuts(models: Mapping[str, Classifier], folder: Path | None = None, *, view: str = PACKAGE) -> dict[str, Cut]:
    """Where every model and the ensemble decide: by the policy, where one holds; else at the card's threshold, or 0.5.

    A policy decides about packages: a single view is judged at the card's threshold.

    Args:
        models: every model; the ensemble is made of all of them.
        folder: of the checkpoints, None for the one of the settings.
        view: what is decided about.
    """
    held = policies(models, folder)[0] if view == PACKAGE else {}
    plain = {name: Cut.at(float(model.card.threshold)) for name, model in models.items()}
    return {**plain, ENSEMBLE: HALF, **{name: policy.cut for name, policy in held.items()}}


def _cards(name: str, models: Mapping[str, Classifier]) -> dict[str, Card]:
    """The cards that a policy of this name is about."""
    if name != ENSEMBLE and name not in models:
        raise UnknownName(f"There is no model called {name!r}.", f"Try one of: {', '.join(models)}.")
    return {one: model.card for one, model in models.items() if name in (ENSEMBLE, one)}
