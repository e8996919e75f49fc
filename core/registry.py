"""A named table of members that finds them by walking their folder."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
import threading
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from core.errors import UnknownName

T = TypeVar("T")


class Registry(Generic[T]):
    """Members by name; a new file with one decorator is all it takes to add one.

    Args:
        noun: what a member is called in messages, for example "attribution method".
        package: dotted name of the folder whose modules register members.
    """

    def __init__(self, noun: str, package: str) -> None:
        self._noun = noun
        self._package = package
        self._members: dict[str, T] = {}
        self._walked = False
        self._lock = threading.RLock()  # a member's module may ask the registry while it is imported

    def register(self, name: str) -> Callable[[T], T]:
        """Decorator: add a member under a name, which must be free."""

        def add(member: T) -> T:
            if name in self._members:
                raise ValueError(f"two members called {name!r} among {self._noun}s")
            self._members[name] = member
            return member

        return add

    def names(self) -> tuple[str, ...]:
        """All names, sorted."""
        self._walk()
        return tuple(sorted(self._members))

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __getitem__(self, name: str) -> T:
        """The member of that name.

        Raises:
            UnknownName: there is none; the message offers the nearest.
        """
        self._walk()
        if name not in self._members:
            raise unknown(self._noun, name, self.names())
        return self._members[name]

    def _walk(self) -> None:
        if self._walked:
            return
        with self._lock:
            folder = importlib.import_module(self._package)
            for module in pkgutil.iter_modules(folder.__path__):
                importlib.import_module(f"{self._package}.{module.name}")
            self._walked = True


def unknown(noun: str, name: str, known: tuple[str, ...]) -> UnknownName:
    """The error for a name nobody knows, with the nearest known ones."""
    near = difflib.get_close_matches(name, known, n=3) or list(known[:8])
    offer = f"Try one of: {', '.join(near)}." if near else "There are none yet."
    return UnknownName(f"There is no {noun} called {name!r}.", offer)
