"""From drawn packages to a checkpoint and back to predictions, for real but tiny."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

import numpy as np
import pandas as pd
import pytest
import torch

from core import study
from core.domain import DAMAGED, INTACT, UNSURE
from core.errors import BadInput, Leak, UnknownName
from core.models.backbones import build, load_trained
from core.models.checkpoints import load_card
from core.settings import settings
from core.store.answers import read_answers
from core.studies import explanation
from core.studies.annotation import open_annotations, save
from core.studies.verdicts import Said, stored
from core.teach import Plan, train
from core.training.crops import Crops, augmented
from core.training.fit import Fitted, fit
from core.training.kept import kept
from core.training.recipes import fine_tuned, recipe_for
from tests.conftest import draw_packages

TINY = Plan(
    "test_resnet", pretrained=False, framing="whole", folds=2,
    changes={"epochs": 1, "batch": 4, "input_size": (32, 48), "validation": 0.34},
)  # fmt: skip


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """(data, models): 12 packages to train on, 4 in a test split, and one checkpoint."""
    root = tmp_path_factory.mktemp("study")
    draw_packages(root / "data", split="training")
    for path in sorted(draw_packages(root / "more", per_class=8, split="test").rglob("*.png")):
        if path.stem[2:5] in ("006", "007"):
            target = root / "data" / path.relative_to(root / "more")
            target.parent.mkdir(parents=True, exist_ok=True)
            path.rename(target)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SECONDLOOK_CACHE", str(root / "cache"))
        settings.cache_clear()
        train(root / "data", TINY, root / "models" / "tiny")
    settings.cache_clear()
    yield root / "data", root / "models"


def test_a_checkpoint_says_where_it_comes_from(trained: tuple[Path, Path]) -> None:
    card = load_card(trained[1] / "tiny")
    assert (card.training.packages, card.training.images, card.training.folds) == (12, 24, 2)
    assert card.classes == ("damaged", "intact")
    assert card.measured["data"]["package"]["n"] == 12


def say(root: Path, verdicts: dict[str, list[str]]) -> Said:
    """What counts of verdicts in the store, each of another person."""
    store, dataset = open_annotations(), study.open_dataset(root)
    for package, some in verdicts.items():
        for at, verdict in enumerate(some):
            now = datetime(2026, 1, 1, tzinfo=UTC)
            save(store, dataset, package, {"top": ()}, verdict=verdict, annotator=f"person {at}", made_at=now)
    return stored(root)


def test_a_verdict_takes_the_place_of_a_label_and_the_card_counts_it(tmp_path: Path) -> None:
    root = draw_packages(tmp_path / "data", per_class=5)
    for path in sorted((root / "intact").rglob("02004*")):  # in a folder without a class
        target = root / path.name
        path.rename(target)
    assert study.open_dataset(root).index.set_index("package").loc["02004", "label"].isna().all()
    said = say(root, {"02004": [INTACT], "01000": [INTACT, UNSURE], "01001": [DAMAGED, DAMAGED],
                      "01002": [INTACT, DAMAGED], "01003": [UNSURE]})  # fmt: skip
    assert {"01000", "01001", "02004"} == set(said.packages)
    assert any("disagree" in one and "01002" in one for one in said.notices)
    assert any("unsure" in one and one.endswith(" 1.") for one in said.notices)
    card = train(root, replace(TINY, folds=0), tmp_path / "model", verdicts=said.packages)
    found = card.training.verdicts
    assert found is not None and (3, 1, 1, 2) == (found.packages, found.changed, found.added, found.annotators)
    assert load_card(tmp_path / "model").training.verdicts == found
    assert "person" not in (tmp_path / "model" / "card.json").read_text()
    labels = read_answers(tmp_path / "model").drop_duplicates("package").set_index("package")["label"]
    assert [INTACT, DAMAGED, DAMAGED, INTACT] == labels[["01000", "01001", "01002", "02004"]].tolist()


def test_a_card_without_verdicts_says_nothing_of_them(trained: tuple[Path, Path]) -> None:
    assert "verdicts" not in (trained[1] / "tiny" / "card.json").read_text()


def test_a_verdict_on_a_test_package_is_not_trained_on(trained: tuple[Path, Path], tmp_path: Path) -> None:
    said = say(trained[0], {"01006": [INTACT]})
    assert any("test split" in one for one in said.notices)
    card = train(trained[0], replace(TINY, folds=0), tmp_path / "model", verdicts=said.packages)
    assert card.training.verdicts is not None and 0 == card.training.verdicts.packages
    assert "01006" not in set(read_answers(tmp_path / "model")["package"])


def test_damage_of_an_unknown_kind_is_refused_where_kinds_are_told_apart(tmp_path: Path) -> None:
    root = draw_packages(tmp_path / "data", per_class=4)
    (root / "damage").rename(root / "soaked")
    (root / "burnt" / "top").mkdir(parents=True)
    (root / "soaked" / "top" / "01000_top.png").rename(root / "burnt" / "top" / "01000_top.png")
    (root / "soaked" / "side" / "01000_side.png").unlink()
    said = say(root, {"02000": [DAMAGED]})
    with pytest.raises(BadInput, match=r"02000, but .* burnt, soaked apart"):
        train(root, replace(TINY, folds=0), tmp_path / "model", verdicts=said.packages)


def test_the_test_split_is_never_trained_on(trained: tuple[Path, Path]) -> None:
    seen = set(read_answers(trained[1] / "tiny")["package"])
    assert len(seen) == 12
    assert not {package for package in seen if package.endswith(("006", "007"))}


def test_no_package_is_on_both_sides_of_a_fold(trained: tuple[Path, Path]) -> None:
    split = json.loads((trained[1] / "tiny" / "split.json").read_text())
    assert split["fingerprint"] == load_card(trained[1] / "tiny").training.fingerprint
    for fold in split["folds"]:
        assert not set(fold["train"]) & set(fold["held_out"])


def test_the_curves_of_every_fold_are_kept(trained: tuple[Path, Path]) -> None:
    curves = pd.read_csv(trained[1] / "tiny" / "curves.csv")
    assert set(curves["run"]) == {"fold 1", "fold 2", "final"}
    assert (trained[1] / "tiny" / "curves.png").stat().st_size > 5000


def test_packages_seen_in_training_are_answered_by_the_fold_that_had_not_seen_them(trained: tuple[Path, Path]) -> None:
    models, refused = study.open_models(trained[1])
    assert refused == {}
    frame = study.predictions(study.open_dataset(trained[0]), models)
    sources = frame[frame["view"] == "package"].groupby("source").size().to_dict()
    assert sources == {"cross-validated": 12, "unseen": 4}
    kept = read_answers(trained[1] / "tiny").set_index(["package", "view"])["logits"]
    row = frame[(frame["package"] == "01000") & (frame["view"] == "side")].iloc[0]
    assert row["logit"] == pytest.approx(kept["01000", "side"][0] - kept["01000", "side"][1], abs=1e-5)


def test_a_renamed_copy_of_a_training_picture_is_still_recognized(trained: tuple[Path, Path], tmp_path: Path) -> None:
    source = trained[0] / "training" / "damage" / "side" / "01000_side.png"
    copy = tmp_path / "copy" / "ok" / "side" / "999_side.png"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(source.read_bytes())
    frame = study.predictions(study.open_dataset(tmp_path / "copy"), study.open_models(trained[1])[0])
    assert set(frame["source"]) == {"cross-validated"}


def test_predictions_are_stored_and_read_back(trained: tuple[Path, Path]) -> None:
    dataset, models = study.open_dataset(trained[0]), study.open_models(trained[1])[0]
    assert study.stored_predictions(dataset, models) is None
    computed = study.predictions(dataset, models)
    stored = study.stored_predictions(dataset, models)
    assert stored is not None
    pd.testing.assert_frame_equal(stored, computed)


def test_a_package_is_fused_with_weights_learnt_on_the_other_folds(trained: tuple[Path, Path]) -> None:
    frame = study.predictions(study.open_dataset(trained[0]), study.open_models(trained[1])[0])
    wide = frame.pivot(index="package", columns="view", values="logit")
    folds = read_answers(trained[1] / "tiny").drop_duplicates("package").set_index("package")["fold"]
    card = load_card(trained[1] / "tiny")
    for package, row in wide.iterrows():
        weights = card.fold_fusion[folds[package]] if package in folds else card.fusion
        expected = weights["side"] * row["side"] + weights["top"] * row["top"] + weights["package"]
        assert row["package"] == pytest.approx(expected, abs=1e-4)


def test_two_models_make_an_ensemble_row(trained: tuple[Path, Path]) -> None:
    model = study.open_models(trained[1])[0]["tiny"]
    package = study.open_dataset(trained[0]).load("01000")
    again = replace(model, card=model.card.model_copy(update={"name": "again"}))
    *_, last = study.predict({"tiny": model, "again": again}, package)
    assert (last.model, last.view) == ("ensemble", "package")


def test_a_map_is_explained_in_frame_coordinates(trained: tuple[Path, Path]) -> None:
    dataset, models = study.open_dataset(trained[0]), study.open_models(trained[1])[0]
    shown = explanation.explain(dataset, "01000", "side", models["tiny"], steps=64)
    assert shown.values.shape == dataset.view("01000", "side").pixels.shape[:2]
    assert shown.completeness is not None and shown.completeness < 0.5
    assert 0 <= shown.probability <= 1


def test_a_picture_that_cannot_be_read_leaves_the_rest_standing(trained: tuple[Path, Path], tmp_path: Path) -> None:
    root = draw_packages(tmp_path / "data", per_class=1)
    (root / "damage" / "side" / "01000_side.png").write_bytes(b"")
    dataset = study.open_dataset(root)
    frame = study.predictions(dataset, study.open_models(trained[1])[0])
    assert set(frame.loc[frame["package"] == "01000", "view"]) == {"top", "package"}
    assert study.inventory(dataset)["reason"].astype(bool).sum() == 1


def test_a_test_picture_among_the_training_pictures_is_refused(tmp_path: Path) -> None:
    root = draw_packages(tmp_path / "data", split="train")
    copy = root / "test" / "damage" / "side" / "09999_side.png"
    copy.parent.mkdir(parents=True)
    copy.write_bytes((root / "train" / "damage" / "side" / "01000_side.png").read_bytes())
    with pytest.raises(Leak, match="01000"):
        train(root, TINY, tmp_path / "model")
    dataset = study.open_dataset(root)
    (said,) = study.leaks(dataset, study.inventory(dataset))
    assert "test and train" in said and "09999" in said


def test_splits_that_share_nothing_do_not_leak(trained: tuple[Path, Path]) -> None:
    dataset = study.open_dataset(trained[0])
    assert study.leaks(dataset, study.inventory(dataset)) == ()


def test_one_class_is_too_few_to_train_on(tmp_path: Path) -> None:
    draw_packages(tmp_path / "data", per_class=2)
    for path in (tmp_path / "data" / "intact").rglob("*.png"):
        path.unlink()
    with pytest.raises(BadInput, match="1 class"):
        train(tmp_path / "data", TINY, tmp_path / "model")


def test_an_unknown_architecture_is_refused_before_any_work(tiny_dataset: Path, tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="test_resnet"):
        train(tiny_dataset, Plan("test_resnett", pretrained=False), tmp_path / "model")


def test_missing_weights_are_refused_before_any_work(tiny_dataset: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="--weights"):
        train(tiny_dataset, Plan("test_resnet", weights=tmp_path / "none.safetensors"), tmp_path / "model")


def test_an_unknown_view_is_refused_with_those_there_are(tiny_dataset: Path, tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="top"):
        train(tiny_dataset, replace(TINY, only="topp"), tmp_path / "model")


def test_a_network_may_be_trained_on_one_view_only(tiny_dataset: Path, tmp_path: Path) -> None:
    card = train(tiny_dataset, replace(TINY, only="top", folds=0), tmp_path / "model")
    assert card.training.images == 12


def others(root: Path, *, per_class: int = 4, split: str = "") -> Path:
    """Packages that no other test draws: another size, serials that begin with 9."""
    for path in sorted(draw_packages(root, per_class=per_class, size=(72, 54), split=split).rglob("*.png")):
        path.rename(path.with_name("9" + path.name[1:]))
    return root


@pytest.fixture(scope="module")
def both(trained: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of checkpoints with one trained on the data of `trained` and on eight other packages."""
    folder = tmp_path_factory.mktemp("both")
    others(folder / "more")
    train([trained[0], folder / "more"], TINY, folder / "models" / "both")
    return folder / "models"


def test_data_sets_trained_on_together_are_measured_one_by_one(both: Path) -> None:
    card = load_card(both / "both")
    assert ("data + more", 20) == (card.training.dataset, card.training.packages)
    assert {"data": 12, "more": 8} == {name: parts["package"]["n"] for name, parts in card.measured.items()}
    assert {"side", "top", "package"} == set(card.measured["more"])


def test_every_fold_has_its_share_of_each_data_set_and_class(both: Path) -> None:
    answers = read_answers(both / "both").drop_duplicates("package")
    shares = answers.groupby(["dataset", "label", "fold"]).size().to_dict()
    assert [3, 3, 3, 3] == [shares["data", label, fold] for label in ("damaged", "intact") for fold in (0, 1)]
    assert [2, 2, 2, 2] == [shares["more", label, fold] for label in ("damaged", "intact") for fold in (0, 1)]


def test_test_splits_of_joined_data_sets_are_never_trained_on(both: Path) -> None:
    assert not set(read_answers(both / "both")["package"]) & {"01006", "01007", "02006", "02007"}


def test_without_cross_validation_training_pictures_are_still_known(tiny_dataset: Path, tmp_path: Path) -> None:
    train(tiny_dataset, replace(TINY, folds=0), tmp_path / "models" / "tiny")
    answers = read_answers(tmp_path / "models" / "tiny")
    assert (24, {-1}, {0}) == (len(answers), set(answers["fold"]), set(answers["logits"].map(len)))
    frame = study.predictions(study.open_dataset(tiny_dataset), study.open_models(tmp_path / "models")[0])
    assert {"training"} == set(frame["source"])


@pytest.fixture(scope="module")
def continued(trained: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of checkpoints with one that started from `trained` and was trained on eight other packages."""
    folder = tmp_path_factory.mktemp("continued")
    train(others(folder / "more"), replace(TINY, weights=trained[1] / "tiny"), folder / "models" / "next")
    return folder / "models"


def test_a_training_may_start_from_a_checkpoint_and_says_so(continued: Path) -> None:
    training = load_card(continued / "next").training
    assert "models/tiny (random)" == training.start
    assert 1 == training.recipe["frozen"]


def test_what_the_start_was_trained_on_is_carried_over(trained: tuple[Path, Path], continued: Path) -> None:
    answers = read_answers(continued / "next")
    assert {"more": 16, "data": 24} == answers["dataset"].value_counts().to_dict()
    assert {-1} == set(answers.loc[answers["dataset"] == "data", "fold"])
    frame = study.predictions(study.open_dataset(trained[0]), study.open_models(continued)[0])
    fused = frame[frame["view"] == "package"]
    assert {"training": 12, "unseen": 4} == fused["source"].value_counts().to_dict()


def test_a_start_that_knows_what_a_fold_holds_out_is_refused(trained: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(Leak, match=r"folds hold out.*01000.*--folds 0"):
        train(trained[0], replace(TINY, weights=trained[1] / "tiny"), tmp_path / "model")


def test_a_start_that_knows_a_test_picture_is_refused(trained: tuple[Path, Path], tmp_path: Path) -> None:
    root = others(tmp_path / "more", per_class=2, split="train")
    copy = root / "test" / "intact" / "side" / "999_side.png"
    copy.parent.mkdir(parents=True)
    copy.write_bytes((trained[0] / "training" / "intact" / "side" / "02000_side.png").read_bytes())
    with pytest.raises(Leak, match=r"test split, such as 999"):
        train(root, replace(TINY, weights=trained[1] / "tiny", folds=0), tmp_path / "model")


def test_without_folds_a_training_may_go_on_with_the_same_packages(trained: tuple[Path, Path], tmp_path: Path) -> None:
    plan = replace(TINY, weights=trained[1] / "tiny", folds=0)
    assert {} == train(trained[0], plan, tmp_path / "model").measured
    assert 24 == len(read_answers(tmp_path / "model"))


def test_a_start_that_does_not_say_what_it_knows_is_refused(trained: tuple[Path, Path], tmp_path: Path) -> None:
    copytree(trained[1] / "tiny", tmp_path / "tiny")
    (tmp_path / "tiny" / "crossval.parquet").unlink()
    with pytest.raises(Leak, match="does not say"):
        train(others(tmp_path / "more"), replace(TINY, weights=tmp_path / "tiny"), tmp_path / "model")


def test_a_start_of_another_architecture_is_refused(trained: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="--arch test_resnet"):
        train(trained[0], replace(TINY, arch="resnet10t", weights=trained[1] / "tiny"), tmp_path / "model")


def test_a_start_with_another_input_is_refused(trained: tuple[Path, Path], tmp_path: Path) -> None:
    plan = replace(TINY, weights=trained[1] / "tiny", changes={"input_size": (64, 96)})
    with pytest.raises(BadInput, match="--input-size 32 48"):
        train(trained[0], plan, tmp_path / "model")


@pytest.mark.parametrize("architecture", ["test_resnet", "test_vit"])
@pytest.mark.parametrize("head", [True, False])
def test_a_last_layer_is_taken_over_only_where_it_means_the_same(architecture: str, head: bool) -> None:
    network, trained = (build(architecture, classes=2, size=(32, 48)) for _ in range(2))
    load_trained(network, trained, head=head)
    same = {
        name: torch.equal(mine, theirs)
        for (name, mine), theirs in zip(network.state_dict().items(), trained.state_dict().values(), strict=True)
    }
    assert head == same["head.weight"]
    assert all(equal for name, equal in same.items() if not name.startswith("head."))


def test_a_fine_tuning_is_shorter_and_keeps_the_first_stage() -> None:
    recipe = recipe_for("tf_mobilenetv3_small_075")
    assert replace(recipe, epochs=16, frozen=1) == fine_tuned(recipe)


def test_a_finished_training_is_not_repeated(tmp_path: Path) -> None:
    def make(_: Crops) -> torch.nn.Module:
        return build("test_resnet", classes=2, size=(32, 48))

    made = Fitted(make(dark_and_light()), 3, pd.DataFrame({"epoch": [1], "train_loss": [0.5]}), 1.5)
    first = kept(tmp_path / "work" / "final.pt", lambda: made, make, dark_and_light())
    again = kept(tmp_path / "work" / "final.pt", pytest.fail, make, dark_and_light())  # type: ignore[arg-type]  # is not called
    assert (3, 1.5) == (again.best_epoch, again.seconds)
    pd.testing.assert_frame_equal(first.history, again.history)
    for left, right in zip(first.network.parameters(), again.network.parameters(), strict=True):
        assert torch.equal(left, right)


def test_an_augmented_picture_keeps_its_size_and_differs() -> None:
    picture = dark_and_light().pixels[1]
    seen = augmented(recipe_for("test_resnet", flip=0.5), picture)
    assert (picture.shape, picture.dtype) == (seen.shape, seen.dtype)
    assert (seen != picture).any()


def test_without_any_amount_an_augmented_picture_is_the_same() -> None:
    picture = dark_and_light().pixels[1]
    still = recipe_for("test_resnet", rotation=0.0, shift=0.0, scale=0.0, light=0.0)
    np.testing.assert_array_equal(picture, augmented(still, picture))


def test_a_picture_may_be_mirrored_both_ways() -> None:
    picture = dark_and_light().pixels[1]
    mirrored = recipe_for("test_resnet", rotation=0.0, shift=0.0, scale=0.0, light=0.0, flip=1.0)
    np.testing.assert_array_equal(picture[::-1, ::-1], augmented(mirrored, picture))


def marks(path: Path, *packages: str) -> str:
    """A file that marks the same corners in the side and the top view of some packages."""
    entries = [{"package": package, "corners": [[10, 8], [50, 8], [50, 40], [10, 40]]} for package in packages]
    path.write_text(json.dumps({"side": entries, "top": entries}))
    return str(path)


def test_marks_of_packages_that_are_nowhere_are_refused(tiny_dataset: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"None of the packages.*in tiny"):
        train(tiny_dataset, replace(TINY, framing=marks(tmp_path / "marks.json", "77777")), tmp_path / "model")


def test_marks_are_looked_up_in_all_data_sets(trained: tuple[Path, Path], tmp_path: Path) -> None:
    data = [trained[0], others(tmp_path / "more")]
    with pytest.raises(BadInput, match="features"):  # found, but there is no print on drawn packages
        train(data, replace(TINY, framing=marks(tmp_path / "marks.json", "91000", "01000")), tmp_path / "model")


def test_a_start_serves_as_framing_too(trained: tuple[Path, Path], tmp_path: Path) -> None:
    plan = replace(TINY, folds=0, framing=str(trained[1] / "tiny"))
    assert "whole" == train(others(tmp_path / "more"), plan, tmp_path / "model").framing["kind"]


def test_marks_that_are_no_marks_are_refused(tiny_dataset: Path, tmp_path: Path) -> None:
    (tmp_path / "marks.json").write_text("[1, 2]")
    with pytest.raises(BadInput, match="corners"):
        train(tiny_dataset, Plan("test_resnet", pretrained=False, framing=str(tmp_path / "marks.json")), tmp_path / "m")


def dark_and_light() -> Crops:
    """32 pictures: class 0 dark, class 1 light."""
    rng = np.random.default_rng(0)
    targets = np.arange(32) % 2
    pixels = (rng.integers(0, 60, (32, 32, 48, 3)) + 150 * targets[:, None, None, None]).astype(np.uint8)
    return Crops(pixels, targets, np.array([f"{at:02d}" for at in range(32)]), np.array(["top"] * 32))


def test_a_network_learns_to_tell_dark_from_light() -> None:
    crops = dark_and_light()
    recipe = recipe_for("test_resnet", epochs=25, batch=8, input_size=(32, 48), learning_rate=3e-3, patience=25)
    fitted = fit(lambda _: build("test_resnet", classes=2, size=(32, 48)), crops, crops, recipe, classes=2, seed=0)
    assert fitted.history["validation_accuracy"].max() == 1.0
    assert fitted.best_epoch == fitted.history["validation_loss"].argmin() + 1


def test_the_same_seed_trains_the_same_network() -> None:
    crops = dark_and_light()
    recipe = recipe_for("test_resnet", epochs=1, batch=8, input_size=(32, 48))
    one, other = (
        fit(lambda _: build("test_resnet", classes=2, size=(32, 48)), crops, None, recipe, classes=2, seed=3).network
        for _ in range(2)
    )
    for left, right in zip(one.parameters(), other.parameters(), strict=True):
        assert torch.equal(left, right)
