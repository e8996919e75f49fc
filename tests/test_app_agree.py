"""The commands `secondlook agree` and `secondlook bench agreement`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.cli import run
from core.studies.agreement import FIGURES, TRIVIAL
from tests.tiny_models import save_tiny_models


@pytest.fixture
def command(rendered_dataset: Path, tmp_path: Path) -> list[str]:
    folder = save_tiny_models(tmp_path / "models", "first", "second")
    return ["agree", "--data", str(rendered_dataset), "--models", str(folder)]


def test_the_json_has_every_model_view_and_figure(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "out" / "agree.json"
    assert 0 == run([*command, "--json", str(target)])
    found = json.loads(target.read_text())
    assert {"first", "second", *TRIVIAL} == set(found)
    assert {"side", "top", "package"} == set(found["first"])
    assert set(FIGURES) == set(found["first"]["package"])
    mass = found["first"]["top"]["relevance_mass"]
    assert {"mean", "interval", "chance", "n"} <= set(mass) and 2 == mass["n"]
    assert mass["interval"][0] <= mass["mean"] <= mass["interval"][1] and 0 < mass["chance"] < 1
    shown = capsys.readouterr()
    assert "random" in shown.out and "lucky" in shown.out and "Regions: masks" in shown.err


def test_several_methods_are_told_apart(command: list[str], tmp_path: Path) -> None:
    target = tmp_path / "agree.json"
    methods = ["--method", "integrated_gradients", "--method", "input_x_gradient"]
    assert 0 == run([*command, *methods, "--packages", "1", "--json", str(target)])
    found = json.loads(target.read_text())
    assert {"first, integrated_gradients", "second, input_x_gradient", *TRIVIAL} <= set(found)
    assert 1 == found["random"]["top"]["auroc"]["n"] and found["random"]["top"]["auroc"]["interval"] is None


@pytest.mark.parametrize(
    ("options", "answer"),
    [
        (["--regions", "voc"], "The data set has no Pascal VOC boxes."),
        (["--regions", "store"], "Nobody has drawn a region on this data set."),
        (["--regions", "mask"], "Try one of: masks"),
        (["--method", "integrated"], "Try one of: integrated_gradients"),
        (["--area", "sky"], "There is no area called 'sky'."),
        (["--split", "nowhere"], "no split 'nowhere'"),
    ],
)
def test_a_bad_option_is_answered_with_one_sentence(
    options: list[str], answer: str, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert 2 == run([*command, *options])
    assert answer in capsys.readouterr().err


def test_a_place_where_no_file_can_be_written_is_refused_before_the_work(command: list[str], tmp_path: Path) -> None:
    assert 2 == run([*command, "--json", str(tmp_path)])


def test_the_help_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == run(["agree", "--help"])
    assert "secondlook agree --data" in capsys.readouterr().out.split("For example")[1]


def test_the_benchmark_says_what_it_was_held_against(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "bench.json"
    assert 0 == run(
        ["bench", "agreement", "--maps", "2", "--size", "90", "60", "--repeats", "1", "--json", str(target)]
    )
    found = json.loads(target.read_text())
    assert {"relevance_mass", "relevance_rank", "auroc"} == set(found["metrics"])
    assert all(one["largest_difference"] < 1e-6 and one["ratio"] > 0 for one in found["metrics"].values())
    assert found["beside"] in capsys.readouterr().out
