"""Where the package lies in a frame: the transform to the network's crop, kept so that maps can go back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from core.domain import Pixels, View, frozen
from core.registry import Registry

Matrix = NDArray[np.float64]
Size = tuple[int, int]
"""Height and width, pixels."""

SURE = 0.5
"""A placement below this confidence is reported as unsure."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the crop lies in the frame.

    Attributes:
        transform: (3, 3) float64 homography, frame pixels to crop pixels.
        size: (h, w) of the crop.
        confidence: in [0, 1]; 1 where nothing had to be found.
        reason: what was found, or why it is unsure.
    """

    transform: Matrix
    size: Size
    confidence: float
    reason: str

    def __post_init__(self) -> None:
        frozen(self.transform)

    @property
    def sure(self) -> bool:
        """Whether the placement can be relied on."""
        return self.confidence >= SURE

    def crop(self, pixels: Pixels) -> Pixels:
        """The (h, w, 3) uint8 crop; what lies outside the frame repeats its border."""
        height, width = self.size
        cropped = cv2.warpPerspective(
            pixels,
            self.transform,
            (width, height),
            flags=_interpolation(self.transform),
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.ascontiguousarray(cropped, dtype=np.uint8)

    def outline(self) -> NDArray[np.float32]:
        """(4, 2) float32 corners of the crop in frame pixels, clockwise from its top left."""
        height, width = self.size
        corners = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float32)
        return np.asarray(cv2.perspectiveTransform(corners, np.linalg.inv(self.transform))[0], np.float32)


def _interpolation(transform: Matrix) -> int:
    shrink = abs(np.linalg.det(transform[:2, :2])) < 0.5
    return int(cv2.INTER_AREA if shrink else cv2.INTER_LINEAR)


def whole_frame(frame: Size, size: Size, *, confidence: float = 1.0, reason: str = "The whole frame.") -> Placement:
    """The whole frame, stretched to the crop."""
    scale = np.diag([size[1] / frame[1], size[0] / frame[0], 1.0])
    return Placement(scale, size, confidence, reason)


class Framer(Protocol):
    """One kind of framing, ready to use."""

    @property
    def size(self) -> Size:
        """Height and width of the crop, pixels."""

    def locate(self, view: View) -> Placement:
        """Where the crop lies in this view."""

    def state(self) -> tuple[dict[str, Any], dict[str, NDArray[np.generic]]]:
        """What a card keeps (JSON values), and what the weights file keeps (arrays)."""


class FramerKind(Protocol):
    """How a framing is learnt, and how it is restored from a checkpoint."""

    @classmethod
    def learn(cls, views: Mapping[str, Sequence[View]], size: Size, marks: Mapping[str, Any]) -> Framer:
        """Learn from sample pictures with the marks of a person, where there are any.

        By view: one mark or a list of them, and the picture that each mark belongs to before all others.
        """

    @classmethod
    def restore(cls, card: Mapping[str, Any], arrays: Mapping[str, NDArray[np.generic]]) -> Framer:
        """The inverse of `Framer.state`."""


FRAMINGS: Registry[type[FramerKind]] = Registry("framing", "core.models.framings")
