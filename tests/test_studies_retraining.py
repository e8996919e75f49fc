"""Whole networks trained again, for real but tiny."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from torch import nn

from core import study
from core.contracts import Dataset, Progress
from core.errors import BadInput, Leak
from core.store.frames import read_frame
from core.studies.retraining import plan_of, retrained, stored_retrained
from core.studies.stability import COLUMNS, pool
from core.study import Classifier
from core.teach import Plan, course, train
from core.training.recipes import recipe_for
from tests.conftest import draw_packages
from tests.tiny_models import save_tiny_models


class Stopped(Exception):
    """By the person."""


def stop_after(share: float) -> Progress:
    def progress(done: float, text: str) -> None:
        if done > share:
            raise Stopped

    return progress


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
def model(tmp_path: Path) -> Classifier:
    return study.open_models(save_tiny_models(tmp_path / "models", "first"))[0]["first"]


def quick(dataset: Dataset, model: Classifier, **options: object) -> object:
    return retrained(dataset, model, pretrained=False, epochs=1, retrainings=2, **options)  # type: ignore[arg-type]


def test_every_tested_package_is_asked_about_by_every_retraining(dataset: Dataset, model: Classifier) -> None:
    found = retrained(dataset, model, pretrained=False, epochs=1, retrainings=2)
    assert COLUMNS == tuple(found.columns)
    tested = found[found["part"] == "test"]
    assert {"01004", "01005", "02004", "02005"} == set(tested["package"])
    assert 4 * 3 == len(tested) and {2} == set(tested["retrainings"])
    assert {"side", "top", "package"} == set(found["view"])


def test_no_tested_package_is_ever_trained_on(dataset: Dataset, model: Classifier) -> None:
    found = retrained(dataset, model, pretrained=False, epochs=1, retrainings=2)
    taught = found[found["part"] == "train"]
    assert not {"004", "005"} & {package[2:] for package in taught["package"]}
    assert taught["retrainings"].max() <= 2


def test_two_retrainings_differ_and_the_same_seed_repeats_them(dataset: Dataset, model: Classifier) -> None:
    held = pool(dataset).packages[pool(dataset).held].tolist()
    made = course(dataset, plan_of(model, weights=None, pretrained=False, epochs=1, seed=0), held)
    packages = pool(dataset).packages[~pool(dataset).held].tolist()
    one, other, again = (made.answers(packages, seed=seed)["logit"].to_numpy() for seed in (1, 2, 1))
    assert pytest.approx(one, abs=1e-5) == again
    assert np.abs(one - other).max() > 1e-3


def test_a_package_named_twice_is_trained_on_twice(dataset: Dataset, model: Classifier) -> None:
    made = course(dataset, plan_of(model, weights=None, pretrained=False, epochs=1, seed=0), ["01004", "02004"])
    crops = made.material.crops.drawn(["01000", "02001", "01000"])
    assert ["01000"] * 2 + ["02001"] * 2 + ["01000"] * 2 == crops.packages.tolist()


def test_a_stopped_run_goes_on_with_the_next_retraining(dataset: Dataset, model: Classifier) -> None:
    with pytest.raises(Stopped):
        quick(dataset, model, progress=stop_after(0.6))
    assert stored_retrained(dataset, {"first": model}) is None
    said: list[str] = []
    quick(dataset, model, progress=lambda _, text: said.append(text))
    assert any("retraining 2 of 2" in text for text in said)
    assert not any("retraining 1 of 2" in text for text in said)


def test_a_finished_run_is_found_whatever_it_was_started_with(dataset: Dataset, model: Classifier) -> None:
    found = retrained(dataset, model, pretrained=False, epochs=1, retrainings=2, seed=3)
    stored = stored_retrained(dataset, {"first": model})
    assert stored is not None and found.equals(stored)


def test_without_a_test_split_a_third_is_held_out(tiny_dataset: Path, model: Classifier) -> None:
    found = retrained(study.open_dataset(tiny_dataset), model, pretrained=False, epochs=1, retrainings=2)
    held, taught = (set(found.loc[found["part"] == part, "package"]) for part in ("test", "train"))
    assert 4 == len(held) and not held & taught


def test_a_single_retraining_is_refused(dataset: Dataset, model: Classifier) -> None:
    with pytest.raises(BadInput, match="no variance"):
        retrained(dataset, model, retrainings=1)


def test_a_start_that_knows_a_held_out_package_is_refused(tiny_dataset: Path, tmp_path: Path) -> None:
    changes = {"epochs": 1, "batch": 4, "input_size": (32, 48)}
    train(
        tiny_dataset,
        Plan("test_resnet", pretrained=False, framing="whole", folds=0, changes=changes),
        tmp_path / "a" / "b",
    )
    start = study.open_models(tmp_path / "a")[0]["b"]
    with pytest.raises(Leak, match="hold out"):
        retrained(study.open_dataset(tiny_dataset), start, weights=tmp_path / "a" / "b", epochs=1, retrainings=2)


def test_another_start_takes_the_recipe_of_the_architecture(model: Classifier, tmp_path: Path) -> None:
    training = model.card.training.model_copy(update={"recipe": {"epochs": 3, "frozen": 2, "mean": [0.1, 0.1, 0.1]}})
    changed = replace(model, card=model.card.model_copy(update={"training": training}))
    assert isinstance(changed.module, nn.Module)
    fresh = plan_of(changed, weights=None, pretrained=True, epochs=None, seed=0)
    assert {"input_size", "mean", "std"} == set(fresh.changes)
    assert 0 == recipe_for(fresh.arch).frozen
    known = plan_of(changed, weights=tmp_path, pretrained=True, epochs=None, seed=0)
    assert (3, 2, model.card.mean) == (known.changes["epochs"], known.changes["frozen"], known.changes["mean"])
    assert 7 == plan_of(changed, weights=tmp_path, pretrained=True, epochs=7, seed=0).changes["epochs"]


def test_finished_retrainings_leave_one_table(dataset: Dataset, model: Classifier, own_cache: Path) -> None:
    quick(dataset, model)
    assert 1 == len(list((own_cache / "stability").glob("*.parquet")))
    assert read_frame("stability/nothing") is None
