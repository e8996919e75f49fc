"""Public readers, to be measured against: they find and read the whole picture by themselves."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from core.domain import Pixels
from core.serials.patterns import Pattern

Reader = Callable[[Pixels], list[str]]
"""A picture to the lines that it shows, as text."""

ENLARGED = 2
"""Times that a picture is enlarged for them: at its own size they read less."""

INSTALL = "pip install rapidocr-onnxruntime (into another environment: it brings a second OpenCV)"


def public_readers() -> dict[str, Reader]:
    """Those that are here, by name: EasyOCR where the weights of its own detector and reader are, and PP-OCR."""
    found = {"EasyOCR, English": _easyocr(), "PP-OCR mobile (RapidOCR)": _rapidocr()}
    return {name: reader for name, reader in found.items() if reader is not None}


def _easyocr() -> Reader | None:
    import easyocr

    try:
        reader = easyocr.Reader(["en"], gpu=False, download_enabled=False, verbose=False)
    except (OSError, AssertionError):
        return None
    return lambda pixels: [str(one) for one in reader.readtext(enlarged(pixels), detail=0)]


def _rapidocr() -> Reader | None:
    if importlib.util.find_spec("rapidocr_onnxruntime") is None:
        return None
    reader: Any = importlib.import_module("rapidocr_onnxruntime").RapidOCR()

    def read(pixels: Pixels) -> list[str]:
        found, _ = reader(cv2.cvtColor(enlarged(pixels), cv2.COLOR_RGB2BGR))
        return [str(one[1]) for one in found or ()]

    return read


def enlarged(pixels: Pixels) -> Pixels:
    """The picture as the public readers get it."""
    size = (pixels.shape[1] * ENLARGED, pixels.shape[0] * ENLARGED)
    return np.asarray(cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_CUBIC), np.uint8)


def told_apart(lines: list[str], pattern: Pattern) -> str:
    """The first text among lines that fits a pattern, whatever stands around it; "" where none does."""
    for line in lines:
        text = line.replace(" ", "").upper()
        for start in range(len(text) - len(pattern) + 1):
            part = text[start : start + len(pattern)]
            if pattern.matches(part):
                return part
    return ""
