"""How many of the strongest pixels lie on the region."""

from core.metrics.localisation.metric import METRICS
from core.metrics.localisation.ranked import Held


@METRICS.register("relevance_rank")
class RelevanceRank:
    """Share of the region among the strongest pixels, as many as the region has; the same as Dice at equal area.

    Where pixels of one value compete for the last places, each has the same chance of getting one.
    """

    title = "Relevance rank"
    low, high, higher_is_better = 0.0, 1.0, True
    reference = "Arras et al. 2020, arXiv:2003.07258"

    def chance(self, held: Held) -> float:
        """Of a random order: the share of the pixels in the region."""
        return held.target.share

    def __call__(self, held: Held) -> float:
        """Expected share over the order of ties."""
        return found(held) / held.target.area


def found(held: Held) -> float:
    """How many of the K highest pixels lie in the region of K pixels; ties count with their share."""
    level, share = held.ranked.top(held.target.area)
    above = int((held.inside > level).sum())
    return above + share * int((held.inside == level).sum())
