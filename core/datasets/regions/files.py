"""Opens what people hand in, however large or malicious, and writes whole or not at all."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Any
from xml.etree.ElementTree import Element, ElementTree, indent

from defusedxml import ElementTree as Safe
from defusedxml.common import DefusedXmlException

from core.datasets.regions.sheet import Losses
from core.errors import BadInput, CoreError

MAX_BYTES = 512_000_000
"""Largest file, and largest content of an archive, that is opened."""
MAX_FILES = 500_000
_UNHOLDABLE = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@contextmanager
def unpacked(source: Path) -> Iterator[Path]:
    """A file or folder as it is, or the content of a zip archive in a folder that is removed afterwards.

    Raises:
        BadInput: there is nothing, or the archive is damaged, leads out of its folder, or grows beyond all measure.
    """
    if not source.exists():
        raise BadInput(f"There is no {source.name or source}.", "Name the file or folder that the labeling tool wrote.")
    if source.is_dir() or not zipfile.is_zipfile(source):
        yield source
        return
    with tempfile.TemporaryDirectory(prefix="secondlook-") as folder:
        try:
            _unpack(source, Path(folder))
        except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError) as error:
            raise BadInput(f"{source.name} cannot be unpacked ({error}).", "Export it again.") from error
        yield Path(folder)


def _unpack(source: Path, folder: Path) -> None:
    with zipfile.ZipFile(source) as archive:
        members = [one for one in archive.infolist() if not one.is_dir()]
        if len(members) > MAX_FILES or sum(one.file_size for one in members) > MAX_BYTES:
            raise _too_large(source)
        left = MAX_BYTES
        for member in members:
            parts = PurePosixPath(member.filename.replace("\\", "/")).parts
            link = stat.S_ISLNK(member.external_attr >> 16)
            if link or not parts or parts[0] == "/" or ".." in parts or ":" in parts[0]:
                raise BadInput(f"{source.name} holds a file that leads out of it.", "Do not open it; export it again.")
            target = folder.joinpath(*parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(member) as packed, target.open("wb") as file:
                while block := packed.read(1 << 20):  # what the archive says of its sizes may be a lie
                    left -= len(block)
                    if left < 0:
                        raise _too_large(source)
                    file.write(block)


def _too_large(path: Path) -> BadInput:
    return BadInput(
        f"{path.name} holds more than {MAX_BYTES // 1_000_000} MB, or more than {MAX_FILES:,} files.",
        "Leave the pictures out of the export, or export it in parts.",
    )


def read_bytes(path: Path) -> bytes:
    """The content of a file of bearable size.

    Raises:
        BadInput: it is none, or cannot be opened.
    """
    try:
        if not path.is_file():  # a named pipe would be waited for without end
            raise BadInput(f"{path.name} is not a file.", "Name the file that the labeling tool wrote.")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadInput(f"{path.name} cannot be opened ({error.strerror}).", "Check that it may be read.") from error
    if len(data) > MAX_BYTES:
        raise _too_large(path)
    return data


def read_json(path: Path) -> Any:
    """JSON without NaN.

    Raises:
        ValueError: it is no JSON.
        BadInput: as `read_bytes`.
    """
    try:
        return json.loads(read_bytes(path).decode("utf-8-sig"), parse_constant=_no_number)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def read_xml(path: Path) -> Element:
    """XML without a document type, entities, or anything that it would fetch.

    Raises:
        ValueError: it is no XML, or declares what it must not.
        BadInput: as `read_bytes`.
    """
    try:
        root: Element = Safe.fromstring(read_bytes(path), forbid_dtd=True)
        return root
    except DefusedXmlException:
        raise ValueError("it declares a document type") from None
    except (Safe.ParseError, LookupError, RecursionError) as error:
        raise ValueError(str(error)) from error


def write_json(path: Path, value: object) -> None:
    """Write JSON, UTF-8."""
    path.write_text(json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1), encoding="utf-8")


def write_xml(path: Path, root: Element, losses: Losses) -> None:
    """Write XML, UTF-8, indented; signs that XML cannot hold are left out, and counted."""
    for element in root.iter():
        element.text = _holdable(element.text, losses)
        element.attrib.update({name: _holdable(value, losses) or "" for name, value in element.attrib.items()})
    path.parent.mkdir(parents=True, exist_ok=True)
    indent(root)
    ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _holdable(text: str | None, losses: Losses) -> str | None:
    if text is None:
        return None
    kept, count = _UNHOLDABLE.subn("", text)
    losses["Signs that XML cannot hold, left out"] += count
    return kept


def files_of(source: Path, ending: str) -> list[tuple[str, Path]]:
    """Every file below a folder with an ending, with its path there, "/" between, sorted; of a file itself."""
    if source.is_file():
        return [(source.name, source)]
    found = (
        Path(folder, name)
        for folder, _, names in os.walk(source)
        for name in names
        if name.lower().endswith(ending) and not name.startswith(".")
    )
    return sorted((path.relative_to(source).as_posix(), path) for path in found)


@contextmanager
def written(target: Path, *, single: bool) -> Iterator[Path]:
    """A place to write beside the target, moved there when all is written, and removed where something fails.

    Raises:
        BadInput: the target is taken, or cannot be written.
    """
    if target.exists() and (single == target.is_dir() or (target.is_dir() and any(target.iterdir()))):
        what = "is a folder" if single else "is a file" if target.is_file() else "is not empty"
        raise BadInput(f"{target} {what}.", f"Name {'a file' if single else 'a new folder'}.")
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if not single:
            part.mkdir()
        yield part
        if target.is_dir():
            target.rmdir()  # it is empty
        os.replace(part, target)
    except OSError as error:
        raise CoreError(
            f"{target} cannot be written ({error.strerror or error}).", "Make room, or choose another place."
        ) from error
    finally:
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        with suppress(OSError):
            part.unlink()  # already gone where all went well
