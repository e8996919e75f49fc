"""What each network sees of each picture before it decides: its features, computed once and stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from core.contracts import Dataset, Progress, silent
from core.datasets.duplicates import perceptual_hash
from core.domain import Floats, View
from core.models.framing import Placement
from core.store.frames import read_frame
from core.studies.parts import in_parts
from core.study import Classifier, run_name

COLUMNS = ("package", "view", "model", "feature", "framing", "corners", "hash")


def features(dataset: Dataset, models: Mapping[str, Classifier], *, progress: Progress = silent) -> pd.DataFrame:
    """Features of every picture before the last layer of every network; stored as a run, and read back the next time.

    Models that share a framing find the package once. Interrupted by an error raised in `progress`, the work goes on
    with the next 50 packages the next time. A picture that cannot be read has no row.

    Returns:
        One row a picture and model: package, view, model; feature, a list of F float16, F as wide as the network;
        framing, how sure it was of having found the package, in [0, 1]; corners, a list of 8 float32, x and y of the
        crop's corners in the frame, clockwise from its top left, as a share of its width and height; hash, the
        perceptual hash of the crop, uint64.
    """

    def rows(package: str) -> list[dict[str, object]]:
        return list(_rows(dataset, package, models))

    return in_parts(_name(dataset, models), dataset.ids, rows, columns=COLUMNS, progress=progress)


def stored_features(dataset: Dataset, models: Mapping[str, Classifier]) -> pd.DataFrame | None:
    """The run of `features` where it exists already, None otherwise: never computes."""
    return read_frame(_name(dataset, models))


def _name(dataset: Dataset, models: Mapping[str, Classifier]) -> str:
    return run_name("features", dataset, models)


def _rows(dataset: Dataset, package: str, models: Mapping[str, Classifier]) -> Iterator[dict[str, object]]:
    pictures = dataset.load(package).views  # those that can be read
    views = [pictures[view] for view in sorted(pictures)]
    for group in _by_framing(models) if views else ():
        places = [next(iter(group.values())).frame(view) for view in views]
        crops = [place.crop(view.pixels) for view, place in zip(views, places, strict=True)]
        hashes = [perceptual_hash(crop) for crop in crops]
        for name, model in group.items():
            seen = model.features(crops).numpy().astype(np.float16)
            for at, (view, place) in enumerate(zip(views, places, strict=True)):
                known = (package, view.name, name, seen[at], place.confidence, corners(place, view), hashes[at])
                yield dict(zip(COLUMNS, known, strict=True))


def corners(place: Placement, view: View) -> Floats:
    """(8,) float32 x and y of the crop's corners, clockwise from its top left, as a share of the frame."""
    height, width = view.pixels.shape[:2]
    return np.asarray(place.outline() / np.array([width, height]), np.float32).ravel()


def _by_framing(models: Mapping[str, Classifier]) -> list[dict[str, Classifier]]:
    """Models that find the package in the same way, together."""
    groups: dict[str, dict[str, Classifier]] = {}
    for name, model in models.items():
        groups.setdefault(repr(model.card.framing), {})[name] = model
    return list(groups.values())
