"""How pure the strongest pixels are, over all thresholds."""

from core.metrics.localisation.metric import METRICS
from core.metrics.localisation.ranked import Held


@METRICS.register("average_precision")
class AveragePrecision:
    """Mean over the pixels of the region of how many of the pixels at least as strong lie in it too.

    Pixels of one value are one threshold, as in scikit-learn.
    """

    title = "Pixel AP"
    low, high, higher_is_better = 0.0, 1.0, True
    reference = "Davis & Goadrich, The relationship between precision-recall and ROC curves, ICML 2006"

    def chance(self, held: Held) -> float:
        """Of a map that is the same everywhere: the share of the pixels in the region."""
        return held.target.share

    def __call__(self, held: Held) -> float:
        """Precision at each pixel of the region, averaged."""
        return float((held.hits / held.reaching).mean())
