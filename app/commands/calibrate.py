"""Temperatures as a command: fitted on some packages, measured on the others, stored in the card where asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app import files, terminal
from app.options import Data, Json, Models, named, open_models

if TYPE_CHECKING:
    from core.contracts import Classifier, Dataset
    from core.studies.calibration import Calibrated

HEAD = ("view", "measured on", "n", "temperature", "95 %", "NLL", "change", "95 %", "ECE", "by chance", "Brier")


def calibrate(
    data: Data,
    models: Models = None,
    model: Annotated[str, typer.Option(metavar="NAME", help="One checkpoint, or all.")] = "all",
    share: Annotated[
        float, typer.Option(metavar="SHARE", help="Of the packages that may be fitted on; the others measure it.")
    ] = 0.5,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Which packages are drawn.")] = 0,
    save: Annotated[bool, typer.Option("--save", help="Store the temperatures in the card of each model.")] = False,
    json_file: Json = None,
) -> None:
    """Fit temperatures, so that 90 % means that nine of ten are damaged.

    Fitted on packages drawn by serial from those that were answered by networks which had not seen them, never from
    the test split; measured on the others, and on the test split. No verdict at 0.5 changes. Without --save nothing
    is written; with it, only card.json is.

    For example:

        secondlook calibrate --data packages
        secondlook calibrate --data packages --model mobilenetv3 --save
    """
    if json_file:
        files.check_file(json_file)
    from app import trust
    from core import study
    from core.studies import calibration

    dataset, classifiers = study.open_dataset(data), open_models(models)
    chosen = named(classifiers, model)
    with terminal.progress() as progress:
        frame = study.predictions(dataset, classifiers, progress=progress)
    found = {name: calibration.fit(frame, one, share=share, seed=seed) for name, one in chosen.items()}
    if json_file:
        files.write_json(json_file, {"dataset": dataset.name, "seed": seed, "share": share, "models": _plain(found)})
    for one in found.values():
        terminal.table(f"Temperatures of {one.model}", HEAD, map(_row, one.table.to_dict("records")))
        terminal.note(f"{trust.fitted(one)} {trust.fitted_on(one)}")
    if save:
        _save(dataset, classifiers, found)


def _save(dataset: Dataset, classifiers: Mapping[str, Classifier], found: Mapping[str, Calibrated]) -> None:
    """Write the cards, and carry the stored answers over to them."""
    from datetime import UTC, datetime

    from core.studies import calibration

    now = datetime.now(UTC)
    saved = {name: calibration.save(classifiers[name], one, dataset, when=now) for name, one in found.items()}
    calibration.carry_over(dataset, classifiers, {**classifiers, **saved})
    for name in saved:
        terminal.note(f"The card of {name} has its temperatures; a policy made for it before no longer fits.")


def _plain(found: Mapping[str, Calibrated]) -> dict[str, Any]:
    return {
        name: {
            "temperatures": one.temperatures,
            "worth": one.worth,
            "serials": one.serials,
            "serials_sha256": one.hash,
            "views": one.table.to_dict("records"),
        }
        for name, one in found.items()
    }


def _row(row: Mapping[str, Any]) -> tuple[str, ...]:
    value = "cannot be told" if row["clipped"] else f"{row['temperature']:.2f}"
    low, high = row["nll_change_low"], row["nll_change_high"]
    return (
        row["view"],
        "the others" if row["on"] == "others" else f"{row['on']} split",
        str(row["n"]),
        value,
        f"{row['temperature_low']:.2f} to {row['temperature_high']:.2f}",
        f"{row['nll_before']:.3f} > {row['nll_after']:.3f}",
        f"{row['nll_change']:+.3f}",
        "" if low is None or low != low else f"{low:+.3f} to {high:+.3f}",
        f"{row['ece_before']:.3f} > {row['ece_after']:.3f}",
        f"{row['ece_chance']:.3f}",
        f"{row['brier_before']:.3f} > {row['brier_after']:.3f}",
    )
