"""What a model saw in one view, as a map of the crop that networks look at."""

from __future__ import annotations

from core.attribution.heat import to_crop
from core.contracts import Dataset, Progress, silent
from core.domain import Floats
from core.models.classifier import TrainedClassifier as Classifier
from core.models.framing import Placement
from core.studies.explanation import explain


def cropped(
    dataset: Dataset,
    package: str,
    view: str,
    model: Classifier,
    method: str,
    *,
    placement: Placement,
    progress: Progress = silent,
) -> Floats:
    """(h, w) float32 signed map of `explain`, in the coordinates of a crop; the default baseline and steps.

    A map of a model that looked at another crop is brought to this one through the frame.

    Args:
        dataset: where the picture lies.
        package: its id.
        view: the camera.
        model: whose evidence.
        method: name in the registry of attribution methods.
        placement: of the crop.
        progress: called along the way; an error raised in it stops the work.

    Raises:
        as `explain`.
    """
    found = explain(dataset, package, view, model, method, progress=progress)
    return to_crop(found.values, placement.transform, placement.size)
