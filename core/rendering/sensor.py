"""From light to the numbers of a picture: exposure, defocus, tone, shading towards the corners, noise."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.domain import Floats, Pixels
from core.rendering.variation import Sensor

SHADING = 0.10
"""Light lost in the corners of the frame."""

KNEE = 0.8
"""Above this level the tone curve bends, so that white paper keeps its print."""


def developed(light: Floats, sensor: Sensor, seed: int) -> Pixels:
    """(H, W, 3) uint8 sRGB (IEC 61966-2-1) of linear light.

    Args:
        light: (H, W, 3) float32, 1 is white.
        sensor: what the camera adds.
        seed: of the noise; the same seed gives a package and its twin the same noise.
    """
    height, width = light.shape[:2]
    exposed = light * (sensor.exposure * np.array(sensor.tint, np.float32)) * _shading(height, width)[..., None]
    sharp = sensor.blur * width / 960
    blurred = cv2.GaussianBlur(exposed, (0, 0), sharp) if sharp > 0.1 else exposed
    tones = _encoded(_bent(np.asarray(blurred, np.float32)))
    noise = np.random.default_rng(seed).normal(size=tones.shape).astype(np.float32)
    noisy = tones * 255 + noise * sensor.noise * np.sqrt(0.35 + 1.3 * tones)
    return np.asarray(np.clip(np.rint(noisy), 0, 255), np.uint8)


def _shading(height: int, width: int) -> Floats:
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return np.asarray(1 - SHADING * (x**2 + y**2) / 2, np.float32)


def _bent(light: Floats) -> Floats:
    over = np.maximum(light - KNEE, 0)
    return np.asarray(np.minimum(light, KNEE) + (1 - KNEE) * (1 - np.exp(-over / (1 - KNEE))), np.float32)


def _encoded(light: Floats) -> NDArray[np.float32]:
    low = np.maximum(light, 0)
    curve = 1.055 * np.maximum(low, 1e-6) ** (1 / 2.4) - 0.055
    return np.asarray(np.where(low <= 0.0031308, 12.92 * low, curve), np.float32)
