"""Reads manifest.json: what the maker of a data set knows of every picture."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, Field, ValidationError

from core.datasets.classes import class_of
from core.domain import INTACT, PACKAGE, Damage, PrintedLine, Region

FILE = "manifest.json"
FORMAT = 1
_MAX_BYTES = 256_000_000
_FACTS = ("product", "seed", "batch", "expiry", "pose")

_Point = tuple[Annotated[float, Field(allow_inf_nan=False)], Annotated[float, Field(allow_inf_nan=False)]]


@dataclass(frozen=True, slots=True)
class Entry:
    """What a manifest says of one picture.

    Attributes:
        intact: whether nothing is damaged.
        damages: of the package.
        mask, twin: where they lie, None where there is none.
        silhouette: outlines of the visible package.
        serial: where it is printed, None where it cannot be seen.
        facts: what else is known, by name.
    """

    intact: bool
    damages: tuple[Damage, ...]
    mask: str | None
    twin: str | None
    silhouette: tuple[Region, ...]
    serial: PrintedLine | None
    facts: Mapping[str, object]

    @property
    def kind(self) -> str:
        """Every kind of damage once: "dent + stain"."""
        return " + ".join(dict.fromkeys(damage.kind for damage in self.damages))

    @property
    def severity(self) -> float:
        """Of the worst damage, 0 where there is none."""
        return max((damage.severity for damage in self.damages), default=0.0)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is known of a data set: its name, its pictures by path, and what a person should know about the file."""

    name: str = ""
    entries: Mapping[str, Entry] = field(default_factory=dict)
    notices: tuple[str, ...] = ()


class _Damage(BaseModel):
    kind: str = Field(min_length=1, max_length=60)
    severity: float = Field(ge=0, le=1)


class _View(BaseModel):
    picture: str
    mask: str | None = None
    twin: str | None = None
    silhouette: list[list[_Point]] = []
    serial: Annotated[list[_Point], Field(min_length=4, max_length=4)] | None = None
    face: Annotated[list[_Point], Field(min_length=4, max_length=4)] | None = None
    camera: dict[str, Any] = {}


class _Package(BaseModel):
    label: str
    damages: list[_Damage] = []
    views: dict[str, _View]
    product: str | None = None
    seed: int | None = None
    batch: str | None = None
    expiry: str | None = None
    pose: dict[str, Any] | None = None


def read_manifest(root: Path) -> Manifest:
    """What `manifest.json` says; where there is none, or none that can be read, a manifest without entries.

    Args:
        root: absolute path of the data folder; a file that the manifest names outside of it is left out.
    """
    path = root / FILE
    if not path.is_file():
        return Manifest()
    try:
        content = _json(path)
        packages = content["packages"].items()
    except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        return _useless(f"cannot be read ({error or type(error).__name__})")
    if content.get("format") != FORMAT:
        newer = isinstance(content.get("format"), int) and content["format"] > FORMAT
        return _useless("was written by a newer version of Second Look" if newer else "has no format that is known")
    entries: dict[str, Entry] = {}
    refused: Counter[str] = Counter()
    for serial, package in packages:
        try:
            entries |= _entries(root, str(serial), _Package.model_validate(package), refused)
        except ValidationError:
            refused["Packages that it does not describe in full, and so without masks and twins"] += 1
    name = content.get("name")
    notices = tuple(f"{FILE}: {what}: {count}." for what, count in refused.items())
    return Manifest(name.strip()[:80] if isinstance(name, str) else "", entries, notices)


def _json(path: Path) -> Any:
    with path.open("rb") as file:
        data = file.read(_MAX_BYTES + 1)
    if len(data) > _MAX_BYTES:
        raise ValueError("it is larger than 256 MB")
    return json.loads(data)


def _useless(why: str) -> Manifest:
    return Manifest(notices=(f"{FILE} {why}: masks and twins are found by the names of their files only.",))


def _entries(root: Path, serial: str, package: _Package, refused: Counter[str]) -> dict[str, Entry]:
    found = {}
    for view in package.views.values():
        picture, mask, twin = _inside(root, (view.picture, view.mask, view.twin), refused)
        if picture is not None:
            found[picture] = _entry(serial, package, view, mask, twin)
    return found


def _inside(root: Path, names: tuple[str | None, ...], refused: Counter[str]) -> Iterator[str | None]:
    """Paths below the root; a name that leads out of it becomes None."""
    for name in names:
        parts = PurePosixPath(name or "").parts
        if name and (not parts or parts[0] == "/" or ".." in parts or any(sign in name for sign in "\\:\0")):
            refused["Files that it names outside the data folder, and that were not opened"] += 1
            yield None
        else:
            yield os.path.join(root, *parts) if name else None


def _entry(serial: str, package: _Package, view: _View, mask: str | None, twin: str | None) -> Entry:
    facts = {name: value for name in _FACTS if (value := getattr(package, name)) is not None}
    corners = None if view.serial is None else np.array(view.serial, np.float32)
    return Entry(
        intact=class_of(package.label)[0] == INTACT,
        damages=tuple(Damage(damage.kind, damage.severity) for damage in package.damages),
        mask=mask,
        twin=twin,
        silhouette=tuple(Region(PACKAGE, np.array(ring, np.float32)) for ring in view.silhouette if len(ring) > 2),
        serial=None if corners is None else PrintedLine(serial, corners),
        facts=facts | {"camera": view.camera} | ({} if view.face is None else {"face": view.face}),
    )
