"""Every page, through the frame, as a person would open it."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.navigation import PAGES
from core.settings import settings
from tests.conftest import draw_packages
from tests.screens import drawn_study, opened, words

NAMES = [page.name for page in PAGES]


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder with `data` (8 drawn packages) and `models` (two tiny networks), which the settings name."""
    return drawn_study(tmp_path, monkeypatch)


@pytest.mark.parametrize("page", NAMES)
def test_a_page_opens_without_an_error(study: Path, page: str) -> None:
    app = opened(page)
    assert [] == [error.value for error in app.error]
    assert [] == list(app.exception)
    assert 1 == len(app.title)


@pytest.mark.parametrize("page", NAMES)
def test_a_page_without_models_says_so_and_stands(study: Path, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECONDLOOK_CHECKPOINTS", str(study / "none"))
    settings.cache_clear()
    app = opened(page)
    assert [] == [error.value for error in app.error]
    assert [] == list(app.exception)


@pytest.mark.parametrize("page", NAMES)
def test_a_page_of_one_package_stands(study: Path, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    one = draw_packages(study / "one", per_class=1, views=("top",))
    next(one.glob("damage/top/*")).unlink()
    monkeypatch.setenv("SECONDLOOK_DATA", str(one))
    settings.cache_clear()
    app = opened(page)
    assert [] == [error.value for error in app.error]
    assert [] == list(app.exception)


@pytest.mark.parametrize("page", NAMES)
def test_a_page_without_classes_stands(study: Path, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    loose = study / "loose"
    for path in sorted((study / "data").rglob("*.png")):
        target = loose / path.parent.name / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)
    monkeypatch.setenv("SECONDLOOK_DATA", str(loose))
    settings.cache_clear()
    app = opened(page)
    assert [] == [error.value for error in app.error]
    assert [] == list(app.exception)


def test_without_a_data_set_the_page_that_adds_one_opens(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECONDLOOK_DATA", str(study / "nowhere"))
    settings.cache_clear()
    app = opened()
    assert ["Add data"] == [title.value for title in app.title]
    assert "no data set yet" in app.info[0].value
    assert [] == list(app.error)


def test_a_data_folder_in_the_address_that_is_not_there_is_an_error(study: Path) -> None:
    app = opened(data=str(study / "nowhere"))
    assert ["Add data"] == [title.value for title in app.title]
    assert "does not exist" in app.error[0].value


def test_a_data_folder_in_the_address_is_opened(study: Path) -> None:
    draw_packages(study / "other", per_class=1)
    app = opened(data=str(study / "other"))
    assert "**other**" in words(app)


def test_a_class_in_the_address_filters_the_gallery(study: Path) -> None:
    app = opened("browse", truth="intact")
    assert "4 of 8 intact packages." in words(app)


def test_a_search_that_finds_nothing_offers_the_way_out(study: Path) -> None:
    app = opened("browse", serial="no such serial")
    assert "No package fits" in words(app)
    next(button for button in app.button if button.label == "Show all packages").click().run()
    assert "##### 8 packages." in words(app)


def test_another_filter_starts_at_the_first_page(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.components.filters.PAGE_SIZE", 2)
    app = opened("browse", page="3")
    assert 3 == app.session_state["page"]
    app.selectbox(key="truth").set_value("intact").run()
    assert 1 == app.session_state["page"]


def test_a_package_in_the_address_is_inspected(study: Path) -> None:
    app = opened("inspect", package="02001")
    assert "02001" == app.text_input(key="package").value
    assert "It is :green[intact]." in words(app)


def test_next_opens_the_next_package(study: Path) -> None:
    app = opened("inspect", package="01003")
    app.button(key="next").click().run()
    assert "02000" == app.text_input(key="package").value


def test_next_stays_within_the_gallery_the_package_was_opened_from(study: Path) -> None:
    app = opened("inspect", package="01003", within="truth=damaged")
    assert app.button(key="next").disabled
    assert not app.button(key="previous").disabled


def test_an_unknown_serial_offers_the_nearest(study: Path) -> None:
    assert "`02001`" in words(opened("inspect", package="020011"))


def test_a_broken_picture_says_so_in_its_place(study: Path) -> None:
    (study / "data" / "damage" / "top" / "01000_top.png").write_bytes(b"no picture")
    app = opened("inspect", package="01000")
    assert "01000_top.png" in app.warning[0].value


def test_a_missing_view_is_a_fact_and_no_failure(study: Path) -> None:
    (study / "data" / "damage" / "top" / "01000_top.png").unlink()
    app = opened("inspect", package="01000")
    assert "There is no such picture of this package." == app.warning[0].value


def test_one_threshold_for_all_replaces_each_models_own(study: Path) -> None:
    app = opened("overview", own="false", threshold="0.01")
    assert "finds 4 of 4 damaged packages and rejects 4 of 4 intact ones" in words(app)


def test_two_uploaded_pictures_are_judged_by_every_model(study: Path) -> None:
    app = opened("inspect", source="My own pictures")
    files = [("x_side.png", "side"), ("x_top.png", "top")]
    pictures = [
        (name, next((study / "data").glob(f"damage/{view}/*")).read_bytes(), "image/png") for name, view in files
    ]
    app.file_uploader(key="upload").set_value(pictures).run()
    assert "The truth is not known." in words(app)
    assert [] == [error.value for error in app.error]


def test_an_uploaded_file_that_is_no_picture_says_so_and_the_other_is_judged(study: Path) -> None:
    app = opened("inspect", source="My own pictures")
    sound = next((study / "data").glob("damage/top/*")).read_bytes()
    app.file_uploader(key="upload").set_value([("a.png", b"text", "image/png"), ("b.png", sound, "image/png")]).run()
    assert 1 == len(app.error)
    assert "a.png" in app.error[0].value
    assert "The truth is not known." in words(app)
