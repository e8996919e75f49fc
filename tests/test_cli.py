"""The command line: what it does with bad input, what it prints, what it leaves on disk."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from app import files, reports
from app.cli import run
from core.domain import Prediction
from core.errors import BadInput

ROOT = Path(__file__).resolve().parent.parent
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


def test_a_missing_option_is_named(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECONDLOOK_DATA", raising=False)
    assert 2 == run(["evaluate"])
    assert "Missing option '--data' (env var: 'SECONDLOOK_DATA'). See secondlook evaluate --help." == said(capsys)


def test_a_threshold_above_one_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert 2 == run(["evaluate", "--data", "x", "--threshold", "1.5"])
    assert "--threshold" in said(capsys)


@pytest.mark.parametrize(
    "command", ["evaluate", "explain --package 1 --view top --out maps", "train --arch x --out new"]
)
def test_a_data_folder_that_does_not_exist_is_named(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert 2 == run([*command.split(), "--data", "nowhere"])
    assert "nowhere does not exist" in said(capsys)


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


def test_parent_folders_of_a_file_are_made(tmp_path: Path) -> None:
    files.check_file(tmp_path / "a" / "b" / "one.json")
    assert (tmp_path / "a" / "b").is_dir()


def test_a_file_in_the_place_of_a_parent_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(BadInput, match="Choose another place"):
        files.check_file(tmp_path / "a" / "b" / "one.json")


def test_a_probability_at_the_threshold_is_damaged() -> None:
    even = np.array([0.5, 0.5], np.float32)
    answer = Prediction("1", "m", "top", ("damaged", "intact"), even * 0, even)
    assert "damaged" == reports.prediction(answer, 0.5)["verdict"]


def test_a_figure_without_a_denominator_is_a_dash() -> None:
    nothing = dict.fromkeys(("accuracy", "accuracy_interval", *reports.SHARES.values()))
    counts = dict.fromkeys(("n", "tp", "fp", "tn", "fn"), 0)
    measured = {"models": {}, "ensemble": {"package": nothing | counts}}
    row = ("ensemble", "package", "0", "-", "-", "-", "-", "-", "-", "-", "0 of 0", "0 of 0")
    assert [row] == list(reports.performance_rows(measured))
