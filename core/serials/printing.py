"""Prints lines to learn from: many typefaces, seen by a poor camera at a slant, and found a little astray."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from core.domain import Floats
from core.serials.fonts import capital, typeface, typefaces
from core.serials.network import ALPHABET
from core.serials.patterns import DIGITS, LETTERS
from core.serials.rectifying import Gray, even, turned, upright

SHARES = {
    "serial": 0.34, "digits": 0.13, "batch": 0.16, "expiry": 0.12, "mixed": 0.15, "strange": 0.05, "turned": 0.03,
    "nothing": 0.02,
}  # fmt: skip
"""What the lines are, by share. The last three teach to write nothing where nothing can be read."""

LETTERS_TOO = SHARES | {"serial": 0.26, "digits": 0.09, "batch": 0.26, "expiry": 0.13, "mixed": 0.16}
"""The same with more letters, which are harder to tell apart."""

MUTE = ("strange", "turned", "nothing")

FINE = 3.0
"""Lines are printed so many times larger than the camera sees them."""

_ALIKE = "0869359017"
_GREEK = "ΑΒΓΔΕΖΗΘΛΞΠΣΦΨΩαβγδεζηθλξπσφψω"
_CYRILLIC = "БГДЖЗИЙЛПУФЦЧШЩЪЫЬЭЮЯбвгджзийлптфцчшщъыьэюя"
_SCRIPTS = (_GREEK, _CYRILLIC, "ԱԲԳԴԵԶԷԸԹԺԻԼԽ", "აბგდევზთიკლმნოპჟრს")
_EVERY_SCRIPT = "DejaVuSans"


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the camera and the finder do to a line; each is drawn anew for every line.

    Attributes:
        tall: height of a capital letter, pixels of the camera, least and most.
        slant: most that the base line rises, radians.
        lean: most that the strokes lean after the line was made upright, as a share of their height.
        blur: standard deviation of the blur, as a share of the height of a capital letter, least and most.
        noise: most noise, gray levels.
        contrast: of ink and paper, gray levels, least and most.
        astray: how far the found box lies beside the ink, standard deviation in heights.
        bent: share of lines on a face that is crumpled: what is left of the bend after the line was straightened.
    """

    tall: tuple[float, float] = (5.5, 16.0)
    slant: float = 0.4
    lean: float = 0.3
    blur: tuple[float, float] = (0.02, 0.12)
    noise: float = 7.0
    contrast: tuple[float, float] = (22.0, 190.0)
    astray: float = 0.07
    bent: float = 0.0


USUAL = Conditions()
CRUMPLED = Conditions(bent=0.35)


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line as the network gets it.

    Attributes:
        pixels: (HEIGHT, w) uint8.
        text: what it says, "" where nothing can be read.
    """

    pixels: Gray
    text: str


def line(
    rng: np.random.Generator,
    *,
    conditions: Conditions = USUAL,
    kind: str | None = None,
    shares: Mapping[str, float] = SHARES,
) -> Line:
    """A line as the network gets it, with what it says.

    Args:
        rng: the same state gives the same line.
        conditions: what happens to it.
        kind: one of `SHARES`, None for any by its share.
        shares: of the kinds.
    """
    what = kind or str(rng.choice(list(shares), p=np.array(list(shares.values()))))
    if what == "nothing":
        return Line(even(_texture(rng)), "")
    words = _strange(rng) if what == "strange" else text_of(what, rng)
    seen, corners = photographed(words, rng, conditions=conditions, face=_EVERY_SCRIPT if what == "strange" else None)
    found = _found(corners, rng, conditions)
    if what == "turned":
        found = turned(found)
    return Line(even(upright(seen, found)), "" if what in MUTE else words.upper())


def text_of(kind: str, rng: np.random.Generator) -> str:
    """What a line of that kind may say."""
    if kind == "serial":
        digits = _drawn(DIGITS if rng.random() < 0.75 else _ALIKE, 13, rng)
        return f"0{digits[1:]}" if rng.random() < 0.4 else digits
    if kind == "digits":
        return _drawn(DIGITS, int(rng.integers(3, 17)), rng)
    if kind == "batch":
        return f"{_drawn(LETTERS, 2, rng)}{_drawn(DIGITS, 6, rng)}-{_drawn(DIGITS, 1, rng)}{_drawn(LETTERS, 1, rng)}"
    if kind == "expiry":
        month, year = f"{rng.integers(1, 13):02d}", str(rng.integers(2000, 2100))
        sign = str(rng.choice(list("./-")))
        return f"{year}{sign}{month}" if rng.random() < 0.2 else f"{month}{sign}{year}"
    return _mixed(rng)


def _mixed(rng: np.random.Generator) -> str:
    label = str(rng.choice(["LOT", "SN:", "EXP:", "Ch.-B.:", "Verw.bis:", "BATCH", "PC:", "MFG", "No.", "S/N"]))
    way = rng.random()
    code = "".join(_drawn(LETTERS if rng.random() < 0.4 else DIGITS, int(rng.integers(1, 5)), rng) for _ in range(3))
    if rng.random() < 0.5:
        at = int(rng.integers(1, len(code)))
        code = code[:at] + str(rng.choice(list("-./"))) + code[at:]
    if way < 0.25:
        return label
    return f"{label} {code}" if way < 0.6 else code


def _strange(rng: np.random.Generator) -> str:
    script = str(rng.choice(_SCRIPTS))
    return _drawn(script, int(rng.integers(5, 14)), rng)


def _drawn(signs: str, count: int, rng: np.random.Generator) -> str:
    return "".join(signs[at] for at in rng.integers(0, len(signs), count))


def photographed(
    words: str, rng: np.random.Generator, *, conditions: Conditions = USUAL, face: str | None = None
) -> tuple[Gray, Floats]:
    """A line, with what stands around it, as the camera sees it; and the corners of its ink there.

    Returns:
        (H, W) uint8 and (4, 2) float32 pixels, clockwise from the top left.
    """
    low, high = conditions.tall
    tall = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    coverage, box = _printed(words, rng, tall * FINE, face=face)
    if conditions.bent and rng.random() < conditions.bent:
        coverage = _bent(coverage, rng, tall * FINE)
    seen, corners = _at_a_slant(coverage, box, rng, conditions)
    return _exposed(seen, rng, conditions, blur=tall * float(rng.uniform(*conditions.blur))), corners


def _printed(
    words: str, rng: np.random.Generator, tall: float, *, face: str | None
) -> tuple[NDArray[np.float32], tuple[float, float, float, float]]:
    """How much ink lies where, in [0, 1], and the box around the ink of the line, pixels."""
    name = face or str(rng.choice(list(typefaces())))
    font = typeface(name, max(8, round(tall / capital(name))))
    stretch, pitch = float(rng.uniform(0.7, 1.15)), tall * float(rng.uniform(1.38, 2.4))
    spacing = float(rng.uniform(-0.02, 0.12)) * tall if rng.random() < 0.5 else None
    mask = _letters(words, font, spacing)
    mask = mask.resize((max(4, round(mask.width * stretch)), mask.height), Image.Resampling.BILINEAR)
    room = round(tall * 2.2)
    sheet = Image.new("L", (mask.width + 2 * room, mask.height + 2 * room), 0)
    sheet.paste(mask, (room, room))
    _neighbors(sheet, font, rng, (room, room + mask.height, pitch, stretch))
    ink = np.argwhere(np.asarray(mask) > 80)
    (top, left), (bottom, right) = (ink.min(axis=0), ink.max(axis=0) + 1) if len(ink) else ((0, 0), mask.size[::-1])
    weight = float(rng.uniform(0.75, 1.0))
    coverage = np.asarray(sheet, np.float32) * (weight / 255)
    return coverage, (room + float(left), room + float(top), room + float(right), room + float(bottom))


def _letters(words: str, font: ImageFont.FreeTypeFont, spacing: float | None) -> Image.Image:
    """The line in white on black: its box reaches from the top of the capitals to the base line, and beyond."""
    left, top, right, bottom = font.getbbox(words, anchor="ls")
    if spacing is None:
        mask = Image.new("L", (max(2, round(right - left)), max(2, round(bottom - top))), 0)
        ImageDraw.Draw(mask).text((-left, -top), words, font=font, fill=255, anchor="ls")
        return mask
    starts = np.cumsum([0.0, *(font.getlength(one) + spacing for one in words[:-1])])
    width = starts[-1] + font.getlength(words[-1])
    mask = Image.new("L", (max(2, round(width)), max(2, round(bottom - top))), 0)
    for start, one in zip(starts, words, strict=True):
        ImageDraw.Draw(mask).text((float(start), -top), one, font=font, fill=255, anchor="ls")
    return mask


def _neighbors(
    sheet: Image.Image, font: ImageFont.FreeTypeFont, rng: np.random.Generator, place: tuple[int, int, float, float]
) -> None:
    """Print what stands above, below and to the left of the line."""
    left, base, pitch, _ = place
    pen = ImageDraw.Draw(sheet)
    for way in (-1, 1):
        if rng.random() < 0.65:
            words = text_of(str(rng.choice(["serial", "batch", "expiry", "mixed"])), rng)
            pen.text((left, base + way * pitch), words, font=font, fill=255, anchor="ls")
    if rng.random() < 0.3:
        at = left - float(rng.uniform(1.0, 1.8)) * pitch / 1.6
        pen.text((at, base), str(rng.choice(["SN:", "EXP:", "LOT:", "B.:"])), font=font, fill=255, anchor="rs")


def _bent(coverage: NDArray[np.float32], rng: np.random.Generator, tall: float) -> NDArray[np.float32]:
    """The print with its base line bent: away at one end, or as a wave."""
    height, width = coverage.shape
    along = np.linspace(0, 1, width, dtype=np.float32)
    if rng.random() < 0.6:
        start = float(rng.uniform(0.3, 0.85))
        shift = np.maximum(along - start, 0) ** 2 / (1 - start) ** 2 * float(rng.uniform(-0.3, 0.3))
        shift = shift if rng.random() < 0.5 else shift[::-1]
    else:
        waves, phase = float(rng.uniform(0.5, 2.0)), float(rng.uniform(0, 1))
        shift = np.sin(2 * np.pi * (waves * along + phase)) * float(rng.uniform(0.0, 0.15))
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    moved = (rows - shift[None] * tall).astype(np.float32)
    return np.asarray(cv2.remap(coverage, columns, moved, cv2.INTER_LINEAR), np.float32)


def _at_a_slant(
    coverage: NDArray[np.float32],
    box: tuple[float, float, float, float],
    rng: np.random.Generator,
    conditions: Conditions,
) -> tuple[NDArray[np.float32], Floats]:
    """The print as it lies in the frame: turned or sheared, shortened, a little in perspective, and small."""
    angle, narrow = rng.uniform(-conditions.slant, conditions.slant), float(rng.uniform(0.72, 1.05))
    slope = np.tan(angle)
    # A face that stands upright before the camera keeps its vertical strokes; a picture that is turned does not.
    keeps = float(rng.choice([0.0, 1.0], p=[0.7, 0.3]))
    matrix = np.array([[narrow, -keeps * slope * 0.8, 0], [slope * narrow, 1, 0], [0, 0, 1]]) / np.array(
        [[FINE], [FINE], [1]]
    )
    wide = coverage.shape[1]
    matrix = np.array([[1, 0, 0], [0, 1, 0], [rng.normal(0, 0.08) / wide * FINE, 0, 1]]) @ matrix
    height, width = coverage.shape
    outline = np.array([[(0, 0), (width, 0), (width, height), (0, height)]], np.float64)
    spread = cv2.perspectiveTransform(outline, matrix)[0]
    low = spread.min(axis=0) - rng.uniform(0, 1, 2)  # where the pixels of the camera fall is chance
    matrix = np.array([[1, 0, -low[0]], [0, 1, -low[1]], [0, 0, 1]]) @ matrix
    size = np.ceil(spread.max(axis=0) - low).astype(int)
    soft = cv2.GaussianBlur(coverage, (0, 0), FINE * 0.33)
    seen = cv2.warpPerspective(soft, matrix, (int(size[0]), int(size[1])), flags=cv2.INTER_LINEAR)
    left, top, right, bottom = box
    ink = np.array([[(left, top), (right, top), (right, bottom), (left, bottom)]], np.float64)
    return np.asarray(seen, np.float32), np.asarray(cv2.perspectiveTransform(ink, matrix)[0], np.float32)


def _exposed(coverage: NDArray[np.float32], rng: np.random.Generator, conditions: Conditions, *, blur: float) -> Gray:
    """Ink on paper, out of focus, noisy and compressed."""
    height, width = coverage.shape
    contrast = float(rng.uniform(*conditions.contrast))
    paper = float(rng.uniform(max(contrast + 5, 60), 250))
    light = (
        paper
        + rng.normal(0, 12) * np.linspace(-1, 1, width)[None]
        + rng.normal(0, 8) * np.linspace(-1, 1, height)[:, None]
    )
    inked = cv2.GaussianBlur(coverage, (0, 0), blur) if rng.random() < 0.9 else _smeared(coverage, rng, blur)
    seen = light - contrast * inked
    grain = rng.normal(0, 1, coverage.shape).astype(np.float32)
    if rng.random() < 0.4:
        grain = cv2.GaussianBlur(grain, (0, 0), 0.7) * 1.8
    seen = seen + grain * float(rng.uniform(0, conditions.noise)) * min(1.0, contrast / 60)
    exposed = np.clip(seen, 0, 255).astype(np.uint8)
    if rng.random() < 0.55:
        webp = rng.random() < 0.2
        ending, quality = (".webp", cv2.IMWRITE_WEBP_QUALITY) if webp else (".jpg", cv2.IMWRITE_JPEG_QUALITY)
        coded = cv2.imencode(ending, exposed, [quality, int(rng.integers(45, 96))])[1]
        return np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8)
    return np.asarray(exposed, np.uint8)


def _smeared(coverage: NDArray[np.float32], rng: np.random.Generator, blur: float) -> NDArray[np.float32]:
    """Moved while it was exposed."""
    size = int(rng.integers(2, 4))
    kernel = np.zeros((size, size), np.float32)
    kernel[size // 2 if rng.random() < 0.5 else slice(None), slice(None)] = 1
    return np.asarray(cv2.GaussianBlur(cv2.filter2D(coverage, -1, kernel / kernel.sum()), (0, 0), blur), np.float32)


def _found(corners: Floats, rng: np.random.Generator, conditions: Conditions) -> Floats:
    """The box as a finder gives it: a little too large or too small, turned and sheared."""
    left_top, right_top, right_bottom, left_bottom = np.asarray(corners, np.float64)
    down = (left_bottom - left_top + right_bottom - right_top) / 2
    along = (right_top - left_top + right_bottom - left_bottom) / 2
    tall = float(np.linalg.norm(down))
    along /= max(float(np.linalg.norm(along)), 1e-6)
    lean = rng.uniform(-conditions.lean, conditions.lean) * tall * along
    moved = np.stack([left_top + lean / 2, right_top + lean / 2, right_bottom - lean / 2, left_bottom - lean / 2])
    ends = rng.normal(0, 1.6 * conditions.astray, 2) * tall
    moved[[0, 3]] -= ends[0] * along
    moved[[1, 2]] += ends[1] * along
    moved += rng.normal(0, conditions.astray, 4)[:, None] * down
    return np.asarray(moved, np.float32)


def _texture(rng: np.random.Generator) -> Gray:
    """Something that is no print: bars, edges, slats, specks."""
    width = int(rng.integers(16, 80)) * 4
    specks = rng.normal(0, 1, (32, width)).astype(np.float32)
    grain = cv2.GaussianBlur(specks, (0, 0), float(rng.uniform(0.6, 4)), sigmaY=float(rng.uniform(0.6, 12)))
    grain = np.asarray(grain / max(float(np.abs(grain).max()), 1e-6) * 90 + 128, np.float32)
    for _ in range(int(rng.integers(0, 6))):
        at, slope = rng.uniform(0, width), rng.normal(0, 1.5)
        start, stop = (int(at), 0), (int(at + 32 * slope), 32)
        cv2.line(grain, start, stop, float(rng.uniform(0, 255)), int(rng.integers(1, 9)), cv2.LINE_AA)
    return np.clip(grain, 0, 255).astype(np.uint8)


def encoded(text: str) -> list[int]:
    """Places of the characters in the alphabet, from 1 on; 0 is the blank."""
    return [ALPHABET.index(one) + 1 for one in text]
