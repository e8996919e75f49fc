"""The two cameras of the line: where they stand, and where a point of the world lies in their pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.domain import Floats

Size = tuple[int, int]
"""Height and width of a picture, pixels."""


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole, or a thin lens where it has an aperture; it does not move.

    Attributes:
        origin: of the lens, mm.
        target: what it looks at, mm.
        up: which way is up.
        width: angle of view from left to right, degrees.
        aperture: radius of the lens, mm; 0 for a pinhole.
    """

    origin: tuple[float, float, float]
    target: tuple[float, float, float]
    up: tuple[float, float, float]
    width: float
    aperture: float

    @property
    def focus(self) -> float:
        """Distance of what is sharp, mm."""
        return float(np.linalg.norm(np.subtract(self.target, self.origin)))

    def project(self, points: Floats) -> Floats:
        """(N, 3) points of the world, mm, to (N, 2) places in the picture, x right and y down, 0..1 where in sight.

        The picture has the proportions 16 : 9.
        """
        ahead = np.subtract(self.target, self.origin)
        ahead = ahead / np.linalg.norm(ahead)
        right = np.cross(ahead, self.up)
        right = right / np.linalg.norm(right)
        seen = np.asarray(points, np.float64) - self.origin
        reach = np.tan(np.radians(self.width / 2)) * (seen @ ahead)
        x, y = seen @ right / reach, seen @ np.cross(right, ahead) / reach
        return np.stack([(1 + x) / 2, (1 - y * 16 / 9) / 2], axis=1).astype(np.float32)


CAMERAS = {
    "side": Camera((452.0, 0.0, 206.0), (52.0, 0.0, 27.0), (0.0, 0.0, 1.0), 37.0, 1.1),
    "top": Camera((0.0, 0.0, 645.0), (0.0, 0.0, 40.0), (0.0, 1.0, 0.0), 40.0, 0.6),
}
"""By name of the view: low and oblique in front of the end face; straight from above."""
