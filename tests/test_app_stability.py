"""The page Stability, its words and its command, as a person would use them."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
import streamlit as st

from app import cli, steadiness
from core import study as studies
from core.figures import stability as figures
from core.studies import retraining, stability
from core.studies.stability import ALWAYS_RIGHT, ALWAYS_WRONG, COIN_FLIP
from tests.conftest import draw_packages
from tests.screens import opened, words
from tests.test_app_pages import study

__all__ = ["study"]


def parts(**changes: object) -> pd.Series:
    """A row of a decomposition."""
    row = {"model": "first", "view": "package", "n": 40, "retrainings": 20, "error": 0.075, "bias": 0.05, "net": 0.025,
           "variance": 0.03, "always_wrong": 2, "coin_flip": 1}  # fmt: skip
    return pd.Series(row | changes)


def steps(*tests: tuple[float, float, float]) -> pd.DataFrame:
    """A learning curve whose test errors, with their intervals, are these."""
    rows = [{"model": "first", "taught": 10 * (at + 1), "n": 40, "test": value, "test_low": low, "test_high": high}
            for at, (value, low, high) in enumerate(tests)]  # fmt: skip
    return pd.DataFrame(rows)


def fates(**wrong: float) -> pd.DataFrame:
    """Packages whose retrainings are wrong so often."""
    shares = pd.Series(wrong)
    return pd.DataFrame({
        "package": shares.index, "label": "damaged", "wrong": (20 * shares).astype(int), "retrainings": 20,
        "wrong_share": shares.to_numpy(), "toward": 1 - 2 * shares.to_numpy(),
        "fate": stability.fates(shares.to_numpy()),
    })  # fmt: skip


def test_the_page_says_what_errors_are_made_of(study: Path) -> None:
    app = opened("stability")
    assert [] == [error.value for error in app.error]
    said = words(app)
    assert "Errors of first are " in said or "right about all" in said
    assert "n = 2, 20 retrainings" in said
    assert "The networks had seen none of these packages" in said


def test_every_view_and_model_can_be_asked_about(study: Path) -> None:
    app = opened("stability", whose="second", view="top")
    assert [] == list(app.exception)
    assert "second" in words(app)


def test_a_zone_in_the_address_opens_its_packages(study: Path) -> None:
    app = opened("stability", zone=ALWAYS_RIGHT)
    assert [] == list(app.exception)
    assert f"first, {ALWAYS_RIGHT}: " in words(app).lower()


def test_the_page_offers_whole_networks_once_some_were_trained(study: Path) -> None:
    assert "Taught again" not in [one.label for one in opened("stability").button_group]
    models = studies.open_models(study / "models")[0]
    retraining.retrained(studies.open_dataset(study / "data"), models, retrainings=2, epochs=1)
    st.cache_resource.clear()
    app = opened("stability", taught="Whole network")
    assert [] == list(app.exception)
    assert "Whole networks were trained again" in words(app)
    assert "of the packages it was taught on" in words(app)


def test_too_few_packages_are_called_so(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.settings import settings

    monkeypatch.setenv("SECONDLOOK_DATA", str(draw_packages(study / "few", per_class=2)))
    settings.cache_clear()
    assert "Too little to teach on" in words(opened("stability"))


def test_the_command_prints_and_writes_everything(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = study / "out.json"
    assert 0 == cli.run(["bias-variance", "--data", str(study / "data"), "--retrainings", "3", "--json", str(out)])
    assert "Bias and variance" in capsys.readouterr().out
    found = json.loads(out.read_text())
    assert {("first", "side"), ("first", "top"), ("first", "package")} <= {
        (row["model"], row["view"]) for row in found["decompositions"]
    }
    assert 2 * 3 * 6 == len(found["learning"])


def test_the_command_trains_whole_networks(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = ["bias-variance", "--data", str(study / "data"), "--model", "first", "--full", "--epochs", "1"]
    assert 0 == cli.run([*run, "--retrainings", "2"])
    said = capsys.readouterr()
    assert "Whole networks were trained again" in said.err
    assert "first, package" in said.out


@pytest.mark.parametrize(("changes", "says"), [
    ({}, "Errors of first are mostly bias: 2 of 40 packages are wrong in nearly every retraining, 1 is a coin flip."),
    ({"bias": 0.01}, "Errors of first are mostly variance: "),
    ({"error": 0.0}, "First is right about all 40 packages in every retraining."),
])  # fmt: skip
def test_errors_are_called_bias_or_variance(changes: dict[str, object], says: str) -> None:
    assert steadiness.parts(parts(**changes)).lower().startswith(says.lower())


@pytest.mark.parametrize(("tests", "says"), [
    ([(0.3, 0.25, 0.35), (0.1, 0.05, 0.15)], "errs less the more packages"),
    ([(0.1, 0.05, 0.15), (0.3, 0.25, 0.35)], "errs more the more packages"),
    ([(0.2, 0.05, 0.35), (0.1, 0.05, 0.25)], "change nothing for first that can be told"),
])  # fmt: skip
def test_a_learning_curve_is_believed_where_its_ends_are_apart(
    tests: list[tuple[float, float, float]], says: str
) -> None:
    assert says in steadiness.curve(steps(*tests))


def test_the_first_zone_is_the_worst_that_holds_a_package() -> None:
    assert ALWAYS_WRONG == steadiness.first(fates(p0=1.0, p1=0.5))
    assert COIN_FLIP == steadiness.first(fates(p0=0.0, p1=0.5))
    assert ALWAYS_RIGHT == steadiness.first(fates(p0=0.0))


def test_zones_count_their_packages() -> None:
    expected = {ALWAYS_WRONG: "Always wrong (1)", COIN_FLIP: "Coin flip (2)", ALWAYS_RIGHT: "Always right (0)"}
    assert expected == steadiness.counts(fates(p0=0.95, p1=0.5, p2=0.1))


def test_every_package_is_a_dot_that_knows_its_id() -> None:
    figure = figures.fates(fates(p0=1.0, p1=0.5, p2=0.0))
    (dots,) = figure.data
    assert ["p0", "p1", "p2"] == [row[0] for row in dots.customdata]
    assert {"always wrong", "coin flip", "always right"} == {one.text for one in figure.layout.annotations}


def test_a_seen_test_package_is_no_evidence() -> None:
    frame = pd.DataFrame({"part": ["train", "test"], "seen": [True, True]})
    assert "No evidence" in steadiness.source(frame)
    assert "Tested packages are new" in steadiness.source(frame.assign(seen=[True, False]))
