"""Decodes any picture that Pillow reads to 8-bit RGB, and refuses the others with a reason."""

from __future__ import annotations

import io
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from core.domain import Mask, Pixels
from core.errors import UnreadableImage
from core.settings import settings

Image.init()
# EPS would start an outside program (Ghostscript) on an untrusted file; Pillow only recognizes the others.
FORMATS = frozenset(Image.OPEN) - {"BUFR", "EPS", "GRIB", "HDF5", "MPEG", "WMF"}
IMAGE_SUFFIXES = frozenset(suffix for suffix, kind in Image.registered_extensions().items() if kind in FORMATS)
"""File name endings of pictures that can be read, lower case, with the dot."""

_COPY_AGAIN = "Copy the file again from its source, or leave it out."
_EXIF_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def read_image(path: Path) -> Pixels:
    """Decode one file, (H, W, 3) uint8 RGB.

    Raises:
        UnreadableImage: missing, empty, damaged, too large, or not a picture.
    """
    return _opened(path, decode)


def read_mask(path: Path) -> Mask:
    """Decode one file of markings, (H, W) bool: True where any channel is above 0.

    Raises:
        UnreadableImage: as `read_image`.
    """
    return _opened(path, lambda file, name: _decode(file, name, _marked))


def read_values(path: Path) -> NDArray[np.int32]:
    """Decode one file of markings, (H, W) int32: the stored values, indices of a palette too, colors as 0xRRGGBB.

    Raises:
        UnreadableImage: as `read_image`.
    """
    return _opened(path, lambda file, name: _decode(file, name, _stored))


def _opened(path: Path, read: Callable[[BinaryIO, str], NDArray[Any]]) -> NDArray[Any]:
    try:
        kind = path.stat()
        if not stat.S_ISREG(kind.st_mode):  # a named pipe would be waited for without end
            raise UnreadableImage(f"{path.name} is not a file.", "Put the picture itself in its place.")
        with path.open("rb") as file:
            return read(file, path.name)
    except OSError as error:
        raise UnreadableImage(
            f"{path.name} cannot be opened ({error.strerror or error}).", "Check that it exists and may be read."
        ) from error


def read_image_bytes(data: bytes, name: str) -> Pixels:
    """Decode an uploaded picture, (H, W, 3) uint8 RGB.

    Raises:
        UnreadableImage: as `read_image`, and where it is larger than an upload may be.
    """
    limit = settings().max_upload_mb
    if len(data) > limit * 1_000_000:
        raise UnreadableImage(
            f"{name} has {len(data) / 1e6:.1f} MB, more than the limit of {limit} MB.",
            "Save it smaller, or raise SECONDLOOK_MAX_UPLOAD_MB.",
        )
    return decode(io.BytesIO(data), name)


def decode(file: BinaryIO, name: str) -> Pixels:
    """Decode an open file from its beginning, (H, W, 3) uint8 RGB; `name` is for the messages.

    Raises:
        UnreadableImage: empty, damaged, too large, or not a picture.
    """
    return _decode(file, name, _pixels)


def _decode(file: BinaryIO, name: str, turn: Callable[[Image.Image], NDArray[Any]]) -> NDArray[Any]:
    file.seek(0)
    if not file.read(1):
        raise UnreadableImage(f"{name} is empty (0 bytes).", _COPY_AGAIN)
    file.seek(0)
    try:
        with Image.open(file, formats=sorted(FORMATS)) as image:
            _refuse_over_large(image, name)
            if image.format == "PNG":
                _verify(file)
            return turn(image)
    except UnreadableImage:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _over_large(name, "far too many") from error
    except UnidentifiedImageError as error:
        raise UnreadableImage(
            f"{name} is not a picture, or its beginning is damaged.", "Use a format such as PNG, JPEG, TIFF or WebP."
        ) from error
    except Exception as error:  # Pillow's decoders raise whatever a damaged file makes them stumble over
        raise UnreadableImage(f"{name} is {_damage(error)}.", _COPY_AGAIN) from error


def thumbnail(pixels: Pixels, width: int) -> Pixels:
    """Shrink to a width, keeping the proportions; a narrower picture stays as it is."""
    height = max(1, round(pixels.shape[0] * width / pixels.shape[1]))
    if width >= pixels.shape[1]:
        return pixels
    small = Image.fromarray(pixels).resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return np.array(small)


def _verify(file: BinaryIO) -> None:
    """Compare the checksums of a PNG: Pillow passes over those of the pixels when it decodes."""
    here = file.tell()
    file.seek(0)
    with Image.open(file, formats=["PNG"]) as again:  # verifying uses an image up
        again.verify()
    file.seek(here)


def _refuse_over_large(image: Image.Image, name: str) -> None:
    if image.width * image.height > settings().max_pixels:
        raise _over_large(name, f"{image.width} x {image.height}")


def _over_large(name: str, size: str) -> UnreadableImage:
    limit = settings().max_pixels / 1e6
    return UnreadableImage(
        f"{name} has {size} pixels, more than the limit of {limit:g} million.",
        "Save it smaller, or raise SECONDLOOK_MAX_PIXELS if you trust it.",
    )


def _damage(error: Exception) -> str:
    cut_off = isinstance(error, EOFError) or any(sign in str(error).lower() for sign in ("truncated", "not enough"))
    return "cut off before its end" if cut_off else f"damaged ({error or type(error).__name__})"


def _pixels(image: Image.Image) -> Pixels:
    orientation = _orientation(image)
    image.load()
    upright = _rgb(image)
    if orientation in _UPRIGHT:
        upright = upright.transpose(_UPRIGHT[orientation])
    return np.array(upright)


def _marked(image: Image.Image) -> Mask:
    """Where the stored values are above 0: indices of a palette too, and without the transparency."""
    values = _channels(image)
    return np.array(values > 0 if values.ndim == 2 else (values > 0).any(axis=2))


def _stored(image: Image.Image) -> NDArray[np.int32]:
    values = _channels(image).astype(np.int32)
    return values if values.ndim == 2 else np.asarray(values @ np.array([0x10000, 0x100, 1], np.int32), np.int32)


def _channels(image: Image.Image) -> NDArray[Any]:
    """The stored values, of one channel or of three."""
    image.load()
    one_channel = image.mode in ("1", "L", "P", "F") or image.mode.startswith("I")
    return np.asarray(image if one_channel else image.convert("RGB"))


def _orientation(image: Image.Image) -> int | None:
    try:
        return image.getexif().get(_EXIF_ORIENTATION)
    except Exception:  # damaged EXIF data are no reason to refuse a sound picture
        return None


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode == "F" or image.mode.startswith("I"):
        return Image.fromarray(_eight_bit(np.asarray(image))).convert("RGB")
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image.convert("RGBA")).convert("RGB")
    return image.convert("RGB")


def _eight_bit(gray: NDArray[np.generic]) -> Pixels:
    """(H, W) of any integer or float kind to uint8: the white of the file becomes 255, nothing is clipped above it."""
    values = np.nan_to_num(gray.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = min(0.0, float(values.min())), float(values.max())
    levels = (1.0, 255.0, 65535.0) if gray.dtype.kind == "f" else (65535.0,)
    white = next((level for level in levels if high <= level), high)
    return np.rint((values - low) * (255.0 / (white - low))).astype(np.uint8)
