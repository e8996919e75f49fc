"""A real browser reads the serials of rendered packages, finds the one that is not its file's, and corrects it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

from core.studies.corrections import every, open_corrections
from core.study import open_dataset
from tests.walking import LONG, ROOT, chromium, served, sync_api, window

BUNDLED = ROOT / "data" / "packages"
COUNT = 12
"""More than fit on a page."""

pytestmark = pytest.mark.browser


class App(NamedTuple):
    """Where the dashboard runs, on which packages, and which of them bears a wrong name."""

    url: str
    data: Path
    store: str
    named: str
    printed: str


def copied(target: Path) -> tuple[str, str]:
    """Pictures of bundled test packages whose serial shows; of the first the file names are wrong in one digit."""
    known = json.loads((BUNDLED / "manifest.json").read_text(encoding="utf-8"))["packages"]
    shown = [id for id, one in known.items() if one["split"] == "test" and one["views"]["side"]["serial"]][:COUNT]
    wrong = f"{shown[0][:-1]}{(int(shown[0][-1]) + 1) % 10}"
    for id in shown:
        for view, one in known[id]["views"].items():
            path = target / known[id]["label"] / view / f"{wrong if id == shown[0] else id}_{view}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(BUNDLED / one["picture"], path)
    return wrong, shown[0]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    root = tmp_path_factory.mktemp("serials")
    named, printed = copied(root / "line")
    store = f"sqlite:///{root}/annotations.sqlite3"
    with served(root, root / "line", SECONDLOOK_DATABASE_URL=store) as url:
        yield App(url, root / "line", store, named, printed)


@pytest.fixture(scope="module")
def browser() -> Iterator[sync_api.Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def page(browser: sync_api.Browser) -> Iterator[sync_api.Page]:
    with window(browser, height=1100) as opened:
        yield opened


def ready(page: sync_api.Page, strips: int = 10) -> None:
    """Every row of the page is there, with the picture of its line."""
    sync_api.expect(page.locator(".strip")).to_have_count(strips, timeout=2 * LONG)
    sync_api.expect(page.locator(".strip .shot img")).to_have_count(strips)


def test_the_serials_are_read_and_the_wrong_name_stands_first(page: sync_api.Page, app: App) -> None:
    page.goto(f"{app.url}/serials")
    ready(page)
    says = re.compile(rf"(All|of) {COUNT} serials were read; 1 disagrees with its file name\.")
    sync_api.expect(page.get_by_role("heading", name=says)).to_be_visible()
    first = page.locator(".strip").first
    read = first.locator(".line.read .signs")
    sync_api.expect(read).to_have_attribute("aria-label", re.compile(f"^{app.printed}, read, confidence"))
    sync_api.expect(first.locator(".line.read .sign.wrong")).to_have_count(1)
    width = first.locator("img").evaluate("image => image.naturalWidth")
    assert width > 100
    sync_api.expect(page.get_by_text("1 character differs")).to_be_visible()
    sync_api.expect(page.locator(".js-plotly-plot")).to_have_count(2)


def test_a_link_brings_the_filter_back(page: sync_api.Page, app: App) -> None:
    page.goto(f"{app.url}/serials")
    ready(page)
    page.get_by_role("radio", name="not the file name").or_(
        page.get_by_role("button", name="not the file name", exact=True)
    ).first.click()
    ready(page, 1)
    sync_api.expect(page).to_have_url(re.compile("problem=not"))
    page.reload()
    ready(page, 1)
    sync_api.expect(page.get_by_role("button", name=app.named)).to_be_visible()


def test_the_second_page_shows_the_rest(page: sync_api.Page, app: App) -> None:
    page.goto(f"{app.url}/serials?page=2")
    ready(page, COUNT - 10)


def test_the_file_holds_every_package(page: sync_api.Page, app: App) -> None:
    page.goto(f"{app.url}/serials")
    ready(page)
    with page.expect_download() as held:
        page.get_by_role("button", name="CSV").click()
    sheet = pd.read_csv(held.value.path(), dtype=str)
    assert (COUNT, app.printed) == (len(sheet), sheet.set_index("package").loc[app.named, "serial"])


def test_a_correction_is_kept_and_taken_back(page: sync_api.Page, app: App) -> None:
    page.goto(f"{app.url}/serials?problem=not+the+file+name")
    ready(page, 1)
    sync_api.expect(page.get_by_role("button", name="Save")).to_be_disabled()
    page.get_by_role("textbox", name="Your name").fill("anna")
    page.get_by_role("textbox", name="Your name").press("Enter")
    sync_api.expect(page.get_by_role("button", name="Save")).to_be_enabled()
    field = page.get_by_role("textbox", name="The serial reads")
    field.fill(app.named)
    field.press("Enter")
    says = re.compile(rf"(All|of) {COUNT} serials were read; none disagrees with its file name\.")
    sync_api.expect(page.get_by_role("heading", name=says)).to_be_visible()
    (kept,) = every(open_corrections(app.store), open_dataset(app.data))
    assert (app.named, app.named, app.printed, "anna") == (kept.package, kept.text, kept.read, kept.author)

    page.goto(f"{app.url}/serials?problem=corrected&annotator=bob")
    ready(page, 1)
    page.get_by_role("button", name="Details").click()
    sync_api.expect(page.get_by_text(f"anna: {app.printed} corrected to {app.named}")).to_be_visible()
    page.get_by_role("button", name="Take back").click()
    sync_api.expect(page.get_by_role("heading", name="1 disagrees with its file name.")).to_be_visible()
    assert [app.named, None] == [one.text for one in every(open_corrections(app.store), open_dataset(app.data))]


def test_a_serial_opens_its_package(page: sync_api.Page, app: App) -> None:
    page.goto(f"{app.url}/serials")
    ready(page)
    page.get_by_role("button", name=app.named).click()
    sync_api.expect(page).to_have_url(re.compile(rf"/inspect\?.*package={app.named}"))
    sync_api.expect(page.get_by_text(f"Its serial was read as {app.printed}")).to_be_visible()
