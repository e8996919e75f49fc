"""The typefaces that training lines are printed in: those of matplotlib, and of font packages that are installed."""

from __future__ import annotations

import importlib
import importlib.util
from functools import cache
from importlib.metadata import entry_points
from io import BytesIO
from pathlib import Path

import matplotlib
from PIL import ImageFont

_OWN = (
    "DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSansMono", "DejaVuSansMono-Bold", "DejaVuSerif",
    "STIXGeneral", "STIXGeneralBol", "cmss10", "cmtt10", "cmr10",
)  # fmt: skip
_BUNDLED = (
    "CascadiaMono_Regular", "CascadiaMono_Bold", "FiraGO_Regular", "FiraGO_Bold", "FiraMono_Regular", "FiraMono_Bold",
    "NotoSans_Regular", "NotoSans_Bold", "SpaceMono_Regular", "UbuntuMono_Regular", "UbuntuMono_Bold",
    "Ubuntu_Regular", "Ubuntu_Bold",
)  # fmt: skip
_LEFT_OUT = ("italic", "it.", "oblique", "thin", "black", "extralight", "extrabold", "variable", "awesome")
"""Cuts that nobody prints serials in."""

PACKAGES = "pip install -r requirements-serials.txt"


@cache
def typefaces() -> dict[str, bytes]:
    """File of each typeface by its name, sorted."""
    found: dict[str, bytes] = {}
    own = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    found |= {name: (own / f"{name}.ttf").read_bytes() for name in _OWN if (own / f"{name}.ttf").is_file()}
    for group in ("fonts_ttf", "fonts_otf"):
        for entry in entry_points(group=group):
            folder = Path(importlib.import_module(entry.module).__file__ or "").parent
            for path in sorted([*folder.rglob("*.ttf"), *folder.rglob("*.otf")]):
                if path.stem not in found and not any(word in path.name.lower() for word in _LEFT_OUT):
                    found[path.stem] = path.read_bytes()
    if importlib.util.find_spec("pymupdf_fonts"):
        for name in _BUNDLED:
            found[name] = importlib.import_module(f"pymupdf_fonts.{name}").fontbuffer
    return dict(sorted(found.items()))


@cache
def typeface(name: str, pixels: int) -> ImageFont.FreeTypeFont:
    """One typeface, its em in pixels."""
    return ImageFont.truetype(BytesIO(typefaces()[name]), pixels, layout_engine=ImageFont.Layout.BASIC)


@cache
def capital(name: str) -> float:
    """Height of a capital letter, in ems."""
    return max(0.3, -typeface(name, 200).getbbox("H", anchor="ls")[1] / 200)
