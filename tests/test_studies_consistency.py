"""Agreement between architectures and methods, on drawn packages and tiny networks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from core.errors import BadInput, UnknownName
from core.models.backbones import build, pooled, with_head
from core.models.classifier import TrainedClassifier
from core.settings import settings
from core.studies import consistency as question
from core.studies.siblings import HEAD, NONE, SEEDS, taught_again, trained_apart
from core.study import open_dataset, open_models
from tests.conftest import draw_rendered
from tests.tiny_models import save_tiny_models

PACKAGES = ("01001", "01002", "02001")
FIVE = ("01001", "01002", "02000", "02001", "02002")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_rendered(tmp_path_factory.mktemp("consistency") / "data", train=3, test=2)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, TrainedClassifier]:
    return open_models(save_tiny_models(tmp_path_factory.mktemp("models"), "first", "second"))[0]


def computed(data: Path, models: Mapping[str, TrainedClassifier], **asked: object) -> pd.DataFrame:
    asked = {"packages": PACKAGES, **asked}
    return question.consistency(open_dataset(data), models, **asked)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def frame(
    data: Path, models: Mapping[str, TrainedClassifier], tmp_path_factory: pytest.TempPathFactory
) -> pd.DataFrame:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SECONDLOOK_CACHE", str(tmp_path_factory.mktemp("once")))
        settings.cache_clear()
        return computed(data, models)


def test_every_pair_stands_beside_its_null_and_its_ceiling(frame: pd.DataFrame) -> None:
    counts = frame["relation"].value_counts().to_dict()
    assert {"pair": 3 * 2, "null": 3 * 2 * 2, "ceiling": 3 * 2 * 2} == counts


def test_the_null_is_of_another_package(frame: pd.DataFrame) -> None:
    nulls = frame[frame["relation"] == "null"]
    assert (nulls["against"] != nulls["package"]).all() and set(nulls["against"]) == set(PACKAGES)


def test_the_same_picture_agrees_more_than_another_one(frame: pd.DataFrame) -> None:
    ceiling, null = (frame.loc[frame["relation"] == name, "spearman"].mean() for name in ("ceiling", "null"))
    assert ceiling > null


def test_an_interrupted_run_goes_on_and_ends_the_same(data: Path, models: Mapping[str, TrainedClassifier],
                                                      own_cache: Path) -> None:  # fmt: skip
    def stop(share: float, text: str) -> None:
        if text.startswith("package 5"):
            raise InterruptedError

    with pytest.raises(InterruptedError):
        computed(data, models, packages=FIVE, progress=stop)
    seen: list[str] = []
    found = computed(data, models, packages=FIVE, progress=lambda share, text: seen.append(text))
    assert next(text for text in seen if text.startswith("package")).startswith("package 3")
    assert list(FIVE) == found["package"].unique().tolist()
    assert [] == [path.name for path in (own_cache / "consistency").iterdir() if "from-" in path.name]


def test_the_last_run_is_found_whatever_its_settings(data: Path, models: Mapping[str, TrainedClassifier]) -> None:
    assert question.last(open_dataset(data), models) is None
    found = computed(data, models, packages=PACKAGES[:2])
    stored = question.last(open_dataset(data), models)
    assert stored is not None
    pd.testing.assert_frame_equal(found, stored)


def test_siblings_of_the_same_architecture_are_taken_from_a_folder(
    data: Path, models: Mapping[str, TrainedClassifier], tmp_path: Path
) -> None:
    folder = save_tiny_models(tmp_path / "seeds", "first", "second", "any-name")  # the first two are the models again
    assert {"any-name"} == {one.name for some in trained_apart(models, folder).of.values() for one in some}
    found = computed(data, models, packages=PACKAGES[:2], seeds=folder)
    assert ({SEEDS}, {"any-name"}) == (
        set(found["source"]), set(found.loc[found["relation"] == "ceiling", "against"])
    )  # fmt: skip


def test_a_folder_without_siblings_is_refused(data: Path, models: Mapping[str, TrainedClassifier],
                                              tmp_path: Path) -> None:  # fmt: skip
    with pytest.raises(BadInput, match="no other network"):
        computed(data, models, seeds=save_tiny_models(tmp_path / "seeds", "first", "second"))


def test_a_last_layer_taught_again_changes_the_network_and_leaves_the_model_alone(
    data: Path, models: Mapping[str, TrainedClassifier]
) -> None:
    batch = torch.randn(2, 3, *models["first"].card.input_size)
    before = models["first"].module(batch)
    found = taught_again(open_dataset(data), models)
    sibling = found.of["first"][0]
    assert found.source == HEAD and sibling.card.weights_sha256 != models["first"].card.weights_sha256
    assert torch.equal(before, models["first"].module(batch))
    assert not torch.allclose(before, sibling.module(batch))


def test_too_few_packages_to_teach_on_leave_no_ceiling_and_say_why(
    models: Mapping[str, TrainedClassifier], tmp_path: Path
) -> None:
    few = draw_rendered(tmp_path / "few", train=1, test=1)
    found = taught_again(open_dataset(few), models)
    assert (NONE, {}) == (found.source, dict(found.of)) and "too few" in found.why


@pytest.mark.parametrize("architecture", ["test_resnet", "test_vit"])
def test_the_new_head_gives_exactly_the_log_odds_it_was_fitted_to(architecture: str) -> None:
    network, batch = build(architecture, classes=2, size=(160, 160)).eval(), torch.randn(3, 3, 160, 160)
    with torch.inference_mode():
        seen = pooled(network, batch)
        weights = torch.linspace(-1, 1, seen.shape[1])
        logits = with_head(network, weights, 0.25, at=1).eval()(batch)
    assert torch.allclose(seen @ weights + 0.25, logits[:, 1] - logits[:, 0], atol=1e-4)


def test_no_packages_and_a_single_map_are_refused(data: Path, models: Mapping[str, TrainedClassifier]) -> None:
    with pytest.raises(BadInput, match="No package"):
        computed(data, models, packages=())
    with pytest.raises(BadInput, match="make one map"):
        computed(data, {"first": models["first"]})
    with pytest.raises(UnknownName):
        computed(data, models, methods=("no_such_method",))


def made(values: Mapping[tuple[str, str, str], float]) -> pd.DataFrame:
    """A run of two models a and b: (package, view, relation) to Spearman's correlation."""
    rows = []
    for (package, view, relation), value in values.items():
        others = ["a", "b"] if relation == "ceiling" else ["b"]
        for other in others:
            model = other if relation == "ceiling" else "a"
            rows.append({"package": package, "view": view, "label": "damaged", "relation": relation, "differs": "model",
                         "model": model, "other_model": other, "method": "m", "other_method": "m", "against": "x",
                         "spearman": value, "iou": value, "ssim": value, "jsd": value, "reason": ""})  # fmt: skip
    return pd.DataFrame(rows)


def test_a_package_counts_once_however_many_views_it_has() -> None:
    frame = made({("p", "side", "pair"): 0.2, ("p", "top", "pair"): 0.4, ("q", "top", "pair"): 0.9})
    row = question.matrix(frame, "spearman", fixed="m").iloc[0]
    assert (pytest.approx(0.6), 2) == (row["value"], row["n"])


def test_what_is_not_defined_is_counted_and_left_out() -> None:
    frame = made({("p", "side", "pair"): np.nan, ("p", "top", "pair"): 0.4, ("q", "top", "pair"): np.nan})
    row = question.matrix(frame, "spearman", fixed="m").iloc[0]
    assert (pytest.approx(0.4), 1, 2) == (row["value"], row["n"], row["undefined"])
    assert np.isnan(row["value_low"])  # one package has no interval


def test_the_way_from_null_to_ceiling_is_told() -> None:
    values = {}
    for package, pair, null, ceiling in (("p", 0.5, 0.1, 0.9), ("q", 0.3, 0.1, 0.9), ("r", 0.7, 0.1, 0.9)):
        values |= {(package, "top", "pair"): pair, (package, "top", "null"): null, (package, "top", "ceiling"): ceiling}
    table = question.matrix(made(values), "iou", fixed="m")
    row = table[table["one"] != table["other"]].iloc[0]
    assert pytest.approx((0.5, 0.1, 0.9, 0.5)) == tuple(row[["value", "null", "ceiling", "reached"]])
    assert pytest.approx(0.4) == row["gain"] and 0.19 < row["gain_low"] < 0.4 < row["gain_high"] < 0.61
    assert row["reached_low"] < 0.5 < row["reached_high"]
    assert {("a", "a"), ("b", "b")} == set(zip(*table.loc[table["one"] == table["other"], ["one", "other"]].T.values,
                                               strict=True))  # fmt: skip


def test_packages_are_ranked_by_dissent() -> None:
    frame = made({("p", "top", "pair"): 0.9, ("q", "top", "pair"): -0.1, ("q", "side", "pair"): 0.3})
    found = question.dissent(frame, "spearman", method="m")
    assert ["q", "p"] == found["package"].tolist()
    assert pytest.approx([0.9, 0.1]) == found["dissent"].tolist()
    assert ["p", "q"] == sorted(question.dissent(frame, "spearman", method="m", view="top")["package"])
