"""Whether pixels of the region are stronger than others."""

from core.metrics.localisation.metric import METRICS
from core.metrics.localisation.ranked import Held


@METRICS.register("auroc")
class Auroc:
    """Chance that a pixel of the region is stronger than one outside; equal ones count half.

    Most pixels are far from the damage and easy to order, so that a good value says little; see AUPRO and AP.
    """

    title = "Pixel AUROC"
    low, high, higher_is_better = 0.0, 1.0, True
    reference = "Hanley & McNeil, The meaning and use of the area under a ROC curve, Radiology 143 (1982)"

    def chance(self, held: Held) -> float:
        """Of a random order."""
        return 0.5

    def __call__(self, held: Held) -> float:
        """Area under the curve of pixels found against false pixels."""
        return held.swept(held.inside, 1.0)
