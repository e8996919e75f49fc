"""Packages that candidates are measured on, frozen with their pictures and classes: they never change silently."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from core.errors import BadInput

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Kept:
    """One package of the list: its class, and view to the SHA-256 of its picture."""

    label: str
    views: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Frozen:
    """A list of packages.

    Attributes:
        dataset: name of the data set.
        made_at: UTC, ISO 8601.
        packages: id to what is known of it.
    """

    dataset: str
    made_at: str
    packages: Mapping[str, Kept]

    @property
    def sha256(self) -> str:
        """Hash over every package, its class and its pictures; not over when the list was made."""
        text = json.dumps({name: asdict(self.packages[name]) for name in sorted(self.packages)}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def text(self) -> str:
        """As JSON, with its hash."""
        packages = {name: asdict(self.packages[name]) for name in sorted(self.packages)}
        whole = {"format": FORMAT, "dataset": self.dataset, "made_at": self.made_at, "sha256": self.sha256}
        return json.dumps({**whole, "packages": packages}, indent=1, sort_keys=False) + "\n"

    @staticmethod
    def load(path: Path) -> Frozen:
        """Read it back.

        Raises:
            BadInput: it is damaged, was changed by hand, or a newer version wrote it.
        """
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            if raw["format"] > FORMAT:
                raise BadInput(f"{path} was written by a newer version.", "Update Second Look.")
            packages = {str(name): Kept(str(one["label"]), dict(one["views"])) for name, one in raw["packages"].items()}
            found, said = Frozen(str(raw["dataset"]), str(raw["made_at"]), packages), str(raw["sha256"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadInput(f"{path} is no list of frozen packages that can be read.", AGAIN) from error
        if found.sha256 != said:
            raise BadInput(f"The frozen packages in {path} were changed: their hash is another one.", AGAIN)
        return found


AGAIN = "Restore the file, or freeze the packages again with --freeze-again."


def freeze(dataset: str, table: pd.DataFrame, packages: Collection[str], *, made_at: str) -> Frozen:
    """A list of packages as they are now; those without a class, or with a picture that cannot be read, are left out.

    Args:
        dataset: name of the data set.
        table: its inventory: package, view, label, sha256, reason.
        packages: ids.
        made_at: now, UTC, ISO 8601.
    """
    rows = table[table["package"].isin(set(packages)) & table["label"].notna()]
    bad = set(rows.loc[rows["reason"] != "", "package"])
    kept = {
        str(name): Kept(str(some["label"].iloc[0]), dict(zip(some["view"].astype(str), some["sha256"], strict=True)))
        for name, some in rows[~rows["package"].isin(bad)].groupby("package")
    }
    return Frozen(dataset, made_at, kept)


def check_same(frozen: Frozen, table: pd.DataFrame) -> None:
    """Refuse a data set whose frozen packages are no longer what they were.

    Raises:
        BadInput: with the packages concerned.
    """
    now = freeze(frozen.dataset, table, list(frozen.packages), made_at=frozen.made_at).packages
    other = sorted(name for name, kept in frozen.packages.items() if now.get(name) != kept)
    if other:
        more = f" and {len(other) - 5} more" if len(other) > 5 else ""
        raise BadInput(
            f"{len(other)} of {len(frozen.packages)} frozen packages are gone, have other pictures or another class: "
            f"{', '.join(other[:5])}{more}.",
            "Restore them, or freeze the packages again with --freeze-again: earlier figures then compare no longer.",
        )
