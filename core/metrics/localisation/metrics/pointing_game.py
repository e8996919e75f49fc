"""Whether the strongest pixel lies on the region."""

from core.metrics.localisation.metric import METRICS
from core.metrics.localisation.ranked import EVEN, Held


@METRICS.register("pointing_game")
class PointingGame:
    """Whether the strongest pixel lies on the region, or within 15 pixels of it.

    Where several pixels share the largest value, up to one millionth of it, the score is the share of them that hit:
    a map that is nearly the same everywhere hits no more often than chance. The mean over pictures is the hit rate.
    """

    title = "Pointing game"
    low, high, higher_is_better = 0.0, 1.0, True
    reference = "Zhang et al. 2016, arXiv:1608.00507"

    def chance(self, held: Held) -> float:
        """Of a random pixel: the area within 15 pixels of the region."""
        return float(held.target.near.sum()) / held.target.pixels

    def __call__(self, held: Held) -> float:
        """Hit, miss, or a share of ties."""
        strongest = held.ranked.values >= held.ranked.peak * (1 - EVEN)
        return float((strongest & held.target.near).sum()) / float(strongest.sum())
