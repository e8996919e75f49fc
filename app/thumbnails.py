"""Small pictures for galleries, kept on disk under the size and time of change of the file they show."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import threading
from pathlib import Path

from PIL import Image

from core.domain import Pixels

WIDTH, QUALITY = 320, 72


def place(picture: str, folder: Path, kind: str) -> Path:
    """Where the thumbnail of a picture lies or will lie; changes when the picture changes, and with its kind."""
    facts = os.stat(picture)
    name = hashlib.sha256(
        f"{picture}|{facts.st_size}|{facts.st_mtime_ns}|{WIDTH}|{QUALITY}|{kind}".encode()
    ).hexdigest()
    return folder / "thumbnails" / name[:2] / f"{name[2:32]}.webp"


def address(file: Path) -> str | None:
    """A thumbnail as a `data:` address, "" where the picture cannot be read, None where nobody has tried yet."""
    try:
        small = file.read_bytes()
    except FileNotFoundError:
        return None
    return f"data:image/webp;base64,{base64.b64encode(small).decode()}" if small else ""


def data(pixels: Pixels, *, width: int = WIDTH) -> str:
    """A picture shrunk to this width, as a `data:` address, kept nowhere."""
    return f"data:image/webp;base64,{base64.b64encode(_shrunk(pixels, width)).decode()}"


def make(file: Path, pixels: Pixels) -> None:
    """Shrink a picture and keep it; a reader never sees half a file."""
    _write(file, _shrunk(pixels, WIDTH))


def _shrunk(pixels: Pixels, width: int) -> bytes:
    small = Image.fromarray(pixels)
    small.thumbnail((width, 4 * width), Image.Resampling.LANCZOS, reducing_gap=2.0)
    memory = io.BytesIO()
    small.save(memory, "WEBP", quality=QUALITY, method=2)
    return memory.getvalue()


def give_up(file: Path) -> None:
    """Keep that the picture cannot be read, so that nobody tries again until it changes."""
    _write(file, b"")


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_suffix(f".{os.getpid()}.{threading.get_ident()}.tmp")
    half.write_bytes(content)
    half.replace(file)
