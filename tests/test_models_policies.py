"""Policies on disk: written whole, read back, and refused where they do not hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from core.domain import Cut
from core.errors import BadCheckpoint, CoreError
from core.models.checkpoints import Card
from core.models.policies import (
    ENSEMBLE,
    Policy,
    delete_policy,
    load_policy,
    made_for,
    misfit,
    place,
    save_policy,
)
from tests.tiny_models import SIZE, TRAINING


def card(name: str = "one", **changes: Any) -> Card:
    plain = {
        "name": name, "architecture": "test_resnet", "input_size": SIZE, "mean": (0.5,) * 3, "std": (0.25,) * 3,
        "framing": {}, "classes": ("damaged", "intact"), "positive": "damaged", "training": TRAINING,
        "weights_sha256": f"hash of {name}",
    }  # fmt: skip
    return Card.model_validate(plain | changes)


def policy(*cards: Card, **changes: Any) -> Policy:
    known = cards or (card(),)
    plain = {
        "model": "one", "accept": 0.2, "reject": 0.8, "prevalence": 0.02, "cost_escape": 100.0,
        "cost_false_reject": 5.0, "cost_review": 1.0, "budget": 0.01, "confidence": 0.95,
        "chosen_on": {"dataset": "drawn", "fingerprint": "f", "split": "test", "n_damaged": 20, "n_intact": 20,
                      "sources": {"unseen": 40}},
        "expected_cost": 31.0, "escapes": 0, "escape_upper": 0.139, "proven": False, "false_reject_rate": 0.0,
        "review_share": 0.04, "made_at": "2026-01-02T03:04:05+00:00",
        **made_for({one.name: one for one in known}),
    }  # fmt: skip
    return Policy.model_validate(plain | changes)


@pytest.fixture
def checkpoints(tmp_path: Path) -> Path:
    (tmp_path / "one").mkdir()
    return tmp_path


def test_a_policy_is_read_back_as_it_was_written(checkpoints: Path) -> None:
    made = policy(note="für Linie 3")
    assert checkpoints / "one" / "policy.json" == save_policy(checkpoints, made)
    assert made == load_policy(checkpoints, "one")


def test_the_policy_of_the_ensemble_lies_beside_the_checkpoints(checkpoints: Path) -> None:
    assert checkpoints / "ensemble-policy.json" == save_policy(checkpoints, policy(model=ENSEMBLE))
    assert Cut(0.2, 0.8) == load_policy(checkpoints, ENSEMBLE).cut  # type: ignore[union-attr]


def test_a_new_policy_replaces_the_old_one_and_leaves_nothing_beside(checkpoints: Path) -> None:
    save_policy(checkpoints, policy())
    save_policy(checkpoints, policy(accept=0.3))
    assert 0.3 == load_policy(checkpoints, "one").accept  # type: ignore[union-attr]
    assert ["policy.json"] == [path.name for path in (checkpoints / "one").iterdir()]


def test_a_model_without_a_policy_has_none(checkpoints: Path) -> None:
    assert load_policy(checkpoints, "one") is None
    assert load_policy(checkpoints, "nobody") is None


def test_a_policy_that_cannot_be_written_says_so_and_the_old_place_stands(checkpoints: Path) -> None:
    (checkpoints / "one" / "policy.json").mkdir()
    with pytest.raises(BadCheckpoint, match="cannot be written") as raised:
        save_policy(checkpoints, policy())
    assert "download" in raised.value.remedy
    assert ["policy.json"] == [path.name for path in (checkpoints / "one").iterdir()]


def test_a_folder_that_is_gone_is_refused(checkpoints: Path) -> None:
    with pytest.raises(BadCheckpoint, match="No such file"):
        save_policy(checkpoints, policy(model="nobody"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "no policy that can be read"),
        ("\xff", "no policy that can be read"),
        ("[]", "not a valid policy"),
        ('{"format": 2}', "newer version"),
        ('{"format": 1}', "not a valid policy: model"),
    ],
)
def test_a_bad_file_is_refused_with_its_reason(checkpoints: Path, text: str, says: str) -> None:
    place(checkpoints, "one").write_bytes(text.encode("latin-1"))
    with pytest.raises(BadCheckpoint, match=says):
        load_policy(checkpoints, "one")


@pytest.mark.parametrize(
    "change",
    [
        {"accept": 0.9},
        {"accept": -0.1},
        {"reject": 1.2},
        {"prevalence": 0.0},
        {"budget": 0.0},
        {"cost_review": -1.0},
        {"expected_cost": float("nan")},
        {"weights": {}},
        {"unknown": 1},
    ],
)
def test_an_impossible_policy_cannot_be_made(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        policy(**change)


def test_the_policy_of_another_model_is_refused(checkpoints: Path) -> None:
    save_policy(checkpoints, policy())
    (checkpoints / "two").mkdir()
    place(checkpoints, "two").write_bytes(place(checkpoints, "one").read_bytes())
    with pytest.raises(BadCheckpoint, match="is the policy of one"):
        load_policy(checkpoints, "two")


def test_a_policy_is_plain_json(checkpoints: Path) -> None:
    path = save_policy(checkpoints, policy(card(temperatures={"package": 1.7})))
    raw = json.loads(path.read_text())
    assert ({"one": "hash of one"}, {"one": {"package": 1.7}}) == (raw["weights"], raw["calibration"])


def test_a_removed_policy_is_gone_and_may_be_removed_again(checkpoints: Path) -> None:
    save_policy(checkpoints, policy())
    delete_policy(checkpoints, "one")
    delete_policy(checkpoints, "one")
    assert load_policy(checkpoints, "one") is None


def test_what_cannot_be_removed_says_so(checkpoints: Path) -> None:
    place(checkpoints, "one").mkdir()
    with pytest.raises(CoreError, match="cannot be removed"):
        delete_policy(checkpoints, "one")


def test_a_policy_holds_for_the_networks_it_was_made_for() -> None:
    assert misfit(policy(), {"one": card()}) is None
    pair = card("one"), card("two", temperatures={"package": 2.0})
    assert misfit(policy(*pair, model=ENSEMBLE), {one.name: one for one in pair}) is None


@pytest.mark.parametrize(
    ("now", "says"),
    [
        (card(weights_sha256="others"), "made for other weights of one"),
        (card(temperatures={"package": 2.0}), "made for other temperatures of one"),
        (card(fusion={"side": 2.0}), "made for other weights of the views of one"),
    ],
)
def test_a_policy_for_another_network_does_not_hold(now: Card, says: str) -> None:
    assert says in str(misfit(policy(), {"one": now}))


def test_the_policy_of_an_ensemble_holds_for_all_its_members_only() -> None:
    pair = {"one": card("one"), "two": card("two")}
    made = policy(*pair.values(), model=ENSEMBLE)
    assert "made for one and two, and here is one" in str(misfit(made, {"one": pair["one"]}))
    assert "here is one, three and two" in str(misfit(made, {**pair, "three": card("three")}))


def test_the_threshold_and_the_notes_of_a_card_do_not_matter() -> None:
    assert misfit(policy(), {"one": card(threshold=0.3, notes="new")}) is None
