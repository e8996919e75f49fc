"""Reading through EasyOCR: our own network in its custom format, or its own English one where its weights are."""

from __future__ import annotations

import logging
import sys
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self, cast

import numpy as np
import torch
import yaml
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

from core.errors import BadCheckpoint
from core.serials.card import Calibration, ReaderCard, load_reader
from core.serials.decoding import Answers
from core.serials.network import ALPHABET, STRIDE
from core.serials.rectifying import Gray, stacked

NETWORK = "core.serials.network"
"""Module of the network, and name of its files, as EasyOCR looks for them; no code comes from a folder of weights."""

ENGLISH_HEIGHT = 64
"""Of the lines that EasyOCR's English network reads, pixels."""

_loading = threading.Lock()
"""EasyOCR keeps the height of a custom network in a global variable, and its folder in the path of modules."""


@dataclass(frozen=True, slots=True)
class Engine:
    """A network that EasyOCR has loaded.

    Attributes:
        reader: `easyocr.Reader`, with its recognizer and its converter between classes and characters.
        height: of the lines that it reads, pixels.
        calibration: of its confidence.
        device: "cpu" or "cuda".
    """

    reader: Any
    height: int
    calibration: Calibration
    device: str = "cpu"

    @classmethod
    def open(cls, folder: Path, *, device: str = "cpu") -> Self:
        """Our own network, its weights checked against the hash of the card.

        EasyOCR unpickles whatever file it is given. So it is given one that was written a moment ago, in a folder
        that nobody else can write to, from tensors of a format that cannot hold code.

        Raises:
            BadCheckpoint: as `load_reader`; or the weights do not fit the network.
        """
        card, weights = load_reader(folder)
        try:
            with _loading, tempfile.TemporaryDirectory(prefix="secondlook-") as private:
                easyocr_files(Path(private), card, weights)
                reader = _easyocr(Path(private), device)
            reader.recognizer = _faster(reader.recognizer, device)
        except (RuntimeError, TypeError, ValueError) as error:
            raise BadCheckpoint(
                f"The weights of the reader in {folder} do not fit its network.",
                "Make it again with secondlook train-serials.",
            ) from error
        return cls(reader, card.height, card.calibration, device)

    @classmethod
    def english(cls, folder: Path | None = None, *, download: bool = False, device: str = "cpu") -> Self | None:
        """EasyOCR's own English network; None where its weights are not on disk and cannot be downloaded.

        EasyOCR checks them against its own hash. Their confidence is not calibrated, and never said to be above 0.99.

        Args:
            folder: of the weights, None for EasyOCR's own.
            download: whether they may be fetched where they are missing.
            device: "cpu" or "cuda".
        """
        import easyocr

        try:
            with _loading:
                reader = easyocr.Reader(
                    ["en"], gpu=False if device == "cpu" else device, download_enabled=download, detector=False,
                    model_storage_directory=None if folder is None else str(folder), verbose=False, quantize=False,
                )  # fmt: skip
        except (OSError, AssertionError) as error:  # no network, no file, or another file than it should be
            logging.getLogger(__name__).info("EasyOCR's English network is not used (%s).", error)
            return None
        scale = {"slope": 1.0, "offset": 0.0, "most": 0.99}
        plain = Calibration.model_validate({"lines": scale, "characters": scale, "read_from": 0.9})
        return cls(reader, ENGLISH_HEIGHT, plain, device)

    def answers(self, lines: Sequence[Gray]) -> list[Answers]:
        """What the network says of lines of the height that it reads.

        Returns:
            For each line (T, C) natural logarithms of probabilities, one frame for `STRIDE` pixels; column k + 1 is
            character k of `ALPHABET`, whether the network writes it as a capital or small.
        """
        said: list[Answers] = [np.zeros((0, len(ALPHABET) + 1))] * len(lines)
        columns = _columns(self.reader.converter.character)
        groups = _alike(lines)
        every = _workers().map(self._logs, [[lines[at] for at in group] for group in groups])
        for group, logs in zip(groups, every, strict=True):
            for row, at in enumerate(group):
                said[at] = _gathered(logs[row, : lines[at].shape[1] // STRIDE], columns)
        return said

    def _logs(self, lines: Sequence[Gray]) -> Answers:
        """(N, T, C) of lines that are padded to one length."""
        with torch.inference_mode():
            logits = self.reader.recognizer(torch.from_numpy(stacked(lines)).to(self.device), None).float()
            return functional.log_softmax(logits, dim=2).cpu().numpy().astype(np.float64)


@cache
def _workers() -> ThreadPoolExecutor:
    """Threads that read side by side, each on one core.

    A network of this size is not worth dividing: its threads would wait for each other, and on a busy machine for long.
    """
    count = torch.get_num_threads()
    pool, there = ThreadPoolExecutor(count, thread_name_prefix="reader"), threading.Barrier(count)

    def alone() -> None:
        there.wait()
        torch.get_num_threads()  # only then a number of its own stays
        torch.set_num_threads(1)

    for one in [pool.submit(alone) for _ in range(count)]:
        one.result()
    torch.set_num_threads(count)  # torch takes the last number said for that of threads to come
    return pool


def _gathered(frames: Answers, columns: Sequence[Sequence[int]]) -> Answers:
    if all(len(some) == 1 for some in columns):
        return frames[:, [some[0] for some in columns]]
    return np.stack([np.logaddexp.reduce(frames[:, list(some)], axis=1) for some in columns], axis=1)


def _columns(characters: Sequence[str]) -> list[list[int]]:
    """Columns of the network for the blank and for each character of the alphabet."""
    places = {one: at for at, one in enumerate(characters)}
    found = [[places[one] for one in {sign, sign.lower()} if one in places] for sign in ALPHABET]
    return [[0], *found]


def easyocr_files(folder: Path, card: ReaderCard, weights: dict[str, Tensor]) -> None:
    """Write what EasyOCR asks of a custom network: `<name>.yaml` and `<name>.pth`; `<name>.py` is our module.

    Its loader takes off the first seven letters of every name ("module."), as parallel training leaves them.
    """
    settings = {
        "network_params": dict(card.network),
        "imgH": card.height,
        "lang_list": ["en"],
        "character_list": card.alphabet,
    }
    (folder / f"{NETWORK}.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    torch.save(OrderedDict((f"module.{name}", tensor) for name, tensor in weights.items()), folder / f"{NETWORK}.pth")


def _easyocr(folder: Path, device: str) -> Any:
    import easyocr

    path = list(sys.path)
    try:
        return easyocr.Reader(
            ["en"], gpu=False if device == "cpu" else device, model_storage_directory=str(folder),
            user_network_directory=str(folder), recog_network=NETWORK, download_enabled=False, detector=False,
            verbose=False, quantize=False,
        )  # fmt: skip
    finally:
        sys.path[:] = path


def _faster(network: nn.Module, device: str) -> nn.Module:
    """The same network with its batch normalization put into the convolutions."""
    network.eval()
    if device != "cpu":
        return network  # EasyOCR has wrapped it for several devices
    for block in network.modules():
        if isinstance(block, nn.Sequential) and len(block) == 3 and isinstance(block[1], nn.BatchNorm2d):
            block[0], block[1] = fuse_conv_bn_eval(cast(nn.Conv2d, block[0]), block[1]), nn.Identity()
    return network


def _alike(lines: Sequence[Gray], *, most: int = 6) -> list[list[int]]:
    """Places of the lines in groups of nearly the same length: padding costs time."""
    order = sorted(range(len(lines)), key=lambda at: lines[at].shape[1])
    groups: list[list[int]] = []
    for at in order:
        if groups and len(groups[-1]) < most and lines[at].shape[1] <= 1.3 * lines[groups[-1][0]].shape[1] + 16:
            groups[-1].append(at)
        else:
            groups.append([at])
    return groups
