"""The benchmark of pages: small here, so that it runs."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from app.cli import run
from tests.tiny_models import save_tiny_models


def test_the_benchmark_times_both_pages_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SECONDLOOK_CHECKPOINTS", str(save_tiny_models(tmp_path / "models", "one", "two", "three")))
    before = dict(os.environ)
    asked = ["--predictions", "1000", "--moves", "1", "--json", str(tmp_path / "bench.json")]
    assert 0 == run(["bench", "evaluation", *asked])
    found = json.loads((tmp_path / "bench.json").read_text())
    assert (1000, True) == (found["predictions"], before == dict(os.environ))
    assert {"performance: threshold moved", "errors: threshold moved", "errors: cell clicked"} < set(found["answers"])
    assert all(answer["median_seconds"] > 0 for answer in found["answers"].values())
