"""Pattern framing: a printed face is recognized by its features, made upright and rectified."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from core.domain import Floats, Pixels, View
from core.errors import BadInput
from core.models.framing import FRAMINGS, Matrix, Placement, Size, whole_frame

MARGIN = 0.12
"""Room left around the marked face, as a share of its own width and height."""

RATIO = 0.85
"""A feature must match this much better than the second best (Lowe 2004, section 7.1)."""

TOLERANCE = 4.0
"""Inliers lie within this many pixels of the rectified plane."""

CHANCE_INLIERS = 5
"""As many inliers as a wrong picture gets by chance; confidence starts here and is 1 at three times as many."""

SCALES = (0.75, 1.3)
"""A package on the same conveyor has nearly the size of the reference; anything else is a false find."""

REACH = 2.2
"""The plane is searched this many crop sizes around the reference."""

SAFE_INLIERS = 30
"""A picture with this many may add its features to the pattern, and need not be looked at in another plane."""

SAME_PLANE = 2.5
"""Pixels of the crop by which marked corners may miss their rectangle in a plane that is known already."""

SMALLEST_FACE = 400
"""Square pixels that the marked face must cover; print on less cannot be recognized."""

EXTRA_PICTURES = 4
"""Pictures beside the reference whose features are added to the pattern."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """The features of one face as one camera sees it.

    Attributes:
        plane: (3, 3) frame pixels to the rectified plane in which the face only shifts and turns.
        canvas: (h, w) of that plane, pixels.
        to_crop: (3, 3) plane to crop for a face that lies as the reference does.
        points: (K, 2) float32, plane pixels.
        descriptors: (K, 128) uint8 RootSIFT x 255 (Lowe 2004; Arandjelovic & Zisserman 2012).
        frame: (H, W) of the frames it was learnt from.
    """

    plane: Matrix
    canvas: Size
    to_crop: Matrix
    points: Floats
    descriptors: NDArray[np.uint8]
    frame: Size

    def plane_of(self, frame: Size) -> Matrix:
        """`plane` for frames of another resolution, as long as the camera sees the same."""
        return np.asarray(self.plane @ np.diag([self.frame[1] / frame[1], self.frame[0] / frame[0], 1.0]), np.float64)


@dataclass(frozen=True, slots=True)
class _Found:
    """How a pattern lies in a picture: (3, 3) motion in the plane, None where it does not, and its inliers."""

    pattern: Pattern
    motion: Matrix | None
    inliers: int
    points: Floats
    descriptors: NDArray[np.uint8]


@FRAMINGS.register("pattern")
@dataclass(frozen=True, slots=True)
class PatternFraming:
    """Registers a marked face of each product against its reference picture, per camera.

    In machine vision this is a fixture: a person marks four corners once; from then on the printed
    features (SIFT, Lowe 2004) find the face in every picture. The four corners rectify the plane of
    the face, so that for a camera that does not move every package differs by a shift and a turn
    only, which few features are enough to find (RANSAC, Fischler & Bolles 1981). An oblique side
    view becomes a view from above, in which a dent shows as a bent outline. Of several products
    the one with the most inliers is taken.
    """

    size: Size
    patterns: Mapping[str, tuple[Pattern, ...]]

    @classmethod
    def learn(cls, views: Mapping[str, Sequence[View]], size: Size, marks: Mapping[str, Any]) -> Self:
        """Learn the features of the marked faces.

        Args:
            views: by name of the view, the reference picture of each of its marks first, then others that enrich them.
            size: (h, w) of the crop.
            marks: by name of the view one mark, or a list with one a product: {"corners": four [x, y] in frame
                pixels, clockwise from what shall be the top left of the crop; "aspect": width by height of the face,
                needed where the camera sees it obliquely, measured from the corners otherwise}.

        Raises:
            BadInput: a view has no marks, or the marked face has too few features.
        """
        return cls(size, {name: _learn(name, views[name], size, _marks(name, marks)) for name in views})

    @classmethod
    def restore(cls, card: Mapping[str, Any], arrays: Mapping[str, NDArray[np.generic]]) -> Self:
        """From a card and the arrays of its weights file."""
        height, width = card["size"]
        return cls(
            (int(height), int(width)), {name: _restored(name, entry, arrays) for name, entry in card["views"].items()}
        )

    def state(self) -> tuple[dict[str, Any], dict[str, NDArray[np.generic]]]:
        """Matrices for the card, features for the weights file."""
        arrays: dict[str, NDArray[np.generic]] = {}
        views: dict[str, list[dict[str, Any]]] = {}
        for name, patterns in self.patterns.items():
            for at, pattern in enumerate(patterns):
                views.setdefault(name, []).append(
                    {
                        "plane": pattern.plane.tolist(),
                        "canvas": list(pattern.canvas),
                        "to_crop": pattern.to_crop.tolist(),
                        "frame": list(pattern.frame),
                    }
                )
                arrays[f"{name}.{at}.points"] = pattern.points
                arrays[f"{name}.{at}.descriptors"] = pattern.descriptors
        return {"kind": "pattern", "size": list(self.size), "views": views}, arrays

    def locate(self, view: View) -> Placement:
        """Find the face; where it cannot be found, the whole frame with confidence 0 and the reason."""
        height, width = view.pixels.shape[:2]
        patterns = self.patterns.get(view.name)
        if patterns is None:
            return whole_frame(
                (height, width), self.size, confidence=0.0, reason=f"No pattern for the view {view.name!r}."
            )
        found = _best(patterns, view.pixels)
        if found.motion is None:
            return whole_frame(
                (height, width),
                self.size,
                confidence=0.0,
                reason="The package was not found: the whole frame is shown.",
            )
        transform = found.pattern.to_crop @ np.linalg.inv(found.motion) @ found.pattern.plane_of((height, width))
        confidence = min(1.0, (found.inliers - CHANCE_INLIERS) / (2.0 * CHANCE_INLIERS))
        return Placement(transform, self.size, confidence, f"{found.inliers} printed features agree.")


@dataclass(frozen=True, slots=True)
class _Mark:
    """What a person marked: (4, 2) float32 corners in frame pixels, and the true width by height of the face."""

    corners: NDArray[np.float32]
    aspect: float


def _marks(name: str, marks: Mapping[str, Any]) -> tuple[_Mark, ...]:
    entries = marks.get(name, {})
    entries = [entries] if isinstance(entries, Mapping) else entries
    return tuple(_mark(name, entry) for entry in entries or [{}])


def _mark(name: str, entry: Mapping[str, Any]) -> _Mark:
    corners = np.asarray(entry.get("corners", []), np.float32)
    if corners.shape != (4, 2):
        raise BadInput(
            f"The view {name!r} has no four corners in the framing marks.",
            "Mark the face of one reference picture per view: {VIEW: {package: ID, corners: [[x, y], ... 4]}}.",
        )
    if not cv2.isContourConvex(corners) or cv2.contourArea(corners, oriented=True) < SMALLEST_FACE:
        raise BadInput(
            f"The four corners of the view {name!r} do not go clockwise around a face.",
            "Give top left, top right, bottom right and bottom left of the face as it shall lie in the crop.",
        )
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    return _Mark(corners, float(entry.get("aspect", (sides[0] + sides[2]) / (sides[1] + sides[3]))))


def _learn(name: str, views: Sequence[View], size: Size, marks: Sequence[_Mark]) -> tuple[Pattern, ...]:
    faces = [_face(size, mark.aspect) for mark in marks]
    patterns: list[Pattern] = []
    for view, mark, face in zip(views, marks, faces, strict=False):  # the other views have no marks
        pattern = _reference(view.pixels, size, mark.corners, face, patterns)
        if len(pattern.points) < 3 * CHANCE_INLIERS:
            raise BadInput(
                f"The marked face of the view {name!r} shows only {len(pattern.points)} features.",
                'Mark a face with print on it, or use the framing "whole".',
            )
        patterns.append(pattern)
    found = [_best(patterns, view.pixels) for view in views[len(marks) :]]
    return tuple(
        _enriched(pattern, face, [one for one in found if one.pattern is pattern and one.inliers >= SAFE_INLIERS])
        for pattern, face in zip(patterns, faces, strict=True)
    )


def _enriched(pattern: Pattern, face: NDArray[np.float32], found: Sequence[_Found]) -> Pattern:
    """The pattern with the features of the pictures in which it was found best."""
    best = sorted(found, key=lambda one: -one.inliers)[:EXTRA_PICTURES]
    parts = [(pattern.points, pattern.descriptors), *(_moved(one, face) for one in best)]
    return replace(
        pattern,
        points=np.concatenate([points for points, _ in parts]),
        descriptors=np.concatenate([descriptors for _, descriptors in parts]),
    )


def _moved(found: _Found, face: NDArray[np.float32]) -> tuple[Floats, NDArray[np.uint8]]:
    """Features of the face in another picture, moved to where the reference has them."""
    assert found.motion is not None
    moved = np.asarray(cv2.perspectiveTransform(found.points[None], np.linalg.inv(found.motion))[0], np.float32)
    inside = _inside(moved, found.pattern.to_crop, face)
    return moved[inside], found.descriptors[inside]


def _reference(
    pixels: Pixels, size: Size, corners: NDArray[np.float32], face: NDArray[np.float32], known: Sequence[Pattern]
) -> Pattern:
    """The pattern of one marked face, in a plane that is known already where its corners fit there."""
    frame = (pixels.shape[0], pixels.shape[1])
    pattern = next(_in_known_plane(frame, corners, face, known), None) or _in_own_plane(frame, corners, face, size)
    points, descriptors = _features(pixels, pattern.plane_of(frame), pattern.canvas)
    inside = _inside(points, pattern.to_crop, face)
    return replace(pattern, points=points[inside], descriptors=descriptors[inside])


def _in_own_plane(frame: Size, corners: NDArray[np.float32], face: NDArray[np.float32], size: Size) -> Pattern:
    to_face = np.asarray(cv2.getPerspectiveTransform(corners, face), np.float64)
    shift, canvas = _canvas(to_face, corners, frame, size)
    to_crop = np.asarray(np.linalg.inv(shift), np.float64)
    return Pattern(shift @ to_face, canvas, to_crop, *_no_features(), frame)


def _in_known_plane(
    frame: Size, corners: NDArray[np.float32], face: NDArray[np.float32], known: Sequence[Pattern]
) -> Iterator[Pattern]:
    """Parallel faces before one camera have one plane, up to a similarity: one look then serves them all."""
    for pattern in known:
        there = cv2.perspectiveTransform(corners[None], pattern.plane_of(frame))[0]
        to_crop = _similarity(there, face)
        missed = cv2.perspectiveTransform(np.asarray(there, np.float32)[None], to_crop)[0] - face
        if np.linalg.norm(missed, axis=1).max() <= SAME_PLANE:
            yield replace(pattern, to_crop=to_crop)


def _similarity(source: NDArray[np.generic], target: NDArray[np.float32]) -> Matrix:
    """(3, 3) shift, turn and size that bring points nearest to others, by least squares of z -> a z + b."""
    z, w = (np.asarray(points, np.float64) @ np.array([1, 1j]) for points in (source, target))
    a = np.vdot(z - z.mean(), w - w.mean()) / np.vdot(z - z.mean(), z - z.mean())
    b = w.mean() - a * z.mean()
    return np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag], [0.0, 0.0, 1.0]])


def _face(size: Size, aspect: float) -> NDArray[np.float32]:
    """Corners of the face in the crop: as large as fits with the margin, in true proportion.

    True proportion matters: only then is a turn of the package a turn in the plane.
    """
    height, width = size
    wide = min(width, height * aspect) / (1 + 2 * MARGIN)
    left, top = (width - wide) / 2, (height - wide / aspect) / 2
    return np.array([[left, top], [width - left, top], [width - left, height - top], [left, height - top]], np.float32)


def _inside(points: Floats, to_crop: Matrix, face: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which points of the plane lie on the face of the reference, its border included."""
    (left, top), _, (right, bottom), _ = face
    if not len(points):
        return np.zeros(0, np.bool_)
    x, y = cv2.perspectiveTransform(points[None], to_crop)[0].T
    inside = (x > left - TOLERANCE) & (x < right + TOLERANCE) & (y > top - TOLERANCE) & (y < bottom + TOLERANCE)
    return np.asarray(inside, np.bool_)


def _canvas(to_face: Matrix, corners: NDArray[np.float32], frame: Sequence[int], size: Size) -> tuple[Matrix, Size]:
    """The part of the plane that the frame shows without stretching it beyond use: its shift, and its size."""
    y, x = np.mgrid[0 : frame[0] : 16, 0 : frame[1] : 16].astype(np.float64)
    u, v, w = to_face @ np.stack([x.ravel(), y.ravel(), np.ones(x.size)])
    before_camera = w * (to_face[2] @ np.array([*corners.mean(axis=0), 1.0])) > 0
    points = np.stack([u[before_camera], v[before_camera]]) / w[before_camera]
    near = np.all(np.abs(points - np.array([[size[1] / 2], [size[0] / 2]])) < REACH * max(size), axis=0)
    low, high = points[:, near].min(axis=1), points[:, near].max(axis=1)
    shift = np.array([[1.0, 0.0, -low[0]], [0.0, 1.0, -low[1]], [0.0, 0.0, 1.0]])
    return shift, (int(np.ceil(high[1] - low[1])), int(np.ceil(high[0] - low[0])))


def _features(pixels: Pixels, plane: Matrix, canvas: Size) -> tuple[Floats, NDArray[np.uint8]]:
    """SIFT features of the rectified picture: (K, 2) plane pixels and (K, 128) RootSIFT."""
    size = (canvas[1], canvas[0])
    gray = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)
    rectified = cv2.warpPerspective(gray, plane, size)
    seen = cv2.warpPerspective(np.full_like(gray, 255), plane, size, flags=cv2.INTER_NEAREST)
    seen = cv2.erode(seen, np.ones((9, 9), np.uint8))
    keypoints, raw = _sift().detectAndCompute(rectified, seen)
    if raw is None:
        return _no_features()
    root = np.sqrt(raw / (raw.sum(axis=1, keepdims=True) + 1e-7))
    return np.array([point.pt for point in keypoints], np.float32), np.round(root * 255).astype(np.uint8)


def _no_features() -> tuple[Floats, NDArray[np.uint8]]:
    return np.zeros((0, 2), np.float32), np.zeros((0, 128), np.uint8)


def _sift() -> Any:  # the stubs of OpenCV 5 do not know it
    return cast(Any, cv2).SIFT_create(contrastThreshold=0.01, edgeThreshold=15)


def _register(pattern: Pattern, points: Floats, descriptors: NDArray[np.uint8]) -> tuple[Matrix | None, int]:
    """The motion of the face from the reference to this picture, (3, 3) in the plane, and its inliers."""
    if len(points) < 2:
        return None, 0
    pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(
        pattern.descriptors.astype(np.float32), descriptors.astype(np.float32), k=2
    )
    good = [best for best, second in pairs if best.distance < RATIO * second.distance]
    if len(good) < CHANCE_INLIERS:
        return None, 0
    source, target = pattern.points[[match.queryIdx for match in good]], points[[match.trainIdx for match in good]]
    affine, inlier = cast(Any, cv2).estimateAffinePartial2D(
        source, target, method=cv2.RANSAC, ransacReprojThreshold=TOLERANCE, maxIters=5000, confidence=0.9999
    )
    if affine is None:
        return None, 0
    count = len(np.unique(np.array([match.trainIdx for match in good])[inlier[:, 0] > 0]))
    scale = float(np.hypot(affine[0, 0], affine[1, 0]))
    if count <= CHANCE_INLIERS or not SCALES[0] < scale < SCALES[1]:
        return None, count
    return np.vstack([affine, [0.0, 0.0, 1.0]]), count


def _best(patterns: Sequence[Pattern], pixels: Pixels) -> _Found:
    """The pattern with the most inliers; features are computed once a plane, until one is found beyond doubt."""
    frame = (pixels.shape[0], pixels.shape[1])
    best = _Found(patterns[0], None, 0, *_no_features())
    for group in _by_plane(patterns):
        points, descriptors = _features(pixels, group[0].plane_of(frame), group[0].canvas)
        for pattern in group:
            motion, inliers = _register(pattern, points, descriptors)
            if motion is not None and inliers > best.inliers:
                best = _Found(pattern, motion, inliers, points, descriptors)
        if best.inliers >= SAFE_INLIERS:
            break
    return best


def _by_plane(patterns: Sequence[Pattern]) -> list[list[Pattern]]:
    """Patterns that share a plane, and so the features of a picture, together."""
    groups: dict[tuple[bytes, Size, Size], list[Pattern]] = {}
    for pattern in patterns:
        groups.setdefault((pattern.plane.tobytes(), pattern.canvas, pattern.frame), []).append(pattern)
    return list(groups.values())


def _restored(name: str, entry: Any, arrays: Mapping[str, NDArray[np.generic]]) -> tuple[Pattern, ...]:
    if isinstance(entry, Mapping):  # the first cards knew one product a view
        return (_restore(name, entry, arrays),)
    return tuple(_restore(f"{name}.{at}", one, arrays) for at, one in enumerate(entry))


def _restore(name: str, entry: Mapping[str, Any], arrays: Mapping[str, NDArray[np.generic]]) -> Pattern:
    return Pattern(
        np.asarray(entry["plane"], np.float64),
        (int(entry["canvas"][0]), int(entry["canvas"][1])),
        np.asarray(entry["to_crop"], np.float64),
        np.asarray(arrays[f"{name}.points"], np.float32),
        np.asarray(arrays[f"{name}.descriptors"], np.uint8),
        (int(entry["frame"][0]), int(entry["frame"][1])),
    )
