"""Performance, Errors and Explain through the frame: what a link says is what the page shows."""

from __future__ import annotations

from pathlib import Path

from core import study as library
from tests import test_app_pages
from tests.screens import opened, words

study = test_app_pages.study


def test_a_group_in_the_address_is_the_group_that_is_shown(study: Path) -> None:
    asked(study)
    app = opened("errors", group="False rejects")
    assert "Intact packages that were called damaged." in words(app)


def test_a_group_nobody_knows_falls_back_to_the_escapes(study: Path) -> None:
    asked(study)
    app = opened("errors", group="Nonsense")
    assert "Damaged packages that were called intact: they get out." in words(app)


def test_a_model_without_answers_to_a_view_falls_back_to_the_package(study: Path) -> None:
    asked(study)
    app = opened("errors", model="ensemble", view="top")
    assert [] == list(app.exception)
    assert "The ensemble misses" in words(app)


def test_every_model_gets_its_map(study: Path) -> None:
    said = words(opened("explain", package="01000", view="side"))
    assert "call it damaged" in said or "call it intact" in said


def test_a_view_that_is_missing_is_a_fact_and_no_failure(study: Path) -> None:
    (study / "data" / "damage" / "top" / "01000_top.png").unlink()
    app = opened("explain", package="01000", view="top")
    assert "No top view" in words(app)
    assert [] == list(app.error)


def test_all_thresholds_move_what_performance_says(study: Path) -> None:
    asked(study)
    said = words(opened("performance", own="false", threshold="0.01"))
    assert "finds 4 of 4 damaged packages and rejects 4 of 4 intact ones." in said


def asked(study: Path) -> None:
    """Ask the models about every package, as the button does."""
    models, _ = library.open_models()
    library.predictions(library.open_dataset(study / "data"), models)


def test_a_run_that_appears_between_two_pages_is_found_by_all_of_them(study: Path) -> None:
    """As at a first start, where the run that came along is found once every file is checked."""
    dataset, models = library.open_dataset(study / "data"), library.open_models()[0]
    assert not opened("browse").exception
    library.predictions(dataset, models)
    app = opened("performance")
    assert [] == [error.value for error in app.error]
    assert "The ensemble finds" in words(app)
