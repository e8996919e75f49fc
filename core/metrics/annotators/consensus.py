"""Where the damage is when several people marked it: by majority, or by STAPLE, which learns whom to believe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.domain import Mask
from core.errors import BadInput
from core.metrics.localisation.target import around

MOST = 20
"""People whose marks STAPLE takes: each pixel is one of 2^n patterns."""
START = 0.99999
"""Of both qualities, before anything is known (section III-D of the paper)."""

Floats = NDArray[np.float64]


class Staple(NamedTuple):
    """What STAPLE finds.

    Attributes:
        probability: (H, W) that a pixel is damaged, in [0, 1]; 0 off the rectangle around all marks.
        sensitivity: (R,) share of the damaged pixels that each person marked; NaN where nobody marked any.
        specificity: (R,) share of the other pixels of that rectangle that each left alone; NaN likewise, and where
            there are no others.
        steps: how often the two were estimated.
        settled: whether they came to rest.
    """

    probability: Floats
    sensitivity: Floats
    specificity: Floats
    steps: int
    settled: bool

    @property
    def region(self) -> Mask:
        """(H, W) bool: the pixels that are rather damaged than not."""
        return np.asarray(self.probability > 0.5, bool)


def majority(masks: Sequence[Mask]) -> Mask:
    """(H, W) bool: the pixels that more than half have marked; of two people, those that both have.

    Raises:
        BadInput: there is no mask, or they differ in size.
    """
    votes = _stacked(masks).sum(axis=0)
    return np.asarray(2 * votes > len(masks), bool)


def staple(masks: Sequence[Mask], *, most: int = 500, tolerance: float = 1e-7) -> Staple:
    """The region that explains best what each person marked, and how good each is, found together.

    Warfield, Zou & Wells, Simultaneous truth and performance level estimation (STAPLE), IEEE TMI 23 (2004):
    expectation maximization over the hidden true region, with one sensitivity and one specificity a person. Pixels are
    independent (no Markov field), and the prior is the mean share marked, one for all pixels. Unlike the paper, only
    the rectangle around all marks counts, so that the background, on which all agree, does not make everybody perfect;
    pixels with the same marks are treated as one, which changes nothing.

    With two people it cannot tell who is right, and believes the one who marks more like the prior says: take it from
    three on.

    Args:
        masks: (H, W) bool each, one a person.
        most: steps at most.
        tolerance: it is settled when no quality changes by more.

    Raises:
        BadInput: there is no mask, more than `MOST`, or they differ in size.
    """
    stacked = _stacked(masks)
    people, box = len(stacked), around(np.asarray(stacked.any(axis=0), bool))
    if people > MOST:
        raise BadInput(f"STAPLE takes up to {MOST} people, not {people}.", "Take the majority instead.")
    probability = np.zeros(stacked.shape[1:])
    if box is None:
        nothing = np.full(people, np.nan)
        return Staple(probability, nothing, nothing.copy(), 0, True)
    marked = stacked[(slice(None), *box)]
    codes = np.tensordot(1 << np.arange(people), marked, axes=1)
    patterns, inverse, pixels = np.unique(codes, return_inverse=True, return_counts=True)
    decisions = (patterns[:, None] >> np.arange(people) & 1).astype(bool)
    weight, sensitivity, specificity, steps, settled = _estimated(decisions, pixels.astype(float), most, tolerance)
    probability[box] = weight[inverse].reshape(codes.shape)
    return Staple(probability, sensitivity, specificity, steps, settled)


def _estimated(
    decisions: Mask, pixels: Floats, most: int, tolerance: float
) -> tuple[Floats, Floats, Floats, int, bool]:
    """EM over patterns: (P, R) who marked it, (P,) how many pixels it has."""
    people = decisions.shape[1]
    prior = float(pixels @ decisions.mean(axis=1) / pixels.sum())
    sensitivity, specificity = np.full(people, START), np.full(people, START)
    weight, steps, settled = np.zeros(len(pixels)), 0, False
    while steps < most and not settled:
        weight = _believed(decisions, prior, sensitivity, specificity)
        inside, outside = pixels * weight, pixels * (1 - weight)
        better = _share(inside @ decisions, inside.sum()), _share(outside @ ~decisions, outside.sum())
        moved = max(_apart(better[0], sensitivity), _apart(better[1], specificity))
        (sensitivity, specificity), steps, settled = better, steps + 1, moved < tolerance
    return weight, sensitivity, specificity, steps, settled


def _believed(decisions: Mask, prior: float, sensitivity: Floats, specificity: Floats) -> Floats:
    """(P,) that a pixel of each pattern is damaged, were these the qualities; by logarithms, so that nothing is lost.

    Of nobody's quality is anything known where no pixel speaks of it (NaN): it says nothing.
    """
    p, q = (np.clip(np.nan_to_num(one, nan=0.5), 1e-12, 1 - 1e-12) for one in (sensitivity, specificity))
    damaged = np.log(max(prior, 1e-300)) + np.where(decisions, np.log(p), np.log1p(-p)).sum(axis=1)
    clear = np.log(max(1 - prior, 1e-300)) + np.where(decisions, np.log1p(-q), np.log(q)).sum(axis=1)
    return np.asarray(1 / (1 + np.exp(np.clip(clear - damaged, -700, 700))))


def _share(part: Floats, whole: float) -> Floats:
    return np.asarray(part / whole) if whole > 1e-9 else np.full(part.shape, np.nan)


def _apart(one: Floats, other: Floats) -> float:
    return float(np.abs(np.nan_to_num(one, nan=-1) - np.nan_to_num(other, nan=-1)).max())


def _stacked(masks: Sequence[Mask]) -> Mask:
    if not len(masks) or len({mask.shape for mask in masks}) > 1:
        raise BadInput("A consensus needs the marks of one picture, in one size.", "Take all in frame coordinates.")
    return np.stack([np.asarray(mask, bool) for mask in masks])
