"""Everything about one rendered package that chance decides, drawn from its seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from core.domain import DAMAGED, INTACT
from core.rendering.artwork import PRODUCTS, Print, Product, printed
from core.rendering.damage import KINDS, LIGHT, Harm, Stroke, strokes

PITCH = 60.0
"""Distance of two rows of slats, mm."""

SHARES = {"dent": 0.5, "crushed corner": 0.125, "crushed edge": 0.125, "puncture": 0.125, "stain": 0.125}
"""How often each kind of damage comes first; a second kind joins it in one package of eight."""


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a package lies: mm from the middle of both cameras' sight, and degrees counterclockwise from above."""

    x: float
    y: float
    yaw: float


@dataclass(frozen=True, slots=True)
class Light:
    """The lamps.

    Attributes:
        azimuth: degrees, where the lamp hangs.
        tilt: degrees from straight above.
        lamp: its radiance.
        sky: radiance from everywhere.
        warmth: of the lamp, -1 cold to 1 warm.
    """

    azimuth: float
    tilt: float
    lamp: float
    sky: float
    warmth: float


@dataclass(frozen=True, slots=True)
class Sensor:
    """What a camera adds to the light.

    Attributes:
        exposure: factor on the light.
        tint: factor on red, green and blue.
        noise: standard deviation at middle gray, in gray levels of 255.
        blur: standard deviation of the defocus of everything, pixels of a frame 960 wide.
    """

    exposure: float
    tint: tuple[float, float, float]
    noise: float
    blur: float


@dataclass(frozen=True, slots=True)
class Variation:
    """One package to render.

    Attributes:
        seed: all of it follows from here.
        label: "damaged" or "intact".
        product: the carton's design.
        print: what is printed on this one.
        pose: where it lies.
        belt: phase of the belt, mm along y.
        light: the lamps.
        sensors: by camera.
        handling: light strokes that every package carries, damaged or not.
        harms: what happened to it; none where intact.
    """

    seed: int
    label: str
    product: Product
    print: Print
    pose: Pose
    belt: float
    light: Light
    sensors: dict[str, Sensor]
    handling: tuple[Stroke, ...]
    harms: tuple[Harm, ...]


def vary(seed: int, label: str, kinds: Sequence[str] = tuple(KINDS)) -> Variation:
    """Draw a package.

    Args:
        seed: not negative.
        label: "damaged" or "intact".
        kinds: which kinds of damage may happen.
    """
    dice = [np.random.default_rng([seed, stream]) for stream in range(6)]  # one a topic: none shifts the others
    product = list(PRODUCTS.values())[int(dice[0].integers(len(PRODUCTS)))]
    handling, _ = strokes(dice[1], product.size, 2, LIGHT)
    return Variation(
        seed=seed,
        label=label,
        product=product,
        print=printed(seed),
        pose=Pose(*(float(dice[2].uniform(-reach, reach)) for reach in (40, 70, 20))),
        belt=float(dice[2].uniform(0, PITCH)),
        light=_light(dice[3]),
        sensors={name: _sensor(dice[4]) for name in ("side", "top")},
        handling=tuple(handling),
        harms=_harms(dice[5], product, kinds) if label == DAMAGED else (),
    )


def labels(count: int) -> list[str]:
    """Classes in turn, so that any beginning of the list is even."""
    return [(DAMAGED, INTACT)[at % 2] for at in range(count)]


def _harms(rng: Generator, product: Product, kinds: Sequence[str]) -> tuple[Harm, ...]:
    shares = np.array([SHARES[kind] for kind in kinds])
    count = min(len(kinds), 1 + int(rng.random() < 1 / 8))
    chosen = rng.choice(len(kinds), count, replace=False, p=shares / shares.sum())
    return tuple(KINDS[kinds[at]](rng, product.size) for at in chosen)


def _light(rng: Generator) -> Light:
    return Light(
        azimuth=float(rng.uniform(0, 360)),
        tilt=float(rng.uniform(5, 32)),
        lamp=float(rng.uniform(2.7, 4.5)),
        sky=float(rng.uniform(0.36, 0.60)),
        warmth=float(rng.uniform(-1, 1)),
    )


def _sensor(rng: Generator) -> Sensor:
    red, blue = rng.normal(0, 0.018, 2)
    return Sensor(
        exposure=float(np.exp(rng.normal(0.16, 0.08))),
        tint=(0.975 + float(red), 1.0, 1.05 + float(blue)),
        noise=float(rng.uniform(0.5, 1.6)),
        blur=float(rng.uniform(0.2, 0.75)),
    )
