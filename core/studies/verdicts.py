"""What people call each package, as far as they agree: labels to train on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.contracts import AnnotationStore, Dataset, Progress, silent
from core.datasets.joined import open_joined
from core.domain import UNSURE, Annotation
from core.studies.annotation import open_annotations, standing
from core.teach import Verdict


@dataclass(frozen=True, slots=True)
class Said:
    """The verdicts that count.

    Attributes:
        packages: id to its verdict; those without one, or with two, are absent.
        notices: what was left out, one sentence each.
    """

    packages: Mapping[str, Verdict]
    notices: tuple[str, ...] = ()


def verdicts(store: AnnotationStore, dataset: Dataset, *, progress: Progress = silent) -> Said:
    """What stands of every package: damaged or intact, where everybody who is sure says the same.

    Args:
        store: as `studies.annotation.open_annotations` gives it.
        dataset: whose packages; several that were joined have the annotations of each.
        progress: called while the pictures are checked.
    """
    found = standing(store, dataset, progress=progress)
    sure = {package: [one for one in some if one.verdict != UNSURE] for package, some in found.packages.items()}
    split = sorted(package for package, some in sure.items() if len({one.verdict for one in some}) > 1)
    unsure = sum(not some for some in sure.values())
    agreed = {package: _verdict(some) for package, some in sure.items() if some and package not in split}
    held = set(dataset.index.loc[dataset.index["split"] == "test", "package"]) & set(agreed)
    notices = {
        f"Packages on which people disagree, whose label stays as it is: {len(split):,} ({_some(split)}).": len(split),
        f"Packages of which people are unsure, whose label stays as it is: {unsure:,}.": unsure,
        f"Packages of the test split with a verdict, which is not trained on: {len(held):,}.": len(held),
        "No package outside the test split has a verdict: the labels are those of the data set.":
            len(agreed) == len(held),
    }  # fmt: skip
    return Said(agreed, (*found.notices, *filter(notices.get, notices)))


def stored(data: Path | Sequence[Path], *, progress: Progress = silent) -> Said:
    """The same of one folder or several, from the store that the settings name."""
    dataset = open_joined([data] if isinstance(data, Path) else data)
    return verdicts(open_annotations(), dataset, progress=progress)


def _verdict(some: Sequence[Annotation]) -> Verdict:
    return Verdict(
        some[0].verdict, tuple(sorted({one.annotator for one in some})), tuple(sorted(one.id for one in some))
    )


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
