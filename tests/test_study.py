"""Figures from a table of predictions, and packages from loose files."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from core import study
from core.domain import Cut
from core.errors import BadInput, UnreadableImage
from tests.conftest import draw_carton


def frame(rows: list[tuple[str, str, str, str | None, float]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["package", "view", "model", "label", "probability"])
    return table.assign(split="test", logit=0.0, source="unseen", framing=1.0)


def test_figures_are_given_per_model_view_and_package() -> None:
    rows = [
        ("1", "side", "net", "damaged", 0.9), ("1", "package", "net", "damaged", 0.6),
        ("2", "side", "net", "intact", 0.8), ("2", "package", "net", "intact", 0.2),
        ("1", "package", "ensemble", "damaged", 0.4), ("2", "package", "ensemble", "intact", 0.1),
    ]  # fmt: skip
    figures = study.performance(frame(rows))
    assert figures["models"]["net"]["views"]["side"]["accuracy"] == 0.5
    assert figures["models"]["net"]["package"]["accuracy"] == 1.0
    assert figures["ensemble"]["package"]["fn"] == 1


def test_a_threshold_may_be_given_per_model() -> None:
    rows = [("1", "package", "a", "damaged", 0.4), ("1", "package", "b", "damaged", 0.4)]
    figures = study.performance(frame(rows), cuts={"a": Cut.at(0.3)})
    assert figures["models"]["a"]["package"]["tp"] == 1
    assert figures["models"]["b"]["package"]["fn"] == 1


def test_packages_of_unknown_class_are_left_out_of_the_figures() -> None:
    rows = [("1", "package", "a", None, 0.4), ("2", "package", "a", "intact", 0.4)]
    assert study.performance(frame(rows))["models"]["a"]["package"]["n"] == 1


def test_files_are_grouped_to_packages_by_serial(tmp_path: Path) -> None:
    for name in ("0123_side", "0123_top", "loose"):
        draw_carton(damaged=True).save(tmp_path / f"{name}.png")
    packages = study.package_from_files(sorted(tmp_path.glob("*.png")))
    assert {package.id: sorted(package.views) for package in packages} == {"0123": ["side", "top"], "loose": ["image"]}


def test_two_pictures_of_one_view_are_refused(tmp_path: Path) -> None:
    for suffix in ("png", "jpg"):
        draw_carton(damaged=True).save(tmp_path / f"0123_side.{suffix}")
    with pytest.raises(BadInput, match="side"):
        study.package_from_files(tmp_path.iterdir())


def test_a_corrupt_picture_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "0123_side.png").write_bytes(b"nothing")
    with pytest.raises(UnreadableImage, match="0123_side"):
        study.package_from_files(tmp_path.iterdir())


def test_the_class_that_is_looked_for_is_damaged_or_the_first_that_is_not_intact() -> None:
    assert study.positive_class(("damaged", "intact")) == "damaged"
    assert study.positive_class(("intact", "scratched")) == "scratched"
