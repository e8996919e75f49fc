"""The whole frame: for pictures that are already cut to what matters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from core.domain import View
from core.models.framing import FRAMINGS, Placement, Size, whole_frame


@FRAMINGS.register("whole")
@dataclass(frozen=True, slots=True)
class WholeFrame:
    """Stretches the whole frame to the network's input size; nothing to find, so always sure."""

    size: Size

    @classmethod
    def learn(cls, views: Mapping[str, Sequence[View]], size: Size, marks: Mapping[str, Any]) -> Self:
        """There is nothing to learn."""
        return cls(size)

    @classmethod
    def restore(cls, card: Mapping[str, Any], arrays: Mapping[str, NDArray[np.generic]]) -> Self:
        """From the size alone."""
        return cls((int(card["size"][0]), int(card["size"][1])))

    def locate(self, view: View) -> Placement:
        """The whole frame."""
        height, width = view.pixels.shape[:2]
        return whole_frame((height, width), self.size)

    def state(self) -> tuple[dict[str, Any], dict[str, NDArray[np.generic]]]:
        """The size."""
        return {"kind": "whole", "size": list(self.size)}, {}
