"""How much two maps of the same picture agree: ranks, strongest places, structure, distribution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import correlate1d, gaussian_filter
from scipy.special import xlogy
from scipy.stats import rankdata

from core.errors import BadInput

Floats = NDArray[np.float64]

SIGMA = 2.0
"""Of the Gaussian that smooths every map first, pixels: raw maps of equally good networks hardly agree."""
TOP = 0.05
"""Share of the pixels that count as the strongest."""
CHANCE = TOP / (2 - TOP)
"""Intersection over union of two unrelated sets of that size: 0.026."""

MEASURES = {
    "spearman": ("Rank correlation", "Spearman's correlation of the ranks of all pixels; 0 is chance."),
    "iou": ("Top 5 %", f"Intersection over union of the strongest 5 % of the pixels; chance is {CHANCE:.3f}."),
    "ssim": ("SSIM", "Structural similarity, each map scaled to its own maximum; empty places count as alike."),
    "jsd": ("1 - JSD", "1 minus the Jensen-Shannon divergence of the evidence as a distribution, in bits."),
}
"""Key to title and meaning; 1 means the same map."""

FLAT = "a map is the same everywhere: nothing in it speaks for damaged"
SMALL = "the maps are smaller than the window of SSIM"

WINDOW, SPREAD, K1, K2 = 11, 1.5, 0.01, 0.03
"""Of SSIM: side of the Gaussian window and its sigma, pixels, and the two constants, as published."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What can be said of M maps one by one, so that pairs of them cost little.

    Attributes:
        ranks: (M, N) ranks of the N pixels, mean 0 and length 1; NaN of a flat map.
        top: (M, N) share to which each pixel is among the strongest, sum `TOP` * N: a tie takes its expected value.
        mass: (M, N) evidence, sum 1; NaN of a flat map.
        scaled: (M, h, w) evidence, maximum 1.
        means, squares: (M, h - 10, w - 10) of `scaled` in SSIM's windows, and of its square; empty where too small.
        windows: (h - 10, w - 10) bool, which windows count.
        flat: (M,) bool.
    """

    ranks: Floats
    top: Floats
    mass: Floats
    scaled: Floats
    means: Floats
    squares: Floats
    windows: NDArray[np.bool_]
    flat: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ranks)

    def take(self, places: Sequence[int] | NDArray[np.intp]) -> Prepared:
        """These of the maps, in this order, repeats allowed."""
        at = np.asarray(places, np.intp)
        return Prepared(self.ranks[at], self.top[at], self.mass[at], self.scaled[at], self.means[at], self.squares[at],
                        self.windows, self.flat[at])  # fmt: skip


def evidence(maps: NDArray[np.floating], *, sigma: float = SIGMA) -> Floats:
    """(M, h, w) positive part of (M, h, w) signed maps, each smoothed by a Gaussian of `sigma` pixels before."""
    values = np.asarray(maps, np.float64)
    smooth = gaussian_filter(values, (0, sigma, sigma), mode="constant") if sigma > 0 else values
    return np.maximum(smooth, 0.0)


def prepare(
    maps: NDArray[np.floating], *, sigma: float = SIGMA, inside: NDArray[np.bool_] | None = None
) -> Prepared:
    """Maps made ready to be compared.

    Args:
        maps: (M, h, w) signed, positive speaks for the target.
        sigma: of the smoothing, pixels; 0 for none.
        inside: (h, w) pixels that count, for example those of the crop; None for all.

    Raises:
        BadInput: the maps are not (M, h, w), hold a value that is no number, or no pixel counts.
    """
    if maps.ndim != 3 or not np.isfinite(maps).all():
        raise BadInput("Maps to compare must be (M, h, w) and finite.", "Compute the maps again.")
    positive = evidence(maps, sigma=sigma)
    counts = np.ones(maps.shape[1:], bool) if inside is None else inside
    if counts.shape != maps.shape[1:] or not counts.any():
        raise BadInput("No pixel of the maps counts.", "Compare them where the networks looked.")
    flat = positive[:, counts]
    still = np.ptp(flat, axis=1) <= 1e-12 * np.maximum(flat.max(axis=1), 1e-300)
    most = np.where(still, 1.0, flat.max(axis=1))
    scaled = np.where(counts, positive, 0.0) / most[:, None, None]
    means, squares = _windowed(scaled), _windowed(scaled**2)
    return Prepared(_ranks(flat, still), _strongest(flat), _mass(flat, still), scaled, means, squares,
                    _middles(counts), still)  # fmt: skip


def agreement(one: Prepared, other: Prepared) -> dict[str, Floats]:
    """How much the maps of two rows agree, map by map: each of `MEASURES` to (M,) values, NaN where undefined.

    - spearman: correlation of the ranks of the pixels, ties with their mean rank; in [-1, 1].
    - iou: of the strongest 5 % of the pixels; pixels that tie for the last places belong to them in part, and the sum
      of the lesser shares is held against the sum of the greater ones: without ties exactly |A and B| / |A or B|.
    - ssim: Wang et al., Image quality assessment: from error visibility to structural similarity, 2004: 11 x 11
      Gaussian window of sigma 1.5, K1 = 0.01, K2 = 0.03, mean over the windows that lie inside. Maps have no fixed
      range, so that each is first scaled to a maximum of 1, and L = 1.
    - jsd: 1 - the Jensen-Shannon divergence in bits (Lin 1991; the divergence, not its root); in [0, 1].

    A flat map agrees with nothing, not even with itself: NaN, see `reasons`.
    """
    undefined = one.flat | other.flat
    least, most = np.minimum(one.top, other.top).sum(axis=1), np.maximum(one.top, other.top).sum(axis=1)
    found = {
        "spearman": (one.ranks * other.ranks).sum(axis=1),
        "iou": least / most,
        "ssim": _ssim(one, other),
        "jsd": 1 - _divergence(one.mass, other.mass),
    }
    return {name: np.where(undefined, np.nan, values) for name, values in found.items()}


def reasons(one: Prepared, other: Prepared) -> list[str]:
    """(M,) why a pair has no figure, or no SSIM; "" where all are defined."""
    small = SMALL if not one.windows.any() else ""
    return [FLAT if flat else small for flat in (one.flat | other.flat).tolist()]


def _ranks(values: Floats, flat: NDArray[np.bool_]) -> Floats:
    ranks = rankdata(values, axis=1)
    ranks -= ranks.mean(axis=1, keepdims=True)
    length = np.where(flat, np.nan, np.sqrt((ranks**2).sum(axis=1)))
    return np.asarray(ranks / length[:, None], np.float64)


def _strongest(values: Floats) -> Floats:
    """(M, N) share of each pixel in the strongest: 1 above the last place, the same part of it for all that tie."""
    count = max(1, round(TOP * values.shape[1]))
    last = np.partition(values, -count, axis=1)[:, -count][:, None]
    above, level = values > last, values == last
    left = count - above.sum(axis=1, keepdims=True)
    return np.asarray(above + level * (left / level.sum(axis=1, keepdims=True)), np.float64)


def _mass(values: Floats, flat: NDArray[np.bool_]) -> Floats:
    total = np.where(flat, np.nan, values.sum(axis=1))
    return np.asarray(values / total[:, None], np.float64)


def _divergence(one: Floats, other: Floats) -> Floats:
    """(M,) Jensen-Shannon divergence of (M, N) distributions, bits."""
    middle = (one + other) / 2
    nats = (xlogy(one, one) + xlogy(other, other)).sum(axis=1) / 2 - xlogy(middle, middle).sum(axis=1)
    return np.asarray(np.clip(nats / np.log(2), 0, 1), np.float64)


def _kernel() -> Floats:
    away = np.arange(WINDOW) - WINDOW // 2
    weights = np.exp(-(away**2) / (2 * SPREAD**2))
    return np.asarray(weights / weights.sum(), np.float64)


def _windowed(values: Floats) -> Floats:
    """(M, h - 10, w - 10) weighted means over the windows that lie wholly inside; empty where there are none."""
    edge = WINDOW // 2
    weights = _kernel()
    found = correlate1d(correlate1d(values, weights, axis=1, mode="constant"), weights, axis=2, mode="constant")
    return np.asarray(found[:, edge : values.shape[1] - edge, edge : values.shape[2] - edge], np.float64)


def _middles(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    edge = WINDOW // 2
    return inside[edge : inside.shape[0] - edge, edge : inside.shape[1] - edge]


def _ssim(one: Prepared, other: Prepared) -> Floats:
    if not one.windows.any():
        return np.full(len(one), np.nan)
    c1, c2 = K1**2, K2**2
    both = one.means * other.means
    spreads = (one.squares - one.means**2) + (other.squares - other.means**2)
    together = _windowed(one.scaled * other.scaled) - both
    index = ((2 * both + c1) * (2 * together + c2)) / ((one.means**2 + other.means**2 + c1) * (spreads + c2))
    return np.asarray(index[:, one.windows].mean(axis=1), np.float64)
