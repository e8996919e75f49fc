"""Corrections of readings in SQLite and in PostgreSQL: one contract, old databases keep their rows."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import text

from core.contracts import CorrectionStore
from core.domain import DAMAGED, Annotation, Correction, Review
from core.errors import BadInput, CoreError
from core.store.annotations import SqlAnnotations, new_id, open_store
from core.store.corrections import LONGEST, open_corrections
from core.store.database import connected, migrate, writing

ROOT = Path(__file__).resolve().parent.parent
NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def store(url: str) -> CorrectionStore:
    return open_corrections(url)


def said(**changes: object) -> Correction:
    """What Ann says that the serial of package 01000 reads."""
    plain = {
        "id": new_id(), "dataset": "line 1", "package": "01000", "view": "side", "line": "serial",
        "text": "0123456789012", "author": "Ann 角", "made_at": NOON, "read": "0123456789017", "picture": "ab" * 32,
    }  # fmt: skip
    return Correction(**(plain | changes))  # type: ignore[arg-type]  # the changes are fields of it


def test_a_correction_comes_back_as_it_was(store: CorrectionStore) -> None:
    one, other = said(), said(package="01001", text="", picture="")
    store.correct([one, other])
    assert (one, other) == store.corrections("line 1")
    assert (one,) == store.corrections("line 1", "01000")
    assert () == store.corrections("line 2")


def test_that_nobody_can_read_it_is_not_that_a_correction_was_taken_back(store: CorrectionStore) -> None:
    store.correct([said(text=""), said(text=None)])
    assert ["", None] == [one.text for one in store.corrections("line 1")]


def test_everything_stays_in_the_order_in_which_it_was_said(store: CorrectionStore) -> None:
    some = [said(text=str(at), made_at=NOON - timedelta(days=at)) for at in range(5)]
    for one in some:
        store.correct([one])
    assert tuple(some) == store.corrections("line 1", "01000")


def test_times_are_utc_wherever_they_were_made(store: CorrectionStore) -> None:
    store.correct([said(made_at=NOON.astimezone(timezone(timedelta(hours=-7))))])
    (found,) = store.corrections("line 1")
    assert (NOON, timedelta(0)) == (found.made_at, found.made_at.utcoffset())


def test_a_save_sent_twice_is_kept_once(store: CorrectionStore) -> None:
    one = said()
    store.correct([one, one])
    store.correct([one])
    assert (one,) == store.corrections("line 1")


def test_an_id_cannot_be_taken_by_something_else(store: CorrectionStore) -> None:
    one = said()
    store.correct([one])
    with pytest.raises(BadInput, match="belongs to another"):
        store.correct([said(), replace(one, text="7")])
    assert (one,) == store.corrections("line 1")


def test_many_are_written_and_read_at_once(store: CorrectionStore) -> None:
    many = [said(package=f"{at:05}") for at in range(1200)]
    store.correct(many)
    store.correct(many)
    assert tuple(many) == store.corrections("line 1")


@pytest.mark.parametrize(("changes", "problem"), [
    ({"author": " "}, "has no name"),
    ({"package": ""}, "has no name"),
    ({"view": ""}, "has no name"),
    ({"text": "a\0b"}, "signs that no text may have"),
    ({"author": "\ud800"}, "signs that no text may have"),
    ({"text": "0\n1"}, "more than one line"),
    ({"text": "0" * (LONGEST + 1)}, "more than 200 characters"),
    ({"made_at": datetime(2026, 1, 1)}, "its time has no zone"),  # that is the point
    ({"id": "1"}, "does not have 32 digits"),
])  # fmt: skip
def test_what_is_no_correction_is_refused_and_nothing_beside_it_is_kept(
    store: CorrectionStore, changes: dict[str, object], problem: str
) -> None:
    with pytest.raises(BadInput, match=problem):
        store.correct([said(), said(**changes)])
    assert () == store.corrections("line 1")


def test_a_database_of_version_3_keeps_its_rows_and_takes_corrections(url: str) -> None:
    engine = connected(url)
    migrate(engine, "3")
    old = Annotation(new_id(), "line 1", "01000", {"side": ()}, DAMAGED, "Ann", NOON)
    word = Review(new_id(), old.id, "accepted", "Eve", NOON)
    before = SqlAnnotations(engine)
    before.add([old])
    before.review([word])
    engine.dispose()
    store, one = open_corrections(url), said()
    store.correct([one])
    assert (one,) == store.corrections("line 1")
    assert ((old,), (word,)) == (open_store(url).history("line 1"), open_store(url).reviews("line 1"))


def test_a_step_that_fails_leaves_version_3_as_it_was(url: str) -> None:
    engine = connected(url)
    migrate(engine, "3")
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE corrections (in_the_way INTEGER)"))
    with pytest.raises(CoreError):
        open_corrections(url)
    with engine.connect() as connection:
        assert "3" == connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


LOAD = """
import sys
from datetime import UTC, datetime
from core.domain import Correction
from core.store.corrections import open_corrections
url, who = sys.argv[1], int(sys.argv[2])
store = open_corrections(url)
for at in range(50):
    id = f"{who:08x}{at:024x}"
    store.correct([Correction(id, "d", f"{at % 5:03}", "side", "serial", str(at), str(who), datetime.now(UTC))])
"""


def test_four_processes_that_open_and_save_at_once_lose_nothing(url: str) -> None:
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    running = [
        subprocess.Popen([sys.executable, "-c", LOAD, url, str(who)], cwd=ROOT, env=environment) for who in range(4)
    ]
    assert [0] * 4 == [process.wait() for process in running]
    kept = open_corrections(url).corrections("d")
    assert 200 == len({one.id for one in kept}) == len(kept)


def test_a_database_that_is_away_is_said() -> None:
    with pytest.raises(CoreError, match="cannot be reached"):
        open_corrections("postgresql://ann:secret@127.0.0.1:1/base")


def test_a_read_only_database_can_be_read(tmp_path: Path) -> None:
    open_corrections(f"sqlite:///{tmp_path}/a.sqlite3").correct([said()])
    store = open_corrections(f"sqlite:///file:{tmp_path}/a.sqlite3?mode=ro&uri=true")
    assert 1 == len(store.corrections("line 1"))
    with pytest.raises(CoreError, match="may not be written to"):
        store.correct([said()])
