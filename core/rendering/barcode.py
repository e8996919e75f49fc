"""The bars of an EAN-13 barcode."""

from __future__ import annotations

MODULES = 95
"""Width of the bars, in modules; the quiet zones come on top."""

QUIET = (11, 7)
"""Quiet zones left and right of the bars, in modules."""

GUARDS = (range(0, 3), range(45, 50), range(92, 95))
"""Modules whose bars are longer than the others."""

_LEFT = ("0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011", "0110111", "0001011")
_PARITY = ("LLLLLL", "LLGLGG", "LLGGLG", "LLGGGL", "LGLLGG", "LGGLLG", "LGGGLL", "LGLGLG", "LGLGGL", "LGGLGL")
_FLIP = str.maketrans("01", "10")


def checked(digits: str) -> str:
    """Twelve digits with their check digit behind them."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


def modules(code: str) -> str:
    """The 95 modules of 13 digits from left to right, "1" for a bar."""
    left = "".join(_coded(digit, code_set) for digit, code_set in zip(code[1:7], _PARITY[int(code[0])], strict=True))
    right = "".join(_coded(digit, "R") for digit in code[7:])
    return f"101{left}01010{right}101"


def _coded(digit: str, code_set: str) -> str:
    bars = _LEFT[int(digit)]
    if code_set == "L":
        return bars
    flipped = bars.translate(_FLIP)
    return flipped if code_set == "R" else flipped[::-1]
