"""The page Versions and the commands promote, rollback and train --annotations, as a person would use them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

import pytest

from app import cli
from core.models.checkpoints import load_card, save_card
from core.models.versions import Event, put
from tests.conftest import draw_rendered
from tests.screens import calm, named, opened, words
from tests.test_studies_promotion import names_of_a_stranger
from tests.tiny_models import save_tiny_models

SIDE = {"interval": [0.0, 300.0], "accept": 0.5, "reject": 0.5, "damaged": 6, "escapes": 1, "escape_upper": 0.58,
        "intact": 6, "false_rejects": 0, "reviewed": 0}  # fmt: skip
GAP = {"low": -150.0, "high": 90.0, "n": 12, "differing": 2}
FIGURES = {
    "dataset": "Drawn packages", "frozen_sha256": "0" * 64, "packages": 12, "seen_in_training": 0, "margin": 0.1,
    "cost_without_a_model": 1000.0, "cost_may_rise_by": 100.0, "terms": {}, "not_worse": True, "notices": [],
    "cost": {"candidate": SIDE | {"per_thousand": 210.0}, "current": SIDE | {"per_thousand": 245.0},
             "difference": GAP | {"value": -35.0}},
    "grounded": {"candidate": 4, "current": 3, "regions": "masks",
                 "difference": {"value": 0.17, "low": -0.05, "high": 0.5, "n": 6, "differing": 1}},
}  # fmt: skip


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder with `data` (12 packages in the split test), `models` (mine, other) and `new` (candidate)."""
    draw_rendered(tmp_path / "data", train=1, test=6)
    save_tiny_models(tmp_path / "models", "mine", "other")
    save_tiny_models(tmp_path / "both", "first", "second", "candidate")
    copytree(tmp_path / "both" / "candidate", tmp_path / "new" / "candidate")
    for folder in (tmp_path / "models" / "mine", tmp_path / "new" / "candidate"):
        names_of_a_stranger(folder)
    named(monkeypatch, data=tmp_path / "data", models=tmp_path / "models")
    return tmp_path


def weights(folder: Path) -> str:
    return load_card(folder).weights_sha256


def promoted(place: Path) -> str:
    mine, candidate = place / "models" / "mine", place / "new" / "candidate"
    when = datetime(2026, 3, 4, 5, 6, tzinfo=UTC).isoformat()
    event = Event(kind="promotion", when=when, who="ann", before=weights(mine), after=weights(candidate),
                  source="candidate", figures=FIGURES)  # fmt: skip
    return put(place / "models", "mine", candidate, event)


def test_a_model_that_was_never_replaced_says_how_to_replace_it(place: Path) -> None:
    said = words(calm(opened("history", model="mine")))
    assert "mine is the version that was there first." in said
    assert "secondlook promote --candidate DIR --current mine" in said


def test_the_page_shows_the_comparison_that_led_to_the_version_in_use(place: Path) -> None:
    promoted(place)
    app = calm(opened("history", model="mine"))
    said = words(app)
    assert "mine was promoted on 2026-03-04, 05:06 UTC: 1000 packages cost 35 less than before." in said
    assert "210, before 245: -35 (95 %: -150 to +90; the costs of 2 of 12 packages differ)" in said
    assert "4 of 6 damaged packages, before 3: +17 points" in said
    assert "are never shown for this one's" in said
    assert ["in use", "replaced"] == app.dataframe[0].value["Version"].tolist()


def test_a_roll_back_needs_a_name_and_a_second_word(place: Path) -> None:
    before = weights(place / "models" / "mine")
    promoted(place)
    app = calm(opened("history", model="mine"))
    assert app.button(key="roll back").disabled
    app.text_input(key="who rolls back").set_value("bob").run()
    app.button(key="roll back").click().run()
    calm(app)
    assert before == weights(place / "models" / "mine")
    assert "mine was rolled back to an earlier version on" in words(app)
    assert 3 == len(app.dataframe[0].value)


def test_a_version_that_cannot_be_read_is_said(place: Path) -> None:
    id = promoted(place)
    (place / "models" / ".history" / "mine" / id / "record.json").write_text("{")
    assert "is no record that can be read" in words(opened("history", model="mine"))


def test_the_command_promotes_only_when_told_to(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, after = weights(place / "models" / "mine"), weights(place / "new" / "candidate")
    asked = ["promote", "--data", str(place / "data"), "--candidate", str(place / "new" / "candidate"),
             "--current", "mine", "--margin", "1", "--cost-false-reject", "0", "--cost-escape", "0",
             "--json", str(place / "out.json")]  # fmt: skip
    assert 0 == cli.run(asked)
    assert "add --yes" in capsys.readouterr().err
    assert before == weights(place / "models" / "mine")
    assert 0 == cli.run([*asked, "--yes", "--by", "ann"])
    said = json.loads((place / "out.json").read_text())
    assert (True, 12, 0.0) == (said["promoted"], said["packages"], said["cost"]["difference"]["value"])
    assert after == weights(place / "models" / "mine")
    assert 0 == cli.run(["rollback", "--model", "mine", "--yes", "--by", "bob"])
    assert before == weights(place / "models" / "mine")


def test_the_command_refuses_in_words_what_may_be_worse(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, out = str(place / "data"), str(place / "out.json")
    asked = ["promote", "--data", data, "--margin", "0", "--json", out, "--yes", "--current", "mine", "--candidate"]
    for folder, threshold in ((place / "models" / "mine", 0.0), (place / "new" / "candidate", 1.0)):
        save_card(folder, load_card(folder).model_copy(update={"threshold": threshold}))  # rejects all; accepts all
    before, asked = weights(place / "models" / "mine"), [*asked[:1], "--cost-false-reject", "0", *asked[1:]]
    assert 2 == cli.run([*asked, str(place / "new" / "candidate")])
    said = " ".join(capsys.readouterr().err.split())
    assert "candidate may be worse than mine" in said and "Nothing was changed" in said
    told = json.loads(Path(out).read_text())
    assert (False, False) == (told["promoted"], told["not_worse"])
    assert before == weights(place / "models" / "mine")
