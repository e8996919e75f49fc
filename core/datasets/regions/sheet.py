"""What the formats of marked areas have in common: the sheet of one picture, and the verbs of a format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from core.contracts import Progress, silent
from core.domain import IMPORTED, ORIGINS, AnnotatedRegion, Floats, Runs
from core.errors import BadInput
from core.registry import Registry

UNNAMED = "damage"
"""What an area is called in a file where nobody said what it is."""

SizeOf = Callable[[str], tuple[int, int] | None]
"""(height, width) of the picture of a name, None where there is no such picture."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is said of one picture.

    Attributes:
        name: the picture's path below the root of the data set, with "/"; from a foreign file as much of it as it has,
            with or without the ending.
        size: (height, width) of the picture in pixels, None where the file does not say.
        regions: the marked areas.
        verdict: one of `core.domain.VERDICTS`, of the whole package; "" where the file does not say.
        note: about the package.
    """

    name: str
    size: tuple[int, int] | None
    regions: tuple[AnnotatedRegion, ...]
    verdict: str = ""
    note: str = ""


class Losses(Counter[str]):
    """What could not be kept, counted: the key says what, for example "Areas written as the box around them"."""

    def sentences(self) -> tuple[str, ...]:
        """One sentence each, sorted."""
        return tuple(f"{what}: {count:,}." for what, count in sorted(self.items()) if count)


class Format(Protocol):
    """One way to write marked areas down.

    Attributes:
        title: shown to people; the docstring is the tooltip, and says what the format cannot keep.
        single: whether it is one file; otherwise a folder.
        reference: where it is defined.
    """

    title: str
    single: bool
    reference: str

    def write(self, sheets: Sequence[Sheet], target: Path, *, losses: Losses, progress: Progress = silent) -> None:
        """Write all sheets, whose sizes are known, to a new file or into an empty folder; count what is lost."""

    def read(self, source: Path, *, size_of: SizeOf, losses: Losses, progress: Progress = silent) -> tuple[Sheet, ...]:
        """Read a file or a folder.

        Raises:
            BadInput: it is not of this format, or damaged.
        """


FORMATS: Registry[type[Format]] = Registry("region format", "core.datasets.regions")

OUTSIDE = "Areas that reached beyond the picture and were cut at its border"
NO_AREA = "Marks without area, left out"


@dataclass(frozen=True, slots=True)
class Words:
    """What a file says of an area besides its shape, as it stands there.

    Attributes:
        label: what it is called.
        severity: a number from 0 to 1 or its digits; None or "" where nobody said.
        note: about it.
        origin: where it comes from, in our words or in any.
    """

    label: str = UNNAMED
    severity: object = None
    note: object = ""
    origin: object = ""

    def polygon(
        self, corners: Sequence[Sequence[float]], size: tuple[int, int], losses: Losses
    ) -> AnnotatedRegion | None:
        """An area from corners in pixels, (x, y) each; None, and counted, where it has no area.

        Raises:
            ValueError: a corner is no pair of finite numbers, or the severity none from 0 to 1.
        """
        polygon = shares(corners, size, losses)
        return None if polygon is None else self._area(polygon, None)

    def brush(self, runs: Runs) -> AnnotatedRegion:
        """An area of painted pixels.

        Raises:
            ValueError: the severity is no number from 0 to 1.
        """
        return self._area(None, runs)

    def _area(self, polygon: Floats | None, brush: Runs | None) -> AnnotatedRegion:
        label = self.label.strip()
        return AnnotatedRegion(
            polygon,
            brush,
            kind="" if label == UNNAMED else label,
            severity=_severity(self.severity),
            note=str(self.note or ""),
            origin=self.origin if isinstance(self.origin, str) and self.origin in ORIGINS else IMPORTED,
        )


def shares(corners: Sequence[Sequence[float]], size: tuple[int, int], losses: Losses) -> Floats | None:
    """(K, 2) in [0, 1] of the frame, from pixels; None, and counted, where it has no area.

    Raises:
        ValueError: a corner is no pair of finite numbers.
    """
    given = np.asarray(corners, np.float64).reshape(-1, 2) / (size[1], size[0])
    if not np.isfinite(given).all():
        raise ValueError("a corner is not a number")
    polygon = np.clip(given, 0, 1)
    if len(polygon) < 3 or (np.ptp(polygon, axis=0) == 0).any():
        losses[NO_AREA] += 1
        return None
    losses[OUTSIDE] += int(np.abs(given - polygon).max() * max(size) > 1e-3)
    return polygon.astype(np.float32)


def in_pixels(polygon: Floats, size: tuple[int, int]) -> list[list[float]]:
    """Corners (x, y) in pixels, so exact that `shares` gives back the very same polygon."""
    corners: list[list[float]] = (polygon.astype(np.float64) * (size[1], size[0])).tolist()
    return corners


def label_of(region: AnnotatedRegion) -> str:
    """What an area is called in a file."""
    return region.kind or UNNAMED


def _severity(said: object) -> float | None:
    if said is None or said == "":
        return None
    value = float(said)  # type: ignore[arg-type]  # whatever a file holds: float() raises what is caught
    if not 0 <= value <= 1:
        raise ValueError(f"a severity is {said}, not a number from 0 to 1")
    return value


def malformed(name: str, title: str, error: object) -> BadInput:
    """The error for a file that is not what it should be."""
    return BadInput(
        f"{name} cannot be read as {title} ({str(error) or type(error).__name__}).",
        "Export it again from the labeling tool, or choose another format.",
    )
