"""What is measured of every picture of a data set: one table, computed once and stored."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from core.contracts import Dataset, Progress, silent
from core.datasets.measures import (
    MEASURES,
    PLACED,
    apparent_yaw,
    damaged_share,
    filled,
    light,
    place,
    turned,
    yaw_of,
)
from core.domain import Floats, Mask, Truth, View
from core.errors import CoreError
from core.models.framing import SURE
from core.store.frames import read_frame
from core.studies.features import corners, stored_features
from core.studies.parts import in_parts
from core.study import Classifier, run_name

__all__ = ["COLUMNS", "MEASURES", "PLACED", "measures", "stored_measures"]

COLUMNS = ("package", "view", *MEASURES, "product", "placed")


def measures(dataset: Dataset, models: Mapping[str, Classifier], *, progress: Progress = silent) -> pd.DataFrame:
    """Light, place and turn of the package in every picture; stored as a run, and read back the next time.

    Where the data set knows the outline and the pose of the package, they are taken from there, at about 0.1 s a
    package; elsewhere the framing of the first model finds it, or its stored `features` say where it was found
    already. A framing that takes the whole frame knows no place. A picture that cannot be read has no row.

    Returns:
        One row a picture, `COLUMNS`: package, view; brightness, contrast, sharpness, size, x, y, yaw, damage as
        `MEASURES` says, NaN where unknown; product (None where unknown); placed, one of `PLACED`.
    """
    known = _known_corners(dataset, models)

    def rows(package: str) -> list[dict[str, object]]:
        views = dataset.load(package).views
        return [_row(dataset, package, views[name], models, known) for name in sorted(views)]

    frame = in_parts(_name(dataset, models), dataset.ids, rows, columns=COLUMNS, progress=progress)
    return _upright(frame)


def stored_measures(dataset: Dataset, models: Mapping[str, Classifier]) -> pd.DataFrame | None:
    """The run of `measures` where it exists already, None otherwise: never computes."""
    stored = read_frame(_name(dataset, models))
    return None if stored is None else _upright(stored)


def _name(dataset: Dataset, models: Mapping[str, Classifier]) -> str:
    return run_name("measures", dataset, {}, *(model.card.framing for model in list(models.values())[:1]))


def _upright(frame: pd.DataFrame) -> pd.DataFrame:
    """Yaws that were measured, against the usual one of their camera."""
    measured = frame["placed"] == "framing"
    yaws = frame.loc[measured].groupby("view")["yaw"].transform(lambda one: turned(one.to_numpy()))
    return frame.assign(yaw=frame["yaw"].mask(measured, yaws))


def _known_corners(dataset: Dataset, models: Mapping[str, Classifier]) -> dict[tuple[str, str], tuple[Floats, float]]:
    """By package and view: the corners of the crop and how sure they are, where they were found before."""
    stored = stored_features(dataset, models) if models else None
    if stored is None:
        return {}
    first = stored[stored["model"] == next(iter(models))]
    found = zip(first["package"], first["view"], first["corners"], first["framing"], strict=True)
    return {(package, view): (np.asarray(outline, np.float32), sure) for package, view, outline, sure in found}


def _row(
    dataset: Dataset,
    package: str,
    view: View,
    models: Mapping[str, Classifier],
    known: Mapping[tuple[str, str], tuple[Floats, float]],
) -> dict[str, object]:
    shape = (view.pixels.shape[0], view.pixels.shape[1])
    truth = _truth(dataset, package, view.name)
    outline = None if truth is None or not truth.silhouette else [region.polygon for region in truth.silhouette]
    yaw, damage, placed = np.nan, np.nan, "truth"
    if truth is not None and outline is not None:
        inside = filled(outline, shape)
        yaw, damage = yaw_of(truth), damaged_share(truth, inside)
    elif (found := _framed(view, models, known.get((package, view.name)))) is not None:
        inside, yaw, placed = filled([found], shape), apparent_yaw(found, shape), "framing"
    else:
        inside, placed = np.ones(shape, bool), ""
    return {
        "package": package,
        "view": view.name,
        **_light(view, inside),
        **(place(inside) if placed else {}),
        "yaw": yaw,
        "damage": damage,
        "product": None if truth is None else truth.facts.get("product"),
        "placed": placed,
    }


def _light(view: View, inside: Mask) -> dict[str, float]:
    found = light(view.pixels, inside)
    return {"brightness": found.brightness, "contrast": found.contrast, "sharpness": found.sharpness}


def _truth(dataset: Dataset, package: str, view: str) -> Truth | None:
    try:
        return dataset.truth(package, view)
    except CoreError:
        return None  # a broken mask is said where the picture is shown


def _framed(view: View, models: Mapping[str, Classifier], known: tuple[Floats, float] | None) -> Floats | None:
    """(4, 2) corners of the crop in 0..1 of the frame; None where nothing had to be found, or nothing was."""
    model = next(iter(models.values()), None)
    if model is None or model.card.framing.get("kind") == "whole":
        return None
    if known is None:
        found = model.frame(view)
        known = corners(found, view), found.confidence
    outline, sure = known
    return outline.reshape(4, 2) if sure >= SURE else None
