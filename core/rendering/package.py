"""One package, rendered for a camera with its twin and its truth."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from core.domain import Floats, Mask, Pixels
from core.rendering.artwork import Artwork, draw
from core.rendering.camera import CAMERAS, Size
from core.rendering.carton import Carton, Patch, carton, displaced, on_face
from core.rendering.damage import Harm, together
from core.rendering.scene import Stage, Window, denoised, glowing, lit, photograph, seen
from core.rendering.sensor import developed
from core.rendering.things import Model, Thing, line
from core.rendering.variation import Variation

MOVED, TURNED, WET = 1.0, 8.0, 0.08
"""A point is damaged where damage moved it by so many mm, turned it by so many degrees, or swallowed so much light."""

AROUND = 0.035
"""Room around the package that is rendered finely, as a share of the picture's width."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Rays a pixel: everywhere, on and around the package in addition, for the denoiser; and whether twins are made."""

    everywhere: int
    package: int
    guides: int
    twin: bool = True


_CORNERS = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)

QUALITIES = {"draft": Samples(0, 6, 2, twin=False), "normal": Samples(2, 10, 2), "fine": Samples(24, 72, 8)}
"""By name. A draft shows the package on black and has no twins: enough to train on, not to look at."""


@dataclass(frozen=True, slots=True)
class Shot:
    """What one camera has of a package.

    Attributes:
        picture: (H, W, 3) uint8.
        twin: the same without the damage; None where there is none.
        mask: (H, W) damaged pixels.
        silhouette: (H, W) pixels that show the package.
        serial: (4, 2) float32 corners of the serial's digits in 0..1, clockwise from the top left; None out of sight.
        face: (4, 2) float32 corners of the undamaged top face in 0..1, clockwise from the top left of its print.
    """

    picture: Pixels
    twin: Pixels | None
    mask: Mask
    silhouette: Mask
    serial: Floats | None
    face: Floats


@dataclass(frozen=True, slots=True)
class Shooting:
    """A camera pointed at a package."""

    variation: Variation
    camera: str
    size: Size
    samples: Samples
    window: Window

    def seed(self, stream: int) -> int:
        """Of one of the things that chance decides."""
        mixed = np.random.SeedSequence([self.variation.seed, list(CAMERAS).index(self.camera), stream])
        return int(mixed.generate_state(1)[0] >> 1)

    def light(self, stage: Stage, samples: int, window: Window | None = None) -> Floats:
        """(h, w, 3) noisy light of a window, or of everything."""
        seed = self.seed(0 if window is None else 1)
        return photograph(stage, self.camera, self.size, samples=samples, seed=seed, window=window)

    def denoised(self, world: list[Thing], light: Floats, window: Window | None = None) -> Floats:
        """(h, w, 3) the same without noise, with colors and normals of the surfaces as guides."""
        normals = {one.name: 0.5 + 0.5 * (one.flat_normals() if one.normals is None else one.normals) for one in world}
        shown = {"samples": self.samples.guides, "seed": self.seed(2)}
        albedo, normal = (
            photograph(glowing(world, colors), self.camera, self.size, window=window, **shown)
            for colors in (None, normals)
        )
        return denoised(light, albedo, 2 * normal - 1)

    def developed(self, light: Floats) -> Pixels:
        """(H, W, 3) uint8 picture; a package and its twin have the same noise."""
        return developed(light, self.variation.sensors[self.camera], self.seed(3))


def shoot(variation: Variation, camera: str, *, size: Size, samples: Samples) -> Shot:
    """Render a package for one camera.

    Args:
        variation: the package.
        camera: name in `CAMERAS`.
        size: (H, W) of the picture, 9 : 16.
        samples: rays a pixel.
    """
    artwork = draw(variation.product, variation.print)
    intact, damaged = models(variation, artwork)
    here = Shooting(variation, camera, size, samples, _window(damaged, camera, size))
    clean = _clean(damaged, here)
    silhouette, mask = truth(intact, damaged, here)
    return Shot(
        picture=here.developed(clean),
        twin=here.developed(_clean(intact, here, around=clean)) if variation.harms and samples.twin else None,
        mask=mask,
        silhouette=silhouette,
        serial=_serial(damaged, artwork, camera),
        face=CAMERAS[camera].project(intact.world(on_face(intact.carton["top"], _CORNERS))),
    )


def models(variation: Variation, artwork: Artwork) -> tuple[Model, Model]:
    """The package without and with its damage; the same one where there is none."""
    rest = carton(variation.product.size)
    plain = displaced(rest, together(variation.handling))
    intact = Model(plain, artwork.faces, variation.pose)
    if not variation.harms:
        return intact, intact
    dented = displaced(rest, together([*variation.handling, *(harm.field for harm in variation.harms)]))
    pictures = {name: _wet(artwork.faces[name], patch, variation.harms) for name, patch in rest.items()}
    return intact, Model(dented, pictures, variation.pose, {"top": _torn(rest["top"], variation.harms)})


def truth(intact: Model, damaged: Model, here: Shooting) -> tuple[Mask, Mask]:
    """(H, W) silhouette, and (H, W) damaged pixels as the camera sees them.

    A pixel belongs to either when half of it does. Where the undamaged package would be and is no more, the picture is
    damaged too.
    """
    harms = here.variation.harms
    marked = marks(intact.carton, damaged.carton, harms)
    shown = _glow(damaged, marked, here)
    silhouette, mask = shown[..., 1] >= 0.5, shown[..., 0] >= 0.5
    if harms:
        before = _glow(intact, {name: np.zeros_like(one) for name, one in marked.items()}, here)[..., 1] >= 0.5
        mask |= _without_fringe(before & ~silhouette)
    return silhouette, mask


def marks(intact: Carton, damaged: Carton, harms: tuple[Harm, ...]) -> dict[str, Floats]:
    """(N,) of each face, 1 where a point is damaged: moved, turned, wet or torn away; 0 elsewhere."""
    found = {}
    for name, patch in damaged.items():
        before = intact[name]
        hurt = np.linalg.norm(patch.points - before.points, axis=1) >= MOVED
        hurt |= (patch.normals * before.normals).sum(axis=1) <= np.cos(np.radians(TURNED))
        hurt |= _swallowed(patch.rest, harms) >= WET
        for harm in harms:
            hurt |= harm.hole(patch.rest) > 0
        found[name] = hurt.astype(np.float32)
    return found


def _glow(model: Model, marked: dict[str, Floats], here: Shooting) -> Floats:
    """(H, W, 3): share of a pixel that is marked, share that is package."""
    colors = {name: np.stack([one, np.ones_like(one), np.zeros_like(one)], axis=1) for name, one in marked.items()}
    return seen(glowing(model.things(whole=True), colors), here.camera, here.size, window=here.window)


def _without_fringe(gone: Mask) -> Mask:
    """Without the single pixels along an outline that rounding decides."""
    kept = cv2.morphologyEx(gone.astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    return np.asarray(kept > 0, np.bool_)


def _clean(model: Model, here: Shooting, *, around: Floats | None = None) -> Floats:
    """(H, W, 3) light without noise, finer on the package.

    Args:
        model: the package.
        here: the camera.
        around: the same place with another package, of which only the window is rendered anew.
    """
    samples = here.samples
    world = [*model.things(), *line(here.variation.belt)]
    stage = lit(world, here.variation.light)
    if around is not None or not samples.everywhere:
        whole = np.zeros((*here.size, 3), np.float32) if around is None else around.copy()
        few = samples.package + samples.everywhere
        whole[here.window.cut] = here.denoised(world, here.light(stage, few, here.window), here.window)
        return whole
    whole = here.light(stage, samples.everywhere)
    share = samples.package / (samples.package + samples.everywhere)
    fine = here.light(stage, samples.package, here.window)
    whole[here.window.cut] = share * fine + (1 - share) * whole[here.window.cut]
    return here.denoised(world, whole)


def _window(model: Model, camera: str, size: Size) -> Window:
    points = np.concatenate([model.world(patch.rest) for patch in model.carton.values()])
    pixels = CAMERAS[camera].project(points) * np.array([size[1], size[0]])
    room = AROUND * size[1]
    low = np.clip(np.floor(pixels.min(axis=0) - room), 0, [size[1] - 8, size[0] - 8]).astype(int)
    high = np.clip(np.ceil(pixels.max(axis=0) + room), low + 8, [size[1], size[0]]).astype(int)
    return Window(int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1]))


def _swallowed(points: Floats, harms: tuple[Harm, ...]) -> Floats:
    """(N,) share of the light that stains swallow."""
    total = sum((harm.stain(points) for harm in harms), start=np.zeros(len(points), np.float32))
    return np.clip(total, 0, 0.9)


def _wet(picture: Pixels, patch: Patch, harms: tuple[Harm, ...]) -> Pixels:
    """The picture of a face with its stains, which swallow less of red than of blue."""
    share = _swallowed(patch.rest, harms)
    if not share.any():
        return picture
    rows, columns = (np.unique(patch.uv[:, axis]) for axis in (1, 0))
    height, width = picture.shape[:2]
    x = np.interp((np.arange(width) + 0.5) / width, columns, np.arange(len(columns))).astype(np.float32)
    y = np.interp((np.arange(height) + 0.5) / height, rows, np.arange(len(rows))).astype(np.float32)
    across, down = np.meshgrid(x, y)
    grid = share.reshape(len(rows), len(columns))
    fine = np.asarray(cv2.remap(grid, across, down, cv2.INTER_LINEAR), np.float32)
    return np.asarray(np.clip(picture * (1 - fine[..., None] * np.array([0.75, 0.95, 1.1])), 0, 255), np.uint8)


def _torn(patch: Patch, harms: tuple[Harm, ...]) -> Mask:
    """(T,) triangles of the top face whose middle lies in a hole."""
    middles = patch.rest[patch.triangles].mean(axis=1)
    return np.asarray(np.any([harm.hole(middles) > 0 for harm in harms], axis=0), np.bool_)


def _serial(model: Model, artwork: Artwork, camera: str) -> Floats | None:
    """Corners of the serial's digits, where the camera sees all of them."""
    end = model.carton["end"]
    corners = model.world(on_face(end, artwork.serial))
    away = (corners - np.array(CAMERAS[camera].origin, np.float32)) @ model.turned(end.outward[None])[0]
    places = CAMERAS[camera].project(corners)
    visible = bool((away < -50).all() and ((places > 0) & (places < 1)).all())
    return places if visible else None
