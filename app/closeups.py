"""One view cut out upright as a model sees it, with its marked regions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from core.domain import Region, View
from core.study import Classifier


class Closeup(NamedTuple):
    """The cut-out view, and how sure the model was of having found the package, in [0, 1]."""

    view: View
    confidence: float


def cut(view: View, model: Classifier) -> Closeup:
    """Find the package and cut it out, upright and rectified."""
    place = model.frame(view)
    frame, crop = np.array(view.pixels.shape[1::-1]), np.array(place.size[::-1])
    regions = tuple(
        Region(region.label, _moved(region.polygon * frame, place.transform) / crop) for region in view.regions
    )
    return Closeup(View(view.name, place.crop(view.pixels), regions), place.confidence)


def _moved(points: np.ndarray, transform: np.ndarray) -> np.ndarray:
    """(K, 2) points through a homography."""
    moved = np.c_[points, np.ones(len(points))] @ transform.T
    return np.asarray(moved[:, :2] / moved[:, 2:], np.float32)
