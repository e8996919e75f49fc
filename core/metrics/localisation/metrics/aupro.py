"""Whether every part of the region is found before many false pixels are."""

import numpy as np

from core.metrics.localisation.metric import METRICS
from core.metrics.localisation.ranked import Held

MOST = 0.3
"""Share of the false pixels up to which the curve counts."""


@METRICS.register("aupro")
class Aupro:
    """Share of each connected part of the region that is found, averaged over parts, up to 30 % false pixels.

    A small dent counts as much as a large one. Parts that touch at a corner are one; the curve is exact, with a
    straight line through pixels of one value.
    """

    title = "AUPRO"
    low, high, higher_is_better = 0.0, 1.0, True
    reference = "Bergmann et al., The MVTec anomaly detection dataset, IJCV 129 (2021)"

    def chance(self, held: Held) -> float:
        """Of a random order: half of 0.3."""
        return MOST / 2

    def __call__(self, held: Held) -> float:
        """Area under the curve up to `MOST`, divided by it."""
        parts = held.target.parts
        if not parts.any():
            return held.swept(held.inside, MOST)
        values = held.ranked.values.ravel()[held.target.where]
        return float(np.mean([held.swept(np.sort(values[parts == at]), MOST) for at in range(parts.max() + 1)]))
