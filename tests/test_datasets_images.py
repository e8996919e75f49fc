"""Pictures of every kind: read correctly, or refused with a reason."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.datasets.images import IMAGE_SUFFIXES, read_image, read_image_bytes, thumbnail
from core.errors import UnreadableImage
from core.settings import settings

RED = (255, 0, 0)
WHITE = (255, 255, 255)


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def noise(size: tuple[int, int] = (40, 30)) -> Image.Image:
    width, height = size
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8))


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP", "PPM", "TGA"])
def test_a_lossless_picture_keeps_its_pixels(kind: str) -> None:
    assert np.array_equal(np.asarray(noise()), read_image_bytes(encoded(noise(), kind), "x"))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF", "TGA", "JPEG2000"])
def test_every_usual_format_becomes_uint8_rgb(kind: str) -> None:
    pixels = read_image_bytes(encoded(noise(), kind), "x")
    assert ((30, 40, 3), np.uint8) == (pixels.shape, pixels.dtype)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "PPM"])
def test_sixteen_bit_gray_is_scaled_and_not_clipped(kind: str) -> None:
    gray = np.array([[0, 257, 32896, 65535]], np.uint16)
    assert [0, 1, 128, 255] == read_image_bytes(encoded(Image.fromarray(gray), kind), "x")[0, :, 0].tolist()


def test_a_dark_sixteen_bit_picture_stays_dark() -> None:
    gray = np.array([[0, 2570]], np.uint16)
    assert [0, 10] == read_image_bytes(encoded(Image.fromarray(gray)), "x")[0, :, 0].tolist()


def test_float_gray_from_zero_to_one_spans_the_range() -> None:
    gray = np.array([[0.0, 0.2, 1.0, np.nan]], np.float32)
    assert [0, 51, 255, 0] == read_image_bytes(encoded(Image.fromarray(gray), "TIFF"), "x")[0, :, 0].tolist()


def test_cmyk_becomes_rgb() -> None:
    paper = Image.new("CMYK", (2, 2), (0, 255, 255, 0))
    assert RED == tuple(read_image_bytes(encoded(paper, "TIFF"), "x")[0, 0])


def test_a_palette_picture_shows_its_colors() -> None:
    palette = Image.new("RGB", (2, 2), RED).convert("P", palette=Image.Palette.ADAPTIVE)
    assert RED == tuple(read_image_bytes(encoded(palette), "x")[0, 0])


@pytest.mark.parametrize(
    "image",
    [Image.new("RGBA", (1, 1), (*RED, 0)), Image.new("LA", (1, 1), (0, 0))],
    ids=["RGBA", "LA"],
)
def test_a_transparent_pixel_is_white(image: Image.Image) -> None:
    assert WHITE == tuple(read_image_bytes(encoded(image), "x")[0, 0])


def test_a_transparent_palette_entry_is_white() -> None:
    palette = Image.new("P", (1, 1), 0)
    palette.putpalette([*RED, 0, 0, 0])
    assert WHITE == tuple(read_image_bytes(encoded(palette, transparency=0), "x")[0, 0])


def test_a_half_transparent_pixel_is_mixed_with_white() -> None:
    image = Image.new("RGBA", (1, 1), (0, 0, 0, 128))
    assert (127, 127, 127) == tuple(read_image_bytes(encoded(image), "x")[0, 0])


@pytest.mark.parametrize(
    ("orientation", "upright"),
    [
        (1, [[1, 2], [3, 4], [5, 6]]),
        (2, [[2, 1], [4, 3], [6, 5]]),
        (3, [[6, 5], [4, 3], [2, 1]]),
        (4, [[5, 6], [3, 4], [1, 2]]),
        (5, [[1, 3, 5], [2, 4, 6]]),
        (6, [[5, 3, 1], [6, 4, 2]]),
        (7, [[6, 4, 2], [5, 3, 1]]),
        (8, [[2, 4, 6], [1, 3, 5]]),
        (99, [[1, 2], [3, 4], [5, 6]]),
    ],
)
def test_exif_orientation_is_applied(orientation: int, upright: list[list[int]]) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(np.array([[1, 2], [3, 4], [5, 6]], np.uint8))
    assert upright == read_image_bytes(encoded(stored, exif=exif), "x")[:, :, 0].tolist()


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")  # Pillow says so, and is right
def test_damaged_exif_is_no_reason_to_refuse_a_picture() -> None:
    pixels = read_image_bytes(encoded(noise(), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff"), "x")
    assert (30, 40, 3) == pixels.shape


def test_an_animation_gives_its_first_frame() -> None:
    frames = [Image.new("RGB", (4, 4), color) for color in (RED, WHITE)]
    animation = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert RED == tuple(read_image_bytes(animation, "x")[0, 0])


def test_a_zero_byte_file_is_refused_as_empty(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    with pytest.raises(UnreadableImage, match=r"a\.png is empty \(0 bytes\)"):
        read_image(tmp_path / "a.png")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_truncated_picture_is_refused(kind: str, share: float) -> None:
    data = encoded(noise(), kind)
    with pytest.raises(UnreadableImage):
        read_image_bytes(data[: int(len(data) * share)], "x")


def test_a_truncated_picture_is_said_to_be_cut_off() -> None:
    with pytest.raises(UnreadableImage, match="x is cut off before its end"):
        read_image_bytes(encoded(noise(), "JPEG")[:-200], "x")


def test_a_png_with_a_wrong_checksum_is_refused_as_damaged() -> None:
    data = bytearray(encoded(noise()))
    data[60] ^= 0xFF
    with pytest.raises(UnreadableImage, match="x is damaged"):
        read_image_bytes(bytes(data), "x")


def test_text_is_refused_as_not_a_picture() -> None:
    with pytest.raises(UnreadableImage, match="x is not a picture"):
        read_image_bytes(b"serial;verdict\n0123;ok\n", "x")


def test_postscript_is_refused_because_it_would_start_an_outside_program() -> None:
    with pytest.raises(UnreadableImage, match="x is not a picture"):
        read_image_bytes(encoded(noise(), "EPS"), "x")
    assert ".eps" not in IMAGE_SUFFIXES


def test_an_over_large_picture_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECONDLOOK_MAX_PIXELS", "1000")
    settings.cache_clear()
    header_only = encoded(noise((50, 40)))[:60]
    with pytest.raises(UnreadableImage, match=r"x has 50 x 40 pixels, more than the limit of 0\.001 million"):
        read_image_bytes(header_only, "x")


def test_a_decompression_bomb_is_refused() -> None:
    header = b"P6 60000 60000 255\n"
    with pytest.raises(UnreadableImage, match="more than the limit of 64 million"):
        read_image_bytes(header, "x")


def test_an_upload_over_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECONDLOOK_MAX_UPLOAD_MB", "1")
    settings.cache_clear()
    with pytest.raises(UnreadableImage, match=r"x has 1\.5 MB, more than the limit of 1 MB"):
        read_image_bytes(bytes(1_500_000), "x")


def test_a_missing_file_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(UnreadableImage, match=r"a\.png cannot be opened \(No such file"):
        read_image(tmp_path / "a.png")


def test_a_named_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(UnreadableImage, match="is not a file"):
        read_image(tmp_path / "a.png")


def test_a_refusal_names_a_remedy() -> None:
    with pytest.raises(UnreadableImage) as refused:
        read_image_bytes(b"", "x")
    assert "Copy the file again from its source, or leave it out." == refused.value.remedy


def test_a_thumbnail_keeps_the_proportions() -> None:
    assert (27, 48, 3) == thumbnail(np.zeros((540, 960, 3), np.uint8), 48).shape


def test_a_thumbnail_is_never_larger_than_the_picture() -> None:
    assert (30, 40, 3) == thumbnail(np.zeros((30, 40, 3), np.uint8), 200).shape
