"""The page Serials and its words, as an analyst on a line would use them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app import identifying
from core.domain import UNSURE, Correction, Reading
from core.errors import UnknownName
from core.figures import serials as figures
from core.metrics import text as metrics
from core.settings import settings
from core.store.annotations import new_id
from core.studies import identity
from core.studies.corrections import correct, every, open_corrections
from core.studies.identity import Found
from core.study import open_dataset
from tests.screens import calm, named, opened, press, words
from tests.serial_packages import draw_serials, hidden, plain, reading, serial_of, store_readings, table
from tests.test_app_pages import study
from tests.tiny_models import save_tiny_models

__all__ = ["study"]

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
IDS = [serial_of(at) for at in range(6)]
WRONG = f"{IDS[3][:-1]}x"
CHANGED: dict[str, Sequence[Reading]] = {
    IDS[3]: [reading(IDS[3], WRONG), hidden(IDS[3])],
    IDS[4]: [reading(IDS[4], confidence=0.4, status=UNSURE, reason="The picture is blurred.")],
    IDS[5]: [hidden(IDS[5], view="side", reason="The frame cuts it off.")],
}


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two train and four test packages: of these one plain, one not as its file, one unsure, one not visible."""
    save_tiny_models(tmp_path / "models", "first")
    named(monkeypatch, data=draw_serials(tmp_path / "line"), models=tmp_path / "models")
    store_readings(tmp_path / "line", [one for id in IDS for one in CHANGED.get(id, plain(id))])
    return tmp_path / "line"


def found(*changed: Sequence[Reading], of: int = 4, said: Sequence[Correction] = ()) -> Found:
    """Packages in no data set on disk, read plainly but for the first ones."""
    ids = [serial_of(at) for at in range(of)]
    lines = [one for at, id in enumerate(ids) for one in (changed[at] if at < len(changed) else plain(id))]
    index = pd.DataFrame({"package": ids, "split": "test"})
    dataset = type("Listed", (), {"ids": tuple(ids), "index": index, "truth": lambda *_: None})()
    return identity.identity(dataset, table(lines), said)


def order(app: AppTest) -> list[str]:
    return [button.label.strip("*") for button in app.button if button.label.startswith("**")]


def test_the_page_concludes_and_shows_the_mismatch_first(line: Path) -> None:
    app = calm(opened("serials", split="all"))
    assert "4 of 6 serials were read; 1 disagrees with its file name." in words(app)
    assert "Exact match 0.800 (95 %: 0.376 to 0.964), 4 of 5 visible serials" in words(app)
    assert [IDS[3], IDS[4], IDS[5], *IDS[:3]] == order(app)
    assert "1 character differs" in words(app) and "The frame cuts it off." in words(app)


def test_the_split_of_the_sidebar_holds(line: Path) -> None:
    app = calm(opened("serials", split="train"))
    assert "All 2 serials were read; none disagrees with its file name." in words(app)
    assert IDS[:2] == order(app)


@pytest.mark.parametrize(("choice", "shown"), [
    ({"problem": "not the file name"}, [IDS[3]]),
    ({"problem": "unsure"}, [IDS[4]]),
    ({"problem": "no problem"}, IDS[:3]),
    ({"status": "not visible"}, [IDS[5]]),
    ({"part": WRONG}, [IDS[3]]),
])  # fmt: skip
def test_the_list_can_be_narrowed_and_the_address_says_so(line: Path, choice: dict[str, str], shown: list[str]) -> None:
    assert shown == order(calm(opened("serials", split="all", **choice)))


def test_a_filter_that_nothing_fits_offers_the_way_out(line: Path) -> None:
    app = calm(opened("serials", split="all", part="no such serial"))
    assert "No serial fits" in words(app)
    assert 6 == len(order(calm(press(app, "Show all serials"))))


def test_without_a_name_nothing_can_be_corrected(line: Path) -> None:
    app = calm(opened("serials", split="all"))
    saving = [button for button in app.button if button.label in ("Save", "Cannot be read")]
    assert (12, True) == (len(saving), all(button.disabled for button in saving))


def test_a_correction_is_kept_with_its_author_and_can_be_taken_back(line: Path) -> None:
    app = opened("serials", split="all", problem="not the file name", annotator="Ann")
    next(one for one in app.text_input if one.label == "The serial reads").set_value(IDS[3])
    app = calm(press(app, "Save"))
    (kept,) = every(open_corrections(), open_dataset(line))
    assert (IDS[3], IDS[3], WRONG, "Ann", "side") == (kept.package, kept.text, kept.read, kept.author, kept.view)
    assert "4 of 6 serials were read; none disagrees with its file name." in words(app)
    assert "1 corrected by people" in words(app)
    app = calm(opened("serials", split="all", problem="corrected", annotator="Bob"))
    assert [IDS[3]] == order(app) and f"{WRONG} corrected to {IDS[3]}" in words(app)
    app = calm(press(app, "Take back"))
    assert "1 disagrees with its file name" in words(app)
    assert [IDS[3], None] == [one.text for one in every(open_corrections(), open_dataset(line))]


def test_a_correction_that_is_no_serial_is_kept_at_the_second_word(line: Path) -> None:
    app = opened("serials", split="all", problem="not the file name", annotator="Ann")
    next(one for one in app.text_input if one.label == "The serial reads").set_value("12")
    app = press(app, "Save")
    assert "`12` is not printed like `0############`. Save again" in words(app)
    assert () == every(open_corrections(), open_dataset(line))
    press(app, "Save")
    assert ["12"] == [one.text for one in every(open_corrections(), open_dataset(line))]


def test_what_a_person_cannot_read_is_not_visible(line: Path) -> None:
    app = calm(press(opened("serials", split="all", annotator="Ann", problem="unsure"), "Cannot be read"))
    assert "A person could not read it either." in words(calm(opened("serials", split="all", status="not visible")))
    assert "0 unsure, 2 not visible, 1 corrected by people." in words(app)


def test_a_package_opens_in_inspect_which_says_its_serial(line: Path) -> None:
    app = press(opened("serials", split="all"), f"**{IDS[3]}**")
    assert [] == list(app.exception)
    assert IDS[3] == str(app.query_params["package"])
    assert f"✕ Its serial was read as {WRONG}, not as its file is named." in words(app)


def test_many_packages_come_page_by_page(line: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.components.serials.PAGE_SIZE", 2)
    assert [IDS[5], IDS[0]] == order(calm(opened("serials", split="all", page="2")))


def test_a_database_that_is_away_costs_only_the_corrections(line: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (line.parent / "broken.sqlite3").write_bytes(b"not a database at all" * 100)
    monkeypatch.setenv("SECONDLOOK_DATABASE_URL", f"sqlite:///{line.parent}/broken.sqlite3")
    settings.cache_clear()
    app = opened("serials", split="all")
    assert [] == list(app.exception)
    assert 1 == len(app.error) and "is not a database" in app.error[0].value
    assert "1 disagrees with its file name" in words(app)


def test_nothing_read_yet_is_one_button(line: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.components.firsttime.AT_ONCE", 0.0)
    shutil.rmtree(settings().cache / "serials")
    app = calm(opened("serials"))
    assert "Not read yet" in words(app) and "secondlook serials" in words(app)
    assert ["Start"] == [button.label for button in app.main.button]


def test_a_reader_that_is_missing_is_said_with_the_way_to_one(line: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECONDLOOK_READER", str(line / "nowhere"))
    settings.cache_clear()
    app = opened("serials")
    assert [] == list(app.exception)
    assert 1 == len(app.error) and "secondlook train-serials" in app.error[0].value


def test_ids_that_are_no_serials_are_said_to_be_none(study: Path) -> None:
    app = calm(opened("serials"))
    assert "No serials in this data set" in words(app) and "`01000`" in words(app)
    assert "Read the lines all the same" in [button.label for button in app.button]


def test_lines_of_ids_that_are_no_serials_are_held_against_nothing(study: Path) -> None:
    ids = open_dataset(study / "data").ids
    store_readings(study / "data", [reading(id, serial_of(at % 7)) for at, id in enumerate(ids)])
    app = calm(opened("serials"))
    assert "All 8 serials were read; 2 share their serial with another package." in words(app)
    assert identifying.NOTHING_TO_HOLD in words(app)


def test_nothing_read_is_said() -> None:
    assert "No serial was read." == identifying.headline(found(*([hidden(serial_of(at))] for at in range(4))))
    assert "Its serial was not read." == identifying.headline(found([hidden(serial_of(0))], of=1))


def test_duplicates_across_splits_are_counted() -> None:
    one = found([reading(serial_of(0), serial_of(1))])
    assert "All 4 serials were read; 1 disagrees with its file name; 2 share their serial with another package." == (
        identifying.headline(one)
    )


@pytest.mark.parametrize(("first", "says"), [
    (reading(serial_of(0)), f"Its serial was read as {serial_of(0)} ✓."),
    (reading(serial_of(0), WRONG), f"✕ Its serial was read as {WRONG}, not as its file is named."),
    (hidden(serial_of(0), reason="The frame cuts it off."), "Its serial is not visible: The frame cuts it off."),
])  # fmt: skip
def test_a_package_says_its_serial_in_one_sentence(first: Reading, says: str) -> None:
    table = found([first]).table.set_index("package", drop=False)
    assert says in identifying.beside(table.loc[serial_of(0)].to_dict())


def test_every_problem_has_a_sentence_of_its_own() -> None:
    ids = [serial_of(at) for at in range(4)]
    top = reading(ids[0], "0999999999999", view="top", confidence=0.9)
    one = found([reading(ids[0], ids[1]), top]).table.to_dict("records")[0]
    said = dict(identifying.wrong(one, {ids[1]: "test"}))
    assert {"not the file name", "views differ", "twice"} == set(said)
    assert f"The same serial is on {ids[1]} (test)." == said["twice"]
    assert f"The views differ: side {ids[1]}, top 0999999999999." == said["views differ"]


def test_what_rejection_buys_is_said_with_its_threshold() -> None:
    doubt = reading(serial_of(0), WRONG, confidence=0.4, status=UNSURE)
    assert "Rejecting the least sure 25 %, those below a confidence of 0.990, leaves only right ones: 3." == (
        identifying.rejecting(found([doubt]))
    )
    assert identifying.rejecting(found()).startswith("Every reading is right")
    sure = reading(serial_of(0), WRONG, confidence=0.999)
    assert "no threshold leaves only right ones" in identifying.rejecting(found([sure]))


def test_the_most_confused_character_is_named() -> None:
    counts = found([reading(serial_of(0), f"{serial_of(0)[:-1]}x")]).confusions
    assert f"{serial_of(0)[-1]} is read as x: 1 of 1 wrong characters." == identifying.confused(counts)
    assert "No character was misread." == identifying.confused(found().confusions)
    missed = found([reading(serial_of(0), serial_of(0)[:-1])]).confusions
    assert "is missed most often" in identifying.confused(missed)


def test_a_history_says_who_said_what_newest_first() -> None:
    def one(text: str | None, author: str) -> Correction:
        return Correction(new_id(), "line", IDS[0], "side", "serial", text, author, NOON, WRONG)

    assert [
        "2026-03-01 12:00 UTC, Dan: took the correction back",
        "2026-03-01 12:00 UTC, Cem: cannot be read",
        f"2026-03-01 12:00 UTC, Bob: {WRONG} confirmed",
        f"2026-03-01 12:00 UTC, Ann: {WRONG} corrected to {IDS[0]}",
    ] == identifying.history([one(IDS[0], "Ann"), one(WRONG, "Bob"), one("", "Cem"), one(None, "Dan")])


def test_the_curve_stands_where_the_reader_does() -> None:
    curve = metrics.rejection(np.array([False, True, True, True]), np.array([0.4, 0.9, 0.95, 0.99]))
    drawn = figures.rejection(curve, stands=0.25)
    dot = drawn.data[-1]
    assert ((0.25,), (1.0,)) == (tuple(dot.x), tuple(dot.y))
    assert "without the unsure ones" == drawn.layout.annotations[0].text


def test_a_long_curve_is_thinned() -> None:
    rng = np.random.default_rng(0)
    curve = metrics.rejection(rng.random(5000) < 0.9, rng.random(5000))
    assert figures.MOST == len(figures.rejection(curve, stands=None).data[-1].x)


def test_every_pair_of_characters_has_its_cell() -> None:
    counts = found([reading(serial_of(0), f"{serial_of(0)[:-1]}")]).confusions
    drawn = figures.confusions(counts)
    grid, words = drawn.data[0], [one for one in drawn.data if one.type == "scatter"]
    assert figures.MISSING in grid.x and figures.MISSING not in grid.y
    cells = {(y, x): text for one in words for x, y, text in zip(one.x, one.y, one.text, strict=True)}
    assert "1" == cells[serial_of(0)[-1], figures.MISSING]
    assert 4 * 13 == sum(int(text) for text in cells.values())


def test_a_correction_of_a_package_that_is_gone_is_refused(line: Path) -> None:
    with pytest.raises(UnknownName):
        correct(open_corrections(), open_dataset(line), reading("gone", "0"), "1", author="Ann", made_at=NOON)
