"""The command line: what it does with bad input, what it prints, what it leaves on disk."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from conftest import draw_packages
from PIL import Image

from app import files, reports
from app.cli import run
from core.domain import Cut, Prediction
from core.errors import BadInput
from core.settings import settings

ROOT = Path(__file__).resolve().parent.parent
TINY = "--arch tf_mobilenetv3_small_075 --no-pretrained --epochs 1 --folds 2 --input-size 64 96"
COMMANDS = ("app", "evaluate", "predict", "explain", "train")


def said(capsys: pytest.CaptureFixture[str]) -> str:
    """What stands on stderr; it must be one line."""
    error = capsys.readouterr().err
    assert 1 == error.count("\n")
    return error.strip()


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == run(["--help"])
    shown = capsys.readouterr().out
    assert [] == [name for name in COMMANDS if f" {name} " not in shown]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_has_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == run([command, "--help"])
    shown = capsys.readouterr().out
    assert f"secondlook {command}" in shown.split("For example")[1]


def test_help_loads_neither_torch_nor_streamlit_nor_pandas() -> None:
    code = "import sys, app.cli; print(*[name for name in ('torch', 'streamlit', 'pandas') if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "" == result.stdout.strip()


def test_an_unknown_command_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert 2 == run(["evaluat"])
    assert "No such command 'evaluat'. Did you mean 'evaluate'? See secondlook --help." == said(capsys)


@pytest.mark.parametrize("command", [["evaluate"], ["app"], ["serials"]])
def test_an_empty_name_of_a_folder_is_not_the_folder_at_hand(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert 2 == run([*command, "--data", ""])
    assert "--data names no folder. Name the folder of the packages, `.` for the one you are in." == said(capsys)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--all", "--package", "1"], "--all means every package and view."),
        (["--split", "test", "--package", "1", "--view", "side", "--out", "x"], "--split goes with --all."),
    ],
)
def test_what_to_explain_is_said_once(options: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert 2 == run(["explain", "--data", ".", *options])
    assert said(capsys).startswith(says)


def test_a_missing_option_is_named(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECONDLOOK_DATA", raising=False)
    assert 2 == run(["evaluate"])
    assert "Missing option '--data' (env var: 'SECONDLOOK_DATA'). See secondlook evaluate --help." == said(capsys)


def test_a_threshold_above_one_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert 2 == run(["evaluate", "--data", "x", "--threshold", "1.5"])
    assert "--threshold" in said(capsys)


@pytest.mark.parametrize(
    "command", ["evaluate", "explain --package 1 --view top --out maps", "train --arch resnet18 --out new"]
)
def test_a_data_folder_that_does_not_exist_is_named(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert 2 == run([*command.split(), "--data", "nowhere"])
    assert "nowhere does not exist" in said(capsys)
    assert [] == list(tmp_path.iterdir())


def test_a_folder_without_pictures_is_answered_with_the_layout(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 2 == run(["evaluate", "--data", str(tmp_path)])
    assert "damaged/side/" in said(capsys)


def test_a_picture_that_does_not_exist_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert 2 == run(["predict", str(tmp_path / "0185_side.png")])
    assert "0185_side.png" in said(capsys)


def test_json_into_a_folder_is_refused_before_any_work(
    tiny_dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 2 == run(["evaluate", "--data", str(tiny_dataset), "--json", str(tmp_path)])
    assert f"{tmp_path} is a folder. Give the name of a file." == said(capsys)


def test_maps_into_a_file_are_refused_before_any_work(
    tiny_dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = tmp_path / "taken"
    taken.write_text("mine")
    asked = ["explain", "--data", str(tiny_dataset), "--package", "01000", "--view", "top", "--out", str(taken)]
    assert 2 == run(asked)
    assert f"{taken} is a file. Give the name of a folder." == said(capsys)
    assert "mine" == taken.read_text()


def test_an_empty_folder_of_checkpoints_is_named(
    tiny_dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert 2 == run(["evaluate", "--data", str(tiny_dataset), "--models", str(empty)])
    assert f"There is no usable checkpoint in {empty}." in said(capsys)


def test_the_dashboard_refuses_a_data_folder_that_does_not_exist(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 2 == run(["app", "--data", str(tmp_path / "nowhere")])
    assert "nowhere" in said(capsys)


def test_the_dashboard_refuses_a_port_that_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("", 0))
        other.listen()
        port = other.getsockname()[1]
        assert 2 == run(["app", "--port", str(port)])
    assert f"Port {port} is taken or not allowed. Choose another one, for example --port {port + 1}." == said(capsys)


def test_json_knows_no_nan(tmp_path: Path) -> None:
    file = tmp_path / "one.json"
    files.write_json(file, {"nan": float("nan"), "array": np.array([1.5, np.inf]), "path": Path("a"), "n": np.int64(3)})
    assert {"nan": None, "array": [1.5, None], "path": "a", "n": 3} == json.loads(file.read_text())


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "one.json"
    file.write_text("old")

    def fail(_: object) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(BadInput, match="No space left on device"):
        files.write_whole(file, fail)
    assert "old" == file.read_text()
    assert [file] == list(tmp_path.iterdir())


def test_parent_folders_of_a_file_are_made_when_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "one.json"
    files.check_file(file)
    assert [] == list(tmp_path.iterdir())
    files.write_json(file, {})
    assert "{}\n" == file.read_text()


def test_a_file_in_the_place_of_a_parent_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(BadInput, match=r"a is a file\."):
        files.check_file(tmp_path / "a" / "b" / "one.json")


def test_a_probability_at_the_threshold_is_damaged() -> None:
    even = np.array([0.5, 0.5], np.float32)
    answer = Prediction("1", "m", "top", ("damaged", "intact"), even * 0, even)
    assert "damaged" == reports.prediction(answer, "damaged", Cut.at(0.5))["verdict"]


def test_a_figure_without_a_denominator_is_a_dash() -> None:
    nothing = {"accuracy": None, "accuracy_interval": None, "auroc": None, "n": 0, "tp": 0, "fp": 0, "tn": 0, "fn": 0}
    measured = {"models": {}, "ensemble": {"package": nothing}}
    row = ("ensemble", "package", "0", "-", "-", "-", "0 of 0", "0 of 0")
    assert [row] == list(reports.performance_rows(measured))


def test_a_cross_validation_has_a_line_for_every_view_of_a_data_set_the_package_last() -> None:
    counts = {"n": 2, "tp": 1, "fp": 1, "tn": 0, "fn": 0}
    figures = {"accuracy": 0.5, "accuracy_interval": (0.1, 0.9), "auroc": 0.75, **counts}
    measured = {"a": {"package": figures, "top": figures}, "b": {"package": figures}}
    rows = list(reports.measured_rows(measured))
    assert [("a", "top"), ("a", "package"), ("b", "package")] == [row[:2] for row in rows]
    assert {len(reports.MEASURED_HEAD)} == {len(row) for row in rows}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with packages/ (12 drawn ones) and checkpoints/tiny, trained on them for one epoch by the command."""
    folder = tmp_path_factory.mktemp("trained")
    draw_packages(folder / "packages")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SECONDLOOK_CACHE", str(folder / "cache"))
        settings.cache_clear()
        where = ["--data", str(folder / "packages"), "--out", str(folder / "checkpoints" / "tiny")]
        assert 0 == run(["train", *where, *TINY.split()])
    settings.cache_clear()
    yield folder


@pytest.fixture
def there(trained: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder to work in, with the trained network and its packages as the defaults."""
    monkeypatch.setenv("SECONDLOOK_DATA", str(trained / "packages"))
    monkeypatch.setenv("SECONDLOOK_CHECKPOINTS", str(trained / "checkpoints"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_training_leaves_weights_card_curves_and_answers(trained: Path) -> None:
    found = {path.name for path in (trained / "checkpoints" / "tiny").iterdir()}
    wanted = {"weights.safetensors", "card.json", "curves.csv", "curves.png", "crossval.parquet", "split.json"}
    assert set() == wanted - found


def test_an_evaluation_measures_every_view_and_the_package(there: Path) -> None:
    assert 0 == run(["evaluate", "--json", "reports/one.json"])
    measured = json.loads((there / "reports" / "one.json").read_text())["models"]["tiny"]
    assert [12, 12, 12] == [m["n"] for m in (*measured["views"].values(), measured["package"])]
    names = "n tp fp tn fn accuracy accuracy_interval precision recall f1 balanced_accuracy auroc mcc mcc_interval"
    assert set(names.split()) <= set(measured["package"])


def test_an_evaluation_says_what_it_was_measured_on(there: Path) -> None:
    run(["evaluate", "--json", "one.json"])
    dataset = json.loads((there / "one.json").read_text())["dataset"]
    assert {"damaged": 6, "intact": 6} == dataset["labels"]
    assert {"side": 12, "top": 12} == dataset["views"]
    assert {"cross-validated": 12} == dataset["sources"]
    assert 64 == len(dataset["fingerprint"])


def test_an_evaluation_lists_what_it_could_not_read(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = draw_packages(there / "packages", per_class=2)
    broken = data / "damage" / "top" / "01000_top.png"
    broken.write_bytes(b"")
    assert 0 == run(["evaluate", "--data", str(data), "--json", "one.json"])
    (listed,) = json.loads((there / "one.json").read_text())["dataset"]["unreadable"]
    assert str(broken) == listed["path"]
    assert listed["reason"] in capsys.readouterr().err


def test_at_threshold_zero_everything_is_damaged(there: Path) -> None:
    run(["evaluate", "--threshold", "0", "--json", "one.json"])
    package = json.loads((there / "one.json").read_text())["models"]["tiny"]["package"]
    assert (6, 6, 0, 0) == (package["tp"], package["fp"], package["tn"], package["fn"])


def test_an_unknown_split_is_refused(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert 2 == run(["evaluate", "--split", "autumn"])
    assert "The data set has no split 'autumn'. It has: none." in capsys.readouterr().err


def test_pictures_with_one_serial_are_one_package(there: Path) -> None:
    draw_packages(there, per_class=1)
    pictures = ["damage/side/01000_side.png", "damage/top/01000_top.png", "intact/top/02000_top.png"]
    assert 0 == run(["predict", *pictures, "--json", "one.json"])
    answers = json.loads((there / "one.json").read_text())["predictions"]
    said_of = [(one["package"], one["view"]) for one in answers]
    assert [
        ("01000", "side"),
        ("01000", "top"),
        ("01000", "package"),
        ("02000", "top"),
        ("02000", "package"),
    ] == said_of


def test_a_text_file_is_no_picture(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("01000_top.png").write_text("not a picture")
    assert 2 == run(["predict", "01000_top.png"])
    assert "01000_top.png is not a picture" in said(capsys)


def test_an_unknown_model_is_answered_with_the_known(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["explain", "--package", "01000", "--view", "top", "--model", "big", "--out", "maps"]
    assert 2 == run(asked)
    assert "There is no model called 'big'. Try one of: all, tiny." == said(capsys)
    assert [] == list(there.iterdir())


def test_a_map_has_the_size_of_the_picture(there: Path) -> None:
    assert 0 == run(["explain", "--package", "01000", "--view", "top", "--steps", "2", "--out", "maps"])
    stem = there / "maps" / "01000_top_tiny_integrated_gradients"
    with np.load(stem.with_suffix(".npz")) as archive:
        values = archive["values"]
    assert ((48, 64), np.float32) == (values.shape, values.dtype)
    with Image.open(stem.with_suffix(".png")) as overlay:
        assert (64, 48) == overlay.size


def test_the_facts_of_a_map_are_printed_as_one_line_and_kept(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["explain", "--package", "01000", "--view", "top", "--steps", "2", "--out", "maps"])
    (line,) = capsys.readouterr().out.splitlines()
    facts = json.loads(line)
    assert facts == json.loads((there / "maps" / "01000_top_tiny_integrated_gradients.json").read_text())
    assert ("tiny", "damaged", 2) == (facts["model"], facts["target"], facts["settings"]["steps"])
    assert facts["completeness"] >= 0


def test_a_network_is_trained_on_two_data_sets_from_a_checkpoint(
    there: Path, trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for at, name in enumerate(("one", "two"), start=8):
        for path in sorted(draw_packages(there / name, per_class=2, size=(64 + at, 50)).rglob("*.png")):
            path.rename(path.with_name(f"{at}{path.name[1:]}"))
    start = ["--weights", str(trained / "checkpoints" / "tiny")]
    sizes = ["--arch", "tf_mobilenetv3_small_075", "--epochs", "1", "--folds", "2"]
    assert 0 == run(["train", "--data", "one", "--data", "two", *sizes, *start, "--out", "mine"])
    card = json.loads((there / "mine" / "card.json").read_text())
    assert ("one + two", "checkpoints/tiny (random)") == (card["training"]["dataset"], card["training"]["start"])
    assert ["one", "two"] == list(card["measured"])
    shown = capsys.readouterr().out
    assert "one" in shown and "two" in shown


def test_a_checkpoint_is_not_measured_on_what_its_start_knows(
    there: Path, trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start = ["--weights", str(trained / "checkpoints" / "tiny"), "--arch", "tf_mobilenetv3_small_075"]
    assert 2 == run(["train", "--data", str(trained / "packages"), *start, "--folds", "2", "--out", "mine"])
    assert "do without figures: --folds 0." in capsys.readouterr().err
    assert [] == list(there.iterdir())
