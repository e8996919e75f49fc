"""Networks taught again: who is drawn, what is counted, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core import study
from core.errors import BadInput, Leak
from core.settings import settings
from core.studies import stability
from core.studies.retraining import retrained, stored_retrained
from core.studies.stability import ALWAYS_RIGHT, ALWAYS_WRONG, COIN_FLIP, Pool, counted
from core.teach import Plan, train
from tests.conftest import draw_packages


class Stopped(Exception):
    """What stops a work from within its progress."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folder with `data` (12 packages to train on, 4 to test on), `models` (one tiny checkpoint), and its cache."""
    root = tmp_path_factory.mktemp("stability")
    draw_packages(root / "data", per_class=8, split="train")
    for path in sorted((root / "data").rglob("*.png")):
        if path.stem[2:5] in ("006", "007"):
            target = Path(str(path).replace("/train/", "/test/"))
            target.parent.mkdir(parents=True, exist_ok=True)
            path.rename(target)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SECONDLOOK_CACHE", str(root / "cache"))
        settings.cache_clear()
        changes = {"epochs": 1, "batch": 4, "input_size": (32, 48), "validation": 0.0}
        train(root / "data", Plan("test_resnet", pretrained=False, framing="whole", folds=0, changes=changes),
              root / "models" / "tiny")  # fmt: skip
        yield root
    settings.cache_clear()


@pytest.fixture
def cache(trained: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, with the cache of the module, so that features are computed once."""
    monkeypatch.setenv("SECONDLOOK_CACHE", str(trained / "cache"))
    settings.cache_clear()
    return trained


def drawn(*, damaged: int = 2, intact: int = 2, held: tuple[int, ...] = ()) -> Pool:
    """Packages p0, p1, ...: damaged ones first."""
    count = damaged + intact
    labels = np.array(["damaged"] * damaged + ["intact"] * intact)
    return Pool(np.array([f"p{at}" for at in range(count)]), labels, np.isin(np.arange(count), held), True)


def table(odds: list[list[float]], taught: list[list[bool]], pool: Pool) -> pd.DataFrame:
    """What retrainings said of one view, as a frame of one model."""
    said = np.array(odds)[:, :, None]
    found = counted(said, np.array(taught), pool, views=("top",), fusion={})
    return found.assign(model="tiny", draw=stability.BOOTSTRAP, share=1.0, seen=False)


def test_a_bootstrap_draws_each_class_as_often_as_it_is_there() -> None:
    pool = drawn(damaged=5, intact=9, held=(0, 13))
    places = pool.bootstrap((0, 1))
    assert (4, 8) == (pool.truth[places].sum(), (~pool.truth[places]).sum())
    assert not set(places) & {0, 13}


def test_a_subset_draws_no_package_twice() -> None:
    pool = drawn(damaged=10, intact=20)
    places = pool.subset((0, 1), 0.4)
    assert (4, 12, 12) == (pool.truth[places].sum(), len(places), len(set(places)))


def test_the_same_seed_draws_the_same_packages_and_another_one_others() -> None:
    pool = drawn(damaged=10, intact=20)
    assert pool.bootstrap((3, 1)).tolist() == pool.bootstrap((3, 1)).tolist()
    assert pool.bootstrap((3, 1)).tolist() != pool.bootstrap((3, 2)).tolist()


def test_a_test_split_is_tested_on(cache: Path) -> None:
    pool = stability.pool(study.open_dataset(cache / "data"))
    assert ["01006", "01007", "02006", "02007"] == pool.packages[pool.held].tolist()


def test_without_a_test_split_a_third_of_each_class_is_kept(tiny_dataset: Path) -> None:
    pool = stability.pool(study.open_dataset(tiny_dataset))
    assert (12, 2, 2, False) == (
        len(pool.held),
        pool.truth[pool.held].sum(),
        (~pool.truth[pool.held]).sum(),
        pool.split,
    )


def test_too_few_packages_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        stability.pool(study.open_dataset(draw_packages(tmp_path / "data", per_class=1)))


def test_only_packages_taught_on_count_as_train_and_only_held_ones_as_test() -> None:
    pool = drawn(held=(1, 3))
    found = table([[1, 1, -1, 1], [-1, 1, -1, -1]], [[True, False, True, False], [True, False, False, False]], pool)
    top = found[found["view"] == "top"]
    train = top[top["part"] == "train"].set_index("package")
    assert {"p0": (2, 1), "p2": (1, 0)} == {name: (row["retrainings"], row["wrong"]) for name, row in train.iterrows()}
    test = top[top["part"] == "test"].set_index("package")
    assert {"p1": (2, 0), "p3": (2, 1)} == {name: (row["retrainings"], row["wrong"]) for name, row in test.iterrows()}


def test_views_are_fused_with_the_weights_of_the_card() -> None:
    pool = drawn(damaged=1, intact=1, held=(0,))
    odds = np.array([[[2.0, -1.0], [0.0, 0.0]], [[np.nan, 3.0], [0.0, 0.0]]])
    taught = np.array([[False, True], [False, True]])

    def fused(fusion: dict[str, float]) -> float:
        found = counted(odds, taught, pool, views=("side", "top"), fusion=fusion)
        return float(found[(found["view"] == "package") & (found["part"] == "test")]["logit"].iloc[0])

    assert pytest.approx(((2 * 2 - 0.5 - 1) + (0.5 * 3 - 1)) / 2) == fused({"side": 2, "top": 0.5, "package": -1})
    assert pytest.approx((0.5 + 3) / 2) == fused({})


def test_a_package_is_always_wrong_a_coin_flip_or_always_right() -> None:
    pool = drawn(held=(0, 1, 2, 3))
    odds = [[-1.0, 1.0 if at < 5 else -1.0, -1.0, -1.0] for at in range(10)]
    found = stability.packages(table(odds, [[False] * 4] * 10, pool), model="tiny", view="package")
    assert [
        ("p0", ALWAYS_WRONG, -1.0),
        ("p1", COIN_FLIP, 0.0),
        ("p2", ALWAYS_RIGHT, 1.0),
        ("p3", ALWAYS_RIGHT, 1.0),
    ] == [(row.package, row.fate, row.toward) for row in found.itertuples()]


def test_the_error_is_bias_and_net_variance_whatever_is_drawn() -> None:
    rng, pool = np.random.default_rng(1), drawn(damaged=20, intact=20, held=tuple(range(40)))
    odds = rng.normal(np.where(pool.truth, 0.5, -0.5), 1.0, (21, 40))
    found = stability.decompositions(table(odds.tolist(), [[False] * 40] * 21, pool))
    row = found[found["view"] == "top"].iloc[0]
    plain = float(((odds >= 0) != pool.truth).mean())
    assert pytest.approx(plain) == row["error"] == pytest.approx(row["bias"] + row["net"])
    assert row["error_low"] < plain < row["error_high"]
    assert 40 == row["always_wrong"] + row["coin_flip"] + row["always_right"]


def test_heads_are_stored_and_read_back(cache: Path) -> None:
    dataset, models = study.open_dataset(cache / "data"), study.open_models(cache / "models")[0]
    found = stability.heads(dataset, models, retrainings=3)
    stored = stability.stored_heads(dataset, models, retrainings=3)
    assert stored is not None
    pd.testing.assert_frame_equal(stored, found)
    assert stability.stored_heads(dataset, models, retrainings=4) is None


def test_a_learning_curve_has_a_step_for_each_share(cache: Path) -> None:
    dataset, models = study.open_dataset(cache / "data"), study.open_models(cache / "models")[0]
    steps = stability.learning(stability.heads(dataset, models, retrainings=3))
    top = steps[steps["view"] == "top"]
    assert [(0.1, 2), (0.2, 2), (0.4, 4), (0.6, 8), (0.8, 10), (1.0, 12)] == list(
        zip(top["share"], top["taught"], strict=True)
    )
    assert np.allclose(steps["gap"], steps["test"] - steps["train"])
    assert {"side", "top", "package"} == set(steps["view"])


def test_features_of_packages_that_were_trained_on_are_marked(cache: Path) -> None:
    dataset, models = study.open_dataset(cache / "data"), study.open_models(cache / "models")[0]
    found = stability.heads(dataset, models, retrainings=3)
    assert {"train": {True}, "test": {False}} == found.groupby("part")["seen"].agg(set).to_dict()


def test_a_single_retraining_is_refused(cache: Path) -> None:
    dataset, models = study.open_dataset(cache / "data"), study.open_models(cache / "models")[0]
    for again in (stability.heads, retrained):
        with pytest.raises(BadInput, match="no variance"):
            again(dataset, models, retrainings=1)


def test_whole_networks_are_trained_again_and_a_stopped_run_goes_on(cache: Path) -> None:
    dataset, models = study.open_dataset(cache / "data"), study.open_models(cache / "models")[0]
    said: list[str] = []

    def stop(share: float, text: str) -> None:
        said.append(text)
        if "retraining 2 of 2" in text:
            raise Stopped

    with pytest.raises(Stopped):
        retrained(dataset, models, retrainings=2, epochs=1, progress=stop)
    assert any("retraining 1 of 2" in text for text in said)
    assert stored_retrained(dataset, models) is None
    said.clear()
    found = retrained(dataset, models, retrainings=2, epochs=1, progress=lambda share, text: said.append(text))
    assert not any("retraining 1 of 2" in text for text in said)
    test = found[(found["part"] == "test") & (found["view"] == "package")]
    assert ["01006", "01007", "02006", "02007"] == test["package"].tolist()
    assert {2} == set(test["retrainings"])
    assert test["logit"].nunique() > 1
    stored = stored_retrained(dataset, models)
    assert stored is not None and len(stored) == len(found)
    assert {"tiny"} == set(stability.decompositions(stored)["model"]) == set(stability.gaps(stored)["model"])


def test_networks_of_two_retrainings_differ(cache: Path) -> None:
    dataset, models = study.open_dataset(cache / "data"), study.open_models(cache / "models")[0]
    one, other = (retrained(dataset, models, retrainings=2, epochs=1, seed=seed)["logit"].sum() for seed in (0, 9))
    assert one != other


def test_a_start_that_knows_a_tested_package_is_refused(cache: Path, tmp_path: Path) -> None:
    root = draw_packages(tmp_path / "data", per_class=6)  # no test split: the third that is kept was trained on
    with pytest.raises(Leak, match="tiny was trained on"):
        retrained(study.open_dataset(root), study.open_models(cache / "models")[0], retrainings=2, epochs=1,
                  weights=cache / "models" / "tiny")  # fmt: skip


def test_weights_of_one_architecture_do_not_serve_two(cache: Path, tmp_path: Path) -> None:
    models = study.open_models(cache / "models")[0]
    card = models["tiny"].card.model_copy(update={"architecture": "resnet10t"})
    with pytest.raises(BadInput, match="--model"):
        retrained(
            study.open_dataset(cache / "data"),
            {**models, "other": replace(models["tiny"], card=card)},
            retrainings=2,
            weights=tmp_path / "none",
        )
