"""Measures, features, slices, suspects and near-duplicates of drawn packages."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from core import study
from core.domain import Cut
from core.errors import BadInput
from core.models.backbones import build, pooled
from core.studies import features as seeing
from core.studies import measures as measuring
from core.studies import patterns, resemblance
from core.studies.parts import in_parts
from tests.conftest import draw_packages
from tests.tiny_models import save_tiny_models


class Stopped(Exception):
    """Raised by a progress callback."""


def opened(root: Path, tmp_path: Path, *names: str) -> tuple[object, dict[str, study.Classifier]]:
    save_tiny_models(tmp_path / "models", *(names or ("first", "second")))
    return study.open_dataset(root), study.open_models(tmp_path / "models")[0]


def said(wrong: dict[str, bool], *, model: str = "first", views: tuple[str, ...] = ("package",)) -> pd.DataFrame:
    """Predictions of packages whose id says whether they are damaged."""
    rows = []
    for package, mistaken in wrong.items():
        damaged = package.startswith("d")
        probability = 0.9 if damaged != mistaken else 0.1
        rows += [
            (package, view, model, "damaged" if damaged else "intact", "test", 0.0, probability, "unseen", 1.0)
            for view in views
        ]
    return pd.DataFrame(rows, columns=list(study.PREDICTION_COLUMNS))


def index_of(frame: pd.DataFrame, kinds: dict[str, str]) -> pd.DataFrame:
    facts = frame.drop_duplicates("package")[["package", "label", "split"]]
    kind = facts["package"].map(lambda package: kinds.get(package, ""))
    return facts.assign(view="side", kind=kind, severity=np.where(kind == "", 0.0, 0.5))


def measured(packages: list[str], *, views: tuple[str, ...] = ("side",), **columns: list[float]) -> pd.DataFrame:
    rows = [(package, view) for package in packages for view in views]
    frame = pd.DataFrame(rows, columns=["package", "view"]).assign(**dict.fromkeys(measuring.MEASURES, np.nan))
    return frame.assign(product=None, placed="truth", **{name: np.repeat(v, len(views)) for name, v in columns.items()})


# parts


def test_a_stopped_run_goes_on_where_it_was() -> None:
    done: list[str] = []

    def compute(package: str) -> list[dict[str, object]]:
        done.append(package)
        return [{"package": package}]

    def stop(share: float, text: str) -> None:
        if share >= 0.5:
            raise Stopped

    with pytest.raises(Stopped):
        in_parts("drawn/run", list("abcde"), compute, columns=["package"], size=2, progress=stop)
    whole = in_parts("drawn/run", list("abcde"), compute, columns=["package"], size=2)
    assert list("abcde") == whole["package"].tolist()
    assert list("abccde") == done
    assert whole.equals(in_parts("drawn/run", list("abcde"), compute, columns=["package"], size=2))
    assert 6 == len(done)


def test_the_parts_of_a_finished_run_leave_nothing_behind(own_cache: Path) -> None:
    in_parts("drawn/run", list("abc"), lambda package: [{"package": package}], columns=["package"], size=1)
    assert ["run.parquet"] == [path.name for path in (own_cache / "drawn").iterdir()]


# features


def test_the_features_of_a_cut_network_and_its_last_layer_give_its_logits() -> None:
    network = build("test_resnet", classes=2, size=(32, 48)).eval()
    batch = torch.randn(3, 3, 32, 48)
    with torch.no_grad():
        assert torch.allclose(network(batch), network.head(pooled(network, batch)))


def test_the_features_of_a_whole_network_and_its_last_layer_give_its_logits() -> None:
    network = build("test_vit", classes=2, size=(64, 64)).eval()
    batch = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        assert torch.allclose(network(batch), network.get_classifier()(pooled(network, batch)), atol=1e-5)


def test_every_picture_has_features_of_every_model(tiny_dataset: Path, tmp_path: Path) -> None:
    dataset, models = opened(tiny_dataset, tmp_path)
    assert seeing.stored_features(dataset, models) is None
    frame = seeing.features(dataset, models)
    assert 12 * 2 * 2 == len(frame)
    assert list(seeing.COLUMNS) == list(frame.columns)
    model, row = models["first"], frame[frame["model"] == "first"].iloc[0]
    view = dataset.view(row["package"], row["view"])
    expected = model.features([model.frame(view).crop(view.pixels)])[0].numpy()
    assert pytest.approx(expected, rel=0.01, abs=0.01) == np.asarray(row["feature"], np.float32)
    stored = seeing.stored_features(dataset, models)
    assert stored is not None and stored["hash"].equals(frame["hash"])


def test_a_whole_frame_has_the_corners_of_the_frame(tiny_dataset: Path, tmp_path: Path) -> None:
    dataset, models = opened(tiny_dataset, tmp_path)
    corners = seeing.features(dataset, models)["corners"].iloc[0]
    assert pytest.approx([0, 0, 1, 0, 1, 1, 0, 1]) == np.asarray(corners)


def test_a_broken_picture_has_no_features_and_no_measures(tiny_dataset: Path, tmp_path: Path) -> None:
    (tiny_dataset / "damage" / "top" / "01000_top.png").write_bytes(b"no picture")
    dataset, models = opened(tiny_dataset, tmp_path)
    for frame in (seeing.features(dataset, models), measuring.measures(dataset, models)):
        assert ["side"] == sorted(frame.loc[frame["package"] == "01000", "view"].unique())


# measures


def test_a_known_outline_is_taken_from_the_manifest(rendered_dataset: Path, tmp_path: Path) -> None:
    dataset, models = opened(rendered_dataset, tmp_path)
    frame = measuring.measures(dataset, models)
    assert {"truth"} == set(frame["placed"])
    assert {"lumeris"} == set(frame["product"])
    assert np.allclose(frame["size"], 36, atol=4) and np.allclose(frame["x"], 50, atol=2)
    damaged = frame["package"].str.startswith("01")
    assert frame.loc[damaged, "damage"].between(0.1, 60).all() and frame.loc[~damaged, "damage"].isna().all()


def test_a_known_pose_is_taken_from_the_manifest(rendered_dataset: Path) -> None:
    path = rendered_dataset / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["packages"]["01000"]["pose"] = {"x": 1.0, "y": 2.0, "yaw": -12.5}
    path.write_text(json.dumps(manifest))
    frame = measuring.measures(study.open_dataset(rendered_dataset), {}).set_index("package")
    assert [-12.5, -12.5] == frame.loc["01000", "yaw"].tolist()
    assert frame.loc["02000", "yaw"].isna().all()


def test_a_framing_of_the_whole_frame_knows_no_place(tiny_dataset: Path, tmp_path: Path) -> None:
    dataset, models = opened(tiny_dataset, tmp_path)
    frame = measuring.measures(dataset, models)
    assert {""} == set(frame["placed"])
    assert frame[["size", "x", "y", "yaw"]].isna().all(axis=None)
    assert frame["brightness"].between(0, 1).all()


def test_measures_need_no_models(tiny_dataset: Path) -> None:
    assert 24 == len(measuring.measures(study.open_dataset(tiny_dataset), {}))


# slices

IDS = [f"{kind}{at:03d}" for kind in "di" for at in range(60)]


def test_the_kind_of_damage_that_escapes_stands_out_against_the_other_damaged_packages() -> None:
    kinds = {package: "stain" if int(package[1:]) < 20 else "dent" for package in IDS if package[0] == "d"}
    frame = said({package: kinds.get(package) == "stain" for package in IDS})
    rows = patterns.answers(frame, model="first", view="package", cut=Cut.at(0.5))
    found = patterns.slices(rows, index_of(frame, kinds), measured(IDS))
    first = found.table.iloc[0]
    assert ("Damage: stain", 20, 20, 40, 0) == tuple(first[["key", "n", "errors", "rest_n", "rest_errors"]])
    assert first["holm"] < 0.001
    assert {package for package, kind in kinds.items() if kind == "stain"} == set(found.members["Damage: stain"])


def test_a_package_with_two_kinds_of_damage_is_in_both_slices() -> None:
    kinds = {package: "dent + stain" if int(package[1:]) < 30 else "dent" for package in IDS if package[0] == "d"}
    frame = said(dict.fromkeys(IDS, False))
    rows = patterns.answers(frame, model="first", view="package", cut=Cut.at(0.5))
    found = patterns.slices(rows, index_of(frame, kinds), measured(IDS))
    assert 30 == len(found.members["Damage: stain"]) and 60 == len(found.members["Damage: dent"])


def test_escapes_are_looked_for_among_damaged_packages_only() -> None:
    frame = said({package: int(package[1:]) < 6 for package in IDS})
    rows = patterns.answers(frame, model="first", view="package", cut=Cut.at(0.5))
    bright = measured(IDS, brightness=list(np.linspace(0, 1, 120)))
    table = patterns.slices(rows, index_of(frame, {}), bright, kind="Escapes").table
    assert {60} == set(table["n"] + table["rest_n"]) and {6} == set(table["errors"] + table["rest_errors"])


def test_a_dark_quarter_is_found_with_its_mistakes_first() -> None:
    frame = said({package: package in IDS[:12] for package in IDS})
    rows = patterns.answers(frame, model="first", view="package", cut=Cut.at(0.5))
    found = patterns.slices(rows, index_of(frame, {}), measured(IDS, brightness=list(np.linspace(0, 1, 120))))
    key = "Brightness: lowest quarter (below 0.25)"
    assert key == found.table["key"].iloc[0]
    assert set(IDS[:12]) == set(found.members[key][:12])


def test_an_answer_on_a_picture_is_held_against_what_was_measured_of_that_picture() -> None:
    frame = said(dict.fromkeys(IDS, False), views=("side", "top"))
    both = measured(IDS, views=("side", "top"))
    both = both.assign(brightness=np.where(both["view"] == "top", np.arange(240) / 240, np.arange(240)[::-1]))
    rows = patterns.answers(frame, model="first", view=patterns.EVERY, cut=Cut.at(0.5))
    table = patterns.slices(rows, index_of(frame, {}), both).table
    top = table[table["column"] == "Brightness, top"]
    assert {120} == set(top["n"] + top["rest_n"])


def test_a_kind_of_error_nobody_knows_is_refused() -> None:
    with pytest.raises(BadInput):
        patterns.slices(said({}), pd.DataFrame(), pd.DataFrame(), kind="Blunders")


def test_a_review_is_no_escape() -> None:
    frame = said({"d1": True})
    assert patterns.answers(frame, model="first", view="package", cut=Cut(0.05, 0.9))["wrong"].tolist() == [False]


def test_every_pair_of_truth_and_answer_has_its_outcome() -> None:
    rows = patterns.answers(
        said({"d1": False, "d2": True, "i1": True, "i2": False}), model="first", view="package", cut=Cut.at(0.5)
    )
    assert ["Found", "Escape", "False reject", "Passed"] == patterns.outcomes(rows).tolist()


# suspects


def test_flipped_labels_are_suspected_and_answers_on_training_data_never() -> None:
    frame = said({package: package in ("d000", "i001") for package in IDS})
    frame.loc[frame["package"] == "i001", "source"] = "training"
    found = patterns.suspects(frame, model="first", cuts={"first": Cut.at(0.5)})
    row = found.table.iloc[0]
    assert ["d000"] == found.table["package"].tolist()
    assert ("damaged", "intact", True, 1, 1) == tuple(row[["label", "suggested", "suspected", "agree", "models"]])
    assert 119 == found.looks


def test_one_class_alone_has_no_suspects() -> None:
    found = patterns.suspects(said(dict.fromkeys(IDS[:60], False)), model="first", cuts={})
    assert (0, 60) == (len(found.table), found.looks)


# maps, neighbors, near-duplicates


def drawn_features(vectors: np.ndarray, hashes: np.ndarray, view: str = "top") -> pd.DataFrame:
    ids = [f"p{at:03d}" for at in range(len(vectors))]
    frame = pd.DataFrame({"package": ids, "view": view, "model": "first", "hash": hashes.astype(np.uint64)})
    return frame.assign(feature=list(vectors.astype(np.float16)))


def test_a_missing_view_is_the_mean_and_the_models_stand_side_by_side() -> None:
    rng = np.random.default_rng(0)
    top = drawn_features(rng.normal(size=(6, 3)), np.zeros(6))
    side = drawn_features(rng.normal(size=(5, 3)), np.zeros(5), "side").assign(model="second")
    seen = resemblance.seen_as(pd.concat([top, side]), model=study.ENSEMBLE, view="package")
    assert (6, 6) == seen.shape
    assert 0.0 == np.abs(seen.loc["p005"]).to_numpy()[3:].sum() + np.abs(seen.to_numpy().mean(axis=0)).max().round(9)


def test_the_nearest_neighbor_of_a_copy_is_its_original() -> None:
    vectors = np.random.default_rng(0).normal(size=(20, 8))
    vectors[19] = vectors[4]
    seen = resemblance.seen_as(drawn_features(vectors, np.zeros(20)), model="first", view="top")
    near = resemblance.neighbors_of(seen, "p019", list(seen.index), count=3)
    assert ("p004", pytest.approx(1.0)) == tuple(near.iloc[0])
    assert "p019" not in set(near["package"])


def test_a_package_that_nobody_saw_has_no_neighbors() -> None:
    seen = resemblance.seen_as(drawn_features(np.eye(3), np.zeros(3)), model="first", view="top")
    assert resemblance.neighbors_of(seen, "gone", list(seen.index)).empty


def test_a_copy_in_another_split_is_flagged_and_nothing_else() -> None:
    rng = np.random.default_rng(3)
    vectors, hashes = rng.normal(size=(200, 16)), rng.integers(0, 2**63, 200, dtype=np.uint64)
    vectors[199], hashes[199] = vectors[7] + 0.01, hashes[7] ^ np.uint64(0b11)
    splits = pd.Series(["train"] * 160 + ["test"] * 40, [f"p{at:03d}" for at in range(200)])
    found = resemblance.duplicates(drawn_features(vectors, hashes), splits)
    flagged = found.pairs[found.pairs["flagged"]]
    assert [{"p007", "p199"}] == [set(pair) for pair in zip(flagged["package"], flagged["other"], strict=True)]
    assert (found.pairs["split"] != found.pairs["other_split"]).all()


def test_a_pair_found_from_both_sides_is_there_once() -> None:
    splits = pd.Series(["train", "test"], ["p000", "p001"])
    found = resemblance.duplicates(drawn_features(np.eye(2), np.array([1, 3])), splits)
    assert 1 == len(found.pairs)


def test_one_split_alone_has_no_pairs() -> None:
    found = resemblance.duplicates(drawn_features(np.eye(4), np.arange(4)), pd.Series("train", ["p000"]))
    assert found.pairs[found.pairs["split"] == found.pairs["other_split"]].empty


def test_a_package_copied_to_another_split_is_flagged_by_its_pictures(tmp_path: Path) -> None:
    root = draw_packages(tmp_path / "data", per_class=12, split="train", views=("top",))
    (root / "test" / "damage" / "top").mkdir(parents=True)
    shutil.copy(root / "train" / "damage" / "top" / "01003_top.png", root / "test" / "damage" / "top" / "09999_top.png")
    dataset, models = opened(root, tmp_path)
    splits = dataset.index.drop_duplicates("package").set_index("package")["split"]
    first = resemblance.duplicates(seeing.features(dataset, models), splits).pairs.iloc[0]
    assert ({"01003", "09999"}, 0.0) == ({first["package"], first["other"]}, first["bits"])


def test_a_map_says_how_mixed_the_neighbors_of_mistakes_are() -> None:
    vectors = np.random.default_rng(0).normal(0, 0.1, (80, 4))
    vectors[:40, 0] += 5
    ids = [f"{kind}{at:03d}" for kind in "di" for at in range(40)]
    frame = said({package: package == "d000" for package in ids})
    vectors[0] = vectors[45]  # a damaged package that looks like the intact ones, and is called so
    seen = pd.DataFrame(vectors, index=ids)
    rows = patterns.answers(frame, model="first", view="package", cut=Cut.at(0.5))
    found = resemblance.package_map(seen, index_of(frame, {}), rows, split="test")
    assert 1.0 == found.mixed[0] and found.mixed[1] < 0.1
    assert "Escape" == found.points.set_index("package").at["d000", "outcome"]


def test_umap_is_offered_only_where_it_is_installed() -> None:
    seen = pd.DataFrame(np.eye(3), index=list("abc"))
    if resemblance.maps() == ("PCA",):
        with pytest.raises(BadInput):
            resemblance.flat(seen, way="UMAP")
    else:
        assert ("PCA", "UMAP") == resemblance.maps()
