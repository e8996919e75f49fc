"""Where errors gather, as a command: slices, suspected labels, near-duplicates across splits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from app import files, terminal
from app.options import Data, Json, Models, named, of_split, open_models
from core.errors import UnknownName

if TYPE_CHECKING:

    from core.studies.patterns import Found, Suspects
    from core.studies.resemblance import Alike

SHOWN = 10
"""Rows of each table; the JSON file has them all."""


def patterns(
    data: Data,
    models: Models = None,
    split: Annotated[str | None, typer.Option(metavar="NAME", help="Only this split, for example test.")] = None,
    model: Annotated[str, typer.Option(metavar="NAME", help="Whose errors: one checkpoint, or ensemble.")] = "ensemble",
    view: Annotated[
        str, typer.Option(metavar="NAME", help="`package` (fused), a view, or `every picture` by itself.")
    ] = "package",
    kind: Annotated[str, typer.Option(metavar="KIND", help="`Errors`, `Escapes` or `False rejects`.")] = "Errors",
    json_file: Json = None,
) -> None:
    """Look where errors gather, which labels to doubt, and which pictures two splits share nearly.

    Measures every picture and lets every network look at it; both are stored, and a stopped run goes on where it was.

    For example:

        secondlook patterns --data packages --split test
        secondlook patterns --data packages --model mobilenetv2 --view "every picture" --json patterns.json
    """
    if json_file:
        files.check_file(json_file)
    from app import findings
    from core import study
    from core.studies import economics, features, measures, resemblance
    from core.studies import patterns as question

    dataset, classifiers = study.open_dataset(data), open_models(models)
    single = next(iter(classifiers)) if len(classifiers) == 1 and model == study.ENSEMBLE else model
    if single != study.ENSEMBLE:
        named(classifiers, single)
    with terminal.progress() as progress:
        answers = of_split(study.predictions(dataset, classifiers, progress=progress), split)
        seen = features.features(dataset, classifiers, progress=progress)  # first: where it finds packages is measured
        measured = measures.measures(dataset, classifiers, progress=progress)
    cuts = economics.cuts(classifiers, models, view=view)
    rows = question.answers(answers, model=single, view=view, cut=cuts[single])
    if rows.empty:
        raise UnknownName(f"{single} has no answers on {view!r}.", "Choose another model or view.")
    found = question.slices(rows, dataset.index, measured, kind=kind)
    doubted = question.suspects(answers, model=single, cuts=cuts)
    splits = dataset.index.drop_duplicates("package").set_index("package")["split"]
    alike = resemblance.duplicates(seen, splits)
    if json_file:
        files.write_json(json_file, _everything(found, doubted, alike))
    terminal.note(findings.slices(found, kind.lower()))
    _print_slices(found, kind.lower())
    terminal.note(findings.labels(doubted))
    _print_suspects(doubted)
    terminal.note(findings.alike(alike))
    _print_pairs(alike)


def _everything(found: Found, doubted: Suspects, alike: Alike) -> dict[str, Any]:
    return {
        "slices": {"looks": found.looks, "rows": found.table.drop(columns="key").to_dict("records")},
        "labels": {
            "looks": doubted.looks,
            "expected_wrong": doubted.expected,
            "suspects": doubted.table.to_dict("records"),
        },
        "duplicates": {
            "bits": alike.bits,
            "similarity": alike.similarity,
            "pairs": alike.pairs[alike.pairs["flagged"]].to_dict("records"),
            "looked_at": len(alike.pairs),
        },
    }


def _print_slices(found: Found, noun: str) -> None:
    head = ("slice", "n", noun, "rate", "rest", "difference", "95 %", "p", "Holm", "FDR")
    terminal.table("Slices, the worst first", head, map(_slice_row, found.table.head(SHOWN).to_dict("records")))


def _slice_row(row: dict[str, Any]) -> tuple[str, ...]:
    rates = (f"{100 * row[key]:.1f} %" for key in ("rate", "rest_rate"))
    between = f"{100 * row['difference_low']:+.1f} to {100 * row['difference_high']:+.1f}"
    ps = (f"{row[key]:.2g}" for key in ("p", "holm", "fdr"))
    return (row["key"], str(row["n"]), str(row["errors"]), *rates, f"{100 * row['difference']:+.1f}", between, *ps)


def _print_suspects(doubted: Suspects) -> None:
    if doubted.table.empty:
        return
    head = ("package", "label", "suggested", "suspected", "probability", "models agree")
    rows = doubted.table.head(SHOWN).to_dict("records")
    terminal.table(
        "Labels that do not fit",
        head,
        [
            (
                row["package"], row["label"], row["suggested"], "yes" if row["suspected"] else "no",
                f"{row['probability']:.2f}", f"{row['agree']:.0f} of {row['models']:.0f}",
            )
            for row in rows
        ],
    )  # fmt: skip


def _print_pairs(alike: Alike) -> None:
    near = alike.pairs[alike.pairs["flagged"].astype(bool)].head(SHOWN)
    if near.empty:
        return
    head = ("package", "split", "other", "split", "view", "bits", "similarity")
    rows = [
        (
            row["package"], row["split"], row["other"], row["other_split"], row["view"], f"{row['bits']:.0f}",
            f"{row['similarity']:.2f}",
        )
        for row in near.to_dict("records")
    ]  # fmt: skip
    terminal.table("Surprisingly alike across splits", head, rows)
