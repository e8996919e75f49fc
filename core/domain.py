"""The nouns: frozen values that every other part of the program speaks in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

DAMAGED = "damaged"
INTACT = "intact"
PACKAGE = "package"
"""The name of the fused view: the decision about the whole package."""
ONE_VIEW = "view"
"""Stands for any single view where it does not matter which."""

UNSURE = "unsure"
"""What a person says of a package who cannot tell."""
VERDICTS = (DAMAGED, INTACT, UNSURE)
"""What a person may say of a package."""

DRAWN = "drawn"
SUGGESTED = "suggested"
IMPORTED = "imported"
ORIGINS = (DRAWN, SUGGESTED, IMPORTED)
"""Where a marked area comes from: a hand, a model whose suggestion was accepted, a file."""

ACCEPTED = "accepted"
REJECTED = "rejected"
OUTCOMES = (ACCEPTED, REJECTED)
"""What a reviewer may say of an annotation; who corrects one makes another that replaces it."""

REVIEW = "review"
"""What a policy says of a package that a person shall look at."""

READ = "read"
NOT_VISIBLE = "not visible"
STATUSES = (READ, UNSURE, NOT_VISIBLE)
"""What a reader says of a printed line: it stands by the text, it does not, there is none to be seen."""

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
        facts: what else is known, by name: product, seed, batch, expiry, pose, camera, and face, the four corners of
            the undamaged printed face in [0, 1] of the frame, clockwise from the top left of its print.
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
class Reading:
    """What a reader made of one printed line of a view.

    Attributes:
        package: id of the package.
        view: name of the view.
        line: which line: "serial", "batch", "expiry", "barcode", or another name that the settings give.
        text: what it says, "" where nothing was read.
        confidence: probability in [0, 1] that the whole text is right, calibrated.
        characters: the same of each character of the text.
        status: one of `STATUSES`.
        reason: why it is not read, one sentence; "" where it is.
        corners: (4, 2) float32, clockwise from the top left of the line as it is read, x right and y down, both in
            [0, 1] of the frame (a little outside where the frame cuts it); None where no line was found.
    """

    package: str
    view: str
    line: str
    text: str
    confidence: float
    characters: tuple[float, ...]
    status: str
    reason: str = ""
    corners: Floats | None = None

    def __post_init__(self) -> None:
        if self.corners is not None:
            frozen(self.corners)


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


@dataclass(frozen=True, slots=True)
class Score:
    """How well a map points at a region, by one metric.

    Attributes:
        metric: its name in the registry.
        value: NaN where there is none.
        chance: what a map scores that knows nothing.
        components: what it is made of, or says besides, by name.
        n: pixels that count.
        reason: why there is no value, or what is wrong with the map; None where nothing is. NaN always carries one.
    """

    metric: str
    value: float
    chance: float
    components: Mapping[str, float]
    n: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Runs:
    """A mask as the lengths of its runs, column after column: small, exact, and comparable.

    Attributes:
        shape: (height, width) of the mask, pixels.
        counts: lengths of runs of False and True in turn, False first (0 where the first pixel is True); sum = pixels.
    """

    shape: tuple[int, int]
    counts: tuple[int, ...]

    def __post_init__(self) -> None:
        if min(self.shape) < 1 or min(self.counts, default=-1) < 0 or sum(self.counts) != self.shape[0] * self.shape[1]:
            raise ValueError(f"{len(self.counts)} runs do not fill a mask of {self.shape[1]} x {self.shape[0]}")

    @classmethod
    def of(cls, mask: Mask) -> Runs:
        """The runs of a (H, W) mask."""
        flat = np.asarray(mask, bool).ravel(order="F")
        steps = np.flatnonzero(np.diff(flat)) + 1
        edges = np.concatenate([[0] if flat[0] else [], [0], steps, [flat.size]]).astype(np.int64)
        return cls((mask.shape[0], mask.shape[1]), tuple(np.diff(edges).tolist()))

    @property
    def mask(self) -> Mask:
        """(H, W) bool."""
        values = np.arange(len(self.counts)) % 2 == 1
        flat: Mask = np.repeat(values, self.counts)
        return np.ascontiguousarray(flat.reshape(self.shape, order="F"))

    @property
    def area(self) -> int:
        """How many pixels are True."""
        return sum(self.counts[1::2])


@dataclass(frozen=True, slots=True, eq=False)
class AnnotatedRegion:
    """A damaged area of one view as somebody marked it: a polygon, or the pixels that a brush covered.

    Attributes:
        polygon: (K, 2) float32, K >= 3, x right and y down, both in [0, 1] of the frame; None where a brush drew it.
        brush: the painted pixels, of the size of the picture; None where it is a polygon. One of the two is given.
        kind: of the damage, for example "dent"; "" where nobody said.
        severity: how bad, in [0, 1]; None where nobody said.
        note: whatever the person wants to say about it.
        origin: one of `ORIGINS`.
    """

    polygon: Floats | None = None
    brush: Runs | None = None
    kind: str = ""
    severity: float | None = None
    note: str = ""
    origin: str = DRAWN

    def __post_init__(self) -> None:
        if (self.polygon is None) == (self.brush is None):
            raise ValueError("a marked area is either a polygon or painted pixels")
        if self.polygon is not None:
            frozen(self.polygon)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AnnotatedRegion) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        corners = None if self.polygon is None else np.asarray(self.polygon, np.float32).tobytes()
        return corners, self.brush, self.kind, self.severity, self.note, self.origin


@dataclass(frozen=True, slots=True)
class Annotation:
    """What one person said of one package at one time; never changed, only replaced by a later one.

    Attributes:
        id: 32 hexadecimal digits, unique everywhere; adding the same one twice adds it once.
        dataset: name of the data set that the package belongs to.
        package: id of the package.
        regions: view to the areas marked in it; a view that was not looked at is absent, one without damage is empty.
        verdict: one of `VERDICTS`, of the whole package.
        annotator: who says so.
        made_at: when, UTC.
        note: whatever the person wants to say about the package.
        replaces: ids of the annotations that this one puts aside, sorted; empty where it is the first.
        pictures: view to the SHA-256 of the picture that was looked at; it tells data sets of one name apart.
    """

    id: str
    dataset: str
    package: str
    regions: Mapping[str, tuple[AnnotatedRegion, ...]]
    verdict: str
    annotator: str
    made_at: datetime
    note: str = ""
    replaces: tuple[str, ...] = ()
    pictures: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "replaces", tuple(sorted(set(self.replaces))))
        object.__setattr__(self, "regions", {view: tuple(some) for view, some in self.regions.items()})


@dataclass(frozen=True, slots=True)
class Review:
    """What one person said of an annotation of another at one time; the last word on it counts.

    Attributes:
        id: 32 hexadecimal digits, unique everywhere; adding the same one twice adds it once.
        annotation: id of the annotation.
        outcome: one of `OUTCOMES`; an annotation that is rejected no longer stands, until it is accepted again.
        reviewer: who says so.
        made_at: when, UTC.
        note: why.
    """

    id: str
    annotation: str
    outcome: str
    reviewer: str
    made_at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Correction:
    """What one person says that a printed line reads; never changed, the last word on a line counts.

    Attributes:
        id: 32 hexadecimal digits, unique everywhere; adding the same one twice adds it once.
        dataset: name of the data set that the package belongs to.
        package: id of the package.
        view: name of the view that was looked at.
        line: which line, see `Reading`.
        text: what it says, "" where nobody can read it, None where what was said before is taken back.
        author: who says so.
        made_at: when, UTC.
        read: what the program had read, "" where nothing.
        picture: SHA-256 of the picture that was looked at, "" where it could not be read; it tells data sets of one
            name apart.
    """

    id: str
    dataset: str
    package: str
    view: str
    line: str
    text: str | None
    author: str
    made_at: datetime
    read: str = ""
    picture: str = ""
