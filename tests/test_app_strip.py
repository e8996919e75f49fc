"""What stands below the picture of a line: every character in its place, beside what it is held against."""

from __future__ import annotations

from app.components import strip
from core.domain import NOT_VISIBLE
from tests.serial_packages import hidden, reading


def signs(line: strip.Sign) -> str:
    return "".join(one["text"] or "_" for one in line["signs"])


def wrong(line: strip.Sign) -> str:
    return "".join("x" if one["wrong"] else "." for one in line["signs"])


def test_a_missed_and_a_made_up_character_leave_gaps_at_the_same_places_in_both_lines() -> None:
    for expected, read in (("0012", "012"), ("012", "0012"), ("01234", "0244"), ("0123", "3210")):
        one, other = strip.lines(reading("p", read), expected=expected, said=None, author="")
        assert len(one["signs"]) == len(other["signs"])
        assert wrong(one) == wrong(other)
        assert (read, expected) == (signs(one).replace("_", ""), signs(other).replace("_", ""))


def test_doubt_is_tinted_and_certainty_is_not() -> None:
    (line,) = strip.lines(reading("p", "01", confidence=1.0), expected="", said=None, author="")
    assert [0.0, 0.0] == [one["doubt"] for one in line["signs"]]
    (line,) = strip.lines(reading("p", "01", confidence=0.0), expected="", said=None, author="")
    assert [strip.STRONGEST] * 2 == [one["doubt"] for one in line["signs"]]


def test_what_was_not_read_has_no_characters() -> None:
    one, other = strip.lines(hidden("p"), expected="01", said=None, author="")
    assert ([], NOT_VISIBLE, "nothing read", "..") == (one["signs"], one["who"], one["says"], wrong(other))


def test_a_correction_stands_between_the_reading_and_the_file_name() -> None:
    read, said, file = strip.lines(reading("p", "07"), expected="08", said="08", author="Ann")
    assert ("07", ".x", "08", "..", "Ann") == (signs(read), wrong(read), signs(said), wrong(said), said["who"])
    assert "file name" == file["who"]


def test_what_a_person_could_not_read_is_said_so() -> None:
    lines = strip.lines(reading("p", "07"), expected="08", said="", author="Ann")
    assert ("cannot be read", "Ann") == (lines[1]["says"], lines[1]["who"])
