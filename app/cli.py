"""The `secondlook` command: the verbs of `core.study`, one command each."""

from __future__ import annotations

import importlib.metadata
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.exceptions import TyperException

from app import files, reports, terminal
from app.commands import (
    agree,
    annotators,
    bench,
    bench_agreement,
    bench_attribution,
    bench_serials,
    calibrate,
    consistency,
    explain,
    patterns,
    policy,
    promote,
    regions,
    report,
    robustness,
    serials,
    shortcuts,
    stability,
    train_serials,
    trust,
)
from app.options import Data, Json, Models, folder, named, of_split, open_models
from core.domain import ONE_VIEW, PACKAGE, Cut
from core.errors import BadInput, CoreError

if TYPE_CHECKING:
    from core.rendering.bundle import Order

cli = typer.Typer(
    name="secondlook",
    add_completion=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command line, and end with its exit code."""
    sys.exit(run(sys.argv[1:] or ["--help"]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code: 0 done, 2 bad input, 130 stopped by the keyboard."""
    try:
        return cli(arguments, prog_name="secondlook", standalone_mode=False) or 0
    except CoreError as error:
        terminal.complain(error.problem, error.remedy)
    except TyperException as error:
        terminal.complain(*_usage(error))
    return 2


def _usage(error: TyperException) -> tuple[str, str]:
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "secondlook"
    problem = " ".join(error.format_message().split()).replace("?.", "?")
    return problem if problem.endswith((".", "?")) else f"{problem}.", f"See {command} --help."


def _version(asked: bool) -> None:
    if asked:
        terminal.OUT.print(f"secondlook {importlib.metadata.version('secondlook')}", highlight=False)
        raise typer.Exit


@cli.callback()
def secondlook(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Which one is it?")
    ] = False,
) -> None:
    """See whether a classifier of packages is right, where it fails, and what it looks at.

    Start with `secondlook app`. Every command has examples: `secondlook evaluate --help`.

    Exit codes: 0 done, 2 bad input (one sentence says what is wrong and what to do), 130 stopped by the keyboard.
    """


@cli.command()
def app(
    data: Annotated[
        Path | None,
        typer.Option("--data", envvar="SECONDLOOK_DATA", metavar="DIR", parser=folder, help="Data set to open."),
    ] = None,
    models: Models = None,
    port: Annotated[int, typer.Option(min=1, max=65535, metavar="PORT", help="Port of the dashboard.")] = 8501,
) -> None:
    """Open the dashboard.

    Without a data set it opens on a page that says how to add one.

    For example:

        secondlook app
        secondlook app --data packages --port 8600
    """
    from core.settings import ROOT

    _set_folder("SECONDLOOK_DATA", data)
    _set_folder("SECONDLOOK_CHECKPOINTS", models)
    _check_port(port)
    os.chdir(ROOT)  # Streamlit looks for .streamlit/config.toml, the theme, where it is started
    from streamlit.web import cli as streamlit

    options = [f"--server.port={port}", f"--server.headless={'false' if _has_screen() else 'true'}"]
    streamlit.main(["run", str(ROOT / "app" / "main.py"), *options], prog_name="streamlit", standalone_mode=False)


def _has_screen() -> bool:
    """Whether a browser can be opened here."""
    return sys.platform in ("darwin", "win32") or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))


def _set_folder(variable: str, folder: Path | None) -> None:
    if folder is None:
        return
    if not folder.is_dir():
        raise BadInput(f"There is no folder {folder}.", "Name a folder that exists.")
    os.environ[variable] = str(folder.resolve())


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError:
            raise BadInput(
                f"Port {port} is taken or not allowed.", f"Choose another one, for example --port {port + 1}."
            ) from None


@cli.command()
def evaluate(
    data: Data,
    models: Models = None,
    split: Annotated[str | None, typer.Option(metavar="NAME", help="Only this split, for example test.")] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            min=0.0, max=1.0, help="Probability from which a package counts as damaged; each card has its own."
        ),
    ] = None,
    json_file: Json = None,
) -> None:
    """Measure every model: per view, per package, and all models together.

    A package that a model was trained on is answered by the fold model that had not seen it.

    For example:

        secondlook evaluate --data packages
        secondlook evaluate --data packages --split test --threshold 0.3 --json report.json
    """
    if json_file:
        files.check_file(json_file)
    from core import study
    from core.studies import economics

    dataset = study.open_dataset(data)
    classifiers = open_models(models)
    with terminal.progress() as progress:
        frame = of_split(study.predictions(dataset, classifiers, progress=progress), split)
        inventory = study.inventory(dataset, progress=progress)
    facts = reports.dataset(dataset, inventory, frame, fingerprint=study.fingerprint(inventory))
    facts["notices"] += study.leaks(dataset, inventory)
    cuts = economics.cuts(classifiers, models) if threshold is None else Cut.at(threshold)
    single = economics.cuts(classifiers, models, view=ONE_VIEW) if threshold is None else None
    measured = study.performance(frame, cuts=cuts, single=single)
    if json_file:
        files.write_json(json_file, {"dataset": {**facts, "split": split}, **measured})
    for notice in (*facts["notices"], *(f"{bad['path']} is left out: {bad['reason']}" for bad in facts["unreadable"])):
        terminal.note(notice)
    terminal.table(f"{dataset.name}, damaged or intact", reports.PERFORMANCE_HEAD, reports.performance_rows(measured))


@cli.command()
def predict(
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="Pictures, named `<serial>_<view>.png`.")],
    model: Annotated[str, typer.Option(metavar="NAME", help="One checkpoint, or all and the ensemble.")] = "all",
    models: Models = None,
    json_file: Json = None,
) -> None:
    """Say of each package whether it is damaged.

    Pictures with the same serial are views of one package and are decided together.
    A picture whose name has no view is a package of its own, with the view "image".

    A model decides by its policy where `secondlook policy --save`, or the dashboard, has saved one: damaged, intact,
    or review. Otherwise it decides by the threshold of its card.

    For example:

        secondlook predict 0185_side.png 0185_top.png
        secondlook predict line-3/*.jpg --model mobilenetv2 --json verdicts.json
    """
    if json_file:
        files.check_file(json_file)
    from core import study
    from core.studies import economics

    packages = study.package_from_files(images)
    everybody = open_models(models)
    classifiers = named(everybody, model)
    held, refused = economics.policies(everybody, models)
    cuts, single = (economics.cuts(everybody, models, view=view) for view in (PACKAGE, ONE_VIEW))
    answers: list[dict[str, Any]] = []
    with terminal.progress() as progress:
        for at, package in enumerate(packages):
            progress(at / len(packages), f"package {package.id}")
            for said in study.predict(classifiers, package):
                positive = study.positive_class(said.labels)
                fused = said.view == PACKAGE
                cut = (cuts if fused else single).get(said.model, study.HALF)
                answers.append(reports.prediction(said, positive, cut, policy=fused and said.model in held))
    if json_file:
        files.write_json(json_file, {"predictions": answers})
    for reason in (refused[name] for name in sorted({answer["model"] for answer in answers}) if name in refused):
        terminal.note(reason)
    terminal.table("Damaged or intact", reports.PREDICTION_HEAD, map(reports.prediction_row, answers))


@cli.command()
def train(
    data: Annotated[
        list[Path],
        typer.Option(
            "--data",
            envvar="SECONDLOOK_DATA",
            metavar="DIR",
            parser=folder,
            help="Packages, as `<class>/<view>/<serial>_<view>.png`; give it twice to train on two data sets together.",
        ),
    ],
    arch: Annotated[str, typer.Option(metavar="NAME", help="Any model of timm, for example mobilenetv2_100.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the new checkpoint; its name is the model's.")],
    weights: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH", help="File of published weights, or folder of a checkpoint, to start from; else the hub's."
        ),
    ] = None,
    pretrained: Annotated[bool, typer.Option(help="Start from the model hub's weights, or from random ones.")] = True,
    framing: Annotated[
        str,
        typer.Option(metavar="NAME", help="`auto`, `whole`, a checkpoint's name, or a JSON file of marked corners."),
    ] = "auto",
    epochs: Annotated[int | None, typer.Option(min=1, metavar="N", help="At most; by default the recipe's.")] = None,
    learning_rate: Annotated[float | None, typer.Option(metavar="RATE", help="By default the recipe's.")] = None,
    batch: Annotated[
        int | None, typer.Option(min=2, metavar="N", help="Pictures a step; by default the recipe's.")
    ] = None,
    input_size: Annotated[
        tuple[int, int] | None, typer.Option(metavar="H W", help="Height and width of the crop, pixels.")
    ] = None,
    frozen: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="First stages that keep their weights; from a checkpoint 1, else 0."),
    ] = None,
    only: Annotated[
        str | None, typer.Option(metavar="VIEW", help="Train on one view; by default one network serves all views.")
    ] = None,
    validation: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=0.5,
            metavar="SHARE",
            help="Of the training packages, spared to stop early and keep the best epoch; 0.1 of 500 or more.",
        ),
    ] = None,
    folds: Annotated[int, typer.Option(min=0, metavar="N", help="Of the cross-validation; 0 for none.")] = 5,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="The same seed gives the same network.")] = 0,
    notes: Annotated[str, typer.Option(metavar="TEXT", help="What a user of the network should know.")] = "",
    annotations: Annotated[
        bool, typer.Option("--annotations", help="Let people's verdicts take the place of the data set's labels.")
    ] = False,
) -> None:
    """Train a network, and measure it on packages it has not seen.

    Cross-validation is grouped by serial: no package is ever on both sides, and every fold has its share of each data
    set. Then one network is trained on everything but the test splits. Writes the weights with their card, the answers
    of the cross-validation, and the curves as CSV and PNG. Started again after a stop, it goes on with the next fold.

    Started from a checkpoint, it trains for fewer epochs, and refuses to be measured on packages that this one knows.

    With --annotations, what people called a package (damaged, intact) is its label, also where the data set gives none.
    Unsure verdicts, and those on which people disagree, change nothing. The areas that they drew are not used. Put the
    result in the place of the current checkpoint with `secondlook promote`.

    For example:

        secondlook train --data packages --arch mobilenetv2_100 --out mine
        secondlook train --data packages --arch resnet18 --weights FILE --out mine
        secondlook train --data line-1 --data line-2 --arch resnet18 --weights mine --out both
    """
    files.check_folder(out)
    from core import teach
    from core.studies import verdicts

    changes = {
        "epochs": epochs,
        "learning_rate": learning_rate,
        "batch": batch,
        "input_size": input_size,
        "validation": validation,
        "frozen": frozen,
    }
    plan = teach.Plan(arch, weights, pretrained, framing, only, folds, seed, notes, changes)
    said = verdicts.stored(data) if annotations else None
    for notice in said.notices if said else ():
        terminal.note(notice)
    with terminal.progress() as progress:
        card = teach.train(data, plan, out.resolve(), verdicts=said and said.packages, progress=progress)
    if card.measured:
        title = f"{card.name}, cross-validated"
        terminal.table(title, reports.MEASURED_HEAD, reports.measured_rows(card.measured))
    if found := card.training.verdicts:
        terminal.note(
            f"Labels from {found.annotators:,} annotators: {found.packages:,} packages, of which {found.changed:,} "
            f"changed and {found.added:,} added."
        )
    terminal.note(f"Written to {out}.")


@cli.command()
def render(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the data set, or the PNG file of a preview.")],
    packages: Annotated[int, typer.Option(min=1, metavar="N", help="Half of them damaged.")] = 200,
    seed: Annotated[int, typer.Option(min=0, metavar="S", help="The same seed gives the same pictures.")] = 1,
    size: Annotated[int, typer.Option(metavar="W", help="Width of the pictures, pixels; 16 : 9.")] = 960,
    quality: Annotated[
        str, typer.Option(metavar="NAME", help="`draft` (the package on black, no twins), `normal` or `fine`.")
    ] = "normal",
    kinds: Annotated[
        str, typer.Option(metavar="A,B", help="Kinds of damage that may happen, with commas between them.")
    ] = "dent,crushed corner,crushed edge,puncture,stain",
    test: Annotated[float, typer.Option(metavar="SHARE", help="Share of the packages in the test split.")] = 0.2,
    workers: Annotated[int | None, typer.Option(min=1, metavar="N", help="Processes; one a core by default.")] = None,
    preview: Annotated[bool, typer.Option("--preview", help="A contact sheet instead of a data set.")] = False,
) -> None:
    """Render packages on a conveyor, with masks of the damage and twins without it.

    Needs Mitsuba: pip install -r requirements-render.txt. Started again after a stop, it goes on with the next package.

    For example:

        secondlook render --packages 500 --seed 7 --out more
        secondlook render --packages 100 --kinds dent --test 0 --quality draft --out dents
        secondlook render --preview --packages 6 --size 480 --out sheet.png
    """
    from core.rendering.bundle import Order
    from core.rendering.bundle import render as rendered

    chosen = tuple(kind.strip() for kind in kinds.split(",") if kind.strip())
    order = Order(packages, seed, size, quality, chosen, test)
    order.check()
    if preview:
        _write_preview(order, out)
        return
    files.check_folder(out)
    with terminal.progress() as progress:
        manifest = rendered(order, out, workers=workers, progress=progress)
    terminal.note(f"{packages} packages lie in {out}; {manifest.name} says everything about them.")


def _write_preview(order: Order, out: Path) -> None:
    """Render a contact sheet and write it as PNG."""
    from core.figures import maps
    from core.rendering.preview import sheet

    files.check_file(out)
    with terminal.progress() as progress:
        drawn = sheet(order, progress=progress)
    files.write_whole(out, lambda file: file.write(maps.png(drawn)))


cli.command("agree")(agree.agree)
cli.command("annotators")(annotators.annotators)
cli.command("bias-variance")(stability.bias_variance)
cli.command("explain")(explain.explain)
cli.command("calibrate")(calibrate.calibrate)
cli.command("consistency")(consistency.consistency)
cli.command("patterns")(patterns.patterns)
cli.command("policy")(policy.policy)
cli.command("promote")(promote.promote)
cli.command("rollback")(promote.rollback)
cli.command("robustness")(robustness.robustness)
cli.command("trust")(trust.trust)
cli.command("serials")(serials.serials)
cli.command("train-serials")(train_serials.train_serials)
cli.command("shortcuts")(shortcuts.shortcuts)
cli.command("report")(report.report)
bench.cli.command("agreement")(bench_agreement.agreement)
bench.cli.command("attribution")(bench_attribution.attribution)
bench.cli.command("serials")(bench_serials.serials)
cli.add_typer(bench.cli, name="bench")
cli.add_typer(regions.cli, name="regions")

if __name__ == "__main__":
    main()
