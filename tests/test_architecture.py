"""Who may import whom: the plan of the house, kept by a table."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = ("app", "core", "pages")
BASE = {"core.errors", "core.domain", "core.contracts", "core.registry", "core.settings", "core.regions", "core.memory"}
FAMILIES = ("attribution", "datasets", "figures", "metrics", "models", "rendering", "serials", "store", "training")

MEETING = BASE | {f"core.{family}" for family in FAMILIES if family != "figures"}

FENCES: dict[str, set[str]] = {  # file or folder -> what of ours it may import besides itself; the longest match holds
    "pages": {"app"},
    "app": {
        "core.study",
        "core.studies",
        "core.teach",
        "core.rendering.bundle",
        "core.rendering.preview",
        "core.figures",
        "core.domain",
        "core.errors",
        "core.settings",
        "core.contracts",
    },
    "core/errors.py": set(),
    "core/memory.py": set(),
    "core/__init__.py": {"core.memory"},
    "core/domain.py": {"core.errors"},
    "core/regions.py": {"core.errors", "core.domain"},
    "core/contracts.py": {"core.errors", "core.domain"},
    "core/registry.py": {"core.errors", "core.domain", "core.contracts"},
    "core/settings.py": {"core.errors", "core.domain", "core.contracts"},
    **{f"core/{family}": BASE for family in FAMILIES},
    "core/study.py": MEETING - {"core.training"},
    "core/studies": MEETING | {"core.study", "core.teach"},
    "core/teach.py": MEETING | {"core.study"},
}

ROOMS: dict[str, tuple[str, ...]] = {  # library -> the only places that may import it
    "alembic": ("core/store",),
    "captum": ("core/attribution",),
    "defusedxml": ("core/datasets",),
    "duckdb": ("core/store",),
    "umap": ("core/metrics",),
    "jinja2": ("app",),
    "easyocr": ("core/serials",),
    "lightning": ("core/training",),
    "mitsuba": ("core/rendering",),
    "optuna": ("core/training",),
    "plotly": ("core/figures",),
    "psycopg": ("core/store",),
    "pyarrow": ("core/store",),
    "pyoidn": ("core/rendering",),
    "skimage": ("core/attribution",),
    "sklearn": ("core/metrics", "core/datasets"),
    "sqlalchemy": ("core/store",),
    "streamlit": ("app", "pages"),
    "streamlit_drawable_canvas": ("app/components",),
    "timm": ("core/models",),
    "zxingcpp": ("core/serials",),
}

FILES = sorted(path.relative_to(ROOT).as_posix() for part in OURS for path in (ROOT / part).rglob("*.py"))


def imports(file: str) -> Iterator[str]:
    """Dotted names of everything a file imports, inside functions too."""
    for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} has a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def calls(file: str) -> Iterator[str]:
    """Dotted attributes that a file uses, as written: "st.cache_data"."""
    for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute):
            yield f"{ast.unparse(node)} "


def inside(name: str, places: tuple[str, ...] | set[str]) -> bool:
    return any(name == place or name.startswith((f"{place}.", f"{place}/")) for place in places)


def home(file: str) -> str:
    """The fence a file stands behind."""
    return max((place for place in FENCES if inside(file, {place})), key=len, default="")


@pytest.mark.parametrize("file", FILES)
def test_a_file_imports_only_what_its_fence_allows(file: str) -> None:
    place = home(file)
    own = place.removesuffix(".py").replace("/", ".")
    allowed = FENCES.get(place, set()) | {own}
    ours = {name for name in imports(file) if name.split(".")[0] in OURS}
    assert set() == {name for name in ours if not inside(name, allowed)}


@pytest.mark.parametrize("file", FILES)
def test_a_library_is_imported_only_in_its_room(file: str) -> None:
    libraries = {name.split(".")[0] for name in imports(file)}
    assert set() == {name for name in libraries if name in ROOMS and not inside(file, ROOMS[name])}


def test_only_the_doors_cache() -> None:
    caching = [file for file in FILES if "st.cache_" in "".join(calls(file))]
    assert caching in ([], ["app/resources.py"])


def test_every_part_of_core_stands_behind_a_fence() -> None:
    assert [] == [file for file in FILES if not home(file) and file != "core/__init__.py"]


def test_importing_the_study_leaves_the_heavy_libraries_unloaded() -> None:
    heavy = ("streamlit", "mitsuba", "lightning", "easyocr", "zxingcpp")
    code = f"import sys, core.study; print(*[name for name in {heavy} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "" == result.stdout.strip()


def test_idle_threads_are_told_to_sleep_before_torch_is_loaded() -> None:
    code = """
import os, sys
class Watch:
    def find_spec(self, name, *_):
        if name == "torch":
            print(os.environ.get("OMP_WAIT_POLICY"))
sys.meta_path.insert(0, Watch())
import core.study
"""
    clean = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    asked = [sys.executable, "-c", code]
    result = subprocess.run(asked, cwd=ROOT, env=clean, capture_output=True, text=True, check=True)
    assert "PASSIVE" == result.stdout.split()[0]
