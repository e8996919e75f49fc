"""The part of a frame that is looked at: maps are drawn into it, regions and known damage outlined."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.components.look import Look
from core.domain import Attribution, Floats, Pixels, Region, View
from core.figures import maps
from core.figures.maps import Display, Window
from core.studies.consensus import top


@dataclass(frozen=True, slots=True)
class Canvas:
    """One view, cut to what the models looked at.

    Attributes:
        window: the part of the frame; None for the whole of it.
        plain: (H, W, 3) uint8, the picture inside it.
        regions: what a person marked, in 0..1 of it.
        outline: polygons around the known damage, in 0..1 of it.
    """

    window: Window | None
    plain: Pixels
    regions: tuple[Region, ...]
    outline: tuple[Floats, ...]

    @classmethod
    def of(cls, view: View, found: Iterable[Attribution], look: Look, outline: tuple[Floats, ...]) -> Canvas:
        """The canvas for these maps of a view; `outline` in 0..1 of the frame."""
        there = [one.values for one in found]
        window = maps.window(there) if look.close and there else None
        frame = view.pixels.shape[0], view.pixels.shape[1]
        polygons = maps.within((region.polygon for region in view.regions), window, frame)
        regions = tuple(Region(one.label, polygon) for one, polygon in zip(view.regions, polygons, strict=True))
        return cls(window, maps.cut(view.pixels, window), regions, maps.within(look.outline(outline), window, frame))

    def cut(self, values: Floats) -> Floats:
        """The part of an (H, W) map of the frame that is looked at."""
        return maps.cut(values, self.window)

    def marked(self, pixels: Pixels) -> Pixels:
        """A picture of this part with regions and known damage outlined."""
        width = 1 if self.window else 3
        return maps.contoured(maps.outlined(pixels, self.regions, width=width), self.outline, width=width)

    def over(self, values: Floats, display: Display, *, limit: float, hue: str) -> Pixels:
        """A map as it is shown.

        Args:
            values: (H, W) of this part, as `core.figures.maps.shown` gives them.
            display: its form.
            limit: where the color scale ends.
            hue: of a contour.
        """
        if display.form == "map":
            return self.marked(maps.alone(values, display, limit=limit))
        if display.form == "contour":
            strongest = top(values, display.top, inside=values != 0)
            return self.marked(maps.ringed(self.plain, strongest, hue, width=1 if self.window else 2))
        return self.marked(maps.overlay(self.plain, values, display, limit=limit))
