"""The checkpoints that come with the project keep their promises."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core import study
from core.domain import Cut
from core.metrics.classification import summary
from core.models.checkpoints import load_card
from core.models.framing import SURE
from core.models.fusion import log_odds
from core.settings import ROOT
from core.store.answers import read_answers

FOLDERS = sorted(path.parent for path in (ROOT / "checkpoints").glob("*/card.json"))


def flat(figures: Mapping[str, Any]) -> dict[str, float]:
    """Every number by its name, the ends of an interval apart."""
    numbers = {name: value for name, value in figures.items() if not isinstance(value, list | tuple)}
    ends = {name: values for name, values in figures.items() if name not in numbers}
    return numbers | {f"{name} {at}": end for name, values in ends.items() for at, end in enumerate(values)}


def held_out(folder: Path) -> pd.DataFrame:
    """The answers of the folds: all that a checkpoint was trained on, save what the one it started from had seen."""
    answers = read_answers(folder)
    named = answers["dataset"].replace("", load_card(folder).training.dataset)  # the first files do not say it
    return answers.assign(dataset=named)[answers["fold"] >= 0]


def test_three_architectures_are_shipped_in_sixty_megabytes() -> None:
    assert len({load_card(folder).architecture for folder in FOLDERS}) == 3
    assert sum(path.stat().st_size for folder in FOLDERS for path in folder.iterdir()) < 60_000_000


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_figures_of_a_card_follow_from_its_kept_answers(folder: Path) -> None:
    card, answers = load_card(folder), held_out(folder)
    margins = log_odds(np.stack(answers["logits"].tolist()), card.classes.index(card.positive))
    weights = [card.fold_fusion[row.fold][row.view] for row in answers.itertuples()]
    columns = {"margin": "sum", "label": "first", "dataset": "first"}
    columns["fold"] = "first"
    fused = answers.assign(margin=margins * weights).groupby("package").agg(columns)
    fused["margin"] += [card.fold_fusion[fold]["package"] for fold in fused["fold"]]
    assert set(card.measured) == set(fused["dataset"])
    for name, rows in fused.groupby("dataset"):
        truth = (rows["label"] == card.positive).to_numpy()
        figures = summary(truth, 1 / (1 + np.exp(-rows["margin"].to_numpy())), Cut.at(0.5))
        assert flat(card.measured[str(name)]["package"]) == pytest.approx(flat(figures))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_package_was_held_out_exactly_once(folder: Path) -> None:
    answers = held_out(folder)
    assert len(answers) == load_card(folder).training.images
    assert (answers.groupby("package")["fold"].nunique() == 1).all()
    assert not answers.duplicated(["package", "view"]).any()


@pytest.mark.packages
def test_shipped_models_find_every_real_package(real_packages: Path) -> None:
    dataset = study.open_dataset(real_packages)
    models, refused = study.open_models(ROOT / "checkpoints")
    assert refused == {}
    model = next(iter(models.values()))
    for package in dataset.ids[::15]:
        for view in dataset.load(package).views.values():
            assert model.frame(view).confidence >= SURE


@pytest.mark.packages
def test_real_packages_get_their_cross_validated_answers(real_packages: Path) -> None:
    models, _ = study.open_models(ROOT / "checkpoints")
    frame = study.predictions(study.open_dataset(real_packages), models)
    fused = frame[(frame["view"] == "package") & (frame["model"] != study.ENSEMBLE)]
    assert fused.groupby("source")["package"].nunique().to_dict() == {"cross-validated": 150, "unseen": 4}
    figures = study.performance(fused[fused["source"] == "cross-validated"])["models"]
    for name, model in models.items():
        (measured,) = (parts for data, parts in model.card.measured.items() if data in ("packages", "data/packages"))
        assert flat(figures[name]["package"]) == pytest.approx(flat(measured["package"]))


def test_the_bundled_test_packages_are_found_unseen_and_judged_well() -> None:
    models, _ = study.open_models(ROOT / "checkpoints")
    dataset = study.open_dataset(ROOT / "data" / "packages")
    tested = list(dict.fromkeys(dataset.index.loc[dataset.index["split"] == "test", "package"]))
    said = [one for package in tested[::4] for one in study.predict(models, dataset.load(package))]
    assert all(one.framing >= SURE for one in said)
    known = set().union(*(set(read_answers(folder)["package"]) for folder in FOLDERS))
    assert not known & set(tested)
    truth = {package: dataset.load(package).label == "damaged" for package in tested[::4]}
    fused = [one for one in said if one.model == study.ENSEMBLE]
    right = [(one.probability("damaged") >= 0.5) == truth[one.package] for one in fused]
    assert sum(right) >= 9 and len(right) == 10
