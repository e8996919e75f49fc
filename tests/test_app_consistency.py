"""The pages Map consistency and Shortcuts, their words and their commands, as a person would use them."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from app import cli, consistent, leaning
from core.studies import consistency, shortcuts
from core.study import open_dataset, open_models
from tests.conftest import draw_rendered
from tests.screens import calm, named, opened, words
from tests.tiny_models import save_tiny_models

PACKAGES = ("01001", "02001")


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Drawn packages of which all is known, and two tiny networks."""
    draw_rendered(tmp_path / "data", train=2, test=1)
    save_tiny_models(tmp_path / "models", "first", "second")
    named(monkeypatch, data=tmp_path / "data", models=tmp_path / "models")
    return tmp_path


@pytest.fixture
def compared(study: Path) -> Path:
    """The same after maps were compared, by two methods."""
    dataset, models = open_dataset(study / "data"), open_models(study / "models")[0]
    methods = ("saliency", "input_x_gradient")
    consistency.consistency(dataset, models, packages=PACKAGES, methods=methods)
    return study


@pytest.fixture
def looked(study: Path) -> Path:
    """The same after shortcuts were looked for."""
    dataset, models = open_dataset(study / "data"), open_models(study / "models")[0]
    shortcuts.shortcuts(dataset, models, packages=PACKAGES, method="input_x_gradient")
    return study


@pytest.mark.parametrize(("page", "says"), [("consistency", "Not compared yet"), ("shortcuts", "Not looked yet")])
def test_a_page_offers_to_compute_what_is_missing(study: Path, page: str, says: str) -> None:
    app = calm(opened(page))
    assert says in words(app) and "Start" in [button.label for button in app.button]


@pytest.mark.parametrize(("measure", "view"), [("Rank correlation", "all views"), ("Top 5 %", "side")])
def test_maps_are_compared_beside_other_pictures_and_other_trainings(compared: Path, measure: str, view: str) -> None:
    said = words(calm(opened("consistency", measure=measure, view=view)))
    assert "n = 2 packages." in said and "on different pictures" in said and "trained again" in said.lower()
    assert "The models agree least on" in said


def test_methods_are_compared_of_one_model(compared: Path) -> None:
    app = calm(opened("consistency", between="Methods"))
    assert {"first", "second"} <= {option for box in app.selectbox for option in box.options}


def test_one_model_has_nobody_to_agree_with(compared: Path) -> None:
    assert "Agreement needs two" in words(calm(opened("consistency", models="first")))


def test_shares_are_told_of_damaged_and_of_intact_packages(looked: Path) -> None:
    said = words(calm(opened("shortcuts")))
    assert "On damaged packages, " in said and "of what speaks for damaged lies on the package, which covers" in said
    assert "On intact packages, " in said
    assert "Most evidence for damaged off the package" in said


def test_evidence_for_intact_is_told_too(looked: Path) -> None:
    assert "of what speaks for intact lies" in words(calm(opened("shortcuts", speaks="for intact", view="top")))


def test_the_command_consistency_writes_every_matrix(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "found.json"
    assert 0 == cli.run(["consistency", "--data", str(study / "data"), "--models", str(study / "models"), "--packages",
                         "2", "--method", "saliency", "--json", str(out)])  # fmt: skip
    found = json.loads(out.read_text())
    assert set(consistency.MEASURES) == {row["measure"] for row in found["matrix"]}
    assert len(found["packages"]) == 2 == len(found["dissent"])


def test_the_command_shortcuts_writes_every_area(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "found.json"
    assert 0 == cli.run(["shortcuts", "--data", str(study / "data"), "--models", str(study / "models"), "--packages",
                         "2", "--method", "saliency", "--json", str(out)])  # fmt: skip
    found = json.loads(out.read_text())
    assert {"for damaged", "for intact"} == set(found["areas"])
    areas = {row["area"] for row in found["areas"]["for damaged"]}
    assert {"package", "background", "serial", "damage", "edge"} == areas


def test_a_method_nobody_knows_is_refused(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, models = str(study / "data"), str(study / "models")
    assert 2 == cli.run(["consistency", "--data", data, "--models", models, "--method", "tea_leaves"])
    assert "tea_leaves" in capsys.readouterr().err


def pair(**row: object) -> pd.DataFrame:
    """A matrix of two models and what they reach trained again."""
    plain = {
        "one": "a", "other": "b", "value": 0.6, "value_low": 0.5, "value_high": 0.7, "null": 0.2, "null_low": 0.1,
        "null_high": 0.3, "ceiling": 0.9, "ceiling_low": 0.8, "ceiling_high": 0.95, "reached": 0.57,
        "reached_low": 0.4, "reached_high": 0.7, "gain": 0.4, "gain_low": 0.3, "gain_high": 0.5, "n": 10,
        "undefined": 0,
    }  # fmt: skip
    return pd.DataFrame([plain | row, plain | {"other": "a", "value": 0.9, "null": None}])


def test_agreement_beyond_half_of_the_way_is_called_so() -> None:
    assert consistent.concluded(pair(), "spearman") == (
        "They look at much the same places: Rank correlation is 0.60, against 0.20 on different pictures and 0.90 for "
        "a network trained again."
    )


def test_agreement_that_other_pictures_explain_is_none() -> None:
    said = consistent.concluded(pair(gain=0.1, gain_low=-0.1), "spearman")
    assert said.startswith("No two agree more than on different pictures")


def test_a_weak_agreement_is_not_called_a_strong_one() -> None:
    assert consistent.concluded(pair(reached=0.3), "spearman").startswith("They agree, and far from fully")


def area(name: str, **row: object) -> dict[str, object]:
    return {"model": "a", "label": "damaged", "area": name, "share": 0.9, "covers": 0.6, "lift": 1.5, "lift_low": 1.2,
            "lift_high": 1.8, "n": 5, **row}  # fmt: skip


def test_the_conclusion_names_package_serial_and_damage() -> None:
    table = pd.DataFrame([area("package"), area("serial", share=0.02, covers=0.01), area("text", lift_low=0.9)])
    assert leaning.concluded(table, "damaged", "damaged") == (
        "On damaged packages, 90 % of what speaks for damaged lies on the package, which covers 60 %; 2 % on the "
        "serial, which covers 1 %."
    )


def test_a_lift_on_print_is_told_only_where_it_is_sure() -> None:
    sure, unsure = pd.DataFrame([area("text")]), pd.DataFrame([area("text", lift_low=0.9)])
    assert "a 1.5 times (95 %: 1.2 to 1.8) on printed text" in leaning.leans(sure, "damaged")
    assert "No model gathers more on printed text than its area." in leaning.leans(unsure, "damaged").replace(
        "their", "its"
    )


def test_no_damage_left_and_still_called_damaged_is_told() -> None:
    row = {"model": "a", "n": 10, "still": 0, "share_high": 0.28, "drop": 5.0, "drop_low": 4.0, "drop_high": 6.0}
    assert "leaves up to 28 % open" in leaning.twins(pd.DataFrame([row]))
    assert "a 3 of 10" in leaning.twins(pd.DataFrame([row | {"still": 3}]))
    assert "No damaged package here has a twin" in leaning.twins(pd.DataFrame())
