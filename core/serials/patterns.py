"""What the lines of a package look like, as patterns that a person can write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.errors import BadInput
from core.serials.network import ALPHABET

DIGITS = "0123456789"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

SIGNS = {"#": DIGITS, "@": LETTERS, "*": DIGITS + LETTERS}
"""What stands for any of several characters: a digit, a capital letter, either of them."""

OR = "|"
"""Between two ways in which a line may be printed."""

LONGEST = 40
"""Characters that a pattern may have."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """How one line is printed.

    Attributes:
        name: of the line, for example "serial".
        places: which characters may stand at each place.
        written: as the settings have it.
    """

    name: str
    places: tuple[str, ...]
    written: str

    def __len__(self) -> int:
        return len(self.places)

    def matches(self, text: str) -> bool:
        """Whether a text is such a line."""
        return len(text) == len(self.places) and all(one in place for one, place in zip(text, self.places, strict=True))


def patterns_of(lines: Mapping[str, str]) -> tuple[Pattern, ...]:
    """The patterns of the settings, in their order; a line that is printed in several ways has several.

    Args:
        lines: name of the line to its pattern: `#` is a digit, `@` a capital letter, `*` one of both, `|` stands
            between two ways of printing the line; every other character is itself.

    Raises:
        BadInput: a pattern is empty, too long, or has a character that cannot be read.
    """
    return tuple(_pattern(name, way) for name, written in lines.items() for way in written.split(OR))


def _pattern(name: str, written: str) -> Pattern:
    way = written.strip().upper()
    if not 3 <= len(way) <= LONGEST:
        raise BadInput(
            f"The pattern {written!r} of the line {name!r} has {len(way)} characters.",
            f"Write 3 to {LONGEST} of them in SECONDLOOK_LINES.",
        )
    strange = sorted(set(way) - set(SIGNS) - set(ALPHABET))
    if strange:
        raise BadInput(
            f"The pattern {written!r} of the line {name!r} has characters that cannot be read: {' '.join(strange)}",
            f"Use {' '.join(SIGNS)} and {ALPHABET.strip()} in SECONDLOOK_LINES.",
        )
    return Pattern(name, tuple(SIGNS.get(sign, sign) for sign in way), way)
