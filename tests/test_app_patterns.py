"""The page Error patterns and its command, as a person would use them."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app import cli, findings
from core.settings import settings
from core.studies.patterns import Found, Suspects
from core.studies.resemblance import Alike, PackageMap
from tests import screens
from tests.conftest import draw_packages
from tests.screens import named
from tests.tiny_models import save_tiny_models

LOOKS = ("Slices", "Map", "Labels", "Duplicates")


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder with `data` (12 drawn packages, in two splits) and `models` (two tiny networks)."""
    draw_packages(tmp_path / "data", per_class=6, split="train")
    for path in sorted((tmp_path / "data").rglob("*005_*.png")):
        target = Path(str(path).replace("/train/", "/test/"))
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)
    save_tiny_models(tmp_path / "models", "first", "second")
    named(monkeypatch, data=tmp_path / "data", models=tmp_path / "models")
    return tmp_path


def opened(**address: str) -> AppTest:
    return screens.opened("patterns", **address)


def words(app: AppTest) -> str:
    return "\n".join(str(one.value) for part in (app.title, app.markdown, app.caption, app.info) for one in part)


@pytest.mark.parametrize("look", LOOKS)
def test_every_look_opens_without_an_error(study: Path, look: str) -> None:
    app = opened(look=look)
    assert [] == [error.value for error in app.error]
    assert [] == list(app.exception)
    assert ["Error patterns"] == [title.value for title in app.title]


def test_slices_say_how_many_were_looked_at(study: Path) -> None:
    app = opened(own="false", threshold="0.01", model="first", view="every picture")
    assert "All" in app.expander[0].label and "slices that were looked at" in app.expander[0].label


def test_an_unknown_place_is_said(study: Path) -> None:
    assert "unknown, since nothing found the package" in words(opened())


def test_training_answers_are_called_what_they_are(study: Path) -> None:
    assert "not seen in training" in words(opened(look="Map"))


def test_a_mistake_is_compared_with_training_packages(study: Path) -> None:
    app = opened(look="Map", own="false", threshold="0.01", model="first")
    wrong = app.selectbox(key="near").options
    app.selectbox(key="near").select(wrong[0]).run()
    assert [] == [error.value for error in app.error]
    assert f"{wrong[0]}, then the training packages that first sees most alike." in words(app)


def test_duplicates_of_one_split_say_so(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw_packages(study / "one")
    monkeypatch.setenv("SECONDLOOK_DATA", str(study / "one"))
    settings.cache_clear()
    assert "One split only" in words(opened(look="Duplicates"))


def test_one_class_alone_stands(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw_packages(study / "one")
    for path in (study / "one" / "intact").rglob("*.png"):
        path.unlink()
    monkeypatch.setenv("SECONDLOOK_DATA", str(study / "one"))
    settings.cache_clear()
    for look in LOOKS:
        app = opened(look=look)
        assert [] == [error.value for error in app.error]


def test_the_command_writes_every_slice_suspect_and_pair(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "patterns.json"
    data, models = str(study / "data"), str(study / "models")
    code = cli.run(["patterns", "--data", data, "--models", models, "--kind", "Errors", "--json", str(out)])
    found = json.loads(out.read_text())
    assert (0, ["slices", "labels", "duplicates"]) == (code, list(found))
    assert found["slices"]["looks"] == len(found["slices"]["rows"]) > 0
    assert found["duplicates"]["looked_at"] > 0


def test_the_command_refuses_a_split_that_is_not_there(study: Path) -> None:
    data, models = str(study / "data"), str(study / "models")
    assert 2 == cli.run(["patterns", "--data", data, "--models", models, "--split", "nowhere"])


def slices(**row: object) -> Found:
    plain = {
        "key": "Damage: dent", "errors": 5, "rest_errors": 1, "rate": 0.5, "rest_rate": 0.1, "difference": 0.4,
        "difference_low": 0.1, "p": 0.001, "holm": 0.02,
    }  # fmt: skip
    return Found(pd.DataFrame([plain | row]), {}, 34)


def test_a_slice_that_holds_is_said_with_both_rates() -> None:
    assert "Damage: dent: 50 % escapes, 10 % elsewhere (corrected p = 0.02)." == findings.slices(slices(), "escapes")


def test_a_slice_that_could_be_chance_is_called_so() -> None:
    says = findings.slices(slices(holm=0.4), "errors")
    assert "Nothing stands out: 34 slices were looked at, and the worst could be chance (corrected p = 0.4)." == says


def test_a_slice_that_is_better_than_the_rest_does_not_stand_out() -> None:
    assert findings.slices(slices(difference=-0.4), "errors").startswith("Nothing stands out")


def test_no_errors_leave_nothing_to_look_for() -> None:
    assert "No errors here: there is no pattern to look for." == findings.slices(
        slices(errors=0, rest_errors=0), "errors"
    )


def test_suspects_are_counted_with_how_many_models_agree() -> None:
    table = pd.DataFrame({"suspected": [True, True, False], "agree": [3, 2, 1], "models": [3, 3, 3]})
    says = "2 of 150 labels are suspected, look at them: all models contradict 1 of them."
    assert says == findings.labels(Suspects(table, 2.0, 150))


def test_a_map_without_mistakes_says_so() -> None:
    found = PackageMap(pd.DataFrame(), (), (float("nan"), 0.1))
    assert findings.mixing(found, "first").startswith("No mistakes here.")


def test_no_flagged_pair_is_no_near_duplicate() -> None:
    pairs = pd.DataFrame({"flagged": [False, False]})
    assert "No near-duplicates" in findings.alike(Alike(pairs, 0.0, 1.0, pairs.index.to_numpy(float)))
