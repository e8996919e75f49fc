"""The report: one file with everything that is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli import run
from core.settings import settings
from tests.conftest import draw_packages
from tests.tiny_models import save_tiny_models


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with `report.html` about 8 drawn packages, judged by two tiny networks."""
    root = tmp_path_factory.mktemp("report")
    draw_packages(root / "data", per_class=4)
    save_tiny_models(root / "models", "first", "second")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SECONDLOOK_CACHE", str(root / "cache"))
        settings.cache_clear()
        asked = ["--data", str(root / "data"), "--models", str(root / "models"), "--out", str(root / "report.html")]
        assert 0 == run(["report", *asked])
    settings.cache_clear()
    return root


def text(reports: Path) -> str:
    """The report."""
    return (reports / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "title", ["Summary", "Data", "Models", "Performance", "Comparison", "Decisions", "Calibration", "Views", "Limits"]
)
def test_every_section_is_there(reports: Path, title: str) -> None:
    assert f"<h2>{title}</h2>" in text(reports)


def test_every_model_has_its_hash(reports: Path) -> None:
    assert 2 == text(reports).count("Weights (sha256)")


def test_the_data_have_their_fingerprint(reports: Path) -> None:
    assert "Made by Second Look from data" in text(reports)


def test_what_was_not_computed_is_said(reports: Path) -> None:
    assert "Not computed yet" in text(reports)


def test_figures_come_with_their_interval(reports: Path) -> None:
    import re

    assert re.search(r"0\.\d{3} \(0\.\d{3}-[01]\.\d{3}\)", text(reports))


def test_a_split_that_is_not_there_is_refused(reports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--data", str(reports / "data"), "--models", str(reports / "models"), "--out", str(reports / "x.html")]
    assert (2, False) == (run(["report", *asked, "--split", "nowhere"]), (reports / "x.html").exists())


def test_a_folder_is_no_place_for_a_report(reports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert 2 == run(["report", "--data", str(reports / "data"), "--out", str(reports)])
    assert "is a folder" in capsys.readouterr().err.replace("\n", " ")
