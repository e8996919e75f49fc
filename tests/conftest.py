"""What every test may ask for: tiny drawn packages, the real ones where they exist, a cache of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from core.settings import settings

REAL_PACKAGES = Path(__file__).resolve().parents[2] / "shared" / "data" / "packages"


def draw_carton(*, damaged: bool, view: str = "top", size: tuple[int, int] = (64, 48), seed: int = 0) -> Image.Image:
    """A white carton with a green band on a gray mat; a damaged one has a dark dent. `size` is (width, height)."""
    rng = np.random.default_rng((seed, damaged, len(view)))
    width, height = size
    picture = Image.fromarray(rng.integers(70, 90, (height, width, 3), dtype=np.uint8))
    draw = ImageDraw.Draw(picture)
    left, top = rng.uniform(0.15, 0.25, 2) * size
    right, bottom = left + width * 0.55, top + height * (0.5 if view == "top" else 0.6)
    draw.rectangle((left, top, right, bottom), fill=(225, 225, 220))
    draw.rectangle((right - width * 0.12, top, right, bottom), fill=(120, 210, 170))
    if damaged:
        x, y = left + width * rng.uniform(0.1, 0.3), top + height * rng.uniform(0.1, 0.25)
        draw.ellipse((x, y, x + width * 0.12, y + height * 0.14), fill=(90, 85, 80))
    return picture


def draw_packages(
    root: Path,
    *,
    per_class: int = 6,
    views: Sequence[str] = ("side", "top"),
    size: tuple[int, int] = (64, 48),
    split: str = "",
) -> Path:
    """Draw `[<split>/]damage|intact/<view>/<serial>_<view>.png` below `root`."""
    for number, folder in enumerate(("damage", "intact"), start=1):
        for at in range(per_class):
            serial = f"0{number}{at:03d}"
            for view in views:
                path = root / split / folder / view / f"{serial}_{view}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                draw_carton(damaged=folder == "damage", view=view, size=size, seed=at).save(path)
    return root


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Every test has an empty cache folder, and settings read anew from the environment."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("SECONDLOOK_CACHE", str(folder))
    settings.cache_clear()
    yield folder
    settings.cache_clear()


@pytest.fixture
def tiny_dataset(tmp_path: Path) -> Path:
    """Root of 12 drawn packages, 6 damaged (01000 to 01005) and 6 intact (02000 to 02005), views side and top."""
    return draw_packages(tmp_path / "tiny")


@pytest.fixture(scope="session")
def real_packages() -> Path:
    """Root of the 154 real packages; the test is skipped where they are not beside the project."""
    if not REAL_PACKAGES.is_dir():
        pytest.skip("the real packages are not beside the project (../shared/data/packages)")
    return REAL_PACKAGES
