"""The page Robustness, its words and its command, as a person would use them."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from app import cli, withstanding
from core.domain import Cut
from core.figures import robustness as figures
from core.studies import robustness as question
from core.study import open_dataset, open_models
from tests.screens import opened, words
from tests.test_app_pages import study

__all__ = ["study"]


@pytest.fixture
def tried(study: Path) -> Path:
    """The same after every picture was spoiled."""
    question.robustness(open_dataset(study / "data"), open_models(study / "models")[0])
    return study


def table(**row: object) -> pd.DataFrame:
    """One cell of the curves, and the clean pictures."""
    plain = {
        "model": "a", "corruption": "shift", "strength": 4, "n": 40, "damaged": 20, "accuracy": 0.75, "drop": 0.2,
        "drop_low": 0.08, "drop_high": 0.31, "p_holm": 0.01, "escapes": 0.4, "escapes_low": 0.2, "escapes_high": 0.6,
        "lost": 0.5, "lost_low": 0.4, "lost_high": 0.6, "ece": 0.3, "ece_low": 0.2, "ece_high": 0.4, "ece_p": 0.001,
    }  # fmt: skip
    clean = {"strength": 0, "accuracy": 0.95, "drop": 0.0, "p_holm": float("nan"), "escapes": 0.0, "lost": 0.0}
    return pd.DataFrame([plain | clean, plain | row])


def test_the_page_offers_to_try_a_few_packages(study: Path) -> None:
    app = opened("robustness")
    assert [] == list(app.exception)
    assert "Not tried yet" in words(app) and "secondlook robustness" in words(app)
    assert "Start" in [button.label for button in app.button]


@pytest.mark.parametrize("measure", withstanding.MEASURES)
@pytest.mark.parametrize("view", ["side", "package"])
def test_every_measure_is_drawn_and_concluded(tried: Path, measure: str, view: str) -> None:
    app = opened("robustness", measure=measure, view=view)
    assert ([], []) == ([error.value for error in app.error], list(app.exception))
    assert withstanding.MEASURES[measure].meaning in words(app)
    assert "8 packages: 4 damaged, 4 intact. Not seen in training." in words(app)


def test_a_package_is_shown_at_every_strength(tried: Path) -> None:
    app = opened("robustness", corruption="Rotation", specimen="02001")
    said = words(app)
    assert all(value in said for value in ("clean", "±2°", "±40°"))
    assert said.count(":small[second]") == 6


def test_one_model_alone_stands(tried: Path) -> None:
    app = opened("robustness", models="first")
    assert [] == list(app.exception) and "ensemble" not in words(app)


def test_a_drop_is_said_with_its_interval() -> None:
    assert "Shift of 12 % costs a 20 points (95 %: 8 to 31)." == withstanding.costs(table(), "Accuracy")


def test_a_drop_that_may_be_chance_is_not_called_one() -> None:
    assert withstanding.costs(table(p_holm=0.2), "Accuracy").startswith("Nothing here costs more accuracy than chance")
    assert "No drop beyond chance at any strength: Shift." in withstanding.withstood(table(p_holm=0.2))


def test_a_gain_is_no_drop() -> None:
    assert withstanding.weakest(table(drop=-0.2)).startswith("Nothing here")


def test_what_so_few_packages_can_show_is_said() -> None:
    assert "and there are only 4" in withstanding.withstood(table(n=4).assign(n=4))
    assert "a drop shows from 6 packages on, 15 points of 40" in withstanding.withstood(table())


@pytest.mark.parametrize(("measure", "says"), [
    ("Escapes", "Shift of 12 % lets 40 % (95 %: 20 to 60) of the damaged packages escape a."),
    ("Calibration error", "Shift of 12 % puts what a says off by 30 points (95 %: 20 to 40)."),
    ("Framing lost", "Shift of 12 % hides 50 % (95 %: 40 to 60) of the packages from a, more than 10 % from 12 % on."),
])  # fmt: skip
def test_every_measure_names_the_worst(measure: str, says: str) -> None:
    assert says == withstanding.costs(table(), measure)


def test_words_that_chance_explains_are_called_so() -> None:
    assert "nowhere further" in withstanding.costs(table(ece_p=0.2), "Calibration error")


def test_training_packages_are_called_no_evidence() -> None:
    frame = pd.DataFrame({"package": ["p", "q"], "label": ["damaged", "intact"], "source": ["training", "unseen"]})
    assert "1 package seen in training: no evidence of quality" in withstanding.evidence(frame)


def test_where_a_model_is_first_wrong_is_said() -> None:
    said = pd.DataFrame({
        "view": "package", "model": ["a", "a", "a"], "corruption": ["clean", "blur", "blur"], "label": "damaged",
        "strength": [0, 1, 2], "probability": [0.9, 0.3, 0.2],
    })  # fmt: skip
    assert "It is damaged; first wrong: a at strength 1." == withstanding.one(
        said, "blur", "package", {"a": Cut.at(0.5)}
    )


def test_a_panel_is_drawn_for_every_corruption_with_a_line_a_model() -> None:
    rows = pd.concat([table(), table().assign(model="b")])
    rows = rows.assign(accuracy_low=0.5, accuracy_high=1.0)
    drawn = figures.curves(
        rows,
        "accuracy",
        panels=withstanding.panels(rows),
        ticks=withstanding.ticks(),
        colors={"a": "#000000", "b": "#ffffff"},
    )
    assert ["a", "b"] == [trace.name for trace in drawn.data if trace.mode == "lines+markers"]
    assert ("clean", "2", "5", "8", "12", "20") == drawn.layout.xaxis.ticktext


def test_the_command_writes_every_curve(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "robustness.json"
    data, models = str(study / "data"), str(study / "models")
    code = cli.run([
        "robustness", "--data", data, "--models", models, "--packages", "2", "--corruption", "jpeg", "--workers", "1",
        "--json", str(out),
    ])  # fmt: skip
    found = json.loads(out.read_text())
    assert (0, 2, {"side", "top", "package"}) == (code, len(found["packages"]), set(found["views"]))
    assert 3 * 6 == len(found["views"]["package"])


def test_the_command_refuses_what_nobody_knows(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, models = str(study / "data"), str(study / "models")
    assert 2 == cli.run(["robustness", "--data", data, "--models", models, "--corruption", "fog"])
    assert "fog" in capsys.readouterr().err


def test_the_ensemble_loses_no_framing_of_its_own() -> None:
    rows = pd.concat([table(), table(lost_low=0.9).assign(model="ensemble")])
    assert "from a," in withstanding.costs(rows, "Framing lost")
