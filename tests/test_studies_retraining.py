"""Whole networks trained again, for real but tiny."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core import study
from core.contracts import Dataset
from core.errors import BadInput, Leak
from core.studies.retraining import retrained, stored_retrained
from core.studies.stability import COLUMNS, pool
from core.study import Classifier
from core.teach import Plan, again, known, once, prepared, train
from core.training.recipes import recipe_for
from tests.conftest import draw_packages
from tests.stopping import Stopped, stop_after
from tests.tiny_models import save_tiny_models

Models = dict[str, Classifier]


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """8 packages to train on, 4 in a test split."""
    root = tmp_path / "data"
    draw_packages(root, per_class=6, split="train")
    for path in sorted(root.rglob("*_*.png")):
        if path.stem[2:5] in ("004", "005"):
            target = Path(str(path).replace("/train/", "/test/"))
            target.parent.mkdir(parents=True, exist_ok=True)
            path.rename(target)
    return study.open_dataset(root)


@pytest.fixture
def models(tmp_path: Path) -> Models:
    return study.open_models(save_tiny_models(tmp_path / "models", "first", "second"))[0]


@pytest.fixture
def one(models: Models) -> Models:
    return {"first": models["first"]}


def test_every_tested_package_is_asked_about_by_every_retraining(dataset: Dataset, one: Models) -> None:
    found = retrained(dataset, one, epochs=1, retrainings=2)
    assert COLUMNS == tuple(found.columns)
    tested = found[found["part"] == "test"]
    assert {"01004", "01005", "02004", "02005"} == set(tested["package"])
    assert 4 * 3 == len(tested) and {2} == set(tested["retrainings"])
    assert {"side", "top", "package"} == set(found["view"])


def test_no_tested_package_is_ever_trained_on(dataset: Dataset, one: Models) -> None:
    found = retrained(dataset, one, epochs=1, retrainings=2)
    taught = found[found["part"] == "train"]
    assert not {"004", "005"} & {package[2:] for package in taught["package"]}
    assert taught["retrainings"].max() <= 2


def test_several_models_stand_in_one_table_that_is_found_again(dataset: Dataset, models: Models) -> None:
    found = retrained(dataset, models, epochs=1, retrainings=2, seed=3)
    stored = stored_retrained(dataset, models)
    assert stored is not None and {"first", "second"} == set(stored["model"])
    assert found["wrong"].tolist() == stored["wrong"].tolist()


def test_two_retrainings_differ_and_the_same_seed_repeats_them(dataset: Dataset, one: Models) -> None:
    plan = again(one["first"].card, one["first"].folder, epochs=1)
    material = prepared(dataset, plan)
    asked = known(dataset, material)
    assert 24 == len(asked)
    drawn = pool(dataset)
    packages = drawn.packages[~drawn.held].tolist()
    first, other, same = (once(material, plan, packages, asked, seed=seed) for seed in (1, 2, 1))
    assert pytest.approx(first, abs=1e-5) == same
    assert np.abs(first - other).max() > 1e-3


def test_a_package_named_twice_is_trained_on_twice(dataset: Dataset, one: Models) -> None:
    material = prepared(dataset, again(one["first"].card, one["first"].folder, epochs=1))
    crops = material.crops.drawn(["01000", "02001", "01000"])
    assert ["01000"] * 2 + ["02001"] * 2 + ["01000"] * 2 == crops.packages.tolist()
    assert ["side", "top"] * 3 == crops.views.tolist()


def test_a_stopped_run_goes_on_with_the_next_retraining(dataset: Dataset, one: Models) -> None:
    with pytest.raises(Stopped):
        retrained(dataset, one, epochs=1, retrainings=2, progress=stop_after(0.6))
    assert stored_retrained(dataset, one) is None
    said: list[str] = []
    retrained(dataset, one, epochs=1, retrainings=2, progress=lambda _, text: said.append(text))
    assert any("retraining 2 of 2" in text for text in said)
    assert not any("retraining 1 of 2" in text for text in said)


def test_more_retrainings_add_to_those_that_are_there(dataset: Dataset, one: Models) -> None:
    retrained(dataset, one, epochs=1, retrainings=2)
    said: list[str] = []
    found = retrained(dataset, one, epochs=1, retrainings=3, progress=lambda _, text: said.append(text))
    assert not any("retraining 2 of 3" in text for text in said)
    assert 3 == found["retrainings"].max()


def test_without_a_test_split_a_third_is_held_out(tiny_dataset: Path, one: Models) -> None:
    found = retrained(study.open_dataset(tiny_dataset), one, epochs=1, retrainings=2)
    held, taught = (set(found.loc[found["part"] == part, "package"]) for part in ("test", "train"))
    assert 4 == len(held) and not held & taught


def test_a_single_retraining_is_refused(dataset: Dataset, one: Models) -> None:
    with pytest.raises(BadInput, match="no variance"):
        retrained(dataset, one, retrainings=1)


def test_a_start_that_knows_a_tested_package_is_refused(tiny_dataset: Path, tmp_path: Path) -> None:
    changes = {"epochs": 1, "batch": 4, "input_size": (32, 48)}
    plan = Plan("test_resnet", pretrained=False, framing="whole", folds=0, changes=changes)
    train(tiny_dataset, plan, tmp_path / "a" / "b")
    start = study.open_models(tmp_path / "a")[0]
    with pytest.raises(Leak, match="tested on"):
        retrained(study.open_dataset(tiny_dataset), start, weights=tmp_path / "a" / "b", epochs=1, retrainings=2)


def test_another_start_takes_the_recipe_of_the_architecture(one: Models, tmp_path: Path) -> None:
    card = one["first"].card
    training = card.training.model_copy(update={"recipe": {"epochs": 3, "frozen": 2, "mean": [0.1, 0.1, 0.1]}})
    card = replace(one["first"], card=card.model_copy(update={"training": training})).card
    fresh = again(card, None)
    assert {"input_size": card.input_size, "mean": card.mean, "std": card.std} == fresh.changes
    assert 0 == recipe_for(fresh.arch).frozen
    own = again(card, None, weights=tmp_path)
    assert (3, 2, card.mean) == (own.changes["epochs"], own.changes["frozen"], own.changes["mean"])
    assert 7 == again(card, None, weights=tmp_path, epochs=7).changes["epochs"]
