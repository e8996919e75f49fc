"""Overlap at the threshold that fits the region best: an oracle."""

from core.metrics.localisation.metric import METRICS
from core.metrics.localisation.ranked import Held


@METRICS.register("best_iou")
class BestIou:
    """Intersection over union at whichever threshold fits this region best: an oracle, nobody knows that threshold.

    An upper end for every way to choose a threshold, and not to be compared with scores that are no oracle.
    """

    title = "Best IoU (oracle)"
    low, high, higher_is_better = 0.0, 1.0, True
    reference = "Choe et al. 2020, arXiv:2007.04178"

    def chance(self, held: Held) -> float:
        """Everything marked: the share of the pixels in the region; no map scores less."""
        return held.target.share

    def __call__(self, held: Held) -> float:
        """Largest intersection / union; it lies at the value of a pixel of the region."""
        return float((held.hits / (held.reaching + held.target.area - held.hits)).max())
