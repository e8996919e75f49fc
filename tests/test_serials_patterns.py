"""Patterns say in one line what a line of print looks like."""

from __future__ import annotations

import pytest

from core.errors import BadInput
from core.serials.patterns import patterns_of
from core.settings import settings


@pytest.mark.parametrize(
    ("written", "text", "fits"),
    [
        ("0############", "0123456789012", True),
        ("0############", "1123456789012", False),
        ("0############", "012345678901", False),
        ("@@######-#@", "KQ905564-4K", True),
        ("@@######-#@", "K0905564-4K", False),
        ("##.####", "12.2082", True),
        ("**", "A7", False),  # too short to be told apart from dirt
        ("***", "A7Z", True),
        ("***", "A-Z", False),
        ("LOT @-####", "LOT A-0042", True),
        ("lot @-####", "LOT A-0042", True),
        ("LOT @-####", "LOT 4-0042", False),
    ],
)
def test_a_pattern_fits_what_it_says(written: str, text: str, fits: bool) -> None:
    if len(written) < 3:
        with pytest.raises(BadInput):
            patterns_of({"lot": written})
        return
    (pattern,) = patterns_of({"lot": written})
    assert fits is pattern.matches(text)


def test_a_line_may_be_printed_in_two_ways() -> None:
    one, other = patterns_of({"expiry": "##.#### | ####-##"})
    assert ("expiry", "expiry") == (one.name, other.name)
    assert one.matches("08.2029") and other.matches("2029-08") and not other.matches("08.2029")


@pytest.mark.parametrize("written", ["", "#", "#" * 41, "LOT_####", "数####", "##.####|"])
def test_a_pattern_that_cannot_be_read_is_refused_with_the_name_of_its_line(written: str) -> None:
    with pytest.raises(BadInput, match="'lot'"):
        patterns_of({"lot": written})


def test_another_factory_is_one_line_of_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECONDLOOK_LINES", '{"serial": "0############", "lot": "LOT @-####"}')
    settings.cache_clear()
    assert ["serial", "lot"] == [pattern.name for pattern in patterns_of(settings().lines)]
    assert patterns_of(settings().lines)[1].matches("LOT A-0042")


def test_the_lines_that_come_along_are_those_of_the_bundled_cartons() -> None:
    serial, batch, expiry = patterns_of(settings().lines)
    assert serial.matches("0339006631044") and batch.matches("CM519107-6Q") and expiry.matches("01.2028")
