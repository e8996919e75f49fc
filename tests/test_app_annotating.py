"""Drafts: what a person draws is followed, undone, saved, and kept beside what others say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.annotating import Draft
from app.shapes import drawing_of
from app.sheet import Sheet
from core.contracts import AnnotationStore, Dataset
from core.domain import DAMAGED, INTACT, SUGGESTED, UNSURE, AnnotatedRegion
from core.regions import box_of
from core.studies.annotation import current, history, open_annotations, restore
from core.study import open_dataset

SHEET = Sheet((48, 64), 0, 0, 64, 48, (480, 640))
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def area(left: float) -> AnnotatedRegion:
    corners = [(left, 0.2), (left + 0.2, 0.2), (left + 0.2, 0.5), (left, 0.5)]
    return AnnotatedRegion(polygon=np.array(corners, np.float32))


def said(*regions: AnnotatedRegion) -> dict[str, Any]:
    return {"version": "7.4.0", **drawing_of(regions, SHEET)}


@pytest.fixture
def dataset(tiny_dataset: Path) -> Dataset:
    return open_dataset(tiny_dataset)


@pytest.fixture
def store(tmp_path: Path) -> AnnotationStore:
    return open_annotations(f"sqlite:///{tmp_path}/store.sqlite3")


def begun(store: AnnotationStore, dataset: Dataset, who: str = "anna") -> Draft:
    draft = Draft.of("01000", ("side", "top"), current(store, dataset, "01000"), who)
    for view in ("side", "top"):
        draft.canvas(view, SHEET)
    return draft


def test_a_stroke_is_followed_once(store: AnnotationStore, dataset: Dataset) -> None:
    draft = begun(store, dataset)
    assert draft.hear("top", SHEET, said(area(0.1))) and not draft.hear("top", SHEET, said(area(0.1)))
    assert 1 == len(draft.regions["top"]) and draft.dirty and DAMAGED == draft.said


def test_what_the_canvas_was_given_is_not_taken_for_a_stroke(store: AnnotationStore, dataset: Dataset) -> None:
    draft = begun(store, dataset)
    draft.hear("top", SHEET, said(area(0.1)))
    assert not draft.hear("top", SHEET, draft.canvases["top", SHEET].drawing) and 1 == len(draft.regions["top"])


def test_a_stroke_leaves_the_canvas_undisturbed(store: AnnotationStore, dataset: Dataset) -> None:
    draft = begun(store, dataset)
    given = draft.canvas("top", SHEET).drawing
    draft.hear("top", SHEET, said(area(0.1)))
    assert given is draft.canvas("top", SHEET).drawing


def test_a_click_that_slipped_is_wiped_off(store: AnnotationStore, dataset: Dataset) -> None:
    draft = begun(store, dataset)
    speck = {**drawing_of([area(0.1)], SHEET)["objects"][0], "width": 2, "height": 2}
    objects = [*drawing_of([area(0.3)], SHEET)["objects"], speck]
    heard = draft.hear("top", SHEET, {"version": "7.4.0", "objects": objects})
    assert heard and 1 == len(draft.regions["top"]) == len(draft.canvas("top", SHEET).drawing["objects"])


def test_undo_and_redo_walk_through_both_views(store: AnnotationStore, dataset: Dataset) -> None:
    draft = begun(store, dataset)
    draft.hear("top", SHEET, said(area(0.1)))
    draft.hear("side", SHEET, said(area(0.3)))
    assert draft.undo() and not draft.regions["side"] and draft.regions["top"]
    assert draft.undo() and not draft.regions["top"] and not draft.undo()
    assert draft.redo() and draft.redo() and draft.regions["side"] and not draft.redo()


def test_an_undone_stroke_is_not_brought_back_by_what_the_canvas_said_before(
    store: AnnotationStore, dataset: Dataset
) -> None:
    draft = begun(store, dataset)
    draft.hear("top", SHEET, said(area(0.1)))
    draft.undo()
    assert not draft.hear("top", SHEET, said(area(0.1))) and not draft.regions["top"]
    assert not draft.hear("top", SHEET, said()) and draft.hear("top", SHEET, said(area(0.1)))


def test_an_undone_stroke_gives_the_canvas_something_new_though_it_is_as_empty_as_before(
    store: AnnotationStore, dataset: Dataset
) -> None:
    draft = begun(store, dataset)
    given = draft.canvases["top", SHEET].drawing
    draft.hear("top", SHEET, said(area(0.1)))
    draft.undo()
    assert given != draft.canvases["top", SHEET].drawing and not draft.canvases["top", SHEET].drawing["objects"]


def test_an_area_keeps_its_words_where_another_one_is_deleted(store: AnnotationStore, dataset: Dataset) -> None:
    draft = begun(store, dataset)
    draft.hear("top", SHEET, said(area(0.1), area(0.5)))
    assert draft.describe("top", draft.regions["top"][1], kind="dent", severity=0.5)
    draft.hear("top", SHEET, said(area(0.5)))
    assert ["dent"] == [one.kind for one in draft.regions["top"]]


def test_it_is_saved_and_found_again(store: AnnotationStore, dataset: Dataset) -> None:
    draft = begun(store, dataset)
    draft.hear("top", SHEET, said(area(0.1)))
    assert draft.save(store, dataset, "anna", now=NOON) and not draft.dirty
    again = begun(store, dataset)
    assert draft.regions == again.regions and not again.done and DAMAGED == again.verdict


def test_without_a_name_or_a_word_nothing_is_saved(store: AnnotationStore, dataset: Dataset) -> None:
    draft = begun(store, dataset)
    assert not draft.save(store, dataset, "anna", now=NOON)
    draft.judge(INTACT)
    assert not draft.save(store, dataset, "", now=NOON) and draft.dirty


def test_an_area_that_was_saved_and_deleted_is_not_damage_any_more(store: AnnotationStore, dataset: Dataset) -> None:
    draft = begun(store, dataset)
    draft.hear("top", SHEET, said(area(0.1)))
    draft.save(store, dataset, "anna", now=NOON)
    draft.put("top", ())
    assert draft.save(store, dataset, "anna", now=NOON + timedelta(minutes=1))
    (stands,) = current(store, dataset, "01000")
    assert UNSURE == stands.verdict and not stands.regions["top"]


def test_every_save_replaces_the_one_before(store: AnnotationStore, dataset: Dataset) -> None:
    draft = begun(store, dataset)
    for at in range(3):
        draft.hear("top", SHEET, said(*(area(0.1 + 0.2 * one) for one in range(at + 1))))
        draft.save(store, dataset, "anna", now=NOON + timedelta(minutes=at))
    (stands,) = current(store, dataset, "01000")
    assert 3 == len(stands.regions["top"]) == len(history(store, dataset, "01000"))


def test_what_somebody_else_said_before_stands_beside_it_and_is_no_conflict(
    store: AnnotationStore, dataset: Dataset
) -> None:
    other = begun(store, dataset, "otto")
    other.hear("top", SHEET, said(area(0.5)))
    other.save(store, dataset, "otto", now=NOON)
    draft = begun(store, dataset)
    assert not draft.regions["top"] and not draft.conflicts and 1 == len(draft.beside)
    draft.judge(INTACT)
    draft.save(store, dataset, "anna", now=NOON)
    assert not draft.conflicts and 2 == len(current(store, dataset, "01000"))


def conflicting(store: AnnotationStore, dataset: Dataset) -> Draft:
    """Anna's draft, saved while Otto, who saved meanwhile, was not known of."""
    draft, other = begun(store, dataset), begun(store, dataset, "otto")
    other.hear("top", SHEET, said(area(0.5)))
    other.save(store, dataset, "otto", now=NOON)
    draft.hear("top", SHEET, said(area(0.1)))
    draft.save(store, dataset, "anna", now=NOON)
    return draft


def test_who_saves_meanwhile_is_seen_and_both_are_kept(store: AnnotationStore, dataset: Dataset) -> None:
    draft = conflicting(store, dataset)
    assert ["otto"] == [one.annotator for one in draft.conflicts]
    assert 2 == len(current(store, dataset, "01000"))
    draft.knows(draft.conflicts[0])
    assert not draft.conflicts


def test_mine_instead_puts_theirs_aside(store: AnnotationStore, dataset: Dataset) -> None:
    draft = conflicting(store, dataset)
    draft.replaces(draft.conflicts[0])
    draft.save(store, dataset, "anna", now=NOON)
    (stands,) = current(store, dataset, "01000")
    assert "anna" == stands.annotator and not draft.conflicts and 3 == len(history(store, dataset, "01000"))


def test_theirs_instead_says_what_they_said(store: AnnotationStore, dataset: Dataset) -> None:
    draft = conflicting(store, dataset)
    (other,) = draft.conflicts
    draft.take(other)
    draft.replaces(other)
    draft.save(store, dataset, "anna", now=NOON)
    (stands,) = current(store, dataset, "01000")
    assert other.regions == stands.regions and "anna" == stands.annotator


def test_the_same_person_in_two_windows_loses_nothing(store: AnnotationStore, dataset: Dataset) -> None:
    one, other = begun(store, dataset), begun(store, dataset)
    one.hear("top", SHEET, said(area(0.1)))
    one.save(store, dataset, "anna", now=NOON)
    other.hear("top", SHEET, said(area(0.5)))
    other.save(store, dataset, "anna", now=NOON)
    assert 1 == len(other.conflicts) and 2 == len(current(store, dataset, "01000"))


def test_an_old_annotation_is_restored(store: AnnotationStore, dataset: Dataset) -> None:
    draft = begun(store, dataset)
    draft.hear("top", SHEET, said(area(0.1)))
    draft.save(store, dataset, "anna", now=NOON)
    first = draft.regions["top"]
    draft.put("top", ())
    draft.save(store, dataset, "anna", now=NOON)
    old = history(store, dataset, "01000")[0]
    draft.restored(restore(store, old.id, annotator="anna", made_at=NOON, replaces=draft.base))
    assert first == draft.regions["top"] and not draft.dirty
    (stands,) = current(store, dataset, "01000")
    assert {"top": first, "side": ()} == dict(stands.regions)


def test_a_suggestion_is_taken_only_when_it_is_accepted(store: AnnotationStore, dataset: Dataset) -> None:
    draft = begun(store, dataset)
    draft.offered["top"] = (AnnotatedRegion(polygon=area(0.4).polygon, origin=SUGGESTED),)
    assert not draft.regions["top"]
    draft.accept("top")
    assert [SUGGESTED] == [one.origin for one in draft.regions["top"]] and not draft.offered
    draft.undo()
    assert not draft.regions["top"]


def test_a_word_about_an_area_that_is_gone_changes_nothing(store: AnnotationStore, dataset: Dataset) -> None:
    draft = begun(store, dataset)
    draft.hear("top", SHEET, said(area(0.1), area(0.5)))
    gone, stays = draft.regions["top"]
    draft.hear("top", SHEET, said(area(0.5)))
    assert not draft.describe("top", gone, kind="dent") and (stays,) == draft.regions["top"]
    assert draft.describe("top", stays, kind="dent") and draft.describe("top", stays, note="deep")
    assert ("dent", "deep") == (draft.regions["top"][0].kind, draft.regions["top"][0].note)


def test_looking_closer_keeps_what_is_drawn(store: AnnotationStore, dataset: Dataset) -> None:
    draft = begun(store, dataset)
    draft.hear("top", SHEET, said(area(0.1)))
    before = draft.regions["top"]
    near = Sheet((48, 64), 4, 4, 32, 24, (480, 640))
    draft.canvas("top", near)
    assert not draft.hear("top", near, {"version": "7.4.0", **drawing_of(before, near)})
    assert before == draft.regions["top"]


def test_the_last_word_of_the_canvas_before_is_understood_where_that_canvas_was(
    store: AnnotationStore, dataset: Dataset
) -> None:
    draft = begun(store, dataset)
    near = Sheet((48, 64), 4, 4, 32, 24, (480, 640))
    draft.mount("top", near)
    given = draft.canvas("top", near).drawing
    assert draft.hear("top", SHEET, said(area(0.1)))
    (region,) = draft.regions["top"]
    assert np.allclose(box_of(area(0.1)), box_of(region), atol=0.01)
    now = draft.canvas("top", near).drawing
    assert given != now and now["objects"] == drawing_of([region], near)["objects"]


def test_a_canvas_that_comes_back_to_the_screen_is_given_what_is_marked(
    store: AnnotationStore, dataset: Dataset
) -> None:
    draft = begun(store, dataset)
    draft.hear("top", SHEET, said(area(0.1)))
    assert not draft.canvas("top", SHEET).drawing["objects"]
    draft.mount("top", SHEET)
    assert 1 == len(draft.canvas("top", SHEET).drawing["objects"])
    assert draft.hear("top", SHEET, said(area(0.1), area(0.5))) and 2 == len(draft.regions["top"])
