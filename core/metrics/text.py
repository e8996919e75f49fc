"""How well texts are read: edits, error rates, confused characters, and what rejecting the least sure readings buys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.metrics.intervals import cells_interval, wilson

NONE = ""
"""Stands in an alignment where one of the texts has no character."""

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Texts = tuple[str, str]
"""What is true, and what was read."""


class Edits(NamedTuple):
    """The fewest changes that turn what is true into what was read.

    Attributes:
        substitutions, deletions, insertions: characters read as others, not read, and read where there are none.
        characters: of what is true.
    """

    substitutions: int
    deletions: int
    insertions: int
    characters: int

    @property
    def errors(self) -> int:
        """All of them, the edit distance."""
        return self.substitutions + self.deletions + self.insertions


class Errors(NamedTuple):
    """Errors of many readings, per character of what is true.

    Attributes:
        rate: (S + D + I) / N, the character error rate; above 1 where more is read than is there, NaN without any.
        low, high: ends of its 95 % interval; NaN where there is none.
        edits: of all readings together.
        n: readings.
    """

    rate: float
    low: float
    high: float
    edits: Edits
    n: int


class Exact(NamedTuple):
    """Readings that are right in every character.

    Attributes:
        rate: share of them, NaN without any reading.
        low, high: ends of its 95 % interval (Wilson).
        right, n: how many of how many.
    """

    rate: float
    low: float
    high: float
    right: int
    n: int


class Rejection(NamedTuple):
    """What is right among the readings that stay when those below a confidence are rejected, for every confidence.

    Attributes:
        thresholds: (K,) on the confidence, rising; a reading stays where its own is not below.
        rejected: (K,) share of all readings that go, rising from 0.
        accuracy: (K,) share of those that stay that are right.
        low, high: (K,) ends of its 95 % interval (Wilson).
        n: (K,) how many stay.
        ceiling: (K,) what would be right if the wrong readings went first.
    """

    thresholds: Floats
    rejected: Floats
    accuracy: Floats
    low: Floats
    high: Floats
    n: NDArray[np.int64]
    ceiling: Floats


def alignment(truth: str, read: str) -> tuple[Texts, ...]:
    """What each character was read as, along the fewest edits; `NONE` where a text has no character.

    Wagner & Fischer, The string-to-string correction problem, JACM 21 (1974). Of several shortest ways the one is
    taken that, seen from the end, prefers a character for a character, then a character that was not read.

    >>> alignment("0139", "013")
    (('0', '0'), ('1', '1'), ('3', '3'), ('9', ''))
    """
    if truth == read:
        return tuple((one, one) for one in truth)
    cost = _costs(truth, read)
    i, j, pairs = len(truth), len(read), []
    while i or j:
        if i and j and cost[i][j] == cost[i - 1][j - 1] + (truth[i - 1] != read[j - 1]):
            i, j = i - 1, j - 1
            pairs.append((truth[i], read[j]))
        elif i and cost[i][j] == cost[i - 1][j] + 1:
            i -= 1
            pairs.append((truth[i], NONE))
        else:
            j -= 1
            pairs.append((NONE, read[j]))
    return tuple(reversed(pairs))


def _costs(truth: str, read: str) -> list[list[int]]:
    """Edit distance of every beginning of one text to every beginning of the other."""
    rows = [list(range(len(read) + 1))]
    for i, one in enumerate(truth, start=1):
        above, row = rows[-1], [i]
        for j, other in enumerate(read, start=1):
            row.append(min(above[j - 1] + (one != other), above[j] + 1, row[j - 1] + 1))
        rows.append(row)
    return rows


def edits(truth: str, read: str) -> Edits:
    """The fewest edits from what is true to what was read."""
    if truth == read:
        return Edits(0, 0, 0, len(truth))
    pairs = alignment(truth, read)
    deleted, inserted = sum(not other for _, other in pairs), sum(not one for one, _ in pairs)
    changed = sum(one != other for one, other in pairs) - deleted - inserted
    return Edits(changed, deleted, inserted, len(truth))


def cer(pairs: Sequence[Texts], *, seed: int = 0) -> Errors:
    """The character error rate of many readings, (S + D + I) / N.

    Its interval resamples readings, one a package (BCa). Where none has an error nothing can be resampled: the upper
    end is then that of the share of readings with an error (Wilson), as if such a reading were wrong in every
    character.

    Args:
        pairs: what is true, and what was read, one pair a package.
        seed: of the draws.
    """
    found = [edits(truth, read) for truth, read in pairs]
    total = Edits(*(sum(part) for part in zip(*found, strict=True))) if found else Edits(0, 0, 0, 0)
    if not total.characters:
        return Errors(float("nan"), float("nan"), float("nan"), total, len(pairs))
    rate = total.errors / total.characters
    if not total.errors:
        return Errors(rate, 0.0, wilson(0, len(pairs))[1], total, len(pairs))
    kinds = Counter((one.errors, one.characters) for one in found)
    wrong, of = (np.array([kind[at] for kind in kinds], float) for at in (0, 1))

    def figure(counts: Floats) -> Floats:
        characters = np.asarray(counts @ of, np.float64)
        rates: Floats = np.full(characters.shape, np.nan)
        np.divide(counts @ wrong, characters, out=rates, where=characters > 0)
        return rates

    ends = cells_interval(list(kinds.values()), figure, seed=seed)
    low, high = ends if ends is not None and len(kinds) > 1 else (float("nan"), float("nan"))
    return Errors(rate, low, high, total, len(pairs))


def exact(pairs: Iterable[Texts]) -> Exact:
    """How many readings are right in every character.

    Args:
        pairs: what is true, and what was read, one pair a package.
    """
    right = [truth == read for truth, read in pairs]
    return Exact(sum(right) / len(right) if right else float("nan"), *wilson(sum(right), len(right)), sum(right),
                 len(right))  # fmt: skip


def confusions(pairs: Iterable[Texts]) -> dict[Texts, int]:
    """How often each character was read as each: (true, read) to a count, `NONE` for none, the right ones among them.

    Args:
        pairs: what is true, and what was read.
    """
    return dict(Counter(one for truth, read in pairs for one in alignment(truth, read)))


def rejection(right: Bools, confidence: NDArray[np.floating]) -> Rejection:
    """Accuracy against the share of rejected readings.

    El-Yaniv & Wiener, On the foundations of noise-free selective classification, JMLR 11 (2010), where it is drawn as
    risk against coverage. Readings of the same confidence stay or go together.

    Args:
        right: (N,) bool, whether a reading is right in every character.
        confidence: (N,) in [0, 1].
    """
    said, count = np.asarray(confidence, np.float64), len(right)
    thresholds = np.unique(said)
    order = np.argsort(said, kind="stable")
    first = np.searchsorted(said[order], thresholds)  # how many lie below
    stays = count - first
    good = np.concatenate([np.cumsum(np.asarray(right, np.int64)[order][::-1])[::-1], [0]])[first]
    ends = np.array([wilson(int(k), int(n)) for k, n in zip(good, stays, strict=True)], np.float64).reshape(-1, 2)
    return Rejection(
        thresholds, first / max(count, 1), good / np.maximum(stays, 1), ends[:, 0], ends[:, 1], stays.astype(np.int64),
        np.minimum(1.0, int(np.sum(right)) / np.maximum(stays, 1)),
    )  # fmt: skip
