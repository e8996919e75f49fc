"""A map over its picture as a gallery shows it: the part that the network saw, with the damage outlined."""

from __future__ import annotations

from collections.abc import Sequence

from core.domain import Floats, Pixels
from core.figures import maps
from core.figures.maps import Display


def lit(pixels: Pixels, values: Floats, outline: Sequence[Floats]) -> Pixels:
    """The picture in gray, cut to what the network saw, under the map.

    Args:
        pixels: (H, W, 3) uint8 RGB, the whole frame.
        values: (H, W) of an `Attribution`.
        outline: polygons around the damage, in 0..1 of the frame.
    """
    display = Display()
    shown = maps.shown(values, display)
    window = maps.window([values])
    drawn = maps.overlay(maps.cut(pixels, window), maps.cut(shown, window), display, limit=maps.limit([shown]))
    frame = pixels.shape[0], pixels.shape[1]
    return maps.contoured(drawn, maps.within(outline, window, frame), width=1 if window else 3)
