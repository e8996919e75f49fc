"""Run lengths of a mask, as COCO writes them into a string."""

from __future__ import annotations

from core.domain import Runs


def packed(runs: Runs) -> str:
    """The counts in COCO's own code: six bits a character, lowest first; from the third on less the last but one."""
    counts = runs.counts
    return "".join(_signs(count - (counts[at - 2] if at > 2 else 0)) for at, count in enumerate(counts))


def _signs(value: int) -> str:
    """Five bits of value a character and one that says that more follow, from "0" on; the sign is in the last."""
    signs = []
    more = True
    while more:
        bits = value & 0x1F
        value >>= 5
        more = value != (-1 if bits & 0x10 else 0)
        signs.append(chr(48 + bits + (0x20 if more else 0)))
    return "".join(signs)


def unpacked(text: str, shape: tuple[int, int]) -> Runs:
    """The runs that `packed` wrote.

    Raises:
        ValueError: a character is none of the code, the text ends too early, or the runs do not fill the shape.
    """
    counts: list[int] = []
    value = shift = 0
    for sign in text:
        bits = ord(sign) - 48
        if not 0 <= bits < 64 or shift > 60:
            raise ValueError("its run lengths are damaged")
        value |= (bits & 0x1F) << shift
        shift += 5
        if bits & 0x20:
            continue
        if bits & 0x10:
            value -= 1 << shift
        counts.append(value + (counts[-2] if len(counts) > 2 else 0))
        value = shift = 0
    if shift:
        raise ValueError("its run lengths are cut off")
    return Runs(shape, tuple(counts))
