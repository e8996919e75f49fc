"""The page Map trust, its badge, its words and its command, as a person would use them."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app import cli, mapwords
from core.figures import trust as drawing
from core.studies import trust as question
from core.studies.trust import STAGES, TRIVIAL, Verdict
from core.study import open_dataset, open_models
from tests.screens import calm, opened, words
from tests.test_app_pages import study
from tests.test_studies_trust import run

__all__ = ["study"]


@pytest.fixture
def tested(study: Path) -> Path:
    """The same after the maps of both models were tested on two packages."""
    data, models = open_dataset(study / "data"), open_models(study / "models")[0]
    question.trust(data, models, packages=question.drawn(data, models, count=2))
    return study


def verdict(**facts: object) -> Verdict:
    plain = {
        "model": "a", "method": "integrated_gradients", "level": "trusted", "packages": 8, "pictures": 16,
        "beats": {"removal": ("center", "edges"), "road": TRIVIAL}, "loses": {"removal": (), "road": ()},
        "changes": "changes", "way": 0.97, "way_low": 0.9, "way_high": 1.04,
    }  # fmt: skip
    return Verdict(**{**plain, **facts})  # type: ignore[arg-type]


def test_the_page_offers_to_test_the_default_maps(study: Path) -> None:
    app = calm(opened("trust"))
    assert "Not tested yet" in words(app) and "secondlook trust" in words(app)
    assert "Start" in [button.label for button in app.button]


def test_verdicts_figures_and_forgetting_are_shown(tested: Path) -> None:
    app = calm(opened("trust"))
    said = words(app)
    assert "kinds of maps that were tested" in said and "Each on 2 packages" in said
    assert "Tested on 2 packages (4 pictures)" in said and "Not checked yet" in said
    assert 2 == len(app.get("plotly_chart"))


def test_every_choice_stands(tested: Path) -> None:
    for test, likeness in zip(mapwords.BENCH, mapwords.LIKENESS, strict=True):
        assert mapwords.meaning(mapwords.BENCH[test]) in words(calm(opened("trust", test=test, likeness=likeness)))


def test_one_model_alone_stands(tested: Path) -> None:
    assert "The maps of first" in words(calm(opened("trust", models="first")))


def script(root: str, model: str, method: str) -> None:
    from app.components import badge

    badge.show(root, model, method, key="one")


def test_the_badge_says_what_was_tested(tested: Path) -> None:
    shown = calm(AppTest.from_function(script, args=(str(tested / "data"), "first", question.DEFAULT)).run())
    assert "Tested on 2 packages (4 pictures)" in words(shown)


def test_the_badge_of_maps_that_nobody_tested_says_so(study: Path) -> None:
    shown = calm(AppTest.from_function(script, args=(str(study / "data"), "first", "saliency")).run())
    assert "Not checked yet" in words(shown) and "--method saliency" in words(shown)


def test_a_verdict_in_words() -> None:
    said = mapwords.verdict(verdict())
    assert "ROAD: better than all four trivial maps." in said
    assert (
        "Insertion and deletion: better than a blob in the middle and the edges of the picture; chance may explain "
        "the difference to the blur and a network with random weights." in said
    )
    assert "the map changes, 97 % of the way to the map of another package (95 %: 90 to 104)" in said


def test_a_lost_test_is_said() -> None:
    said = mapwords.verdict(verdict(beats={"removal": (), "road": ()}, loses={"removal": ("edges",), "road": ()}))
    assert "better than none, worse than the edges of the picture; chance may explain" in said
    assert "ROAD: no different, beyond chance, from maps that ask no network." in said


def test_a_way_that_cannot_be_told_is_said() -> None:
    assert "could not be told" in mapwords.weights(verdict(way=float("nan"), way_low=float("nan")))


def test_levels_are_counted() -> None:
    pairs = {("a", "x"): verdict(), ("a", "y"): verdict(level="not trusted"), ("b", "x"): verdict()}
    assert "Of 3 kinds of maps that were tested: 2 trusted, 1 not trusted." == mapwords.levels(pairs)
    assert "The maps of a can be trusted." == mapwords.levels({("a", "x"): verdict()})
    assert "Each on 8 packages" in mapwords.sample(pairs)


@pytest.mark.parametrize(("changes", "says"), [
    ("changes", "change when the network forgets"), ("keeps", "they show the picture, not it"), ("unclear", "unclear"),
])  # fmt: skip
def test_what_becomes_of_the_map_is_concluded(changes: str, says: str) -> None:
    found = {("a", "x"): verdict(method="x", changes=changes)}
    assert says in mapwords.forgetting(found, "x")


def test_beaten_maps_are_concluded() -> None:
    table = question.figures(run())
    assert "the maps of a beat all four trivial ones beyond chance" in mapwords.bench(table, "road")
    both = pd.concat([table, table.assign(model="b", gain_low=-1.0)])
    assert "a 4 of 4, b 0 of 4" in mapwords.bench(both, "road")


def test_a_panel_a_model_with_its_maps_in_order() -> None:
    drawn = drawing.beside(
        question.figures(run()), "road", labels=mapwords.LABELS, colors={"a": "#000000"}, title="ROAD"
    )
    assert list(mapwords.LABELS.values()) == [trace.y[0] for trace in drawn.data]
    assert list(reversed(mapwords.LABELS.values())) == list(drawn.layout.yaxis.categoryarray)
    assert "#000000" == drawn.data[0].marker.color != drawn.data[1].marker.color


def test_forgetting_is_a_line_between_ceiling_and_null() -> None:
    table = question.cascades(run(full=0.3))
    drawn = drawing.forgetting(
        table, "spearman", ticks=mapwords.ticks(), colors={"a": "#000000"}, title="Rank correlation"
    )
    (line,) = [trace for trace in drawn.data if trace.mode == "lines+markers"]
    assert [word.replace(" ", "<br>", 1) for word in mapwords.ticks().values()] == list(line.x)
    assert len(STAGES) == len(line.y)
    assert ["invisible noise", "another package"] == [one.text for one in drawn.layout.annotations][1:]


def test_the_command_writes_everything(study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, data, models = tmp_path / "trust.json", str(study / "data"), str(study / "models")
    code = cli.run(["trust", "--data", data, "--models", models, "--packages", "2", "--json", str(out)])
    found = json.loads(out.read_text())
    assert (0, 2, 2) == (code, len(found["packages"]), len(found["verdicts"]))
    assert {"own", *TRIVIAL} == {row["map"] for row in found["figures"]}
    assert {"model", "measure", "map"} < set(found["randomized"][0])
    assert "Can the maps be trusted?" in capsys.readouterr().out


def test_the_command_refuses_a_method_that_nobody_knows(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, models = str(study / "data"), str(study / "models")
    assert 2 == cli.run(["trust", "--data", data, "--models", models, "--method", "tea_leaves"])
    assert "tea_leaves" in capsys.readouterr().err
