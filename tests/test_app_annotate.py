"""The page Annotate without a browser: states, the queue, who is at work."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.conftest import draw_packages
from tests.screens import calm, drawn_study, named, opened, words


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return drawn_study(tmp_path, monkeypatch)


def serial(app: AppTest) -> str:
    return next(str(one.value) for one in app.text_input if one.label == "Serial")


def test_it_opens_with_the_first_package_that_has_no_label(study: Path) -> None:
    app = calm(opened("annotate", annotator="anna"))
    assert "01000" == serial(app)
    assert "Nothing said yet." in words(app) and app.toggle(key="blind").value


def test_a_verdict_is_saved_at_once_and_the_next_package_comes(study: Path) -> None:
    app = calm(opened("annotate", annotator="anna"))
    verdict = next(one for one in app.button_group if one.key and one.key.startswith("verdict"))
    verdict.set_value("intact").run()
    assert "by anna" in words(calm(app))
    app.button(key="annotate Next").click().run()
    assert "01001" == serial(calm(app))


def test_without_a_name_nothing_is_saved_and_it_says_so(study: Path) -> None:
    app = calm(opened("annotate"))
    next(one for one in app.button_group if one.key and one.key.startswith("verdict")).set_value("intact").run()
    assert "give your name" in words(calm(app))


def test_a_package_nobody_knows_is_answered_with_a_way_out(study: Path) -> None:
    assert "No package 01x" in words(opened("annotate", package="01x"))


def test_every_order_of_the_queue_opens(study: Path) -> None:
    for order in ("unlabeled", "disagreement", "entropy", "conflict", "dissent", "suspects"):
        app = calm(opened("annotate", queue=order, annotator="anna"))
        assert serial(app)


def test_without_models_one_can_label_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "none").mkdir()
    named(monkeypatch, data=draw_packages(tmp_path / "data"), models=tmp_path / "none")
    app = calm(opened("annotate", annotator="anna", blind="false"))
    assert "01000" == serial(app)
