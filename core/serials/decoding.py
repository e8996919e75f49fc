"""From the answers of the network to text: what it says freely, and what it says of a line of a known pattern."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from core.serials.network import ALPHABET
from core.serials.patterns import Pattern

Answers = NDArray[np.float64]
"""(T, C) natural logarithms of probabilities by frame; the first class is the blank."""

BLANK = 0
NEVER = -1e9
BESIDE = 0.01
"""What a written frame beside the pattern costs, so that a character's last frames count to it, and not beside it."""

SMALLEST = 1e-7
"""Probabilities are cut off here and at 1 minus it: nothing is surer than its figures."""


@dataclass(frozen=True, slots=True)
class Free:
    """What the network says where nobody tells it what to expect.

    Attributes:
        text: its most probable class frame by frame, repetitions and blanks left out.
        frames: of each character, the first and the one after the last.
    """

    text: str
    frames: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Fit:
    """The most probable text of a pattern.

    Attributes:
        text: of the length of the pattern.
        frames: the first frame of the text and the one after its last.
        probability: of this text in these frames, over all texts there are (Graves et al. 2006, eq. 3).
        before, after: what the network says freely of the rest of the line.
    """

    text: str
    frames: tuple[int, int]
    probability: float
    before: str
    after: str


def free(answers: Answers) -> Free:
    """The most probable path, as text."""
    best = answers.argmax(axis=1)
    changes = np.flatnonzero(np.diff(best, prepend=-1, append=-1))
    runs = [(int(best[start]), int(start), int(stop)) for start, stop in pairwise(changes)]
    said = [run for run in runs if run[0] != BLANK]
    return Free("".join(ALPHABET[place - 1] for place, _, _ in said), tuple((start, stop) for _, start, stop in said))


def fit(answers: Answers, pattern: Pattern) -> Fit | None:
    """The most probable text of a pattern anywhere in a line, None where the line is too short for it.

    The path through the pattern is the best one (Viterbi); before and after it the network may say what it wants.
    Where what it says freely is such a text already, nothing is searched.
    """
    said = free(answers).text.strip()
    if pattern.matches(said):
        return Fit(said, (0, len(answers)), probability(answers, said), "", "")
    found = _path(answers, pattern)
    if found is None:
        return None
    places, start, stop = found
    before, after = free(answers[:start]).text, free(answers[stop:]).text
    start, stop = (start if before.strip() else 0), (stop if after.strip() else len(answers))
    part = answers[start:stop]
    total = _forward(part, np.array([places]))[0]
    text = "".join(ALPHABET[place - 1] for place in places)
    return Fit(text, (start, stop), float(np.exp(min(total, 0.0))), before, after)


def agreed(looks: Sequence[Answers], found: Fit, pattern: Pattern) -> tuple[Fit, tuple[float, ...]]:
    """What several looks at the same line agree on: the text that is most probable on average.

    Args:
        looks: what the network says of each; the first is the one of the fit.
        found: the most probable text of the first.
        pattern: of the line.

    Returns:
        The fit with the text of the highest mean probability, and the mean probability of each of its characters.
    """
    start, stop = found.frames
    share = [len(one) / len(looks[0]) for one in looks]
    parts = [
        one[round(start * by) : max(round(start * by) + 1, round(stop * by))]
        for one, by in zip(looks, share, strict=True)
    ]
    texts = {found.text, *(text for text in (free(part).text.strip() for part in parts) if pattern.matches(text))}
    scores = {text: float(np.mean([probability(part, text) for part in parts])) for text in texts}
    best = max(sorted(texts), key=lambda text: scores[text])
    each = [characters(part, replace(found, text=best, frames=(0, len(part))), pattern) for part in parts]
    return replace(found, text=best, probability=scores[best]), tuple(np.mean(each, axis=0).tolist())


def characters(answers: Answers, found: Fit, pattern: Pattern) -> tuple[float, ...]:
    """Probability of each character of a fit, over all that the pattern lets stand in its place.

    The others stay as they are. Where the pattern allows only one character, it is held against all of them.
    """
    part = answers[slice(*found.frames)]
    places = [ALPHABET.index(one) + 1 for one in found.text]
    rows, owner = [], []
    for at, allowed in enumerate(pattern.places):
        choices = [ALPHABET.index(one) + 1 for one in (allowed if len(allowed) > 1 else ALPHABET)]
        for choice in choices:
            rows.append([*places[:at], choice, *places[at + 1 :]])
            owner.append(at)
    scores, owners = _forward(part, np.array(rows)), np.array(owner)
    total = _forward(part, np.array([places]))[0]
    return tuple(float(np.exp(total - np.logaddexp.reduce(scores[owners == at]))) for at in range(len(places)))


def probability(answers: Answers, text: str) -> float:
    """Of a text, over all texts there are; 0 where it has characters that cannot be written."""
    if any(one not in ALPHABET for one in text):
        return 0.0
    if not text:
        return float(np.exp(answers[:, BLANK].sum()))
    return float(np.exp(min(0.0, _forward(answers, np.array([[ALPHABET.index(one) + 1 for one in text]]))[0])))


def log_odds(probabilities: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Natural logarithms of p / (1 - p)."""
    cut = np.clip(np.asarray(probabilities, np.float64), SMALLEST, 1 - SMALLEST)
    return np.asarray(np.log(cut) - np.log1p(-cut), np.float64)


def _forward(answers: Answers, texts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Log-probability of each of (N, L) texts, summed over all their paths."""
    count, length = texts.shape
    states = np.zeros((count, 2 * length + 1), np.int64)
    states[:, 1::2] = texts
    skips = np.zeros(states.shape)
    skips[:, 3::2] = texts[:, 1:] != texts[:, :-1]
    frames = np.exp(answers)
    reached = np.zeros(states.shape)
    reached[:, 0] = frames[0, BLANK]
    reached[:, 1] = frames[0, texts[:, 0]]
    scale = np.zeros(count)
    for frame in frames[1:]:
        moved = reached.copy()
        moved[:, 1:] += reached[:, :-1]
        moved[:, 2:] += skips[:, 2:] * reached[:, :-2]
        reached = moved * frame[states]
        most = np.maximum(reached.max(axis=1), 1e-300)  # kept near 1, so that nothing vanishes
        reached /= most[:, None]
        scale += np.log(most)
    return np.asarray(np.log(np.maximum(reached[:, -1] + reached[:, -2], 1e-300)) + scale, np.float64)


def _path(answers: Answers, pattern: Pattern) -> tuple[list[int], int, int] | None:
    """Best path through the pattern: the class at each place, its first frame and the one after its last."""
    frames, classes = answers.shape
    length = len(pattern)
    if frames < length:
        return None
    allowed = np.zeros((length, classes), bool)
    for at, place in enumerate(pattern.places):
        allowed[at, [ALPHABET.index(one) + 1 for one in place]] = True
    ends = answers.max(axis=1) - BESIDE * (answers.argmax(axis=1) != BLANK)
    skipped = np.concatenate([[0.0], np.cumsum(ends)])  # score of whatever the network says before frame t
    total = skipped[-1]
    inside = np.full((length, classes), NEVER)
    gap = np.full(length, NEVER)  # the blank after place i
    back_inside = np.zeros((frames, length, classes), np.int16)
    back_gap = np.zeros((frames, length), np.int16)
    best = (NEVER, 0, 0)
    for t, frame in enumerate(answers):
        stay = inside
        from_gap = np.concatenate([[skipped[t]], gap[:-1]])[:, None]
        from_other, other = _best_other(inside)
        candidates = np.stack([stay, np.broadcast_to(from_gap, stay.shape), from_other])
        which = candidates.argmax(axis=0)
        back_inside[t] = np.where(which == 0, -1, np.where(which == 1, -2, other))
        entered = np.where(allowed, np.take_along_axis(candidates, which[None], 0)[0] + frame, NEVER)
        from_place, place = inside.max(axis=1), inside.argmax(axis=1)
        back_gap[t] = np.where(gap >= from_place, -1, place)
        gap = np.maximum(gap, from_place) + frame[BLANK]
        inside = entered
        last = int(inside[-1].argmax())
        done = float(inside[-1, last]) + total - skipped[t + 1]
        if done > best[0]:
            best = (done, t, last)
    return _traced(back_inside, back_gap, best[1], best[2])


def _best_other(inside: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Best score of another class at the place before, and which one: equal neighbors need a blank between them."""
    length, classes = inside.shape
    order = np.argsort(inside, axis=1)
    first, second = order[:, -1], order[:, -2]
    rows = np.arange(length)
    other = np.repeat(first[:, None], classes, axis=1)
    other[rows, first] = second
    score = inside[rows[:, None], other]
    return (
        np.concatenate([np.full((1, classes), NEVER), score[:-1]]),
        np.concatenate([np.zeros((1, classes), np.int64), other[:-1]]),
    )


def _traced(
    back_inside: NDArray[np.int16], back_gap: NDArray[np.int16], stop: int, last: int
) -> tuple[list[int], int, int]:
    place, current, in_gap = back_inside.shape[1] - 1, last, False
    places = [current]
    for t in range(stop, -1, -1):
        if in_gap:
            if back_gap[t, place] != -1:
                current, in_gap = int(back_gap[t, place]), False
                places.append(current)
            continue
        came = int(back_inside[t, place, current])
        if came == -1:
            continue
        if place == 0:
            return places[::-1], t, stop + 1
        place -= 1
        if came == -2:
            in_gap = True
        else:
            current = came
            places.append(current)
    return places[::-1], 0, stop + 1
