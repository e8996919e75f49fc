"""Who packages are: readings against file names, views, duplicates and splits, with what people say of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from core.contracts import Dataset
from core.domain import NOT_VISIBLE, READ, UNSURE, Reading
from core.metrics.intervals import wilson
from core.settings import settings
from core.studies import corrections, identity
from core.studies.corrections import correct, every, histories, open_corrections, standing
from core.studies.identity import FILE_NAME, HIDDEN, OFF, SPLITS, TWICE, VIEWS, Found
from core.study import open_dataset
from tests.conftest import draw_packages
from tests.serial_packages import BOX, draw_serials, hidden, plain, reading, serial_of, table

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
IDS = [serial_of(at) for at in range(6)]


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """Six packages, two in train and four in test."""
    return open_dataset(draw_serials(tmp_path / "line"))


@pytest.fixture
def knowing(rendered_dataset: Path, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    """Six packages of which the data set knows that the serial can be seen."""
    monkeypatch.setenv("SECONDLOOK_LINES", '{"serial": "#####"}')
    settings.cache_clear()
    return open_dataset(rendered_dataset)


def checked(dataset: Dataset, changed: dict[str, Sequence[Reading]], said: Sequence[object] = ()) -> Found:
    """Every package plainly read, but these."""
    every = [one for id in dataset.ids for one in changed.get(id, plain(id))]
    return identity.identity(dataset, table(every), said)  # type: ignore[arg-type]


def problems(found: Found) -> dict[str, tuple[str, ...]]:
    return {row["package"]: row["problems"] for row in found.table.to_dict("records") if row["problems"]}


def row(found: Found, package: str) -> dict[str, object]:
    (only,) = found.table[found.table["package"] == package].to_dict("records")
    return {str(name): value for name, value in only.items()}


def says(dataset: Dataset, package: str, text: str | None, *, author: str = "Ann") -> None:
    read = reading(package, f"{package[:-1]}1")
    correct(open_corrections(), dataset, read, text, author=author, made_at=NOON)


def test_packages_that_carry_the_serial_of_their_file_have_no_problem(dataset: Dataset) -> None:
    found = checked(dataset, {})
    assert {} == problems(found)
    assert [True] * 6 == found.table["ok"].tolist()
    assert list(identity.COLUMNS) == list(found.table.columns)


def test_a_serial_that_is_not_the_files_comes_first(dataset: Dataset) -> None:
    found = checked(dataset, {IDS[3]: [reading(IDS[3], f"{IDS[3][:-1]}x"), hidden(IDS[3])]})
    assert {IDS[3]: (FILE_NAME,)} == problems(found)
    assert (IDS[3], False) == tuple(found.table.loc[0, ["package", "ok"]])


def test_views_that_were_read_differently_are_told(dataset: Dataset) -> None:
    top = reading(IDS[2], "0999999999999", view="top", confidence=0.95)
    found = checked(dataset, {IDS[2]: [reading(IDS[2]), top]})
    assert {IDS[2]: (VIEWS,)} == problems(found)
    assert {"side": IDS[2], "top": "0999999999999"} == row(found, IDS[2])["said"]


def test_the_surer_view_counts(dataset: Dataset) -> None:
    top = reading(IDS[2], "0999999999999", view="top", confidence=0.999)
    found = checked(dataset, {IDS[2]: [reading(IDS[2]), top]})
    assert ("top", (FILE_NAME, VIEWS)) == (row(found, IDS[2])["view"], row(found, IDS[2])["problems"])


def test_a_doubtful_view_contradicts_nobody(dataset: Dataset) -> None:
    top = reading(IDS[2], "0999999999999", view="top", confidence=0.2, status=UNSURE, reason="Too blurred.")
    assert {} == problems(checked(dataset, {IDS[2]: [reading(IDS[2]), top]}))


def test_two_packages_with_one_serial_are_duplicates(dataset: Dataset) -> None:
    found = checked(dataset, {IDS[4]: [reading(IDS[4], IDS[5])]})
    assert {IDS[4]: (FILE_NAME, TWICE), IDS[5]: (TWICE,)} == problems(found)
    assert ((IDS[5],), (IDS[4],)) == (row(found, IDS[4])["same"], row(found, IDS[5])["same"])


def test_a_serial_in_two_splits_is_worse_than_twice(dataset: Dataset) -> None:
    found = checked(dataset, {IDS[0]: [reading(IDS[0], IDS[5])]})
    assert {IDS[0]: (FILE_NAME, SPLITS, TWICE), IDS[5]: (SPLITS, TWICE)} == problems(found)
    assert [IDS[0], IDS[5]] == found.table["package"].tolist()[:2]


def test_the_file_name_speaks_for_a_package_that_was_not_read(dataset: Dataset) -> None:
    found = checked(dataset, {IDS[4]: [reading(IDS[4], IDS[5])], IDS[5]: [hidden(IDS[5])]})
    assert (TWICE, HIDDEN) == problems(found)[IDS[5]]


def test_an_unsure_reading_is_no_claim(dataset: Dataset) -> None:
    doubt = reading(IDS[1], IDS[2], confidence=0.4, status=UNSURE, reason="Too blurred.")
    found = checked(dataset, {IDS[1]: [doubt]})
    assert {IDS[1]: (OFF,)} == problems(found)
    assert (IDS[2], "", None, "Too blurred.") == tuple(map(row(found, IDS[1]).get, ("read", "text", "ok", "reason")))


def test_the_reason_is_that_of_the_view_which_shows_serials(dataset: Dataset) -> None:
    cut = hidden(IDS[1], view="side", reason="The frame cuts it off.")
    found = checked(dataset, {IDS[1]: [hidden(IDS[1]), cut]})
    assert {IDS[1]: (HIDDEN,)} == problems(found)
    assert "The frame cuts it off." == row(found, IDS[1])["reason"]


def test_a_package_without_any_reading_is_not_visible(dataset: Dataset) -> None:
    found = checked(dataset, {IDS[1]: []})
    assert (NOT_VISIBLE, (HIDDEN,)) == tuple(map(row(found, IDS[1]).get, ("status", "problems")))


def test_problems_come_in_their_order_and_the_surest_contradiction_first(dataset: Dataset) -> None:
    found = checked(dataset, {
        IDS[0]: [hidden(IDS[0])],
        IDS[1]: [reading(IDS[1], "0777777777777", confidence=0.97)],
        IDS[2]: [reading(IDS[2], status=UNSURE, confidence=0.3)],
        IDS[3]: [reading(IDS[3], "0888888888888", confidence=0.99)],
        IDS[5]: [reading(IDS[5], confidence=0.95)],
    })  # fmt: skip
    assert [IDS[3], IDS[1], IDS[2], IDS[0], IDS[5], IDS[4]] == found.table["package"].tolist()


def test_ids_that_are_no_serials_are_held_against_nothing(tmp_path: Path) -> None:
    dataset = open_dataset(draw_packages(tmp_path / "castings", per_class=2))
    some = [reading(id, serial_of(at)) for at, id in enumerate(dataset.ids)]
    found = identity.identity(dataset, table([*some[:3], reading(dataset.ids[3], serial_of(0))]))
    assert not found.serials
    assert {None} == set(found.table["ok"])
    assert {dataset.ids[0]: (TWICE,), dataset.ids[3]: (TWICE,)} == problems(found)
    assert 0 == found.exact.n


def test_every_second_id_must_look_like_a_serial() -> None:
    assert identity.serials([serial_of(0), "01000"])
    assert not identity.serials([serial_of(0), "01000", "01001"])
    assert not identity.serials([])


def test_a_correction_counts_in_place_of_the_reading(dataset: Dataset) -> None:
    wrong = {IDS[3]: [reading(IDS[3], f"{IDS[3][:-1]}1")]}
    says(dataset, IDS[3], IDS[3])
    found = checked(dataset, wrong, every(open_corrections(), dataset))
    assert {} == problems(found)
    assert (IDS[3], f"{IDS[3][:-1]}1", READ, "Ann", NOON) == tuple(
        map(row(found, IDS[3]).get, ("text", "read", "status", "author", "made_at"))
    )


def test_a_person_may_say_that_the_file_is_wrong(dataset: Dataset) -> None:
    says(dataset, IDS[3], "0999999999999")
    found = checked(dataset, {}, every(open_corrections(), dataset))
    assert {IDS[3]: (FILE_NAME,)} == problems(found)


def test_a_person_may_say_that_nobody_can_read_it(dataset: Dataset) -> None:
    says(dataset, IDS[3], "")
    found = checked(dataset, {}, every(open_corrections(), dataset))
    assert (NOT_VISIBLE, "", (HIDDEN,)) == tuple(map(row(found, IDS[3]).get, ("status", "text", "problems")))


def test_what_was_said_can_be_taken_back_and_said_again(dataset: Dataset) -> None:
    says(dataset, IDS[3], "0999999999999")
    says(dataset, IDS[3], None, author="Bob")
    known = every(open_corrections(), dataset)
    assert {} == standing(known) == problems(checked(dataset, {}, known))
    assert ["Ann", "Bob"] == [one.author for one in histories(known)[IDS[3], "serial"]]
    says(dataset, IDS[3], IDS[3])
    assert IDS[3] == standing(every(open_corrections(), dataset))[IDS[3], "serial"].text


def test_corrections_of_other_pictures_under_the_same_name_are_left_out(dataset: Dataset, tmp_path: Path) -> None:
    says(dataset, IDS[3], "0999999999999")
    other = open_dataset(draw_serials(tmp_path / "other" / "line", seed=100))
    assert other.name == dataset.name
    assert (1, 0) == (len(every(open_corrections(), dataset)), len(every(open_corrections(), other)))


def test_without_corrections_nothing_is_left_out(dataset: Dataset) -> None:
    assert () == corrections.every(open_corrections(), dataset)


def test_the_program_is_held_against_people_then_against_file_names(dataset: Dataset) -> None:
    wrong = {IDS[3]: [reading(IDS[3], f"{IDS[3][:-1]}1")], IDS[1]: [hidden(IDS[1])]}
    found = checked(dataset, wrong).exact
    assert (4, 5, *wilson(4, 5)) == (found.right, found.n, found.low, found.high)
    assert 1 / 65 == checked(dataset, wrong).errors.rate
    says(dataset, IDS[3], f"{IDS[3][:-1]}1")  # the file is wrong, the program was right
    says(dataset, IDS[4], f"{IDS[4][:-2]}00")  # both are wrong
    again = checked(dataset, wrong, every(open_corrections(), dataset)).exact
    assert (4, 5) == (again.right, again.n)


def test_a_serial_that_the_data_set_knows_and_nobody_saw_is_wrong(knowing: Dataset) -> None:
    lines = [one for id in knowing.ids for one in (reading(id), hidden(id))]
    lines[0] = hidden(knowing.ids[0], view="side")
    found = identity.identity(knowing, table(lines))
    assert (5, 6, 5 / 30) == (found.exact.right, found.exact.n, found.errors.rate)
    assert [0.0, 0.99] == found.rejection.thresholds.tolist()


def test_giving_up_on_a_serial_that_can_be_seen_makes_no_figure_better(knowing: Dataset) -> None:
    first = knowing.ids[0]
    lines = [one for id in knowing.ids for one in (reading(id, "99999" if id == first else id), hidden(id))]
    before = identity.identity(knowing, table(lines)).exact
    correct(open_corrections(), knowing, lines[0], "", author="Ann", made_at=NOON)
    found = identity.identity(knowing, table(lines), every(open_corrections(), knowing))
    assert (5, 6) == (before.right, before.n) == (found.exact.right, found.exact.n)
    assert NOT_VISIBLE == row(found, first)["status"]


def test_what_nobody_can_see_is_not_part_of_a_correction(dataset: Dataset) -> None:
    full_width = "".join(chr(ord(sign) + 0xFEE0) for sign in IDS[3])
    says(dataset, IDS[3], f" \u200b{full_width}\u200d ")
    assert IDS[3] == standing(every(open_corrections(), dataset))[IDS[3], "serial"].text


def test_confused_characters_are_counted_beside_the_right_ones(dataset: Dataset) -> None:
    last = IDS[3][-1]
    counts = checked(dataset, {IDS[3]: [reading(IDS[3], f"{IDS[3][:-1]}x")]}).confusions
    assert 6 * 13 == counts["n"].sum()
    assert [(last, "x", 1)] == list(counts[counts["true"] != counts["read"]].itertuples(index=False, name=None))


def test_rejecting_the_unsure_leaves_what_is_right(dataset: Dataset) -> None:
    doubt = reading(IDS[3], f"{IDS[3][:-1]}x", confidence=0.4, status=UNSURE)
    curve = checked(dataset, {IDS[3]: [doubt]}).rejection
    assert ([0.4, 0.99], [6, 5]) == (curve.thresholds.tolist(), curve.n.tolist())
    assert curve.accuracy.tolist() == pytest.approx([5 / 6, 1.0])


def test_part_of_the_packages_keep_what_they_were_held_against(dataset: Dataset) -> None:
    found = checked(dataset, {IDS[0]: [reading(IDS[0], IDS[5])]}).only(IDS[2:])
    assert (4, (IDS[0],)) == (len(found.table), row(found, IDS[5])["same"])


def test_a_row_is_the_reading_that_it_was(dataset: Dataset) -> None:
    again = identity.reading(row(checked(dataset, {}), IDS[0]))
    first = reading(IDS[0])
    assert (first.text, first.characters, first.view) == (again.text, again.characters, again.view)
    assert again.corners is not None and np.allclose(BOX, again.corners)


def test_the_other_lines_of_a_package_are_known(dataset: Dataset) -> None:
    (batch,) = identity.others(table(plain(IDS[0])), IDS[0])
    assert ("batch", "KQ905564-4K", "side") == (batch.line, batch.text, batch.view)


def test_the_file_holds_everything_a_row_a_package(dataset: Dataset) -> None:
    says(dataset, IDS[3], "0999999999999")
    lines = [one for id in dataset.ids for one in plain(id)]
    known = every(open_corrections(), dataset)
    sheet = identity.sheet(identity.identity(dataset, table(lines), known), table(lines)).set_index("package")
    assert ("0999999999999", "not the file name", "Ann") == tuple(
        sheet.loc[IDS[3], ["serial", "problems", "corrected_by"]]
    )
    assert {"KQ905564-4K"} == set(sheet["batch"])
    assert NOON.isoformat() == sheet.loc[IDS[3], "corrected_at"]
