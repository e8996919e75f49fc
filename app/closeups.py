"""One view cut out upright as a model sees it, with its marked regions, its damage and its twin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from core.domain import Floats, Region, View
from core.study import Classifier


class Closeup(NamedTuple):
    """The cut-out view, and how sure the model was of having found the package, in [0, 1].

    Attributes:
        view: with its regions.
        confidence: of the framing.
        outline: polygons around the known damage, in 0..1 of the close-up.
        twin: the same place of the picture without the damage, None where there is none.
    """

    view: View
    confidence: float
    outline: tuple[Floats, ...] = ()
    twin: View | None = None


def cut(view: View, model: Classifier, *, outline: Sequence[Floats] = (), twin: View | None = None) -> Closeup:
    """Find the package and cut it out, upright and rectified; its twin at the same place."""
    place = model.frame(view)

    def moved(polygon: Floats) -> Floats:
        frame, crop = np.array(view.pixels.shape[1::-1]), np.array(place.size[::-1])
        points = np.c_[polygon * frame, np.ones(len(polygon))] @ place.transform.T
        return np.asarray(points[:, :2] / points[:, 2:] / crop, np.float32)

    regions = tuple(Region(region.label, moved(region.polygon)) for region in view.regions)
    return Closeup(
        View(view.name, place.crop(view.pixels), regions),
        place.confidence,
        tuple(moved(polygon) for polygon in outline),
        None if twin is None else View(view.name, place.crop(twin.pixels)),
    )
