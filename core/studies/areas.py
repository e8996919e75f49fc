"""Which part of what a network sees is package, background, print or damage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.contracts import Dataset
from core.datasets.measures import filled
from core.domain import Mask, Truth
from core.errors import CoreError
from core.models.classifier import TrainedClassifier as Classifier
from core.models.framing import Placement
from core.models.framings.pattern import MARGIN
from core.rendering.places import places_of

ON, OFF = "package", "background"
TEXT, SERIAL, BAND, PLAIN, DAMAGE, EDGE = "text", "serial", "band", "plain", "damage", "edge"
AREAS = {
    ON: "Package: its outline where the data set knows it, else the printed face that the framing has found.",
    DAMAGE: "The damage, wherever on the package it is; it lies over the other areas.",
    OFF: "Background: everything in the crop that is no package.",
    TEXT: "Printed text on the top face, with the gaps between its words.",
    SERIAL: "The digits of the serial.",
    BAND: "The colored band with its stripe, signs, bars and raised dots on the top face, where no text is.",
    PLAIN: "The rest of the package: bare carton, and faces whose print is not known.",
    EDGE: "The border of the package, 3 % of the crop to either side; it lies over package and background.",
}
"""Key to meaning. Package and background make the whole; text, serial, band and plain make the package."""

TRUTH, FRAMING, NOTHING = "truth", "framing", ""
"""How the package is known: its outline; the face that the framing has found; not at all."""

WIDE = 0.03
"""Half the width of the border of the package, of the shorter side of the crop."""
LEAST = 0.002
"""Share of the crop from which on an area is in sight: of less, no share of the evidence says anything."""


@dataclass(frozen=True, slots=True)
class Areas:
    """Parts of one crop.

    Attributes:
        masks: area to (h, w) bool; what is not known, or not in sight, is left out.
        basis: `TRUTH`, `FRAMING` or `NOTHING`.
        unseen: areas that are known, and not in sight of the network.
    """

    masks: Mapping[str, Mask]
    basis: str
    unseen: tuple[str, ...] = ()


def areas_of(dataset: Dataset, package: str, view: str, model: Classifier, placement: Placement,
             frame: tuple[int, int]) -> Areas:  # fmt: skip
    """The parts of what a network sees of a view, from the truth; from the framing where there is none.

    Print is known of the designs that the program renders itself, and only on the top face, flat: where damage moves
    it, its place is that of the undamaged carton.

    Args:
        dataset: where the picture lies.
        package: its id.
        view: the camera.
        model: the network.
        placement: of its crop.
        frame: (H, W) of the picture.
    """
    truth = _truth(dataset, package, view)
    if truth is None or not truth.silhouette:
        return _found(model, placement, None if truth is None else truth.mask)
    on = _seen(filled([region.polygon for region in truth.silhouette], frame) | truth.mask, placement)
    serial = None if truth.serial is None else _seen(filled([truth.serial.corners], frame), placement) & on
    known = {ON: on, OFF: ~on, EDGE: _edge(on), **_print(truth, placement, frame, on, serial)}
    if truth.mask.any():
        known[DAMAGE] = _seen(truth.mask, placement)
    return _in_sight(known, TRUTH)


def _truth(dataset: Dataset, package: str, view: str) -> Truth | None:
    try:
        return dataset.truth(package, view)
    except CoreError:
        return None  # a broken mask is said where the picture is shown


def _found(model: Classifier, placement: Placement, damage: Mask | None) -> Areas:
    """The face that was marked for the framing lies at the same place of every crop; without one nothing is known."""
    known = {} if damage is None or not damage.any() else {DAMAGE: _seen(damage, placement)}
    if model.card.framing.get("kind") != "pattern" or not placement.sure:
        return _in_sight(known, NOTHING)
    height, width = placement.size
    top, left = (round(MARGIN / (1 + 2 * MARGIN) * side) for side in (height, width))
    on = np.zeros((height, width), bool)
    on[top : height - top, left : width - left] = True
    return _in_sight({ON: on, OFF: ~on, EDGE: _edge(on), **known}, FRAMING)


def _edge(on: Mask) -> Mask:
    """What is near to both package and background."""
    reach = max(1.0, WIDE * min(on.shape))
    far = [cv2.distanceTransform(one.astype(np.uint8), cv2.DIST_L2, 5) for one in (on, ~on)]
    return np.asarray((np.maximum(*far) <= reach) & on.any() & ~on.all(), np.bool_)


def _print(
    truth: Truth, placement: Placement, frame: tuple[int, int], on: Mask, serial: Mask | None
) -> dict[str, Mask]:
    """Serial, text, band and the rest of the package, none over another; only the serial where no more is known."""
    known = {} if serial is None else {SERIAL: serial}
    left = on if serial is None else on & ~serial
    places, face = places_of(str(truth.facts.get("product"))), truth.facts.get("face")
    if places is None or face is None:
        return known
    corners = np.asarray(face, np.float64) * (frame[1], frame[0])
    text, band = (_on_face(mask, corners, placement) for mask in (places.text, places.band))
    known |= {TEXT: text & left, BAND: band & ~text & left}
    return known | {PLAIN: left & ~text & ~band}


def _on_face(mask: Mask, corners: NDArray[np.float64], placement: Placement) -> Mask:
    """A mask of the top face as the crop shows it."""
    height, width = mask.shape
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    to_frame = cv2.getPerspectiveTransform(flat, corners.astype(np.float32))
    return _warped(mask, placement.transform @ to_frame, placement.size)


def _seen(mask: Mask, placement: Placement) -> Mask:
    return _warped(mask, placement.transform, placement.size)


def _warped(mask: Mask, transform: NDArray[np.float64], size: tuple[int, int]) -> Mask:
    moved = cv2.warpPerspective(mask.astype(np.float32), transform, (size[1], size[0]), flags=cv2.INTER_LINEAR)
    return np.asarray(moved >= 0.5, np.bool_)


def _in_sight(known: Mapping[str, Mask], basis: str) -> Areas:
    seen = {name: mask for name, mask in known.items() if mask.mean() >= LEAST}
    return Areas(seen, basis, tuple(name for name in known if name not in seen))
