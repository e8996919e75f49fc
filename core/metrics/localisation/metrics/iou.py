"""Overlap of the region with as many of the strongest pixels."""

from core.metrics.localisation.metric import METRICS
from core.metrics.localisation.metrics.relevance_rank import found
from core.metrics.localisation.ranked import Held


@METRICS.register("iou")
class Iou:
    """Intersection over union of the region and the strongest pixels, as many as the region has: no threshold.

    Exactly rank / (2 - rank), with the relevance rank.
    """

    title = "IoU at equal area"
    low, high, higher_is_better = 0.0, 1.0, True
    reference = "Jaccard, The distribution of the flora in the alpine zone, New Phytologist 11 (1912)"

    def chance(self, held: Held) -> float:
        """Of a random order: that of the expected intersection."""
        return held.target.share / (2 - held.target.share)

    def __call__(self, held: Held) -> float:
        """Intersection / union."""
        shared = found(held)
        return shared / (2 * held.target.area - shared)
