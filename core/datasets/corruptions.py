"""CORRUPTIONS, what can go wrong with a picture on its way from the package to the network, at five strengths each."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, pi, sin
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from core.domain import Pixels
from core.errors import BadInput, UnknownName

STRENGTHS = (1, 2, 3, 4, 5)
"""From barely visible to harsh."""
MIDDLE = 0.6
"""Share of the height and of the width, about the center, in which a package is expected."""
GRAY = 128
QUALITY = "quality"
"""The unit that is written before its value."""
GAMMA = 2.2
"""From light to the numbers of a picture."""


class Corruption(NamedTuple):
    """One way to spoil a picture.

    Attributes:
        title: shown to people.
        unit: of the values, written behind them: "%".
        values: for the strengths 1 to 5.
        apply: (H, W, 3) uint8, value, seed -> the same shape; the same for the same seed.
        both: whether it goes both ways, the seed says which.
        meaning: what is done, one sentence.
    """

    title: str
    unit: str
    values: tuple[float, float, float, float, float]
    apply: Callable[[Pixels, float, int], Pixels]
    both: bool
    meaning: str

    def says(self, strength: int) -> str:
        """The value of a strength with its unit: "12 %", "±20°", "quality 5"; "clean" for 0."""
        if not strength:
            return "clean"
        value = f"{'±' * self.both}{self.values[strength - 1]:g}"
        return f"{self.unit} {value}" if self.unit == QUALITY else f"{value}{' ' * (self.unit != '°')}{self.unit}"


def corrupt(pixels: Pixels, name: str, strength: int, *, seed: int = 0) -> Pixels:
    """A picture as something has spoiled it; strength 0 is the picture itself.

    After Hendrycks & Dietterich, Benchmarking neural network robustness to common corruptions and perturbations, ICLR
    2019 (arXiv 1903.12261); the strengths are chosen for cameras that look at one package on a belt. With one seed the
    five strengths differ in nothing but the strength: the same grain, the same direction, the same place.

    Args:
        pixels: (H, W, 3) uint8 RGB.
        name: in `CORRUPTIONS`.
        strength: 0 to 5.
        seed: of whatever is left to chance.

    Returns:
        (H, W, 3) uint8.

    Raises:
        UnknownName: no such corruption.
        BadInput: no such strength.
    """
    if not strength:
        return pixels
    if name not in CORRUPTIONS:
        raise UnknownName(f"There is no corruption called {name!r}.", f"Try one of: {', '.join(CORRUPTIONS)}.")
    if strength not in STRENGTHS:
        raise BadInput(f"There is no strength {strength}.", "Take one from 0 (clean) to 5 (harsh).")
    one = CORRUPTIONS[name]
    return one.apply(pixels, one.values[strength - 1], seed)


def brightness(pixels: Pixels, stops: float, seed: int) -> Pixels:
    """Brighter or darker, the seed says which: so many stops of exposure, in linear light."""
    light = (np.arange(256) / 255) ** GAMMA * 2 ** (_sign(seed) * stops)
    return _looked_up(pixels, 255 * light ** (1 / GAMMA))


def contrast(pixels: Pixels, percent: float, seed: int) -> Pixels:
    """Harsher or flatter about the picture's own mean, the seed says which; both undo each other but for clipping."""
    mean, factor = float(pixels.mean()), (1 + percent / 100) ** _sign(seed)
    return _looked_up(pixels, mean + factor * (np.arange(256) - mean))


def noise(pixels: Pixels, levels: float, seed: int) -> Pixels:
    """Gaussian noise on every pixel and color, its standard deviation in levels of 255."""
    grain = np.random.default_rng(seed).standard_normal(pixels.shape, dtype=np.float32)
    return _clipped(pixels + np.float32(levels) * grain)


def blur(pixels: Pixels, percent: float, seed: int) -> Pixels:
    """Out of focus: a Gaussian whose standard deviation is a share of the picture's height."""
    sigma = percent / 100 * pixels.shape[0]
    blurred = cv2.GaussianBlur(pixels, (0, 0), sigmaX=sigma, sigmaY=sigma, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred, np.uint8)


def jpeg(pixels: Pixels, quality: float, seed: int) -> Pixels:
    """Compressed as JPEG with a low quality, of 100."""
    coded = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, int(quality)])[1]
    decoded = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), np.uint8)


def shift(pixels: Pixels, percent: float, seed: int) -> Pixels:
    """The camera looks elsewhere: moved by a share of the width in any direction; the border is repeated."""
    angle, distance = np.random.default_rng(seed).uniform(0, 2 * pi), percent / 100 * pixels.shape[1]
    return _moved(pixels, np.array([[1, 0, distance * cos(angle)], [0, 1, distance * sin(angle)]]))


def rotation(pixels: Pixels, degrees: float, seed: int) -> Pixels:
    """Turned about the center, left or right, the seed says which; the border is repeated."""
    height, width = pixels.shape[:2]
    center = ((width - 1) / 2, (height - 1) / 2)
    return _moved(pixels, np.asarray(cv2.getRotationMatrix2D(center, _sign(seed) * degrees, 1.0), np.float64))


def occlusion(pixels: Pixels, percent: float, seed: int) -> Pixels:
    """Something gray in the way: a patch over a share of the picture's `MIDDLE`, anywhere inside it."""
    room = np.array(pixels.shape[:2]) * MIDDLE
    size = room * np.sqrt(percent / 100)
    corner = (np.array(pixels.shape[:2]) - room) / 2 + np.random.default_rng(seed).random(2) * (room - size)
    top, left = np.round(corner).astype(int)
    bottom, right = np.round(corner + size).astype(int)
    covered = pixels.copy()
    covered[top:bottom, left:right] = GRAY
    return covered


def _sign(seed: int) -> int:
    return 1 if np.random.default_rng(seed).random() < 0.5 else -1


def _looked_up(pixels: Pixels, levels: NDArray[np.floating]) -> Pixels:
    """Every level of a picture replaced by another."""
    return _clipped(levels)[pixels]


def _clipped(values: NDArray[np.floating]) -> Pixels:
    return np.clip(np.round(values), 0, 255).astype(np.uint8)


def _moved(pixels: Pixels, matrix: NDArray[np.float64]) -> Pixels:
    height, width = pixels.shape[:2]
    moved = cv2.warpAffine(
        pixels, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )  # fmt: skip
    return np.asarray(moved, np.uint8)


CORRUPTIONS = {
    "brightness": Corruption("Brightness", "stops", (0.25, 0.5, 1.0, 1.5, 2.0), brightness, True,
                             "Exposed longer or shorter, half of the pictures each."),
    "contrast": Corruption("Contrast", "%", (15.0, 40.0, 80.0, 150.0, 300.0), contrast, True,
                           "Harsher, or flatter by the same factor, half of the pictures each."),
    "noise": Corruption("Noise", "levels", (4.0, 8.0, 16.0, 32.0, 56.0), noise, False,
                        "Grain on every pixel, as in poor light; its standard deviation, of 255 levels."),
    "blur": Corruption("Blur", "%", (0.1, 0.2, 0.4, 0.7, 1.2), blur, False,
                       "Out of focus; the standard deviation of the blur, as a share of the picture's height."),
    "jpeg": Corruption("JPEG", QUALITY, (60.0, 35.0, 20.0, 10.0, 5.0), jpeg, False,
                       "Stored with a lower and lower quality, of 100."),
    "shift": Corruption("Shift", "%", (2.0, 5.0, 8.0, 12.0, 20.0), shift, False,
                        "The camera looks elsewhere, in any direction; as a share of the picture's width."),
    "rotation": Corruption("Rotation", "°", (2.0, 5.0, 10.0, 20.0, 40.0), rotation, True,
                           "The camera is turned, to the left or to the right."),
    "occlusion": Corruption("Occlusion", "%", (2.0, 5.0, 10.0, 20.0, 35.0), occlusion, False,
                            "Something gray in the way; as a share of the picture's middle, where the package lies."),
}  # fmt: skip
"""Name to what is done, in the order in which they are shown."""
