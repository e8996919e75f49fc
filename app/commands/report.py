"""`secondlook report`: one HTML file with everything that is known."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from app import files, terminal
from app.options import Data, Models, of_split, open_models


def report(
    data: Data,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The report, an HTML file.")],
    models: Models = None,
    split: Annotated[str | None, typer.Option(metavar="NAME", help="Only this split, for example test.")] = None,
) -> None:
    """Write everything that is known of the models on a data set into one file.

    Data card, model cards, every figure with its interval, comparisons, thresholds, calibration, views, error patterns,
    stability and robustness where they were computed, limits, and the hashes of data and weights. It needs no network.

    For example:

        secondlook report --data packages --out report.html
        secondlook report --data packages --split test --out test.html
    """
    files.check_file(out)
    from app import report as contents
    from core import study
    from core.domain import ONE_VIEW
    from core.studies import economics

    dataset, classifiers = study.open_dataset(data), open_models(models)
    with terminal.progress() as progress:
        frame = study.predictions(dataset, classifiers, progress=lambda share, text: progress(0.5 * share, text))
        asked = contents.Asked(
            dataset,
            classifiers,
            split,
            of_split(frame, split),
            study.inventory(dataset),
            economics.cuts(classifiers, models),
            economics.cuts(classifiers, models, view=ONE_VIEW),
        )
        text = contents.html(
            asked, when=datetime.now(UTC), progress=lambda share, said: progress(0.5 + 0.5 * share, said)
        )
    files.write_whole(out, lambda file: file.write(text.encode()))
    terminal.OUT.print(f"Written to {out}.", highlight=False, soft_wrap=True)
