"""How much of the evidence lies on the region."""

from core.metrics.localisation.metric import METRICS
from core.metrics.localisation.ranked import Held


@METRICS.register("relevance_mass")
class RelevanceMass:
    """Share of the evidence for damage that lies on the region, as in an energy-based pointing game.

    Departs from the paper in that negative values are set to 0 first: in a signed map the sum can vanish, and the
    share then means nothing.
    """

    title = "Relevance mass"
    low, high, higher_is_better = 0.0, 1.0, True
    reference = "Arras et al. 2020, arXiv:2003.07258; Wang et al. 2020, arXiv:1910.01279"

    def chance(self, held: Held) -> float:
        """Of a map that is the same everywhere: the share of the pixels in the region."""
        return held.target.share

    def __call__(self, held: Held) -> float:
        """Sum over the region / sum."""
        values = held.ranked.values.ravel()[held.target.where]
        return float(values.sum(dtype="float64")) / held.ranked.total
