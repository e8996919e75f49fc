"""Overlap of the region with as many of the strongest pixels, counted twice."""

from core.metrics.localisation.metric import METRICS
from core.metrics.localisation.metrics.relevance_rank import found
from core.metrics.localisation.ranked import Held


@METRICS.register("dice")
class Dice:
    """Twice the intersection of the region and the strongest pixels, as many as the region has, over both areas.

    The areas are equal, so that it is the relevance rank under its other name.
    """

    title = "Dice at equal area"
    low, high, higher_is_better = 0.0, 1.0, True
    reference = "Dice, Measures of the amount of ecologic association between species, Ecology 26 (1945)"

    def chance(self, held: Held) -> float:
        """Of a random order: the share of the pixels in the region."""
        return held.target.share

    def __call__(self, held: Held) -> float:
        """2 * intersection / (K + K)."""
        return 2 * found(held) / (2 * held.target.area)
