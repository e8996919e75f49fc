"""The annotations in SQLite and in PostgreSQL: one contract, whoever writes at the same time, whatever is killed."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, event, text

from core.contracts import AnnotationStore
from core.domain import ACCEPTED, DAMAGED, INTACT, REJECTED, UNSURE, AnnotatedRegion, Annotation, Review, Runs
from core.errors import BadInput, CoreError, UnknownName
from core.store.annotations import SqlAnnotations, new_id, open_store
from core.store.database import connected, migrate, speaking, writing
from core.store.tables import METADATA
from tests.databases import new_database

ROOT = Path(__file__).resolve().parent.parent
NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
TRIANGLE = np.array([(0.1, 0.2), (0.3, 1 / 3), (0, 1)], np.float32)
DENT = AnnotatedRegion(TRIANGLE, kind="dent", severity=0.25, note="bei der Lasche 角")
STAIN = AnnotatedRegion(brush=Runs.of(np.eye(5, 7) > 0), kind="stain", origin="suggested")


@pytest.fixture
def store(url: str) -> AnnotationStore:
    return open_store(url)


def said(**changes: object) -> Annotation:
    """An annotation of package 01000 by Ann."""
    plain = {
        "id": new_id(), "dataset": "line 1", "package": "01000", "regions": {"side": (DENT, STAIN), "top": ()},
        "verdict": DAMAGED, "annotator": "Ann", "made_at": NOON, "note": "x", "pictures": {"side": "ab" * 32},
    }  # fmt: skip
    return Annotation(**(plain | changes))  # type: ignore[arg-type]  # the changes are fields of it


def test_an_annotation_comes_back_as_it_was(store: AnnotationStore) -> None:
    one = said()
    store.add([one])
    assert (one,) == store.of("line 1", "01000")


def test_a_view_without_damage_is_not_a_view_that_was_not_looked_at(store: AnnotationStore) -> None:
    store.add([said(regions={"top": ()}, pictures={})])
    assert {"top": ()} == store.of("line 1", "01000")[0].regions


def test_times_are_utc_wherever_they_were_made(store: AnnotationStore) -> None:
    store.add([said(made_at=NOON.astimezone(timezone(timedelta(hours=-7))))])
    (found,) = store.of("line 1", "01000")
    assert (NOON, timedelta(0)) == (found.made_at, found.made_at.utcoffset())


def test_what_is_replaced_stays_in_the_history(store: AnnotationStore) -> None:
    first = said()
    second = said(replaces=(first.id,), verdict=INTACT, regions={})
    store.add([first])
    store.add([replace(second, pictures={})])
    assert [second.id] == [one.id for one in store.of("line 1", "01000")]
    assert [first.id, second.id] == [one.id for one in store.history("line 1", "01000")]


def test_two_who_saved_over_the_same_are_both_kept_until_one_save_replaces_both(store: AnnotationStore) -> None:
    first = said()
    ann, bob = said(replaces=(first.id,)), said(replaces=(first.id,), annotator="Bob")
    for one in (first, ann, bob):
        store.add([one])
    assert {ann.id, bob.id} == {one.id for one in store.of("line 1", "01000")}
    both = said(replaces=(ann.id, bob.id))
    store.add([both])
    assert (both,) == store.of("line 1", "01000")


def test_data_sets_with_the_same_ids_are_apart(store: AnnotationStore) -> None:
    store.add([said(), said(dataset="line 2", annotator="Bob")])
    assert ["Bob"] == [one.annotator for one in store.of("line 2", "01000")]
    assert {"01000": 1} == {package: len(some) for package, some in store.standing("line 1").items()}


def test_a_save_sent_twice_is_kept_once(store: AnnotationStore) -> None:
    one = said()
    store.add([one])
    store.add([one])
    assert (one,) == store.history("line 1")


def test_an_id_cannot_be_taken_by_something_else(store: AnnotationStore) -> None:
    one = said()
    store.add([one])
    with pytest.raises(BadInput, match="belongs to another"):
        store.add([replace(one, regions={"side": (DENT,)})])


def test_restoring_says_the_old_again_and_keeps_everything(store: AnnotationStore) -> None:
    old, new = said(), said(verdict=UNSURE)
    store.add([old])
    store.add([replace(new, replaces=(old.id,))])
    later = NOON + timedelta(days=1)
    again = store.restore(old.id, annotator="Bob", made_at=later)
    assert replace(old, id=again.id, annotator="Bob", made_at=later, replaces=(new.id,)) == again
    assert (again,) == store.of("line 1", "01000")
    assert 3 == len(store.history("line 1"))


def test_restoring_over_what_somebody_else_just_saved_shows_both(store: AnnotationStore) -> None:
    old, unseen = said(), said(annotator="Bob")
    store.add([old])
    store.add([replace(unseen, replaces=(old.id,))])
    again = store.restore(old.id, annotator="Ann", made_at=NOON, replaces=[old.id])
    assert {unseen.id, again.id} == {one.id for one in store.of("line 1", "01000")}


def test_an_unknown_annotation_cannot_be_restored(store: AnnotationStore) -> None:
    with pytest.raises(UnknownName, match="There is no annotation 'nope'"):
        store.restore("nope", annotator="Ann", made_at=NOON)


def test_annotators_are_counted_by_packages(store: AnnotationStore) -> None:
    store.add([said(), said(annotator="Bob"), said(package="01001", annotator="Bob"), said(annotator="Bob")])
    assert {"Ann": 1, "Bob": 2} == store.annotators("line 1")
    assert ["01000", "01001", "01000"] == [one.package for one in store.by("Bob")]


def test_many_annotations_are_written_and_read_at_once(store: AnnotationStore) -> None:
    many = [said(package=f"{at:05}") for at in range(1200)]
    store.add(many)
    assert tuple(many) == store.history("line 1")


def reviewed(one: Annotation, outcome: str = ACCEPTED, **changes: object) -> Review:
    """What Eve says of an annotation."""
    plain = {"id": new_id(), "annotation": one.id, "outcome": outcome, "reviewer": "Eve", "made_at": NOON, "note": "角"}
    return Review(**(plain | changes))  # type: ignore[arg-type]  # the changes are fields of it


def test_a_review_comes_back_as_it_was_and_changes_nothing_of_what_was_said(store: AnnotationStore) -> None:
    one, other = said(), said(package="01001")
    store.add([one, other])
    first, second = reviewed(one), reviewed(other)
    store.review([first])
    store.review([second, first])
    assert (first, second) == store.reviews("line 1")
    assert (first,) == store.reviews("line 1", "01000")
    assert () == store.reviews("line 2")
    assert (one,) == store.of("line 1", "01000")


def test_what_is_rejected_does_not_stand_until_it_is_accepted_again(store: AnnotationStore) -> None:
    ann, bob = said(), said(annotator="Bob")
    store.add([ann, bob])
    store.review([reviewed(ann, ACCEPTED), reviewed(ann, REJECTED)])
    assert (bob,) == store.of("line 1", "01000")
    assert {"01000": (bob,)} == store.standing("line 1")
    assert (ann, bob) == store.history("line 1", "01000")
    store.review([reviewed(ann, ACCEPTED, reviewer="Bob")])
    assert (ann, bob) == store.of("line 1", "01000")


def test_rejecting_does_not_bring_back_what_was_replaced(store: AnnotationStore) -> None:
    first = said()
    second = said(replaces=(first.id,))
    store.add([first, second])
    store.review([reviewed(second, REJECTED)])
    assert () == store.of("line 1", "01000")


@pytest.mark.parametrize(("changes", "problem"), [
    ({"reviewer": " "}, "its reviewer has no name"),
    ({"reviewer": " Ann "}, "made the annotation"),
    ({"outcome": "corrected"}, "its outcome is 'corrected'"),
    ({"note": "a\0b"}, "signs that no text may have"),
    ({"made_at": datetime(2026, 1, 1)}, "its time has no zone"),  # that is the point
    ({"id": "1"}, "does not have 32 digits"),
    ({"annotation": "0" * 32}, "there is no annotation"),
])  # fmt: skip
def test_what_is_no_review_is_refused_and_nothing_beside_it_is_kept(
    store: AnnotationStore, changes: dict[str, object], problem: str
) -> None:
    one = said()
    store.add([one])
    with pytest.raises(BadInput, match=problem):
        store.review([reviewed(one), reviewed(one, **changes)])
    assert () == store.reviews("line 1")


def test_the_id_of_a_review_cannot_be_taken_by_another(store: AnnotationStore) -> None:
    one = said()
    store.add([one])
    kept = reviewed(one)
    store.review([kept])
    with pytest.raises(BadInput, match="belongs to another"):
        store.review([replace(kept, outcome=REJECTED)])
    assert (kept,) == store.reviews("line 1")


@pytest.mark.parametrize(("changes", "problem"), [
    ({"annotator": " "}, "has no name"),
    ({"regions": {"": ()}, "pictures": {}}, "has no name"),
    ({"note": "a\0b"}, "signs that no text may have"),
    ({"package": "\ud800"}, "signs that no text may have"),
    ({"verdict": "broken"}, "its verdict is 'broken'"),
    ({"made_at": datetime(2026, 1, 1)}, "its time has no zone"),  # that is the point
    ({"pictures": {"back": "ab"}}, "a picture of a view that was not looked at"),
    ({"regions": {"side": (replace(DENT, severity=2.0),)}}, "a severity is 2.0"),
    ({"regions": {"side": (replace(DENT, severity=float("nan")),)}}, "a severity is nan"),
    ({"regions": {"side": (replace(DENT, origin="guessed"),)}}, "comes from 'guessed'"),
    ({"regions": {"side": (AnnotatedRegion(TRIANGLE[:2].copy()),)}}, "fewer than three corners"),
    ({"regions": {"side": (AnnotatedRegion(TRIANGLE * 4),)}}, "leaves the frame"),
    ({"regions": {"side": (AnnotatedRegion(TRIANGLE * np.float32("nan")),)}}, "leaves the frame"),
    ({"replaces": ("0" * 32,)}, "is none of this package"),
])  # fmt: skip
def test_what_is_no_annotation_is_refused_and_nothing_beside_it_is_kept(
    store: AnnotationStore, changes: dict[str, object], problem: str
) -> None:
    with pytest.raises(BadInput, match=problem):
        store.add([said(), said(**changes)])
    assert () == store.history("line 1")


def test_an_annotation_of_another_package_cannot_be_replaced(store: AnnotationStore) -> None:
    other = said(package="01001")
    store.add([other])
    with pytest.raises(BadInput, match="none of this package"):
        store.add([said(replaces=(other.id,))])


def test_the_migrations_lead_to_the_tables(url: str) -> None:
    engine = open_store(url).engine
    with engine.connect() as connection:
        assert [] == compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), METADATA)


def test_a_database_of_version_1_keeps_its_rows(url: str) -> None:
    engine = connected(url)
    migrate(engine, "1")
    first, second = new_id(), new_id()
    with writing(engine) as connection:
        for id, replaces in ((first, None), (second, first)):
            row = {"id": id, "replaces": replaces, "made_at": NOON.isoformat(sep=" ")}
            connection.execute(text(
                "INSERT INTO annotations (id, dataset, package, verdict, annotator, made_at, note, replaces)"
                " VALUES (:id, 'line 1', '01000', 'damaged', 'Ann', :made_at, '', :replaces)"
            ), row)  # fmt: skip
        connection.execute(text("INSERT INTO looked VALUES (:id, 'side', '')"), {"id": second})
        connection.execute(text(
            "INSERT INTO regions VALUES (:id, 'side', 0, :shape, 'dent', 0.25, 'bei der Lasche 角', 'drawn')"
        ), {"id": second, "shape": f'{{"polygon": {TRIANGLE.tolist()}}}'})  # fmt: skip
    engine.dispose()
    store = open_store(url)
    assert [first, second] == [one.id for one in store.history("line 1")]
    (found,) = store.of("line 1", "01000")
    assert ({"side": (DENT,)}, (first,), NOON) == (found.regions, found.replaces, found.made_at)


def test_a_database_of_version_2_keeps_its_rows_and_takes_reviews(url: str) -> None:
    engine = connected(url)
    migrate(engine, "2")
    first, second = new_id(), new_id()
    with writing(engine) as connection:
        for id in (first, second):
            connection.execute(text(
                "INSERT INTO annotations (id, dataset, package, verdict, annotator, made_at, note)"
                " VALUES (:id, 'line 1', '01000', 'damaged', 'Ann', :made_at, '')"
            ), {"id": id, "made_at": NOON.isoformat(sep=" ")})  # fmt: skip
        connection.execute(text("INSERT INTO looked VALUES (:id, 'side', 'ab')"), {"id": second})
        connection.execute(text("INSERT INTO replaced VALUES (:id, :old)"), {"id": second, "old": first})
    engine.dispose()
    store = open_store(url)
    (found,) = store.of("line 1", "01000")
    assert (second, (first,), {"side": "ab"}) == (found.id, found.replaces, found.pictures)
    assert () == store.reviews("line 1")
    store.review([reviewed(found, REJECTED)])
    assert () == store.of("line 1", "01000")


def test_a_step_that_fails_leaves_the_old_version_as_it_was(url: str) -> None:
    engine = connected(url)
    migrate(engine, "1")
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE replaced (in_the_way INTEGER)"))
    with pytest.raises(CoreError):
        open_store(url)
    with engine.connect() as connection:
        assert "1" == connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        assert [] == connection.execute(text("SELECT replaces FROM annotations")).all()


def test_a_database_of_a_newer_program_is_refused(url: str) -> None:
    engine = open_store(url).engine
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '999'"))
    with pytest.raises(CoreError, match="written by a newer version"):
        open_store(url)


LOAD = """
import sys
from datetime import UTC, datetime
from core.domain import Annotation, AnnotatedRegion
from core.store.annotations import open_store
import numpy as np
url, who, count, areas = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
store = open_store(url)
area = AnnotatedRegion(np.array([(0, 0), (1, 0), (1, 1)], np.float32))
last = ()
print("ready", flush=True)
for at in range(count):
    id = f"{int(who):08x}{at:024x}"
    store.add([Annotation(id, "d", f"{at % 10:03}", {"side": (area,) * areas}, "damaged", who, datetime.now(UTC))])
    print(id, flush=True)
"""


def saving(url: str, who: int, *, count: int, areas: int = 1) -> subprocess.Popen[str]:
    """A process of its own that saves one annotation after the other, and says the id of each that was kept."""
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", LOAD, url, str(who), str(count), str(areas)]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def test_eight_processes_saving_at_once_lose_nothing_and_double_nothing(url: str) -> None:
    running = [saving(url, who, count=250) for who in range(8)]
    told = [process.communicate()[0].split()[1:] for process in running]
    assert [0] * 8 == [process.returncode for process in running]
    kept = [one.id for one in open_store(url).history("d")]
    assert 2000 == len(kept) == len(set(kept))
    assert sorted(id for ids in told for id in ids) == sorted(kept)


def test_a_process_killed_in_the_middle_of_a_save_leaves_the_store_whole(url: str) -> None:
    areas, told = 2000, []
    for who in range(3):
        process = saving(url, who, count=1000, areas=areas)
        assert process.stdout is not None
        process.stdout.readline()
        told.append(process.stdout.readline().strip())
        os.kill(process.pid, signal.SIGKILL)  # it spends nearly all of its time within a save
        told += process.communicate()[0].split()
    store = open_store(url)
    kept = store.history("d")
    assert {areas} == {len(one.regions["side"]) for one in kept}
    assert set(told) <= {one.id for one in kept}
    store.add([said()])
    assert 1 == len(store.of("line 1", "01000"))
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as base:
            assert [("ok",)] == base.execute("PRAGMA integrity_check").fetchall()


def test_a_full_disk_is_said_and_nothing_is_half_written(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/annotations.sqlite3"
    open_store(url).engine.dispose()
    engine = connected(url)
    event.listen(engine, "connect", lambda base, _: base.execute("PRAGMA max_page_count = 30"))
    store = SqlAnnotations(engine)
    with pytest.raises(CoreError, match=r"has no room left on its disk .* Free some space"):
        store.add([said(regions={"side": (DENT,) * 5000}, pictures={})])
    assert () == store.history("line 1")


def test_a_locked_database_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.store.database.PATIENCE", 0.1)
    store = open_store(f"sqlite:///{tmp_path}/annotations.sqlite3")
    with sqlite3.connect(tmp_path / "annotations.sqlite3") as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(CoreError, match="is being written to by another program"):
            store.add([said()])
        assert () == store.history("line 1")
    other.close()
    store.add([said()])


def test_a_read_only_database_can_be_read(tmp_path: Path) -> None:
    open_store(f"sqlite:///{tmp_path}/annotations.sqlite3").add([said()])
    store = open_store(f"sqlite:///file:{tmp_path}/annotations.sqlite3?mode=ro&uri=true")
    assert 1 == len(store.history("line 1"))
    with pytest.raises(CoreError, match="may not be written to"):
        store.add([said()])


def test_a_read_only_server_is_said(server: str) -> None:
    url = new_database(server)
    open_store(url).add([said()])
    store = open_store(f"{url}?options=-c%20default_transaction_read_only%3Don")
    with pytest.raises(CoreError, match="may not be written to"):
        store.add([said()])
    assert 1 == len(store.history("line 1"))


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_file_that_is_no_database_is_said(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "annotations.sqlite3").write_bytes(content)
    with pytest.raises(CoreError, match=r"annotations\.sqlite3"):
        open_store(f"sqlite:///{tmp_path}/annotations.sqlite3")
    assert content == (tmp_path / "annotations.sqlite3").read_bytes()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CoreError, match=r"cannot be opened|cannot be reached"):
        open_store(f"sqlite:///{tmp_path}/file/annotations.sqlite3")


def test_a_server_that_is_away_is_said_without_the_password() -> None:
    with pytest.raises(CoreError, match=r"base on 127\.0\.0\.1, cannot be reached") as caught:
        open_store("postgresql://ann:secret@127.0.0.1:1/base")
    assert "secret" not in str(caught.value)


def test_a_server_that_comes_back_is_used_again(server: str) -> None:
    url = new_database(server)
    store = open_store(url)
    store.add([said()])
    with create_engine(url.replace("postgresql:", "postgresql+psycopg:")).connect() as other:
        other.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                           "AND datname = current_database()"))  # fmt: skip
    store.add([said()])
    assert 2 == len(store.history("line 1"))


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://a/b", "sqlite://", "sqlite:///:memory:"])
def test_another_kind_of_database_is_refused(url: str) -> None:
    with pytest.raises(BadInput, match="SECONDLOOK_DATABASE_URL"):
        open_store(url)


def test_an_unexpected_error_is_not_swallowed(tmp_path: Path) -> None:
    engine = connected(f"sqlite:///{tmp_path}/a.sqlite3")
    with pytest.raises(ZeroDivisionError), speaking(engine.url):
        _ = 1 / 0
