"""Who trains and who is held out: by serial, every class in proportion, the same for the same seed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass
from pathlib import Path

from core.errors import BadInput, Leak

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Fold:
    """Packages to train on and packages to judge by, both sorted.

    Raises:
        Leak: a package is on both sides.
    """

    train: tuple[str, ...]
    held_out: tuple[str, ...]

    def __post_init__(self) -> None:
        both = set(self.train) & set(self.held_out)
        if both:
            raise _leak(f"Packages on both sides of the split: {_some(both)}.")


@dataclass(frozen=True, slots=True)
class Split:
    """A split that can be stored: its seed, its folds, and the fingerprint of the data set it was made for."""

    seed: int
    folds: tuple[Fold, ...]
    fingerprint: str

    def save(self, path: Path) -> None:
        """Write it as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"format": _FORMAT, **asdict(self)}, indent=1) + "\n", encoding="utf-8")

    @staticmethod
    def load(path: Path) -> Split:
        """Read it back.

        Raises:
            BadInput: the file is missing, damaged, or written by a newer version.
            Leak: it was changed so that a package is on both sides.
        """
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            if stored["format"] > _FORMAT:
                raise BadInput(f"{path.name} was written by a newer version.", "Update the program, or split again.")
            folds = tuple(Fold(_texts(fold["train"]), _texts(fold["held_out"])) for fold in stored["folds"])
            return Split(int(stored["seed"]), folds, str(stored["fingerprint"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadInput(f"{path.name} cannot be read as a split ({error!r}).", "Split the data again.") from error


def split_packages(packages: Sequence[str], labels: Sequence[str], *, folds: int, seed: int) -> tuple[Fold, ...]:
    """Folds for cross-validation; every package is held out exactly once.

    Args:
        packages: ids; one may occur several times, for example once a view.
        labels: class of each.
        folds: how many, at least 2.
        seed: another seed deals the packages differently.

    Raises:
        BadInput: fewer than two folds, a class with fewer packages than folds, a package with two classes.
    """
    if folds < 2:
        raise BadInput(f"Cross-validation needs two folds or more, not {folds}.", "Ask for 5 folds, for example.")
    by_class = _by_class(packages, labels)
    for label, members in by_class.items():
        if len(members) < folds:
            raise BadInput(
                f"Class {label} has {len(members)} packages, too few for {folds} folds.",
                f"Add packages of that class, or ask for at most {len(members)} folds.",
            )
    dealt = [package for members in by_class.values() for package in _shuffled(members, seed)]
    return tuple(_fold(dealt, set(dealt[at::folds])) for at in range(folds))


def holdout(packages: Sequence[str], labels: Sequence[str], *, share: float, seed: int) -> Fold:
    """Hold a share of every class out, at least one package of each, and train on the rest.

    Args:
        packages: ids; one may occur several times, for example once a view.
        labels: class of each.
        share: in (0, 1), of the packages of each class.
        seed: another seed chooses others.

    Raises:
        BadInput: a share outside (0, 1), a class with a single package, a package with two classes.
    """
    if not 0 < share < 1:
        raise BadInput(f"The share to hold out must lie between 0 and 1, not at {share}.", "Ask for 0.2, for example.")
    by_class = _by_class(packages, labels)
    for label, members in by_class.items():
        if len(members) < 2:
            raise BadInput(f"Class {label} has a single package, which cannot be on both sides.", "Add another one.")
    orders = [_shuffled(members, seed) for members in by_class.values()]
    chosen = {package for order in orders for package in order[: _count(order, share)]}
    return _fold([package for order in orders for package in order], chosen)


def check_no_leak(train: Mapping[str, AbstractSet[str]], held_out: Mapping[str, AbstractSet[str]]) -> None:
    """Refuse a split with the same package, or the same picture under another name, on both sides.

    Args:
        train: package to the content hashes of its pictures; "" (unreadable) is passed over.
        held_out: the same of the other side.

    Raises:
        Leak: with the packages concerned.
    """
    both = train.keys() & held_out.keys()
    if both:
        raise _leak(f"Packages on both sides of the split: {_some(both)}.")
    owners = {sha256: package for package, hashes in train.items() for sha256 in hashes if sha256}
    pairs = {
        f"{owners[sha256]} = {package}" for package, hashes in held_out.items() for sha256 in hashes if sha256 in owners
    }
    if pairs:
        raise _leak(f"The same picture is on both sides of the split, in packages {_some(pairs)}.")


def _by_class(packages: Sequence[str], labels: Sequence[str]) -> dict[str, list[str]]:
    """Packages of each class, both in sorted order, each package once."""
    label_of: dict[str, str] = {}
    for package, label in zip(packages, labels, strict=True):
        if label_of.setdefault(package, label) != label:
            raise BadInput(f"Package {package} has two classes.", "Leave its pictures in one class folder only.")
    if not label_of:
        raise BadInput("There are no labeled packages to split.", "Open a data set with class folders.")
    return {
        label: sorted(package for package in label_of if label_of[package] == label)
        for label in sorted(set(label_of.values()))
    }


def _shuffled(members: Sequence[str], seed: int) -> list[str]:
    # By hash and not by a random generator: the same on every machine and version, whatever else is in the data set.
    return sorted(members, key=lambda package: hashlib.sha256(f"{seed}|{package}".encode()).digest())


def _fold(packages: Iterable[str], held_out: AbstractSet[str]) -> Fold:
    return Fold(tuple(sorted(set(packages) - held_out)), tuple(sorted(held_out)))


def _count(members: Sequence[str], share: float) -> int:
    return min(max(1, round(share * len(members))), len(members) - 1)


def _texts(values: Iterable[object]) -> tuple[str, ...]:
    return tuple(str(value) for value in values)


def _some(names: AbstractSet[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(sorted(names)[:5]) + more


def _leak(problem: str) -> Leak:
    return Leak(problem, "Split again by serial number, and remove copies of pictures.")
