"""Designs from stored answers, and the policies that every face of the program decides by."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.domain import Cut
from core.errors import BadInput, UnknownName
from core.metrics.economics import Terms, measured
from core.models.checkpoints import load_card, save_card
from core.studies import economics
from core.study import Classifier, open_models
from tests.tiny_models import save_tiny_models

TERMS = Terms(budget=0.3)
WHEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def answers(model: str = "first", *, count: int = 20, view: str = "package", **changes: object) -> pd.DataFrame:
    rng, damaged = np.random.default_rng(0), np.arange(2 * count) < count
    facts = {
        "package": [f"{at:04d}" for at in range(2 * count)],
        "view": view,
        "model": model,
        "label": np.where(damaged, "dent", "intact"),
        "split": "test",
        "probability": rng.uniform(0, 0.6, 2 * count) + 0.4 * damaged,
        "source": "unseen",
        "framing": 1.0,
    }
    frame = pd.DataFrame({**facts, **changes})
    return frame.assign(logit=np.log(frame["probability"] / (1 - frame["probability"])))


@pytest.fixture
def models(tmp_path: Path) -> dict[str, Classifier]:
    return open_models(save_tiny_models(tmp_path / "models", "first", "second"))[0]


def made(models: dict[str, Classifier], model: str = "first", note: str = "") -> economics.Policy:
    found = economics.design(answers(model), model, TERMS)
    return economics.policy(found, models, dataset="drawn", fingerprint="f", split="test", when=WHEN, note=note)


def test_only_the_fused_answers_of_the_model_count() -> None:
    others = [answers("second"), answers(view="side", probability=0.5)]
    found = economics.design(pd.concat([answers(), *others]), "first", TERMS)
    assert (20, 20) == (found.design.outcome.damaged, found.design.outcome.intact)
    assert economics.design(answers(), "first", TERMS).design.cut == found.design.cut


def test_answers_of_networks_that_had_seen_the_packages_are_left_out() -> None:
    frame = answers()
    seen = frame.assign(package=frame["package"] + "t", source="training", probability=0.5)
    found = economics.design(pd.concat([frame, seen]), "first", TERMS)
    assert (40, {"unseen": 40}) == (found.trained, found.sources)
    assert economics.design(frame, "first", TERMS).design.cut == found.design.cut


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (answers(source="training"), "No evidence: first was trained on all"),
        (answers(label="intact"), "No damaged package"),
        (answers(label="dent"), "No intact package"),
        (answers(count=4), "8 packages are too few"),
        (answers(label=None), "no package of a known class"),
        (answers("second"), "no package of a known class"),
    ],
)
def test_where_there_is_nothing_to_choose_on_it_says_so(frame: pd.DataFrame, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        economics.design(frame, "first", TERMS)


def test_answers_with_columns_as_categories_are_the_same() -> None:
    frame = answers()
    kinds = frame.astype(dict.fromkeys(("view", "model", "label", "split", "source"), "category"))
    assert economics.design(frame, "first", TERMS).design == economics.design(kinds, "first", TERMS).design


def test_another_cut_is_measured_on_the_same_packages() -> None:
    found = economics.design(answers(), "first", TERMS, plain=Cut.at(0.3))
    assert found.design.plain == economics.measured(found, Cut.at(0.3))


def test_a_policy_says_what_it_was_chosen_on_and_what_it_promises(models: dict[str, Classifier]) -> None:
    policy = made(models, note="line 3")
    on, frame = policy.chosen_on, answers()
    assert ("drawn", "test", 20, 20, {"unseen": 40}) == (on.dataset, on.split, on.n_damaged, on.n_intact, on.sources)
    outcome = measured((frame["label"] != "intact").to_numpy(), frame["probability"].to_numpy(), policy.cut, TERMS)
    assert pytest.approx((outcome.per_thousand, outcome.escape_upper), abs=1e-4) == (
        policy.expected_cost,
        policy.escape_upper,
    )
    assert ("2026-01-02T03:04:05+00:00", "line 3") == (policy.made_at, policy.note)
    assert TERMS == economics.terms_of(policy)


def test_the_policy_of_one_model_knows_only_its_weights(models: dict[str, Classifier]) -> None:
    assert {"first": models["first"].card.weights_sha256} == made(models).weights
    assert {"first", "second"} == set(made(models, "ensemble").weights)


def test_a_saved_policy_decides_and_the_others_decide_as_before(models: dict[str, Classifier], tmp_path: Path) -> None:
    for name in ("first", "ensemble"):
        economics.save(made(models, name), tmp_path / "models")
    cut = made(models).cut
    assert {"first": cut, "second": Cut.at(0.5), "ensemble": cut} == economics.cuts(models, tmp_path / "models")
    economics.remove("first", tmp_path / "models")
    assert Cut.at(0.5) == economics.cuts(models, tmp_path / "models")["first"]


def test_a_policy_beside_a_checkpoint_leaves_the_checkpoint_sound(
    models: dict[str, Classifier], tmp_path: Path
) -> None:
    economics.save(made(models), tmp_path / "models")
    economics.save(made(models, "ensemble"), tmp_path / "models")
    assert ({"first", "second"}, {}) == (set(open_models(tmp_path / "models")[0]), open_models(tmp_path / "models")[1])


def test_new_temperatures_refuse_the_policy_with_its_reason(models: dict[str, Classifier], tmp_path: Path) -> None:
    folder = tmp_path / "models"
    for name in ("first", "second", "ensemble"):
        economics.save(made(models, name), folder)
    card = load_card(folder / "first")
    save_card(folder / "first", card.model_copy(update={"temperatures": {"package": 2.0}, "threshold": 0.4}))
    now = open_models(folder)[0]
    held, refused = economics.policies(now, folder)
    assert ({"second"}, {"first", "ensemble"}) == (set(held), set(refused))
    assert "not used. It was made for other temperatures of first." in refused["first"]
    assert (Cut.at(0.4), Cut.at(0.5)) == tuple(economics.cuts(now, folder)[name] for name in ("first", "ensemble"))


def test_other_weights_refuse_the_policy(models: dict[str, Classifier], tmp_path: Path) -> None:
    economics.save(made(models), tmp_path / "models")
    save_tiny_models(tmp_path / "models", "second", "first")  # other seeds: other weights under the same names
    held, refused = economics.policies(open_models(tmp_path / "models")[0], tmp_path / "models")
    assert ({}, ["first"]) == (held, list(refused))
    assert "other weights of first" in refused["first"]


def test_the_policy_of_the_ensemble_is_refused_without_one_of_its_models(
    models: dict[str, Classifier], tmp_path: Path
) -> None:
    economics.save(made(models, "ensemble"), tmp_path / "models")
    alone = {"first": models["first"]}
    assert (
        "made for first and second, and here is first" in economics.policies(alone, tmp_path / "models")[1]["ensemble"]
    )


def test_a_broken_policy_is_ignored_with_its_reason(models: dict[str, Classifier], tmp_path: Path) -> None:
    path = economics.save(made(models), tmp_path / "models")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"accept": 2}))
    held, refused = economics.policies(models, tmp_path / "models")
    assert {} == held
    assert "not a valid policy: accept" in refused["first"]
    assert Cut.at(0.5) == economics.cuts(models, tmp_path / "models")["first"]


def test_nobody_has_a_policy_for_a_model_that_is_not_there(models: dict[str, Classifier]) -> None:
    found = economics.design(answers("third"), "third", TERMS)
    with pytest.raises(UnknownName, match="third"):
        economics.policy(found, models, dataset="d", fingerprint="f", split=None, when=WHEN)
