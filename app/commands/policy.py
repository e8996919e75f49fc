"""Thresholds as a command: designed from costs and an escape budget, saved as a policy where asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app import files, terminal
from app.options import Data, Json, Models, named, of_split, open_models

if TYPE_CHECKING:
    from core.studies.economics import Design, Outcome

HEAD = ("thresholds", "cost of 1000", "95 %", "at worst", "escapes", "up to", "false rejects", "95 %", "to a person")


def policy(
    data: Data,
    models: Models = None,
    model: Annotated[str, typer.Option(metavar="NAME", help="One checkpoint, or ensemble.")] = "ensemble",
    prevalence: Annotated[float, typer.Option(metavar="SHARE", help="Of damaged packages on the line.")] = 0.02,
    cost_escape: Annotated[float, typer.Option(metavar="COST", help="Of a damaged package that is accepted.")] = 100.0,
    cost_false_reject: Annotated[float, typer.Option(metavar="COST", help="Of an intact one that is rejected.")] = 5.0,
    cost_review: Annotated[float, typer.Option(metavar="COST", help="Of a package that a person looks at.")] = 1.0,
    budget: Annotated[float, typer.Option(metavar="SHARE", help="Of the damaged packages that may escape.")] = 0.01,
    split: Annotated[str | None, typer.Option(metavar="NAME", help="Only this split, for example test.")] = None,
    note: Annotated[str, typer.Option(metavar="TEXT", help="Kept in the policy.")] = "",
    save: Annotated[bool, typer.Option("--save", help="Let the model decide by it from now on.")] = False,
    json_file: Json = None,
) -> None:
    """Say where to accept, ask a person and reject, from what mistakes cost and how many may escape.

    Accepted is only what keeps the upper bound of the escape rate (95 %, one-sided) under the budget, as far as the
    packages can prove it; within that, the thresholds are those that cost least. With --save, the policy lies beside
    the card of the model (`policy.json`), that of the ensemble beside the checkpoints (`ensemble-policy.json`); the
    dashboard, `predict` and `evaluate` use it as long as weights and calibration stay the same.

    For example:

        secondlook policy --data packages --split test
        secondlook policy --data packages --model mobilenetv2 --prevalence 0.005 --cost-escape 400 --save
    """
    if json_file:
        files.check_file(json_file)
    from datetime import UTC, datetime

    from app import costs
    from core import study
    from core.domain import Cut
    from core.studies import economics

    terms = economics.Terms(prevalence, cost_escape, cost_false_reject, cost_review, budget)
    dataset, classifiers = study.open_dataset(data), open_models(models)
    single = next(iter(classifiers)) if len(classifiers) == 1 and model == study.ENSEMBLE else model
    if single != study.ENSEMBLE:
        named(classifiers, single)
    with terminal.progress() as progress:
        answers = of_split(study.predictions(dataset, classifiers, progress=progress), split)
    own = classifiers.get(single)
    plain = Cut.at(float(own.card.threshold)) if own else study.HALF
    found = economics.design(answers, single, terms, plain=plain)
    mark = study.fingerprint(study.inventory(dataset))
    made = economics.policy(
        found, classifiers, dataset=dataset.name, fingerprint=mark, split=split, when=datetime.now(UTC), note=note
    )
    if json_file:
        files.write_json(json_file, {"policy": made.model_dump(), **_everything(found.design)})
    for line in (costs.proof(found.design), costs.proven(found.design), costs.based_on(found)):
        terminal.note(line)
    terminal.table(costs.headline(found.design), HEAD, _rows(found.design))
    if save:
        terminal.note(f"Saved to {economics.save(made, models)}.")


def _rows(found: Design) -> Iterator[tuple[str, ...]]:
    yield _row("designed", found.outcome)
    if (held := found.honest) is not None:
        from app.costs import percent, units

        between = f"{units(held.interval[0])} to {units(held.interval[1])}" if held.interval else "-"
        rates = percent(held.escape_rate), "-", percent(held.false_reject_rate), "-", percent(held.review_share)
        yield ("  held out", units(held.per_thousand), between, "-", *rates)
    yield _row("before", found.plain)


def _row(title: str, one: Outcome) -> tuple[str, ...]:
    from app.costs import percent, units

    low, high = one.interval
    rejects = " to ".join(map(percent, one.false_reject_interval))
    where = f"{one.cut.accept:.4g}-{one.cut.reject:.4g}" if one.cut.reviews else f"{one.cut.accept:.4g}"
    return (
        f"{title}: {where}", units(one.per_thousand), f"{units(low)} to {units(high)}", units(one.worst),
        f"{one.counts.fn} of {one.damaged}", percent(one.escape_upper), f"{one.counts.fp} of {one.intact}", rejects,
        percent(one.review_share),
    )  # fmt: skip


def _everything(found: Design) -> dict[str, Any]:
    from app.costs import numbers

    return {
        "designed": numbers(found.outcome),
        "held_out": found.honest._asdict() if found.honest else None,
        "before": numbers(found.plain),
        "calibrated": {"accept": found.bayes.accept, "reject": found.bayes.reject} if found.bayes else None,
        "largest_accept": found.limit,
        "proven": found.proven,
        "damaged_packages_needed": found.missing,
    }
