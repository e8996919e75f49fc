"""Which view carries the decision: the evidence of each, weighted as the fusion weighs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.special import logit

from core.domain import PACKAGE, Attribution
from core.errors import BadInput
from core.models.classifier import TrainedClassifier as Classifier
from core.models.fusion import share_of


@dataclass(frozen=True, slots=True)
class Shares:
    """The fused log-odds of damaged of one package, taken apart; before the temperature of the fused decision.

    Attributes:
        model: its name.
        positive: view to its share of the evidence for damaged, in [0, 1], sum 1; NaN where there is no such evidence.
        net: view to what its map adds to the fused log-odds, for and against together.
        rest: what the fused log-odds are without any evidence: the answers to the baselines, weighted, and the
            intercept of the fusion.
        fused: log-odds: `rest` and every `net` add up to it.
    """

    model: str
    positive: Mapping[str, float]
    net: Mapping[str, float]
    rest: float
    fused: float

    @property
    def any(self) -> bool:
        """Whether there is evidence for damaged at all."""
        return all(share == share for share in self.positive.values())  # NaN is not itself


def shares(model: Classifier, maps: Mapping[str, Attribution], *, sigma: float = 2.0) -> Shares:
    """How much of the evidence for damaged each view of a package carries.

    The fused log-odds are a sum of the views' log-odds with the weights of the model's card. Integrated Gradients is
    linear in what it explains (Sundararajan et al., arXiv 1703.01365, section 3), so that the map of the fused decision
    is the maps of the views, each times its weight; what is off is the completeness error of the maps.

    Args:
        model: whose card holds the weights.
        maps: view to its map, by Integrated Gradients, of all views of one package.
        sigma: of the Gaussian that smooths a map before its positive part is taken, pixels of the frame: next to each
            other, for and against otherwise count as much evidence where there is none. The net needs none.

    Raises:
        BadInput: there is no map, or they are of several packages or of another model.
    """
    if len({one.package for one in maps.values()}) != 1 or {one.model for one in maps.values()} != {model.name}:
        raise BadInput("The shares of the views need maps of one package by one model.", "Explain all of its views.")
    weights = {view: share_of(view, len(maps), model.card.fusion) for view in maps}
    evidence = {view: weights[view] * _positive(one, sigma) for view, one in maps.items()}
    whole = sum(evidence.values())
    net = {view: weights[view] * float(one.values.sum(dtype=np.float64)) for view, one in maps.items()}
    odds = {view: float(logit(one.probability)) * model.card.temperature(view) for view, one in maps.items()}
    intercept = float((model.card.fusion or {}).get(PACKAGE, 0.0))
    fused = sum(weights[view] * odds[view] for view in maps) + intercept
    positive = {view: part / whole if whole > 0 else float("nan") for view, part in evidence.items()}
    return Shares(model.name, positive, net, fused - sum(net.values()), fused)


def _positive(found: Attribution, sigma: float) -> float:
    smooth = gaussian_filter(found.values, sigma) if sigma > 0 else found.values
    return float(np.maximum(smooth, 0).sum(dtype=np.float64))
