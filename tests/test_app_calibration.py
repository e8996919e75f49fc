"""The pages Calibration and Views and the command calibrate, as a person would use them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from scipy.special import expit
from streamlit.testing.v1 import AppTest

from app import cli, together, trust
from core import study
from core.metrics.fusion import Gain
from core.store.frames import write_frame
from core.studies import calibration
from core.studies.fusion import fused
from core.study import PREDICTION_COLUMNS, predictions_name
from tests import screens
from tests.conftest import draw_packages
from tests.screens import calm, drawn_study

FRAME = Path(__file__).resolve().parent.parent / "app" / "main.py"
VIEWS = ("side", "top", "package")


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder with `data` (60 drawn packages) and `models` (two tiny networks), and made-up answers in the cache."""
    drawn_study(tmp_path, monkeypatch, per_class=30, size=(16, 12))
    store_answers(tmp_path / "data")
    return tmp_path


def store_answers(root: Path) -> None:
    """Answers that are five times as sure as they may be, as a run of both models."""
    dataset, (models, _) = study.open_dataset(root), study.open_models()
    facts = dataset.index.drop_duplicates("package")[["package", "label", "split"]]
    rng, parts = np.random.default_rng(0), []
    for model in models:
        for view in (*VIEWS[: len(dataset.view_names)], "package"):
            odds = 10 * rng.normal(np.where(facts["label"] == "damaged", 1.0, -1.0), 1.0)
            said = {"view": view, "model": model, "logit": odds, "probability": expit(odds), "source": "unseen"}
            parts.append(facts.assign(**said, framing=1.0))
    frame = pd.concat(parts, ignore_index=True)
    fuse = frame[frame["view"] == "package"].groupby("package")["logit"].mean()
    both = facts.assign(view="package", model="ensemble", source="unseen", framing=1.0,
                        logit=fuse[facts["package"]].to_numpy())  # fmt: skip
    frame = pd.concat([frame, both.assign(probability=expit(both["logit"]))], ignore_index=True)
    name = predictions_name(dataset, models, study.inventory(dataset))
    write_frame(name, study.shaped(frame[list(PREDICTION_COLUMNS)]))


def opened(page: str, /, **address: str) -> AppTest:
    return calm(screens.opened(page, **address))


def words(app: AppTest) -> str:
    return "\n".join(str(one.value) for part in (app.title, app.markdown, app.caption, app.info) for one in part)


def cards(folder: Path) -> dict[str, str]:
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*.*"))}


def test_calibration_says_that_a_model_is_too_sure_of_itself(packages: Path) -> None:
    said = words(opened("calibration", model="first", view="package"))
    assert "When first says 90 %, about" in said
    assert "it is too sure of itself" in said
    assert "more than chance" in said
    assert "60 packages not seen in training" in said


def test_calibration_says_what_a_temperature_would_bring_and_how_to_store_it(packages: Path) -> None:
    app = opened("calibration", model="first")
    assert "A temperature makes the probabilities of first better" in words(app)
    assert f"secondlook calibrate --data {packages / 'data'} --model first --save" == app.code[0].value


def test_calibration_of_the_ensemble_has_no_temperature_of_its_own(packages: Path) -> None:
    said = words(opened("calibration", model="ensemble"))
    assert "When the ensemble says 90 %" in said
    assert "Fitted on" not in said


def test_calibration_of_one_class_says_so(packages: Path) -> None:
    for path in (packages / "data").glob("intact/*/*.png"):
        path.unlink()
    store_answers(packages / "data")
    assert "Nothing to hold words against" in words(opened("calibration"))


def test_the_figures_are_a_table_to_download(packages: Path) -> None:
    for page in ("calibration", "views"):
        assert ["CSV"] == [one.label for one in opened(page).get("download_button")]


def test_views_say_what_they_are_worth_together(packages: Path) -> None:
    said = words(opened("views", model="first"))
    assert "The two views together are right on" in said
    assert "than the" in said or "as many packages as the" in said
    assert "Every rule and every view alone is cut at 0.50." in said


def test_a_group_of_the_page_opens_its_packages(packages: Path) -> None:
    root = packages / "data"
    dataset, (models, _) = study.open_dataset(root), study.open_models()
    frame = study.stored_predictions(dataset, models)
    assert frame is not None
    found = fused(frame, model="first")
    said = words(opened("views", model="first", fate="rescued-side"))
    assert f"is right on {len(found.rescued['side'])} package" in said
    assert "the side view alone gets wrong" in said


def test_a_button_of_a_group_opens_its_packages(packages: Path) -> None:
    app = opened("views", model="first")
    assert "contradict each other" in words(app)
    next(button for button in app.button if button.label.startswith("Broken from top")).click().run()
    assert "the top view alone gets right" in words(app)
    assert "broken-top" in app.query_params["fate"]


def test_views_of_one_camera_say_that_there_is_nothing_to_fuse(packages: Path) -> None:
    for path in (packages / "data").glob("*/top/*.png"):
        path.unlink()
    store_answers(packages / "data")
    assert "One view only" in words(opened("views"))


def test_the_command_writes_nothing_unless_asked(packages: Path, tmp_path: Path) -> None:
    before = cards(packages / "models")
    out = tmp_path / "found.json"
    assert 0 == cli.run(["calibrate", "--data", str(packages / "data"), "--json", str(out)])
    assert before == cards(packages / "models")
    found = json.loads(out.read_text())
    assert {"first", "second"} == set(found["models"])
    assert 30 == len(found["models"]["first"]["serials"])
    assert found["models"]["first"]["temperatures"]["package"] > 1


def test_the_command_saves_cards_and_the_answers_that_follow(packages: Path) -> None:
    before = cards(packages / "models")
    assert 0 == cli.run(["calibrate", "--data", str(packages / "data"), "--model", "first", "--save"])
    changed = [path for path, mark in cards(packages / "models").items() if before[path] != mark]
    assert [str(packages / "models" / "first" / "card.json")] == changed
    models, _ = study.open_models()
    dataset = study.open_dataset(packages / "data")
    frame = study.stored_predictions(dataset, models)
    assert frame is not None  # nobody asks the networks again
    table = calibration.figures(frame).set_index(["model", "view"])
    assert table.loc[("first", "package"), "temperature_low"] < 1 < table.loc[("first", "package"), "temperature_high"]
    st.cache_resource.clear()
    assert "The card of first has temperatures." in words(opened("calibration", model="first"))


def test_the_command_refuses_a_model_that_nobody_knows(packages: Path) -> None:
    assert 2 == cli.run(["calibrate", "--data", str(packages / "data"), "--model", "third"])


def test_the_command_refuses_too_few_packages(packages: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draw_packages(packages / "few", per_class=4)
    assert 2 == cli.run(["calibrate", "--data", str(packages / "few")])
    assert "too few to fit" in " ".join(capsys.readouterr().err.split())


ROW = {
    "model": "one", "n": 40, "clipped": False, "temperature": 1.0, "temperature_low": 0.7, "temperature_high": 1.4,
    "ece": 0.05, "ece_p": 0.3, "said": 0.4, "bias": -0.1, "bias_low": -0.2, "bias_high": 0.1,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "nothing speaks against its word"),
        ({"temperature": 0.5, "temperature_low": 0.3, "temperature_high": 0.8}, "98.8 % are damaged: it is not sure"),
        ({"temperature": 2.0, "temperature_low": 1.3, "temperature_high": 3.0}, "75 % are damaged: it is too sure"),
        ({"ece_p": 0.01}, "off by 5.0 points on average, more than chance explains"),
        ({"ece_p": 0.01, "bias_high": -0.05}, "says damaged too seldom: 40 % on average, and 50 % are"),
        ({"ece_p": 0.01, "bias": 0.1, "bias_low": 0.05, "bias_high": 0.2}, "too often: 40 % on average, and 30 % are"),
        ({"clipped": True}, "cannot tell how sure one should be"),
        ({"model": "ensemble"}, "When the ensemble says 90 %"),
    ],
)
def test_the_sentence_on_calibration_fits_the_figures(changes: dict[str, object], says: str) -> None:
    assert says in trust.word({**ROW, **changes})


@pytest.mark.parametrize(
    ("gain", "says"),
    [
        (
            Gain(0, 1, 0.025, -0.02, 0.05, 40),
            "right on 1 more package than the side view alone: that may be chance (\N{MINUS SIGN}2 to +5",
        ),
        (
            Gain(1, -2, -0.05, -0.1, 0.0, 40),
            "right on 2 fewer packages than the top view alone: that may be chance (\N{MINUS SIGN}10 to 0",
        ),
        (
            Gain(0, 9, 0.2, 0.1, 0.3, 40),
            "9 more packages than the side view alone: more than chance (+10 to +30 points)",
        ),
        (
            Gain(0, 0, 0.0, -0.02, 0.02, 40),
            "right on as many packages as the side view alone (\N{MINUS SIGN}2 to +2 points)",
        ),
        (
            Gain(0, 0, 0.0, None, None, 2),
            "right on as many packages as the side view alone.",
        ),
        (None, "No package has several views"),
    ],
)
def test_the_sentence_on_fusion_fits_the_gain(packages: Path, gain: Gain | None, says: str) -> None:
    frame = study.stored_predictions(study.open_dataset(packages / "data"), study.open_models()[0])
    assert frame is not None
    assert says in together.gain(replace(fused(frame, model="first"), gain=gain))
