"""What every test may ask for: tiny drawn packages, the real ones where they exist, a cache of its own."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from core.settings import settings
from tests.databases import new_database, postgres, quick_folder

REAL_PACKAGES = Path(__file__).resolve().parents[2] / "shared" / "data" / "packages"


def draw_carton(
    *, damaged: bool, view: str = "top", size: tuple[int, int] = (64, 48), seed: int = 0, twin: bool = False
) -> Image.Image:
    """A white carton with a green band on a gray mat; a damaged one has a dark dent. `size` is (width, height).

    The `twin` of a damaged one is the same picture without the dent.
    """
    rng = np.random.default_rng((seed, damaged, len(view)))
    width, height = size
    picture = Image.fromarray(rng.integers(70, 90, (height, width, 3), dtype=np.uint8))
    draw = ImageDraw.Draw(picture)
    left, top = rng.uniform(0.15, 0.25, 2) * size
    right, bottom = left + width * 0.55, top + height * (0.5 if view == "top" else 0.6)
    draw.rectangle((left, top, right, bottom), fill=(225, 225, 220))
    draw.rectangle((right - width * 0.12, top, right, bottom), fill=(120, 210, 170))
    if damaged and not twin:
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


def draw_rendered(root: Path, *, train: int = 1, test: int = 2, size: tuple[int, int] = (64, 48)) -> Path:
    """Draw packages with all that is known of them: manifest.json, masks, twins.

    Of each class `train` packages in the split train and `test` in test; damaged serials begin with 01, intact with 02;
    even damaged ones have a dent, odd ones a dent and a stain.
    """
    known = {}
    for number, label in enumerate(("damaged", "intact"), start=1):
        for at in range(train + test):
            serial, split = f"0{number}{at:03d}", "train" if at < train else "test"
            views = {
                view: _draw_rendered_view(root, f"{split}/{label}/{view}/{serial}_{view}.jpg", view, at, size)
                for view in ("side", "top")
            }
            kinds = {"dent": 0.35, "stain": 0.6} if at % 2 else {"dent": 0.35}
            known[serial] = {
                "label": label, "split": split, "product": "lumeris", "seed": at, "batch": "KQ905564-4K",
                "expiry": "08.2029", "views": views,
                "damages": [{"kind": kind, "severity": severity} for kind, severity in kinds.items()] * (number == 1),
            }  # fmt: skip
    manifest = {"format": 1, "name": "Drawn packages", "made_by": {}, "packages": known}
    (root / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return root


def _draw_rendered_view(root: Path, picture: str, view: str, seed: int, size: tuple[int, int]) -> dict[str, object]:
    path, damaged = root / picture, "/damaged/" in picture
    path.parent.mkdir(parents=True, exist_ok=True)
    drawn = draw_carton(damaged=damaged, view=view, size=size, seed=seed)
    drawn.save(path, quality=95)
    known: dict[str, object] = {
        "picture": picture, "mask": None, "twin": None, "camera": {},
        "silhouette": [[[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8]]],
        "serial": [[0.3, 0.6], [0.5, 0.6], [0.5, 0.7], [0.3, 0.7]] if view == "side" else None,
    }  # fmt: skip
    if damaged:
        known |= {"mask": f"masks/{path.stem}.png", "twin": f"twins/{path.stem}.jpg"}
        (root / "masks").mkdir(exist_ok=True)
        (root / "twins").mkdir(exist_ok=True)
        twin = draw_carton(damaged=True, view=view, size=size, seed=seed, twin=True)
        twin.save(root / "twins" / f"{path.stem}.jpg", quality=95)
        mask = (np.array(drawn) != np.array(twin)).any(axis=2)
        Image.fromarray(mask).save(root / "masks" / f"{path.stem}.png")
    return known


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Every test has an empty cache folder, no annotations, and settings read anew from the environment."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("SECONDLOOK_CACHE", str(folder))
    monkeypatch.setenv("SECONDLOOK_DATABASE_URL", f"sqlite:///{folder}/annotations.sqlite3")
    settings.cache_clear()
    yield folder
    settings.cache_clear()


@pytest.fixture
def tiny_dataset(tmp_path: Path) -> Path:
    """Root of 12 drawn packages, 6 damaged (01000 to 01005) and 6 intact (02000 to 02005), views side and top."""
    return draw_packages(tmp_path / "tiny")


@pytest.fixture
def rendered_dataset(tmp_path: Path) -> Path:
    """Root of 6 drawn packages with manifest, masks and twins, see `draw_rendered`."""
    return draw_rendered(tmp_path / "rendered")


@pytest.fixture(scope="session")
def real_packages() -> Path:
    """Root of the 154 real packages; the test is skipped where they are not beside the project."""
    if not REAL_PACKAGES.is_dir():
        pytest.skip("the real packages are not beside the project (../shared/data/packages)")
    return REAL_PACKAGES


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A running PostgreSQL."""
    with postgres() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty database, of each kind."""
    if request.param == "postgres":
        yield new_database(request.getfixturevalue("server"))
        return
    with tempfile.TemporaryDirectory(dir=quick_folder()) as folder:
        yield f"sqlite:///{folder}/store/annotations.sqlite3"
