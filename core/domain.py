"""The nouns: frozen values that every other part of the program speaks in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

DAMAGED = "damaged"
INTACT = "intact"
PACKAGE = "package"
"""The name of the fused view: the decision about the whole package."""
ONE_VIEW = "view"
"""Stands for any single view where it does not matter which."""

REVIEW = "review"
"""What a policy says of a package that a person shall look at."""

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


def frozen(array: NDArray[np.generic]) -> None:
    """Make an array read-only, so that a value holding it cannot change."""
    array.setflags(write=False)


@dataclass(frozen=True, slots=True)
class Region:
    """A marked area of one view.

    Attributes:
        label: what the person called it.
        polygon: (K, 2) float32, x right and y down, both in [0, 1] of the frame.
    """

    label: str
    polygon: Floats

    def __post_init__(self) -> None:
        frozen(self.polygon)


@dataclass(frozen=True, slots=True)
class View:
    """One camera's picture of a package.

    Attributes:
        name: the camera, for example "side" or "top".
        pixels: (H, W, 3) uint8 RGB in frame coordinates, x right and y down.
        regions: areas marked in files beside the picture.
    """

    name: str
    pixels: Pixels
    regions: tuple[Region, ...] = ()

    def __post_init__(self) -> None:
        frozen(self.pixels)


@dataclass(frozen=True, slots=True)
class Package:
    """One physical thing seen by one or more cameras; its id is the serial.

    Attributes:
        id: the serial number, unique in the data set.
        views: name of the view to its picture; a missing view is simply absent.
        label: the true class, None where unknown.
        split: "train", "test", ... or "" where the data set has none.
    """

    id: str
    views: Mapping[str, View]
    label: str | None = None
    split: str = ""


@dataclass(frozen=True, slots=True)
class ImageFile:
    """One picture of a data set on disk, before it is decoded.

    Attributes:
        package: id of the package it belongs to.
        view: name of the camera.
        path: where it lies.
        label: the class its folder says, None where there is no class folder.
        split: the level above the class folder, "" where there is none.
        regions_path: Pascal VOC file beside it, None where there is none.
        mask_path: picture of its damaged pixels, None where there is none.
        twin_path: the same picture without the damage, None where there is none.
    """

    package: str
    view: str
    path: Path
    label: str | None
    split: str
    regions_path: Path | None = None
    mask_path: Path | None = None
    twin_path: Path | None = None


@dataclass(frozen=True, slots=True)
class Damage:
    """One damage of a package, as whoever made it knows it.

    Attributes:
        kind: what it is, for example "dent".
        severity: how bad, in [0, 1].
    """

    kind: str
    severity: float


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """A line of print that can be seen in one view.

    Attributes:
        text: what it says.
        corners: (4, 2) float32, clockwise from the top left of the text, x right and y down, both in [0, 1] of the
            frame.
    """

    text: str
    corners: Floats

    def __post_init__(self) -> None:
        frozen(self.corners)


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known of one view beyond doubt, because the picture was made so, or somebody marked every pixel.

    Attributes:
        mask: (H, W) bool in frame coordinates, True where the damage is visible; nowhere on an intact package.
        silhouette: outlines of the visible package; empty where unknown.
        damages: of the package, whether or not this view shows them; empty where unknown, or where there are none.
        serial: where its serial is printed, None where it cannot be seen, or is not known.
        facts: what else is known, by name: product, seed, batch, expiry, pose, camera.
    """

    mask: Mask
    silhouette: tuple[Region, ...] = ()
    damages: tuple[Damage, ...] = ()
    serial: PrintedLine | None = None
    facts: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        frozen(self.mask)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file of a data set that was left out, with the reason."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """What one model says of one view, or of a whole package.

    Attributes:
        package: id of the package.
        model: name of the checkpoint, or "ensemble".
        view: name of the view, or "package" for the fused decision.
        labels: (C,) class names, in the order of the two arrays.
        logits: (C,) float32, divided by the temperature of the view, or of the fused decision.
        probabilities: (C,) float32, sum 1: the softmax of these.
        framing: how sure the framing was, in [0, 1]; 1 where nothing had to be found.
    """

    package: str
    model: str
    view: str
    labels: tuple[str, ...]
    logits: Floats
    probabilities: Floats
    framing: float = 1.0

    def __post_init__(self) -> None:
        frozen(self.logits)
        frozen(self.probabilities)

    def probability(self, label: str) -> float:
        """Probability of one class, in [0, 1]."""
        return float(self.probabilities[self.labels.index(label)])

    def margin(self, label: str) -> float:
        """Logit of one class minus the largest of the others (log-odds for two classes)."""
        at = self.labels.index(label)
        return float(self.logits[at] - np.delete(self.logits, at).max())


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a probability of damaged becomes a verdict: intact below `accept`, damaged from `reject` on, else review.

    Attributes:
        accept, reject: in [0, 1], accept <= reject; equal where nothing is reviewed.
    """

    accept: float
    reject: float

    @classmethod
    def at(cls, threshold: float) -> Cut:
        """One threshold: everything is decided."""
        return cls(threshold, threshold)

    @property
    def reviews(self) -> bool:
        """Whether some probabilities go to a person."""
        return self.accept < self.reject

    def verdict(self, probability: float) -> str:
        """What it means: damaged, intact or review."""
        if probability >= self.reject:
            return DAMAGED
        return INTACT if probability < self.accept else REVIEW


HALF = Cut.at(0.5)
"""Where a model decides of which nothing else is known."""


@dataclass(frozen=True, slots=True)
class Attribution:
    """How much each pixel of a view spoke for a class, in frame coordinates.

    Attributes:
        package, view, model, method: what was explained, and how.
        target: the class whose logit margin was explained.
        values: (H, W) float32, signed; positive speaks for the target.
        completeness: |sum of the map - (F(x) - F(baseline))| / |F(x) - F(baseline)|, None where the
            method promises none.
        probability: of the target, in [0, 1].
        seconds: time taken to compute it, also where it was kept from then.
        settings: what else decides the map: steps asked for, baseline, seed, framing.
        pixel_error: estimated ||map - exact map||_1 / ||map||_1, None where the method has no exact map.
        steps: how often the network was evaluated.
        note: what a person must know to read the map, one sentence, "" where there is nothing.
    """

    package: str
    view: str
    model: str
    method: str
    target: str
    values: Floats
    completeness: float | None
    probability: float
    seconds: float
    settings: Mapping[str, float | int | str] = field(default_factory=dict)
    pixel_error: float | None = None
    steps: int = 1
    note: str = ""

    def __post_init__(self) -> None:
        frozen(self.values)
