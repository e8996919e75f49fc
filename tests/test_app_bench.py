"""The benchmarks, small here so that they run, and what fills the cache of maps."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from app.cli import run
from tests.screens import named
from tests.tiny_models import save_tiny_models


def test_the_benchmark_times_both_pages_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    named(monkeypatch, data=tmp_path, models=save_tiny_models(tmp_path / "models", "one", "two", "three"))
    before = dict(os.environ)
    asked = ["--predictions", "1000", "--moves", "1", "--json", str(tmp_path / "bench.json")]
    assert 0 == run(["bench", "evaluation", *asked])
    found = json.loads((tmp_path / "bench.json").read_text())
    assert (1000, True) == (found["predictions"], before == dict(os.environ))
    assert {"performance: threshold moved", "errors: threshold moved", "errors: cell clicked"} < set(found["answers"])
    assert all(answer["median_seconds"] > 0 for answer in found["answers"].values())


def test_the_benchmark_of_maps_puts_the_engine_beside_captum_at_the_same_error(
    tiny_dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.studies.racing.KNOWN", ("test_resnet",))
    monkeypatch.setattr("core.attribution.race.REFERENCE", 60)  # the real one takes a minute
    asked = ["--data", str(tiny_dataset), "--models", str(save_tiny_models(tmp_path / "models", "tiny"))]
    out = tmp_path / "bench.json"
    assert 0 == run(["bench", "attribution", *asked, "--pictures", "1", "--rounds", "1", "--json", str(out)])
    found = json.loads(out.read_text())
    assert {"tiny", "test_resnet"} == set(found)
    for one in found.values():
        engine, captum = (one["runners"][name] for name in ("engine", "captum, defaults"))
        assert engine["steps"] <= 80 and one["ratios"]["captum, defaults"] > 0
        assert engine["error"] <= max(captum["error"], 1e-3) or engine["steps"] == 80


def test_all_maps_of_a_split_are_made_once_and_lie_in_the_cache(
    tiny_dataset: Path, tmp_path: Path, own_cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    models = save_tiny_models(tmp_path / "models", "tiny")
    asked = ["explain", "--data", str(tiny_dataset), "--models", str(models), "--all", "--method", "saliency"]
    assert 0 == run(asked)
    kept = sorted((own_cache / "maps").rglob("*.npz"))
    before = [path.stat().st_ino for path in kept]
    assert 0 == run(asked)
    assert len(kept) > 0 and before == [path.stat().st_ino for path in kept]
    assert "maps lie in the cache" in capsys.readouterr().err


def test_nothing_to_explain_is_said(tiny_dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert 2 == run(["explain", "--data", str(tiny_dataset), "--view", "top"])
    assert "--all" in capsys.readouterr().err
