"""Run lengths of a mask, as Label Studio packs them into bytes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.domain import Mask, Runs

_CHANNELS = 4
"""Label Studio packs a picture of red, green, blue and opacity; what is painted is opaque."""
_SIZES = (3, 4, 8, 16)
"""How many bits a length may have; which one it is stands before it."""


def packed(mask: Mask) -> list[int]:
    """The bytes of a (H, W) mask: how many values, how many bits a value and a length have, then the runs."""
    counts = Runs.of(mask.T).counts  # of rows
    bits = [f"{mask.size * _CHANNELS:032b}", f"{8 - 1:05b}", *(f"{size - 1:04b}" for size in _SIZES)]
    for at, count in enumerate(counts):
        left = count * _CHANNELS
        while left:
            length = min(left, 1 << _SIZES[-1])
            which = next(at for at, size in enumerate(_SIZES) if length <= 1 << size)
            bits.append(f"1{which:02b}{length - 1:0{_SIZES[which]}b}{255 * (at % 2):08b}")
            left -= length
    text = "".join(bits)
    text += "0" * (-len(text) % 8)
    return [int(text[at : at + 8], 2) for at in range(0, len(text), 8)]


def unpacked(data: Sequence[int], shape: tuple[int, int]) -> Mask:
    """The (H, W) mask that is opaque in packed bytes.

    Raises:
        ValueError: they are cut off, are no bytes, or do not fill the shape.
    """
    text = "".join(f"{byte:08b}" for byte in bytes(data))
    at = 0

    def take(count: int) -> int:
        nonlocal at
        at += count
        if at > len(text):
            raise ValueError("its run lengths are cut off")
        return int(text[at - count : at], 2)

    total = take(32)
    if total != shape[0] * shape[1] * _CHANNELS:
        raise ValueError(f"its run lengths do not fill a mask of {shape[1]} x {shape[0]}")
    word = take(5) + 1
    sizes = [take(4) + 1 for _ in range(4)]
    values = np.zeros(total, bool)
    filled = 0
    while filled < total:
        repeated = take(1)
        end = filled + 1 + take(sizes[take(2)])
        if end > total:
            raise ValueError("its run lengths are damaged")
        if repeated:
            values[filled:end] = take(word) > 0
        else:
            values[filled:end] = [take(word) > 0 for _ in range(end - filled)]
        filled = end
    return np.array(values.reshape(*shape, _CHANNELS)[..., -1])
