"""Versions of a checkpoint: those that were replaced, why, and a swap that a kill cannot leave half done."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import BadCheckpoint, CoreError, UnknownName
from core.models import policies
from core.models.checkpoints import CARD, WEIGHTS, Card, load_card, sha256, write_whole

try:
    import fcntl
except ImportError:  # no such lock on Windows: there two swaps at once are not kept apart
    fcntl = None  # type: ignore[assignment]

HISTORY = ".history"
RECORD, PENDING, LOCK = "record.json", "pending.json", ".lock"
INCOMING, OUTGOING = ".incoming", ".outgoing"


class Event(BaseModel):
    """One version in place of another."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    kind: Literal["promotion", "roll-back"]
    when: str = Field(description="UTC, ISO 8601.")
    who: str = Field(description="Who did it.")
    before: str = Field(description='Hash of the weights that were replaced; "" where their card could not be read.')
    after: str = Field(description="Hash of the weights that came in their place.")
    source: str = Field(default="", description="Folder of the candidate, or the version that was put back.")
    figures: dict[str, Any] = Field(default_factory=dict, description="The comparison that led to it.")


@dataclass(frozen=True, slots=True)
class Version:
    """A checkpoint that was in use once.

    Attributes:
        id: name of its folder in the history: when it left, UTC, and the start of the hash of its weights.
        folder: where it lies, complete.
        card: of it.
        left: what ended it.
    """

    id: str
    folder: Path
    card: Card
    left: Event


def home(checkpoints: Path, name: str) -> Path:
    """Where the versions of a model lie; `study.open_models` passes folders with a dot over."""
    return checkpoints / HISTORY / name


def versions(checkpoints: Path, name: str) -> tuple[tuple[Version, ...], dict[str, str]]:
    """Every version that was replaced, oldest first, and why others cannot be read, by id."""
    found, refused = [], {}
    for folder in sorted(home(checkpoints, name).glob("*/")):
        if folder.name.startswith("."):
            continue
        try:
            found.append(Version(folder.name, folder, load_card(folder), _event(folder / RECORD)))
        except CoreError as error:
            refused[folder.name] = str(error)
    return tuple(sorted(found, key=lambda one: (one.left.when, one.id))), refused


def version(checkpoints: Path, name: str, id: str | None = None) -> Version:
    """One of them; the last that was replaced, where none is named.

    Raises:
        UnknownName: there is none of that name, or none at all.
    """
    every, _ = versions(checkpoints, name)
    if not every:
        raise UnknownName(f"{name} has no earlier version.", "It is the first one, or its history was removed.")
    if id is None:
        return every[-1]
    if (chosen := next((one for one in every if one.id == id), None)) is None:
        raise UnknownName(f"{name} has no version {id!r}.", f"Try one of: {', '.join(one.id for one in every)}.")
    return chosen


def put(checkpoints: Path, name: str, source: Path, event: Event) -> str:
    """Put a checkpoint in the place of the one in use, which goes to the history with the event as its record.

    Both are copied first; a file that names every step is then put beside them, whole. From that moment on the new one
    counts: whoever opens the model after a kill finishes the steps first (`settle`). Before it, the old one does.

    Args:
        checkpoints: folder of the checkpoints.
        name: of the model.
        source: folder of the checkpoint that comes; it stays where it is. Its card, and its policy where it has one
            that fits, get the name of the model.
        event: what is done.

    Returns:
        Id of the version that was replaced.

    Raises:
        BadCheckpoint: one of them is damaged, is not the one that the event names, or the folder cannot be written.
    """
    folder, place = checkpoints / name, home(checkpoints, name)
    try:
        with _locked(place):
            _finish(folder, place)
            if event.kind == "promotion":  # what is rolled back may be damaged: that is a reason to do so
                _check(folder, event.before, "was replaced by somebody else meanwhile, or is damaged")
            _check(source, event.after, "was changed after it was measured, or is damaged")
            for stale in (INCOMING, OUTGOING):
                shutil.rmtree(place / stale, ignore_errors=True)
            _copied(folder, place / OUTGOING)
            _written(place / OUTGOING / RECORD, event.model_dump_json(indent=2) + "\n")
            _copied(source, place / INCOMING)
            _renamed(place / INCOMING, name)
            id = _free(place, datetime.fromisoformat(event.when), event.before)
            files = sorted((path.name for path in (place / INCOMING).iterdir()), key=lambda one: (one == CARD, one))
            _written(place / PENDING, json.dumps({"version": id, "files": files}) + "\n")
            _finish(folder, place)
    except OSError as error:
        raise BadCheckpoint(
            f"{name} cannot be replaced in {checkpoints} ({error.strerror or error}).", "Make room, or allow writing."
        ) from error
    return id


def settle(folder: Path) -> None:
    """Finish a swap of this checkpoint that was killed on its way; nothing where there is none.

    Raises:
        BadCheckpoint: it cannot be finished.
    """
    place = home(folder.parent, folder.name)
    if not (place / PENDING).is_file():
        return
    try:
        with _locked(place):
            _finish(folder, place)
    except (OSError, ValueError, KeyError) as error:
        raise BadCheckpoint(
            f"A swap of {folder.name} was stopped half way and cannot be finished ({error}).",
            f"Allow writing to {folder.parent}, and open it again.",
        ) from error


def _finish(folder: Path, place: Path) -> None:
    """Take the steps that are pending; taken twice they lead to the same."""
    if not (place / PENDING).is_file():
        return
    steps = json.loads((place / PENDING).read_text(encoding="utf-8"))
    for name in steps["files"]:
        write_whole(folder / name, lambda part, name=name: shutil.copyfile(place / INCOMING / name, part))  # type: ignore[misc]
    for path in folder.iterdir():
        ours = not path.name.startswith(".") or path.suffix == ".part"
        if path.is_file() and ours and path.name not in steps["files"]:  # of the old one alone, or left by a kill
            path.unlink()
    if (place / OUTGOING).is_dir():
        (place / OUTGOING).rename(place / steps["version"])
    (place / PENDING).unlink()
    shutil.rmtree(place / INCOMING, ignore_errors=True)


def _check(folder: Path, weights: str, otherwise: str) -> None:
    found = load_card(folder).weights_sha256
    if found != weights or not (folder / WEIGHTS).is_file() or sha256(folder / WEIGHTS) != weights:
        raise BadCheckpoint(f"{folder.name} {otherwise}.", "Compare the two again.")


def _copied(source: Path, target: Path) -> None:
    """The files of a checkpoint, on the disk before anybody relies on them; no record of an older life."""
    target.mkdir(parents=True)
    for path in sorted(source.iterdir()):
        if path.is_file() and not path.name.startswith(".") and path.name != RECORD:
            shutil.copyfile(path, target / path.name)
            _flush(target / path.name)


def _renamed(folder: Path, name: str) -> None:
    """Give card and policy the name that the checkpoint will have; a policy of other weights is left behind."""
    card = load_card(folder)
    old, policy = card.name, folder / policies.NAME
    new = card.model_copy(update={"name": name})
    _written(folder / CARD, new.model_dump_json(indent=2) + "\n")
    if not policy.is_file():
        return
    try:
        said = policies.Policy.model_validate_json(policy.read_text(encoding="utf-8"))
        misfit = policies.misfit(said, {old: card})
    except ValidationError:
        misfit = "It is damaged."
    if misfit:
        policy.unlink()
        return
    kept = said.model_copy(update={"model": name, **policies.made_for({name: new})})
    _written(policy, kept.model_dump_json(indent=2) + "\n")


def _free(place: Path, when: datetime, weights: str) -> str:
    stem = f"{when:%Y%m%dT%H%M%SZ}-{weights[:8] or 'damaged'}"
    names = (stem, *(f"{stem}-{at}" for at in range(2, 1000)))
    return next(name for name in names if not (place / name).exists())


def _written(path: Path, text: str) -> None:
    def write(part: Path) -> None:
        part.write_text(text, encoding="utf-8")
        _flush(part)

    write_whole(path, write)


def _flush(path: Path) -> None:
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def _event(path: Path) -> Event:
    try:
        return Event.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError, ValueError) as error:
        raise BadCheckpoint(f"{path} is no record that can be read.", "Restore it, or remove the version.") from error


@contextmanager
def _locked(place: Path) -> Iterator[None]:
    """One swap of a model at a time; a kill lets go of the lock."""
    place.mkdir(parents=True, exist_ok=True)
    with (place / LOCK).open("w") as file:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
