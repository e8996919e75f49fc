"""Reads the lines of one picture, and says of each how far it can be believed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from core.domain import NOT_VISIBLE, READ, UNSURE, Floats, Pixels
from core.serials.decoding import Answers, Fit, Free, agreed, fit, free
from core.serials.engine import Engine
from core.serials.finding import THRESHOLDS, Candidate, candidates, gray_of, under_bars
from core.serials.network import STRIDE
from core.serials.patterns import Pattern
from core.serials.rectifying import ABOVE, Gray, even, extent, looks, upright, with_room

FIRST = 6
"""Candidates that are read at first, the likeliest ones."""

FAINT, LATER = 8, 4
"""Candidates that a look at fainter print reads, and each look after it."""

NEAR = 16.0
"""Other lines stand so near the first one, in its heights."""

BEYOND_DOUBT = 0.5
"""Probability, before it is scaled, from which a line that fits a pattern need not be held against the others."""

CUT = 2
"""Characters at the edge of the frame that say that it cuts print off."""

NARROW, WIDE = 0.32, 1.25
"""Widths of a character in heights of its line, least and most."""

HINT = 0.5
"""Share of a pattern's length from which on readable characters say that there is such a line."""


@dataclass(frozen=True, slots=True)
class LineFound:
    """One line of one picture.

    Attributes:
        line, text, confidence, characters, status, reason: as `core.domain.Reading` has them.
        corners: (4, 2) float32 pixels of the picture; None where no line was found.
    """

    line: str
    text: str
    confidence: float
    characters: tuple[float, ...]
    status: str
    reason: str
    corners: Floats | None


class _Seen:
    """A candidate that was read: where it lies, and what the network says of it."""

    def __init__(self, candidate: Candidate, gray: Gray, line: Gray, answers: Answers) -> None:
        self.candidate, self.corners, self.line, self.answers = candidate, candidate.corners, line, answers
        self._gray = gray
        self.said: Free = free(answers)
        self.settled: Pattern | None = None
        """The pattern that it fits beyond doubt: then it fits no other."""
        self._fits: dict[Pattern, Fit | None] = {}

    @cached_property
    def barred(self) -> bool:
        """Whether it is the number under a barcode."""
        return under_bars(self._gray, self.corners)

    def fit(self, pattern: Pattern) -> Fit | None:
        """As a line of a pattern; None where it is none, or only a part of something longer."""
        if pattern not in self._fits and self.settled not in (None, pattern):
            self._fits[pattern] = None
        if pattern not in self._fits:
            found = fit(self.answers, pattern) if len(self.said.text) >= HINT * len(pattern) else None
            self._fits[pattern] = found if found is not None and _apart(found) else None
            if found is not None and found.probability > BEYOND_DOUBT and self.settled is None:
                self.settled = pattern
        return self._fits[pattern]


@dataclass(frozen=True, slots=True)
class _Match:
    """A candidate as a line of a pattern."""

    seen: _Seen
    pattern: Pattern
    fit: Fit
    confidence: float
    characters: tuple[float, ...] = ()


class LineReader:
    """Finds and reads printed lines.

    Args:
        engine: what reads them.
        patterns: what they look like.
    """

    def __init__(self, engine: Engine, patterns: Sequence[Pattern]) -> None:
        self.engine, self.patterns = engine, tuple(patterns)
        self.names = tuple(dict.fromkeys(pattern.name for pattern in self.patterns))
        self._lines = engine.calibration.of_lines()
        self._characters = engine.calibration.of_characters()

    def read(self, pixels: Pixels, *, not_these: Sequence[str] = ()) -> tuple[LineFound, ...]:
        """One answer for each line that the patterns name.

        A line that the first looks do not show is looked for in fainter print, upside down, and in light print on
        dark paper.

        Args:
            pixels: (H, W, 3) uint8 RGB.
            not_these: texts that are known to be something else, for example the digits under a barcode.
        """
        if min(pixels.shape[:2]) < 16:
            return tuple(_nothing(name, "The picture is too small to show a line.") for name in self.names)
        gray = gray_of(pixels)
        usual = candidates(gray)
        seen: list[_Seen] = []
        found: dict[str, _Match] = {}
        for look in self._looks(gray, usual):
            seen += look
            found = self._looked_at_again(self._assigned(seen, not_these), self.names[:1])
            if self.names[0] in found and self._sure(found[self.names[0]]):
                found = self._beside(gray, usual, seen, found, not_these)
                break
        found = self._looked_at_again(found, self.names)
        answers = [self._answer(name, found.get(name), seen, not_these) for name in self.names]
        if answers[0].status == NOT_VISIBLE:  # what is not sure by itself has nothing beside it that speaks for it
            answers = [_nothing(one.line, _why_not(one.line, seen)) if one.status == UNSURE else one for one in answers]
        return tuple(answers)

    def read_line(self, gray: Gray, corners: Floats) -> Answers:
        """What the network says of one line whose place is known."""
        return self.engine.answers([even(upright(gray, corners, height=self.engine.height))])[0]

    def _looks(self, gray: Gray, usual: Sequence[Candidate]) -> Iterator[list[_Seen]]:
        yield self._seen(gray, usual[:FIRST])
        yield self._seen(gray, self._likely(usual[FIRST:]))
        yield self._seen(gray, self._likely(candidates(gray, threshold=THRESHOLDS[1]))[:FAINT])
        yield self._seen(gray, [one.turned() for one in self._likely(usual)[:LATER]])
        yield self._seen(255 - gray, self._likely(candidates(gray, light=True))[:LATER])

    def _beside(
        self,
        gray: Gray,
        usual: Sequence[Candidate],
        seen: list[_Seen],
        found: dict[str, _Match],
        not_these: Sequence[str],
    ) -> dict[str, _Match]:
        """The other lines, where some are missing, looked for around the first one."""
        if all(name in found and self._sure(found[name]) for name in self.names):
            return found
        first = found[self.names[0]].seen
        middle, reach = first.corners.mean(axis=0), NEAR * extent(first.corners)[1]
        known = {one.candidate for one in seen}
        for some in (usual, _around(gray, middle, reach)):
            near = [one for one in some if one not in known and np.hypot(*(one.corners.mean(axis=0) - middle)) < reach]
            seen += self._seen(gray, near)
            found = self._assigned(seen, not_these) | {self.names[0]: found[self.names[0]]}
            if all(name in found for name in self.names):
                break
        return found

    def _likely(self, found: Sequence[Candidate]) -> list[Candidate]:
        return [one for one in found if self._long_enough(one)]

    def _long_enough(self, one: Candidate) -> bool:
        """Whether it may be the first line of the patterns."""
        wide, tall = extent(one.corners)
        lengths = [len(pattern) for pattern in self.patterns if pattern.name == self.names[0]]
        return any(NARROW * length <= wide / tall <= WIDE * length for length in lengths)

    def _seen(self, gray: Gray, found: Sequence[Candidate]) -> list[_Seen]:
        if not found:
            return []
        lines = [even(upright(gray, one.corners, height=self.engine.height, bend=one.bend)) for one in found]
        answers = self.engine.answers(lines)
        return [_Seen(one, gray, line, said) for one, line, said in zip(found, lines, answers, strict=True)]

    def _matches(self, seen: Sequence[_Seen], name: str, not_these: Sequence[str]) -> list[_Match]:
        """Whatever may be this line, the surest first."""
        found = []
        for pattern in (one for one in self.patterns if one.name == name):
            for one in seen:
                if (best := one.fit(pattern)) is not None and best.text not in not_these:
                    sure = float(self._lines(np.array([best.probability]))[0])
                    found.append(_Match(one, pattern, best, sure))
        return sorted(found, key=lambda match: -match.fit.probability)

    def _assigned(self, seen: Sequence[_Seen], not_these: Sequence[str]) -> dict[str, _Match]:
        """The best match of each line; no place is two lines."""
        every = [match for name in self.names for match in self._matches(seen, name, not_these)]
        taken: dict[str, _Match] = {}
        for match in sorted(every, key=lambda match: -match.fit.probability):
            free_place = not any(_overlap(match.seen, other.seen) for other in taken.values())
            if match.pattern.name not in taken and free_place and not match.seen.barred:
                taken[match.pattern.name] = match
        return taken

    def _looked_at_again(self, found: dict[str, _Match], names: Sequence[str]) -> dict[str, _Match]:
        """The same lines, with what several looks at them agree on; lines that were looked at so stay as they are."""
        asked = [name for name in names if name in found and not found[name].characters]
        lines = [looks(found[name].seen.line) for name in asked]
        answers = iter(self.engine.answers([line for some in lines for line in some]))
        again = dict(found)
        for name, some in zip(asked, lines, strict=True):
            match = found[name]
            best, each = agreed([next(answers) for _ in some], match.fit, match.pattern)
            sure = float(self._lines(np.array([best.probability]))[0])
            surely = self._characters(np.array(each))
            again[name] = replace(match, fit=best, confidence=sure, characters=tuple(float(one) for one in surely))
        return again

    def _sure(self, match: _Match) -> bool:
        return match.confidence >= self.engine.calibration.read_from

    def _answer(self, name: str, best: _Match | None, seen: Sequence[_Seen], not_these: Sequence[str]) -> LineFound:
        if best is None or not (self._sure(best) or _plausible(best)):
            return _nothing(name, _why_not(name, seen))
        answer = LineFound(name, best.fit.text, best.confidence, best.characters, READ, "", _corners(best))
        if best.seen.candidate.cut:
            reason = f"The frame cuts the {name} off."
            return replace(answer, text="", characters=(), confidence=0.0, status=NOT_VISIBLE, reason=reason)
        rival = self._rival(best, self._matches(seen, name, not_these))
        if rival is not None:
            reason = f"Two lines look like the {name}: {best.fit.text} and {rival.fit.text}."
            return replace(answer, status=UNSURE, confidence=min(best.confidence, 0.5), reason=reason)
        if self._sure(best):
            return answer
        return replace(answer, status=UNSURE, reason="The print is too blurred, too small or too faint to be sure.")

    def _rival(self, best: _Match, matches: Sequence[_Match]) -> _Match | None:
        """Another line elsewhere that would be as good."""
        elsewhere = (
            one
            for one in matches
            if one.fit.text != best.fit.text and not one.seen.barred and not _overlap(one.seen, best.seen)
        )
        return next((one for one in elsewhere if min(one.confidence, best.confidence) >= 0.5), None)


def _nothing(name: str, reason: str) -> LineFound:
    return LineFound(name, "", 0.0, (), NOT_VISIBLE, reason, None)


def _why_not(name: str, seen: Sequence[_Seen]) -> str:
    if any(one.candidate.cut and sum(sign.isalnum() for sign in one.said.text) >= CUT for one in seen):
        return f"The frame cuts print off; no line that could be the {name} can be seen in full."
    return f"No line that could be the {name} can be seen."


def _around(gray: Gray, middle: NDArray[np.floating], reach: float) -> Iterator[Candidate]:
    """Fainter lines near a place."""
    low = np.maximum(np.floor(middle - reach), 0).astype(int)
    high = np.ceil(middle + reach).astype(int)
    part = np.ascontiguousarray(gray[low[1] : high[1], low[0] : high[0]])
    for one in candidates(part, threshold=THRESHOLDS[1]):
        yield replace(one, corners=np.asarray(one.corners + low, np.float32), cut=False)


def _apart(best: Fit) -> bool:
    """Whether the text stands by itself: a letter or digit that touches it would belong to it."""
    return not best.before[-1:].isalnum() and not best.after[:1].isalnum()


def _plausible(match: _Match) -> bool:
    """Whether what can be read of the line freely speaks for it."""
    said = match.seen.said.text.replace(" ", "")
    allowed = set("".join(match.pattern.places))
    fitting = sum(one in allowed for one in said)
    return fitting >= max(3, HINT * len(match.pattern)) and fitting >= 0.6 * len(said)


def _overlap(one: _Seen, other: _Seen) -> bool:
    """Whether two candidates are the same place."""
    middle = one.corners.mean(axis=0)
    tall = extent(other.corners)[1]
    inside = cv2.pointPolygonTest(np.asarray(other.corners, np.float32), (float(middle[0]), float(middle[1])), True)
    return bool(inside > -tall / 4)


def _corners(match: _Match) -> Floats:
    """Where the text itself stands: a label before it is left out."""
    start, stop = match.fit.frames
    if not match.fit.before.strip() and not match.fit.after.strip():
        return match.seen.corners
    width = len(match.seen.answers) * STRIDE
    top, bottom = ABOVE / (1 + 2 * ABOVE), (1 + ABOVE) / (1 + 2 * ABOVE)
    left, right = start * STRIDE / width, min(1.0, stop * STRIDE / width)
    unit = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float32)
    back = cv2.getPerspectiveTransform(unit, with_room(match.seen.corners))
    box = np.array([[(left, top), (right, top), (right, bottom), (left, bottom)]], np.float32)
    return np.asarray(cv2.perspectiveTransform(box, back)[0], np.float32)
