"""Everything the environment may decide, read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
LINES = {"serial": "0############", "batch": "@@######-#@", "expiry": "##.####"}
"""Printed lines of the packages at hand, and their patterns; see `Settings.lines`."""


class Settings(BaseSettings):
    """Settings of one process; each can be set as an environment variable SECONDLOOK_<NAME>."""

    model_config = SettingsConfigDict(env_prefix="SECONDLOOK_", frozen=True)

    data: Path = Field(default=ROOT / "data" / "packages", description="Data set the dashboard opens.")
    checkpoints: Path = Field(default=ROOT / "checkpoints", description="Folder of trained models.")
    cache: Path = Field(
        default_factory=lambda: platformdirs.user_cache_path("secondlook"),
        description="Thumbnails, inventories and runs; may be deleted at any time.",
    )
    database_url: str = Field(
        default=f"sqlite:///{ROOT / 'data' / 'annotations.sqlite3'}",
        description="Where annotations are kept: sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME.",
        repr=False,  # it may hold a password
    )
    device: str = Field(default="auto", description='"auto", "cpu", "cuda" or "cuda:N".')
    reader: Path = Field(default=ROOT / "checkpoints" / "serial", description="What reads serials: card and weights.")
    reads_with: Literal["own", "english"] = Field(
        default="own", description="Own reader, or EasyOCR's English one where its weights are or can be downloaded."
    )
    lines: dict[str, str] = Field(
        default=LINES,
        description='Printed lines and their patterns, as JSON: # is a digit, @ a capital letter, * one of both, "|" '
        'stands between two ways of printing a line; for example {"serial": "0############", "lot": "LOT @-####"}.',
    )
    max_maps_mb: int = Field(default=2048, gt=0, description="Most that attribution maps may take in the cache, MB.")
    max_pixels: int = Field(
        default=64_000_000, gt=0, description="Larger pictures are refused as possible decompression bombs."
    )
    max_upload_mb: int = Field(default=32, gt=0, description="Largest picture that may be uploaded, MB.")
    seed: int = Field(default=0, description="Default random seed.")


@cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings()
