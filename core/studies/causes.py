"""Does the damage cause the verdict: it is painted over, and so are other places of the same shape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from scipy.signal import fftconvolve

from core.contracts import Dataset, Progress, silent
from core.domain import Mask, Pixels
from core.errors import BadInput
from core.metrics.localisation.target import around, grown
from core.registry import unknown
from core.studies.agreement import crop_of, silhouette_of
from core.studies.explanation import Seen, seen, target_of
from core.study import Classifier

PLACEBOS = 50
FEWEST = 10
"""Placebos without which nothing is compared."""
CHUNK = 16
"""Pictures at once."""
SPILL, SHARED = 0.95, 0.1
"""Share of a placebo that must lie on the package, and that may lie on the damage."""
EDGE = 3
"""The filling reaches so many pixels beyond the region: a border that is left would still tell."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What filling the damage does to the log-odds of damaged, beside filling other places.

    Attributes:
        before: log-odds of the picture as it is.
        drop: by which filling the damage lowers them.
        placebos: (n,) the same for other places of that shape.
        z: (drop - mean of placebos) / their standard deviation; NaN with a reason where there are too few.
        p: (1 + #(placebo >= drop)) / (n + 1); NaN likewise.
        filled: (H, W, 3) uint8, the picture with the damage filled.
        example: (H, W, 3) uint8, the picture with the first placebo filled; None where there is none.
        places: (n, 2) int, by how much each placebo is moved down and right, pixels.
        within: (H, W) bool, the pixels of the package that the network sees: where placebos may lie.
        reason: why there is no z and p, None where there are.
    """

    before: float
    drop: float
    placebos: NDArray[np.float64]
    z: float
    p: float
    filled: Pixels
    example: Pixels | None
    places: NDArray[np.int64]
    within: Mask
    reason: str | None = None


def cause(
    dataset: Dataset,
    package: str,
    view: str,
    model: Classifier,
    region: Mask,
    *,
    fill: str = "blur",
    placebos: int = PLACEBOS,
    seed: int = 0,
    progress: Progress = silent,
) -> Effect:
    """Fill a region, look by how much the log-odds of damaged drop, and compare with other places of the same shape.

    The network looks at the same crop every time. A drop says that the network uses the region; beside placebos it says
    that it uses this one more than others. A filling is a picture that no camera took: the network's answer to it may
    have other reasons, which the placebos share.

    Args:
        dataset: where the picture lies.
        package: its id.
        view: the camera.
        model: that is asked.
        region: (H, W) bool, the damage.
        fill: one of `FILLS`.
        placebos: how many other places, on the package and hardly on the region.
        seed: of the places.
        progress: called along the way; an error raised in it stops the work.

    Raises:
        UnknownName: no such package, view or filling.
        BadInput: there are too few placebos, the region is empty or of another size, or the picture has no twin.
    """
    if fill not in FILLS:
        raise unknown("filling", fill, tuple(FILLS))
    if placebos < FEWEST:
        raise BadInput(f"{placebos} placebos are too few to compare with.", f"Take {FEWEST} or more.")
    looked = seen(dataset, package, view, model)
    pixels = looked.picture.pixels
    if region.shape != pixels.shape[:2] or not region.any():
        raise BadInput("There is no region to fill in this picture.", "Draw one first.")
    painted = FILLS[fill](dataset, package, view, pixels)
    wide = grown(np.asarray(region, bool), EDGE)
    within = silhouette_of(dataset, package, view, looked) & crop_of(looked)
    places = _places(wide, within, placebos, seed)
    masks = [wide, *(_moved(wide, down, right) for down, right in places)]
    odds = [_odds(model, looked, [pixels])[0]]
    for start in range(0, len(masks), CHUNK):
        progress(start / len(masks), "filling places of the package")
        odds += _odds(model, looked, [painted(one) for one in masks[start : start + CHUNK]])
    drops = odds[0] - np.array(odds[1:])
    example = painted(masks[1]) if len(masks) > 1 else None
    return _effect(odds[0], drops, places, painted(wide), example, within)


def _effect(
    before: float, drops: NDArray[np.float64], places: NDArray[np.int64], filled: Pixels, example: Pixels | None,
    within: Mask,
) -> Effect:  # fmt: skip
    drop, others = float(drops[0]), drops[1:]
    if len(others) < FEWEST:
        some = f"Only {len(others)}" if len(others) else "No"
        reason = f"{some} other places of that shape fit on the package; {FEWEST} are needed."
        return Effect(before, drop, others, np.nan, np.nan, filled, example, places, within, reason)
    spread = float(others.std(ddof=1))
    z = (drop - float(others.mean())) / spread if spread > 1e-9 else float("nan")
    p = float((1 + (others >= drop).sum()) / (len(others) + 1))
    why = None if spread > 1e-9 else "Filling other places changes nothing: there is no spread to compare with."
    return Effect(before, drop, others, z, p, filled, example, places, within, why)


def _odds(model: Classifier, looked: Seen, pictures: list[Pixels]) -> list[float]:
    crops = [looked.placement.crop(one) for one in pictures]
    with torch.inference_mode():
        found: list[float] = target_of(model)(model.module(model.tensor(crops))).tolist()
    return found


def _places(region: Mask, within: Mask, count: int, seed: int) -> NDArray[np.int64]:
    """(n, 2) moves, drawn without repeats, that keep the region on the package and off itself."""
    box = around(region)
    assert box is not None  # the region is not empty
    shape = region[box].astype(np.float32)[::-1, ::-1]
    area = float(shape.sum())
    on = fftconvolve(within.astype(np.float32), shape, "valid") >= SPILL * area
    off = fftconvolve(region.astype(np.float32), shape, "valid") <= SHARED * area
    tops, lefts = np.nonzero(on & off)
    kept = np.random.default_rng(seed).permutation(len(tops))[:count]
    return np.stack([tops[kept] - box[0].start, lefts[kept] - box[1].start], axis=1)


def _moved(region: Mask, down: int, right: int) -> Mask:
    return np.asarray(np.roll(region, (down, right), axis=(0, 1)), bool)  # it never leaves the frame


Painted = Callable[[Mask], Pixels]


def _blur(dataset: Dataset, package: str, view: str, pixels: Pixels) -> Painted:
    """Every filled pixel takes the color of its surroundings, a tenth of the picture wide."""
    sigma = 0.1 * min(pixels.shape[:2])
    soft = cv2.GaussianBlur(pixels, (0, 0), sigma)
    return lambda mask: np.where(mask[..., None], soft, pixels).astype(np.uint8)


def _inpainted(dataset: Dataset, package: str, view: str, pixels: Pixels) -> Painted:
    """The surroundings are carried on into the hole (Telea, J. Graphics Tools 9, 2004)."""

    def paint(mask: Mask) -> Pixels:
        box = around(grown(mask, 12))
        assert box is not None  # there is a region
        result = pixels.copy()
        result[box] = cv2.inpaint(np.ascontiguousarray(pixels[box]), mask[box].astype(np.uint8), 5, cv2.INPAINT_TELEA)
        return result

    return paint


def _twin(dataset: Dataset, package: str, view: str, pixels: Pixels) -> Painted:
    """The same package rendered without its damage; elsewhere the twin is the picture, and filling changes little."""
    twin = dataset.twin(package, view)
    if twin is None:
        raise BadInput("This picture has no twin without the damage.", "Choose another filling, for example blur.")
    return lambda mask: np.where(mask[..., None], twin.pixels, pixels).astype(np.uint8)


FILLS: dict[str, Callable[[Dataset, str, str, Pixels], Painted]] = {"blur": _blur, "inpaint": _inpainted, "twin": _twin}
"""Ways to fill a region: its blurred surroundings, its surroundings carried on, or the same package undamaged."""

__all__ = ["FILLS", "PLACEBOS", "Effect", "cause"]
