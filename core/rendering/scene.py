"""Things before a camera, as Mitsuba renders them: in the light, or glowing with what a pixel shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from core.domain import Floats
from core.errors import BadInput
from core.rendering.camera import CAMERAS, Camera, Size
from core.rendering.things import Thing
from core.rendering.variation import Light

INSTALL = "Install what rendering needs into the same environment: pip install -r requirements-render.txt."

BOUNCES = 5
"""Surfaces that light may touch on its way from a lamp to the camera, plus one: enough for a band to color the mat."""

BOARD = (0.30, 0.25, 0.19)
"""Linear RGB of the inside of a carton."""


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the picture, pixels: from x, from y, width, height."""

    x: int
    y: int
    width: int
    height: int

    @property
    def cut(self) -> tuple[slice, slice]:
        """To take it out of an array (H, W, ...)."""
        return slice(self.y, self.y + self.height), slice(self.x, self.x + self.width)


@dataclass(frozen=True, slots=True)
class Stage:
    """A scene of Mitsuba's, and how many surfaces light may touch in it before it reaches the camera."""

    scene: Any
    bounces: int


def mitsuba() -> ModuleType:
    """Mitsuba with its variant set.

    Raises:
        BadInput: it is not installed; the remedy says how to.
    """
    try:
        import mitsuba as mi
    except ImportError as error:
        raise BadInput("Rendering needs Mitsuba 3, which is not installed.", INSTALL) from error
    if mi.variant() != "scalar_rgb":
        mi.set_variant("scalar_rgb")  # needs no compiler, and gives the same pixels on every machine
    return mi


def lit(things: Sequence[Thing], light: Light) -> Stage:
    """Things under the lamps."""
    mi = mitsuba()
    meshes = {thing.name: _mesh(mi, thing, bsdf=_finish(thing)) for thing in things}
    return Stage(mi.load_dict({"type": "scene", **_lamps(mi, light), **meshes}), BOUNCES)


def glowing(things: Sequence[Thing], colors: Mapping[str, Floats] | None = None) -> Stage:
    """Things that glow with their own color, or with given ones, and light nothing.

    Args:
        things: the surfaces; only their outer side glows.
        colors: by name of the thing, (N, 3) a point or (T, 3) a triangle; None for the things' own.
    """
    mi = mitsuba()
    meshes = {}
    for thing in things:
        own = None if colors is None else colors[thing.name]
        meshes[thing.name] = _mesh(mi, thing, emitter={"type": "area", "radiance": _glow(thing, own)}, colors=own)
    return Stage(mi.load_dict({"type": "scene", **meshes}), 1)


def photograph(
    stage: Stage, camera: str, size: Size, *, samples: int, seed: int, window: Window | None = None
) -> Floats:
    """(h, w, 3) float32 linear light of a window or of the whole picture, still noisy.

    Args:
        stage: of `lit` or `glowing`.
        camera: name in `CAMERAS`.
        size: of the whole picture.
        samples: rays a pixel.
        seed: of the rays.
        window: what to render, None for everything.
    """
    return _rendered(stage, _sensor(CAMERAS[camera], size, window), samples, seed)


def seen(stage: Stage, camera: str, size: Size, *, window: Window) -> Floats:
    """(H, W, 3) float32 what glows in a window through a pinhole in place of the lens; averages over a pixel's area."""
    whole = np.zeros((*size, 3), np.float32)
    whole[window.cut] = _rendered(stage, _sensor(CAMERAS[camera], size, window, pinhole=True), 4, 0)
    return whole


def denoised(light: Floats, albedo: Floats, normal: Floats) -> Floats:
    """(H, W, 3) float32 linear light without the noise of the ray tracer (Intel Open Image Denoise).

    Args:
        light: (H, W, 3) float32, noisy.
        albedo: (H, W, 3) float32 in [0, 1], what the surfaces reflect.
        normal: (H, W, 3) float32 in [-1, 1].

    Raises:
        BadInput: Open Image Denoise is not installed.
    """
    try:
        import pyoidn
    except ImportError as error:
        raise BadInput("Rendering needs Open Image Denoise, which is not installed.", INSTALL) from error
    parts = [np.ascontiguousarray(part, np.float32) for part in (light, albedo, normal)]
    return np.asarray(pyoidn.denoise(parts[0], albedo=parts[1], normal=parts[2], hdr=True), np.float32)


def _rendered(stage: Stage, sensor: Any, samples: int, seed: int) -> Floats:
    mi = mitsuba()
    integrator = mi.load_dict({"type": "path", "max_depth": stage.bounces, "rr_depth": 3})
    return np.array(mi.render(stage.scene, sensor=sensor, integrator=integrator, spp=samples, seed=seed), np.float32)


def _sensor(camera: Camera, size: Size, window: Window | None, *, pinhole: bool = False) -> Any:
    mi = mitsuba()
    film: dict[str, Any] = {"type": "hdrfilm", "height": size[0], "width": size[1], "pixel_format": "rgb"}
    film["rfilter"] = {"type": "box"}  # the denoiser wants pixels that know nothing of each other
    if window:
        film |= {"crop_offset_x": window.x, "crop_offset_y": window.y}
        film |= {"crop_width": window.width, "crop_height": window.height}
    lens = {"type": "thinlens", "aperture_radius": camera.aperture, "focus_distance": camera.focus}
    view = mi.ScalarTransform4f().look_at(list(camera.origin), list(camera.target), list(camera.up))
    sight = {"fov": camera.width, "fov_axis": "x", "to_world": view, "near_clip": 10.0, "film": film}
    return mi.load_dict(({"type": "perspective"} if pinhole else lens) | sight | {"sampler": {"type": "independent"}})


def _lamps(mi: ModuleType, light: Light) -> dict[str, Any]:
    azimuth, tilt = np.radians([light.azimuth, light.tilt])
    place = 900 * np.array([np.sin(tilt) * np.cos(azimuth), np.sin(tilt) * np.sin(azimuth), np.cos(tilt)])
    hung = mi.ScalarTransform4f().look_at(place.tolist(), [0, 0, 0], [0, 1, 0.01])
    lamp = [light.lamp * part for part in (1 + 0.05 * light.warmth, 1.0, 1 - 0.05 * light.warmth)]
    return {
        "sky": {"type": "constant", "radiance": {"type": "rgb", "value": [light.sky * c for c in (0.98, 1.0, 1.06)]}},
        "lamp": {
            "type": "rectangle",
            "to_world": hung @ mi.ScalarTransform4f().scale([330, 200, 1]),
            "emitter": {"type": "area", "radiance": {"type": "rgb", "value": lamp}},
        },
    }


def _finish(thing: Thing) -> dict[str, Any]:
    color = _color(thing)
    inside = {"type": "diffuse", "reflectance": {"type": "rgb", "value": list(BOARD)}}
    finishes: dict[str, dict[str, Any]] = {
        "print": {"type": "roughplastic", "alpha": 0.22, "int_ior": 1.45, "diffuse_reflectance": color},
        "plastic": {"type": "roughplastic", "alpha": 0.3, "diffuse_reflectance": color},
        "steel": {"type": "roughconductor", "material": "Al", "alpha": 0.28, "specular_reflectance": color},
        "matte": {"type": "diffuse", "reflectance": color},
    }
    sides = {"outside": finishes[thing.finish]} | ({"inside": inside} if thing.finish == "print" else {})
    return {"type": "twosided", **sides}


def _color(thing: Thing) -> dict[str, Any]:
    if isinstance(thing.color, np.ndarray):
        wrap = "repeat" if thing.finish == "plastic" else "clamp"
        return {"type": "bitmap", "bitmap": mitsuba().Bitmap(np.array(thing.color)), "wrap_mode": wrap}
    return {"type": "rgb", "value": list(thing.color)}


def _glow(thing: Thing, colors: Floats | None) -> dict[str, Any]:
    if colors is None:
        return _color(thing)
    return {"type": "mesh_attribute", "name": _attribute(thing, colors)}


def _attribute(thing: Thing, colors: Floats) -> str:
    return "vertex_color" if len(colors) == len(thing.points) else "face_color"


def _mesh(
    mi: ModuleType,
    thing: Thing,
    *,
    bsdf: Mapping[str, Any] | None = None,
    emitter: Mapping[str, Any] | None = None,
    colors: Floats | None = None,
) -> Any:
    properties = mi.Properties()
    properties["bsdf"] = mi.load_dict(dict(bsdf) if bsdf else {"type": "diffuse"})
    if emitter:
        properties["emitter"] = mi.load_dict(dict(emitter))
    has = {"has_vertex_normals": thing.normals is not None, "has_vertex_texcoords": thing.uv is not None}
    mesh = mi.Mesh(thing.name, len(thing.points), len(thing.triangles), props=properties, **has)
    values = mi.traverse(mesh)
    for name, array in _arrays(thing).items():
        values[name] = array
    values.update()
    if colors is not None:
        mesh.add_attribute(_attribute(thing, colors), 3, np.ascontiguousarray(colors, np.float32).ravel())
    return mesh


def _arrays(thing: Thing) -> dict[str, Any]:
    arrays = {"vertex_positions": thing.points, "vertex_normals": thing.normals, "vertex_texcoords": thing.uv}
    flat = {name: np.ascontiguousarray(one, np.float32).ravel() for name, one in arrays.items() if one is not None}
    return flat | {"faces": np.ascontiguousarray(thing.triangles, np.uint32).ravel()}
