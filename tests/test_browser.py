"""A real browser walks the dashboard: Browse, Inspect, Explain."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.conftest import draw_packages, draw_rendered
from tests.walking import chromium, served, sync_api, window

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the dashboard runs, on 60 drawn packages and two tiny networks."""
    root = tmp_path_factory.mktemp("browser")
    with served(root, draw_packages(root / "data", per_class=30)) as url:
        yield url


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What an address says to open 34 drawn packages with masks and twins."""
    return f"data={draw_rendered(tmp_path_factory.mktemp('rendered'), train=1, test=16, size=(320, 240))}"


@pytest.fixture(scope="module")
def browser() -> Iterator[sync_api.Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def page(browser: sync_api.Browser) -> Iterator[sync_api.Page]:
    with window(browser, height=900) as opened:
        yield opened


def heading(page: sync_api.Page, text: str) -> None:
    sync_api.expect(page.get_by_role("heading", name=text, exact=True, level=1)).to_be_visible()


def pictures_are_there(page: sync_api.Page) -> None:
    page.locator(".tile").first.wait_for()
    sync_api.expect(page.locator(".view.waiting")).to_have_count(0)


def test_a_package_is_browsed_inspected_and_explained(page: sync_api.Page, address: str) -> None:
    page.goto(f"{address}/browse?truth=damaged")
    tiles = page.locator(".tile")
    sync_api.expect(tiles).to_have_count(30)
    pictures_are_there(page)
    assert 60 == page.locator(".tile img").count()

    tiles.nth(2).click()
    heading(page, "Inspect")
    sync_api.expect(page).to_have_url(re.compile(r"/inspect\?.*package=01002"))
    sync_api.expect(page.get_by_text("3 of 30 chosen")).to_be_visible()
    page.get_by_role("button", name="Next Shortcut").click()
    sync_api.expect(page).to_have_url(re.compile("package=01003"))
    sync_api.expect(page.locator("tbody tr")).to_have_count(3)

    page.get_by_role("button", name="What did the models look at?").click()
    heading(page, "Explain")
    sync_api.expect(page).to_have_url(re.compile(r"/explain\?.*package=01003"))
    sync_api.expect(page.locator("figure .map[src]").nth(1)).to_be_visible()


def test_a_divider_between_picture_and_map_follows_the_mouse_and_the_keys(page: sync_api.Page, address: str) -> None:
    page.goto(f"{address}/explain?package=01003&form=slider&saliency=true&integrated_gradients=false")
    sync_api.expect(page.locator("figure .frame.divided")).to_have_count(2)
    frame = page.locator("figure .frame.divided").first
    frame.scroll_into_view_if_needed()
    divider = frame.get_by_role("slider")
    sync_api.expect(divider).to_have_attribute("aria-valuenow", "50")
    box = frame.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.up()
    sync_api.expect(divider).to_have_attribute("aria-valuenow", "25")
    line = divider.bounding_box()
    assert line is not None
    assert line["x"] + line["width"] / 2 == pytest.approx(box["x"] + 0.25 * box["width"], abs=1.5)
    page.keyboard.press("ArrowRight")
    sync_api.expect(divider).to_have_attribute("aria-valuetext", "27 % picture")
    page.keyboard.press("End")
    sync_api.expect(divider).to_have_attribute("aria-valuenow", "100")
    sync_api.expect(page).to_have_url(re.compile("package=01003"))


def test_a_picture_that_is_sent_once_stands_below_every_map(page: sync_api.Page, address: str) -> None:
    page.goto(f"{address}/explain?package=01003&saliency=true&integrated_gradients=false")
    maps = page.locator("figure:has(.map[src])")
    sync_api.expect(maps).to_have_count(2)
    first = page.locator("figure .picture").first.get_attribute("src")
    assert [first] * 2 == [image.get_attribute("src") for image in maps.locator(".picture").all()]
    maps.first.locator(".frame").hover()
    sync_api.expect(maps.first.locator(".map")).to_have_css("opacity", "0")


def test_the_back_button_returns_to_the_package_before(page: sync_api.Page, address: str) -> None:
    page.goto(f"{address}/inspect?package=01004")
    page.get_by_role("button", name="Next Shortcut").click()
    sync_api.expect(page.get_by_label("Serial")).to_have_value("01005")
    page.go_back()
    sync_api.expect(page.get_by_label("Serial")).to_have_value("01004")


def test_the_gallery_is_walked_with_the_keyboard(page: sync_api.Page, address: str) -> None:
    page.goto(f"{address}/browse")
    tiles = page.locator(".tile")
    sync_api.expect(tiles).to_have_count(48)
    pictures_are_there(page)
    tiles.first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    sync_api.expect(page).to_have_url(re.compile("package=01001"))


def test_tiles_do_not_move_while_their_pictures_load(page: sync_api.Page, address: str) -> None:
    page.goto(f"{address}/browse?page=2")
    last = page.locator(".tile").last
    last.wait_for()
    before = last.bounding_box()
    pictures_are_there(page)
    assert before == last.bounding_box()


def test_a_choice_in_the_sidebar_stays_when_the_page_changes(page: sync_api.Page, address: str) -> None:
    page.goto(f"{address}/browse?own=false&threshold=0.2")
    pictures_are_there(page)
    page.get_by_role("link", name="Performance").click()
    heading(page, "Performance")
    sync_api.expect(page).to_have_url(re.compile(r"/performance\?.*threshold=0.2"))


def test_the_divider_between_before_and_after_is_moved_with_the_keyboard_and_the_mouse(
    page: sync_api.Page, address: str, rendered: str
) -> None:
    page.goto(f"{address}/inspect?{rendered}&package=01002&pictures=Before+and+after")
    divider = page.get_by_role("slider", name="side view").first
    sync_api.expect(divider).to_have_attribute("aria-valuenow", "50")
    sync_api.expect(page.get_by_text("Without the damage: first")).to_be_visible()
    divider.focus()
    for key, at in (("ArrowRight", 52), ("Shift+ArrowLeft", 42), ("Home", 0), ("ArrowLeft", 0), ("End", 100)):
        page.keyboard.press(key)
        sync_api.expect(divider).to_have_attribute("aria-valuenow", str(at))
    frame = page.locator(".frame", has=divider).first
    box = frame.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 20, steps=4)
    page.mouse.up()
    sync_api.expect(divider).to_have_attribute("aria-valuenow", "25")
    sync_api.expect(page.get_by_label("Serial")).to_have_value("01002")


def test_a_link_says_which_split_where_it_is_not_the_one_that_a_data_set_opens_with(
    page: sync_api.Page, address: str, rendered: str
) -> None:
    page.goto(f"{address}/browse?{rendered}")
    sync_api.expect(page.get_by_role("heading", name="32 of 34 packages in the test split.")).to_be_visible()
    page.get_by_role("radio", name="all", exact=True).or_(page.get_by_role("button", name="all", exact=True)).click()
    sync_api.expect(page.get_by_role("heading", name="34 packages.", exact=True)).to_be_visible()
    sync_api.expect(page).to_have_url(re.compile("split=all"))
    pictures_are_there(page)
    page.locator(".tile").first.click()
    heading(page, "Inspect")
    sync_api.expect(page).to_have_url(re.compile(r"/inspect\?.*split=all"))
    sync_api.expect(page.get_by_text("1 of 34")).to_be_visible()
