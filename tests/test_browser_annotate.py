"""A real browser labels packages: draws, saves, finds it again, goes on by the keys."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image, ImageDraw

from core.domain import DAMAGED, INTACT, SUGGESTED, UNSURE, AnnotatedRegion, Annotation
from core.regions import box_of, is_box
from core.studies.annotation import open_annotations, save
from core.study import open_dataset
from tests.conftest import draw_rendered
from tests.walking import LONG, chromium, served, sync_api, window

MARK = (150, 112, 176, 130)
"""Left, top, right, bottom of a patch of pure magenta in every picture, pixels of the frame."""
FRAME = (320, 240)
NAME = "Drawn packages"
QUICKLY = """keys => {
  const rest = until => { while (performance.now() < until); };
  for (const key of keys) {
    document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, composed: true }));
    rest(performance.now() + 0.4);
  }
}"""
"""Press keys faster than a hand can."""

pytestmark = pytest.mark.browser


class App(NamedTuple):
    """Where the dashboard runs, where it keeps annotations, and the data set."""

    url: str
    store: str
    data: Path

    def said(self, package: str) -> Annotation | None:
        """What stands of a package; None where nothing does."""
        stands = open_annotations(self.store).of(NAME, package)
        return stands[-1] if stands else None

    def regions(self, package: str, view: str = "side") -> tuple[AnnotatedRegion, ...]:
        """What is marked in a view."""
        found = self.said(package)
        return () if found is None else tuple(found.regions[view])

    def eventually(self, package: str, count: int, view: str = "side") -> tuple[AnnotatedRegion, ...]:
        """The same, once that many are kept."""
        for _ in range(LONG // 100):
            if len(found := self.regions(package, view)) == count and self.said(package):
                return found
            time.sleep(0.1)
        raise AssertionError(f"{len(found)} areas are kept, not {count}")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    root = tmp_path_factory.mktemp("annotate")
    data = draw_rendered(root / "data", train=0, test=16, size=FRAME)
    for path in [*data.rglob("*_side.jpg"), *data.rglob("*_top.jpg")]:
        if "twins" not in path.parts:
            picture = Image.open(path).convert("RGB")
            ImageDraw.Draw(picture).rectangle((MARK[0], MARK[1], MARK[2] - 1, MARK[3] - 1), fill=(255, 0, 255))
            picture.save(path, quality=100, subsampling=0)
    store = f"sqlite:///{root}/annotations.sqlite3"
    with served(root, data, SECONDLOOK_DATABASE_URL=store) as url:
        yield App(url, store, data)


@pytest.fixture(scope="module")
def browser() -> Iterator[sync_api.Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def page(browser: sync_api.Browser) -> Iterator[sync_api.Page]:
    with window(browser, height=1000) as opened:
        yield opened


def opened(page: sync_api.Page, app: App, package: str, **choices: str) -> None:
    """The page Annotate, ready to draw on."""
    words = {"annotator": "anna", "blind": "false", "package": package, **choices}
    page.goto(f"{app.url}/annotate?{'&'.join(f'{key}={value}' for key, value in words.items())}")
    ready(page)


def ready(page: sync_api.Page, canvases: int = 2) -> None:
    sync_api.expect(page.locator(".dc-container")).to_have_count(canvases)
    sync_api.expect(page.locator(".secondlook-held")).to_have_count(0)


def place(page: sync_api.Page, view: int = 0) -> dict[str, float]:
    box = page.locator(".dc-container").nth(view).bounding_box()
    assert box is not None
    return dict(box)


def drag(page: sync_api.Page, start: tuple[float, float], end: tuple[float, float], view: int = 0) -> None:
    """Draw on a canvas from one of its pixels to another."""
    ready(page, page.locator(".dc-container").count())
    page.locator(".dc-container").nth(view).scroll_into_view_if_needed()
    box = place(page, view)
    page.mouse.move(box["x"] + start[0], box["y"] + start[1])
    page.mouse.down()
    page.mouse.move(box["x"] + (start[0] + end[0]) / 2, box["y"] + (start[1] + end[1]) / 2, steps=3)
    page.mouse.move(box["x"] + end[0], box["y"] + end[1], steps=3)
    page.mouse.up()


def taken(page: sync_api.Page, key: str, tool: str) -> None:
    """Take a tool by its key."""
    page.keyboard.press(key)
    sync_api.expect(page.get_by_role("radio", name=tool)).to_be_checked()
    ready(page)


def patch(page: sync_api.Page) -> tuple[float, float, float, float]:
    """Where the magenta is on the first canvas: left, top, right, bottom, in its pixels."""
    for _ in range(LONG // 500):  # the picture comes after the canvas
        shot = Image.open(io.BytesIO(page.screenshot(clip=place(page)))).convert("RGB")
        pixels = np.asarray(shot).astype(int)
        magenta = (pixels[..., 0] > 170) & (pixels[..., 2] > 170) & (pixels[..., 1] < 110)
        rows, columns = np.nonzero(magenta)
        if rows.size:
            break
        page.wait_for_timeout(500)
    assert rows.size, "the patch is not on the canvas"
    return float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1)


def test_a_box_is_drawn_saved_seen_again_and_scored(page: sync_api.Page, app: App) -> None:
    opened(page, app, "01000", blind="true")
    drag(page, (100, 90), (220, 200))
    (region,) = app.eventually("01000", 1)
    assert is_box(region)
    sync_api.expect(page.get_by_text("by anna").first).to_be_visible()
    assert 0 == page.locator(".scores .bar").count()

    page.keyboard.press("2")
    page.keyboard.press("1")
    page.keyboard.press("s")
    compute = page.get_by_role("button", name="Compute the maps to score against")
    compute.first.click()
    sync_api.expect(compute).to_have_count(0)
    sync_api.expect(page.locator(".scores .bar")).to_have_count(6)
    before = page.locator(".scores").first.inner_text()
    drag(page, (260, 60), (380, 160))
    app.eventually("01000", 2)
    sync_api.expect(page.locator(".scores").first).not_to_have_text(before)

    page.reload()
    ready(page)
    sync_api.expect(page.get_by_text("box", exact=False).filter(has_text="2 box")).to_be_visible()
    assert 0 == page.locator(".scores .bar").count()  # nobody knows whether it was finished
    page.keyboard.press("s")
    sync_api.expect(page.locator(".scores .bar")).to_have_count(6)
    ready(page)
    shot = Image.open(io.BytesIO(page.screenshot(clip=place(page)))).convert("RGB")
    line = np.asarray(shot).astype(int)[90:200, 100:103]
    assert (np.abs(line - (213, 94, 0)).sum(axis=2) < 90).any(axis=1).mean() > 0.9
    assert region == app.regions("01000")[0] and DAMAGED == (app.said("01000") or pytest.fail()).verdict


def test_keys_right_after_a_stroke_count_in_their_order(page: sync_api.Page, app: App) -> None:
    opened(page, app, "02009")
    drag(page, (100, 90), (220, 200))
    page.evaluate(QUICKLY, list("123123123"))
    said = [DAMAGED, INTACT, UNSURE] * 3
    for _ in range(LONG // 100):
        kept = [name for name, _ in groupby(one.verdict for one in open_annotations(app.store).history(NAME, "02009"))]
        if kept == said and app.regions("02009"):
            break
        page.wait_for_timeout(100)
    assert kept == said  # the stroke may come before the keys or after them
    assert 1 == len(app.regions("02009"))


@pytest.mark.parametrize("pause", [0, 120, 400])
def test_verdicts_in_quick_succession_go_to_their_packages(page: sync_api.Page, app: App, pause: int) -> None:
    name = f"quick {pause}"
    opened(page, app, "02010", annotator=name)
    for key in ("1", "ArrowRight", "2", "ArrowRight", "3", "ArrowRight"):
        page.keyboard.press(key)
        page.wait_for_timeout(pause)
    sync_api.expect(page.get_by_role("textbox", name="Serial")).to_have_value("02013")
    ready(page)
    said = [(one.package, one.verdict) for one in open_annotations(app.store).by(name)]
    assert [("02010", DAMAGED), ("02011", INTACT), ("02012", UNSURE)] == said
    assert "package=02013" in page.url


def test_a_stroke_and_a_key_at_once_are_kept_once(page: sync_api.Page, app: App) -> None:
    opened(page, app, "02014", annotator="at once")
    drag(page, (100, 90), (220, 200))
    page.keyboard.press("ArrowRight")
    sync_api.expect(page.get_by_role("textbox", name="Serial")).to_have_value("02015")
    ready(page)
    page.keyboard.press("ArrowLeft")
    sync_api.expect(page.get_by_text("1 box")).to_be_visible()
    ready(page)
    for key in "zyzyzy":
        page.keyboard.press(key)
    app.eventually("02014", 1)
    ready(page)
    assert ["at once"] == [one.annotator for one in open_annotations(app.store).of(NAME, "02014")]


@pytest.mark.parametrize("zoom", ["Frame", "Package", "2 x", "4 x"])
@pytest.mark.parametrize("size", [(1440, 1000), (1024, 900), (1920, 1080)], ids=str)
def test_an_area_is_where_it_was_drawn_to_a_pixel_of_the_frame(
    page: sync_api.Page, app: App, zoom: str, size: tuple[int, int]
) -> None:
    number = ["Frame", "Package", "2 x", "4 x"].index(zoom) + 4 * [1440, 1024, 1920].index(size[0])
    package = f"01{number + 1:03d}"
    page.set_viewport_size({"width": size[0], "height": size[1]})
    opened(page, app, package, zoom=zoom)
    page.locator(".dc-container").first.scroll_into_view_if_needed()
    left, top, right, bottom = patch(page)
    drag(page, (left, top), (right, bottom))
    (region,) = app.eventually(package, 1)
    found = np.array(box_of(region)) * (*FRAME, *FRAME)
    pixel = max(1.0, (MARK[2] - MARK[0]) / (right - left))  # nobody can point finer than a pixel of the screen
    assert np.abs(found - MARK).max() <= pixel


def test_a_near_look_can_be_moved_by_hand_and_by_key(page: sync_api.Page, app: App) -> None:
    opened(page, app, "02008", zoom="2 x")
    left = patch(page)[0]
    page.locator(".st-key-look-right button").first.click()
    ready(page)
    moved = patch(page)[0]
    assert moved < left - 60
    page.keyboard.press("Shift+ArrowLeft")
    ready(page)
    assert patch(page)[0] > moved + 60


def test_the_next_package_comes_by_a_key_and_the_last_stroke_is_kept(page: sync_api.Page, app: App) -> None:
    opened(page, app, "02000")
    drag(page, (100, 90), (220, 200))
    page.keyboard.press("ArrowRight")
    sync_api.expect(page.get_by_role("textbox", name="Serial")).to_have_value("02001")
    assert 1 == len(app.eventually("02000", 1))
    ready(page)
    page.keyboard.press("2")
    page.keyboard.press("ArrowLeft")
    sync_api.expect(page.get_by_role("textbox", name="Serial")).to_have_value("02000")
    sync_api.expect(page.get_by_text("1 box")).to_be_visible()
    assert INTACT == (app.said("02001") or pytest.fail()).verdict


def test_what_is_not_saved_is_there_after_another_page(page: sync_api.Page, app: App) -> None:
    opened(page, app, "02002", annotator="")
    drag(page, (100, 90), (220, 200), view=1)
    sync_api.expect(page.get_by_text("1 box")).to_be_visible()
    sync_api.expect(page.get_by_text("give your name above")).to_be_visible()
    page.get_by_role("link", name="Overview").click()
    sync_api.expect(page.get_by_role("heading", name="Overview", exact=True, level=1)).to_be_visible()
    page.get_by_role("link", name="Annotate").click()
    sync_api.expect(page.get_by_text("1 box")).to_be_visible()
    ready(page)
    drag(page, (260, 60), (330, 120), view=1)
    sync_api.expect(page.get_by_text("2 box")).to_be_visible()
    assert app.said("02002") is None
    page.get_by_role("textbox", name="Your name").fill("berta")
    page.get_by_role("textbox", name="Your name").press("Enter")
    sync_api.expect(page.get_by_text("Not saved yet.")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("s")
    assert 2 == len(app.eventually("02002", 2, "top")) and "berta" == (app.said("02002") or pytest.fail()).annotator


def test_a_shape_is_moved_deleted_and_brought_back(page: sync_api.Page, app: App) -> None:
    opened(page, app, "02003")
    drag(page, (100, 90), (200, 170))
    (first,) = app.eventually("02003", 1)
    page.keyboard.press("e")
    drag(page, (150, 130), (190, 150))
    for _ in range(LONG // 100):
        if app.regions("02003") != (first,):
            break
        page.wait_for_timeout(100)
    (moved,) = app.regions("02003")
    shift = (np.array(box_of(moved)) - box_of(first)) * (*FRAME, *FRAME) * place(page)["width"] / FRAME[0]
    assert shift[0] == pytest.approx(shift[2], abs=0.2) and shift[0] > 20 and shift[1] > 10

    ready(page)
    page.keyboard.press("Delete")
    app.eventually("02003", 0)
    ready(page)
    page.keyboard.press("z")
    assert (moved,) == app.eventually("02003", 1)
    ready(page)
    page.keyboard.press("z")
    sync_api.expect(page.get_by_text("1 box")).to_be_visible()
    for _ in range(LONG // 100):
        if app.regions("02003") == (first,):
            break
        page.wait_for_timeout(100)
    assert (first,) == app.regions("02003")


def test_what_two_people_save_at_once_is_kept_and_seen_and_can_be_replaced(page: sync_api.Page, app: App) -> None:
    opened(page, app, "02006")
    store, dataset = open_annotations(app.store), open_dataset(app.data)
    save(store, dataset, "02006", {"side": ()}, verdict=INTACT, annotator="bob", made_at=datetime.now(UTC))
    drag(page, (100, 90), (200, 170))
    sync_api.expect(page.get_by_text("bob saved this package too")).to_be_visible()
    assert {"anna", "bob"} == {one.annotator for one in store.of(NAME, "02006")}

    page.get_by_role("button", name="Replace it by mine").click()
    sync_api.expect(page.get_by_text("bob saved this package too")).to_have_count(0)
    assert ["anna"] == [one.annotator for one in store.of(NAME, "02006")]
    ready(page)
    page.get_by_role("button", name="History", exact=True).click()
    entry = page.get_by_test_id("stPopoverBody").filter(has_text="bob")
    sync_api.expect(entry).to_be_visible()
    entry.get_by_role("button", name="Restore").last.click()
    assert () == app.eventually("02006", 0)
    assert (INTACT, "anna") == ((said := app.said("02006") or pytest.fail()).verdict, said.annotator)


def test_what_the_maps_suggest_is_accepted_and_stays_marked_as_suggested(page: sync_api.Page, app: App) -> None:
    opened(page, app, "02007")
    compute = page.get_by_role("button", name="Compute the maps to score against")
    compute.first.click()
    sync_api.expect(compute).to_have_count(0)
    page.get_by_role("button", name="Suggest").first.click()
    sync_api.expect(page.get_by_role("button", name="Accept")).to_be_visible()
    ready(page)
    page.get_by_role("button", name="Accept").click()
    sync_api.expect(page.get_by_role("button", name="Accept")).to_have_count(0)
    assert {SUGGESTED} == {one.origin for one in app.regions("02007")}


def orange(page: sync_api.Page) -> int:
    """How many pixels of the first canvas have the color of a line."""
    shot = Image.open(io.BytesIO(page.screenshot(clip=place(page)))).convert("RGB")
    return int((np.abs(np.asarray(shot).astype(int) - (213, 94, 0)).sum(axis=2) < 60).sum())


def test_the_first_stroke_is_undone_on_the_canvas_too(page: sync_api.Page, app: App) -> None:
    opened(page, app, "02005")
    nothing = orange(page)
    drag(page, (100, 90), (200, 170))
    app.eventually("02005", 1)
    assert orange(page) > nothing + 300
    page.keyboard.press("z")
    app.eventually("02005", 0)
    ready(page)
    assert nothing == orange(page) and 0 == len(app.regions("02005"))


def test_a_polygon_a_line_and_paint_are_kept(page: sync_api.Page, app: App) -> None:
    opened(page, app, "02004")
    taken(page, "p", "Polygon")
    box = place(page)
    for x, y in ((60, 60), (160, 60), (120, 140), (60, 60)):
        page.mouse.click(box["x"] + x, box["y"] + y)
    (polygon,) = app.eventually("02004", 1)
    assert polygon.polygon is not None and 3 == len(polygon.polygon)

    taken(page, "f", "Freehand")
    page.mouse.move(box["x"] + 250, box["y"] + 60)
    page.mouse.down()
    for angle in np.linspace(0, 6, 24):
        page.mouse.move(box["x"] + 200 + 50 * np.cos(angle), box["y"] + 60 + 40 * np.sin(angle))
    page.mouse.up()
    assert 8 < len(app.eventually("02004", 2)[1].polygon)  # type: ignore[arg-type]

    taken(page, "g", "Brush")
    drag(page, (100, 200), (300, 200))
    painted = app.eventually("02004", 3)[2].brush
    assert painted is not None and painted.area > 300
    page.reload()
    ready(page)
    sync_api.expect(page.get_by_text("3 painted")).to_be_visible()
    assert 3 == len(app.regions("02004"))
