"""Temperatures fitted on some packages, measured on the others, and kept in the card."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from core import study
from core.errors import BadInput
from core.metrics.calibration import brier, fit_temperature
from core.models.checkpoints import CARD, WEIGHTS
from core.store.answers import read_answers
from core.store.frames import drop_frame
from core.studies import calibration
from core.study import PREDICTION_COLUMNS, Classifier
from tests.tiny_models import save_tiny_models

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def answers(
    n: int = 200, *, sure: float = 2.0, tested: int = 40, model: str = "first", source: str = "cross-validated"
) -> pd.DataFrame:
    """Answers that are `sure` times as sure as they may be, on both views and fused; the last packages are the test."""
    rng = np.random.default_rng(0)
    parts = []
    truth, odds = np.zeros(n, bool), rng.normal(0, 3, n)
    truth = rng.random(n) < expit(odds)
    for view, factor in (("side", sure), ("top", 1.0), ("package", sure)):
        logit = odds * factor
        parts.append(pd.DataFrame({
            "package": [f"{at:05d}" for at in range(n)], "view": view, "model": model,
            "label": np.where(truth, "damaged", "intact"),
            "split": np.where(np.arange(n) >= n - tested, "test", "train"), "logit": logit,
            "probability": expit(logit), "source": np.where(np.arange(n) >= n - tested, "unseen", source),
            "framing": 1.0,
        }))  # fmt: skip
    return study.shaped(pd.concat(parts, ignore_index=True)[list(PREDICTION_COLUMNS)])


@pytest.fixture
def models(tmp_path: Path) -> dict[str, Classifier]:
    save_tiny_models(tmp_path / "models", "first", "second")
    return study.open_models(tmp_path / "models")[0]


def test_temperatures_are_fitted_on_drawn_packages_only(models: dict[str, Classifier]) -> None:
    frame = answers()
    found = calibration.fit(frame, models["first"])
    mine = frame[(frame["view"] == "side") & frame["package"].isin(found.serials)]
    expected = fit_temperature((mine["label"] == "damaged").to_numpy(), mine["logit"].to_numpy())
    assert expected.value == pytest.approx(found.temperatures["side"], abs=1e-4)
    assert 80 == len(found.serials)


def test_no_package_of_the_test_split_is_drawn(models: dict[str, Classifier]) -> None:
    frame = answers()
    found = calibration.fit(frame, models["first"], share=0.8)
    assert not set(found.serials) & set(frame.loc[frame["split"] == "test", "package"])


def test_no_package_that_the_network_was_trained_on_is_drawn_or_measured(models: dict[str, Classifier]) -> None:
    frame = answers()
    seen = frame["package"] < "00050"
    frame = frame.assign(source=frame["source"].astype(str).where(~seen, "training"))
    found = calibration.fit(frame, models["first"])
    assert not set(found.serials) & set(frame.loc[seen, "package"])
    assert 110 - len(found.serials) == found.table.set_index("on")["n"]["others"].iloc[0]


def test_what_is_measured_was_not_drawn(models: dict[str, Classifier]) -> None:
    rows = calibration.fit(answers(), models["first"]).table.drop_duplicates("on").set_index("on")
    assert [80, 40] == rows["n"][["others", "test"]].tolist()


def test_before_and_after_are_those_of_the_packages_that_were_not_drawn(models: dict[str, Classifier]) -> None:
    frame = answers()
    found = calibration.fit(frame, models["first"])
    row = found.table.set_index(["view", "on"]).loc[("side", "others")]
    here = frame[(frame["view"] == "side") & (frame["split"] == "train") & ~frame["package"].isin(found.serials)]
    truth, odds = (here["label"] == "damaged").to_numpy(), here["logit"].to_numpy()
    for when, temperature in (("before", 1.0), ("after", row["temperature"])):
        said = expit(odds / temperature)
        assert row[f"brier_{when}"] == pytest.approx(brier(truth, said).score)
        assert row[f"nll_{when}"] == pytest.approx(-np.log(np.where(truth, said, 1 - said)).mean())


def test_a_temperature_that_helps_is_worth_it_and_one_that_does_not_is_not(models: dict[str, Classifier]) -> None:
    assert ("side", "package") == calibration.fit(answers(800, sure=3.0), models["first"]).worth


def test_the_draw_has_a_seed_and_the_share_of_each_class(models: dict[str, Classifier]) -> None:
    frame = answers()
    one, same, other = (calibration.fit(frame, models["first"], seed=seed) for seed in (0, 0, 1))
    assert one.serials == same.serials != other.serials
    assert one.hash == same.hash != other.hash
    labels = frame[frame["split"] == "train"].drop_duplicates("package").set_index("package")["label"]
    assert ((labels[list(one.serials)] == "damaged").sum()) == round((labels == "damaged").sum() / 2)


def test_a_model_that_was_calibrated_before_is_fitted_on_its_raw_answers(models: dict[str, Classifier]) -> None:
    frame = answers()
    first = models["first"]
    warm = replace(first, card=first.card.model_copy(update={"temperatures": {"side": 2.0, "package": 4.0}}))
    scaled = calibration.rescaled(frame, {("first", "side"): 0.5, ("first", "package"): 0.25})
    expected, found = calibration.fit(frame, first), calibration.fit(scaled, warm)
    assert expected.temperatures == found.temperatures
    assert {2.0, 1.0, 4.0} == set(found.table["old"])


@pytest.mark.parametrize("share", [0.0, 1.0, 0.99, -1])
def test_a_share_that_leaves_nothing_is_refused(models: dict[str, Classifier], share: float) -> None:
    with pytest.raises(BadInput):
        calibration.fit(answers(), models["first"], share=share)


def test_too_few_packages_are_refused(models: dict[str, Classifier]) -> None:
    with pytest.raises(BadInput, match="too few"):
        calibration.fit(answers(60, tested=40), models["first"])


def test_a_model_that_is_always_right_cannot_be_told_a_temperature(models: dict[str, Classifier]) -> None:
    frame = answers()
    frame = frame.assign(logit=np.where(frame["label"] == "damaged", 1, -1) * frame["logit"].abs())
    found = calibration.fit(frame, models["first"])
    assert found.table["clipped"].all()
    assert {} == found.temperatures


def test_saving_writes_the_card_and_nothing_else(models: dict[str, Classifier], tiny_dataset: Path) -> None:
    folder = models["first"].folder
    assert folder is not None
    weights = (folder / WEIGHTS).read_bytes()
    found = calibration.fit(answers(), models["first"])
    calibration.save(models["first"], found, study.open_dataset(tiny_dataset), when=NOW)
    card = study.open_models(folder.parent)[0]["first"].card
    assert found.temperatures == card.temperatures
    assert (80, found.hash, "2026-01-02T03:04:05+00:00") == tuple(
        card.calibration[key] for key in ("packages", "serials_sha256", "fitted_at")
    )
    assert 6 == len(card.calibration["views"])
    assert 0.5 == card.threshold
    assert weights == (folder / WEIGHTS).read_bytes()
    json.loads((folder / CARD).read_text())


def test_the_threshold_of_a_card_moves_with_the_probabilities(models: dict[str, Classifier]) -> None:
    card = models["first"].card.model_copy(update={"threshold": 0.9})
    found = calibration.fit(answers(), models["first"])
    moved = calibration.calibrated(card, found, dataset="drawn", fingerprint="", when=NOW)
    odds = np.linspace(-8, 8, 997)
    now = expit(odds / found.temperatures["package"]) >= moved.threshold
    assert ((expit(odds) >= 0.9) == now).mean() > 0.998


def test_carried_over_answers_are_those_that_asking_again_gives(
    models: dict[str, Classifier], tiny_dataset: Path
) -> None:
    dataset = study.open_dataset(tiny_dataset)
    study.predictions(dataset, models)
    warm = {"side": 3.0, "package": 0.5}
    after = {
        name: replace(one, card=one.card.model_copy(update={"temperatures": warm if name == "first" else {}}))
        for name, one in models.items()
    }
    calibration.carry_over(dataset, models, after)
    carried = study.stored_predictions(dataset, after)
    assert carried is not None
    drop_frame(study.predictions_name(dataset, after, study.inventory(dataset)))
    asked = study.predictions(dataset, after)
    np.testing.assert_allclose(asked["logit"], carried["logit"], atol=1e-5)
    np.testing.assert_allclose(asked["probability"], carried["probability"], atol=1e-5)


def test_cross_validated_answers_are_fused_raw_and_cooled_last(real_models: dict[str, Classifier]) -> None:
    for model in real_models.values():
        warm = replace(model, card=model.card.model_copy(update={"temperatures": {"side": 2.0, "package": 4.0}}))
        table = kept_inventory(model)
        package = str(table["package"].iloc[0])
        views = sorted(table.loc[table["package"] == package, "view"])
        cold, cooled = (study._Known(one, table).rows(package, views) for one in (model, warm))
        factors = {"side": 2.0, "package": 4.0}
        for before, after in zip(cold, cooled, strict=True):
            assert before["logit"] == pytest.approx(
                factors.get(str(before["view"]), 1.0) * float(str(after["logit"])), rel=1e-4
            )


def kept_inventory(model: Classifier) -> pd.DataFrame:
    found = read_answers(model.folder)
    return found[found["fold"] >= 0][["package", "view", "sha256"]]


@pytest.fixture
def real_models() -> dict[str, Classifier]:
    models, _ = study.open_models(Path(__file__).resolve().parents[1] / "checkpoints")
    if not models:
        pytest.skip("there is no shipped checkpoint")
    return models


def test_every_figure_stands_for_each_model_and_view() -> None:
    table = calibration.figures(answers())
    assert [("first", "side"), ("first", "top"), ("first", "package")] == list(
        zip(table["model"], table["view"], strict=True)
    )
    row = table.iloc[0]
    assert row["brier"] == pytest.approx(row["reliability"] - row["resolution"] + row["uncertainty"] + row["within"])
    for name in ("ece", "brier", "nll", "temperature"):
        assert row[f"{name}_low"] <= row[name] <= row[f"{name}_high"]


def test_the_bins_hold_every_package_once() -> None:
    bins = calibration.reliabilities(answers())
    assert [200, 200, 200] == bins.groupby("view")["n"].sum().tolist()


def test_packages_of_unknown_class_take_no_part() -> None:
    frame = answers()
    unknown = frame.assign(label=frame["label"].astype(object).where(frame["package"] < "00100"))
    assert {100} == set(calibration.figures(unknown)["n"])


def test_rescaled_answers_have_the_ensemble_that_follows() -> None:
    both = pd.concat([answers(model="first"), answers(model="second", sure=1.0)])
    fused = both[both["view"] == "package"].groupby("package", observed=True)["logit"].mean()
    mean = answers(model="ensemble").query("view == 'package'")
    mean = mean.assign(logit=fused[mean["package"]].to_numpy())
    frame = pd.concat([both, mean], ignore_index=True)
    np.testing.assert_allclose(calibration.rescaled(frame, {})["logit"], frame["logit"])
    found = calibration.rescaled(frame, {("first", "package"): 0.5})
    one = found[(found["package"] == "00003") & (found["view"] == "package")].set_index("model")["logit"]
    assert one["ensemble"] == pytest.approx((one["first"] + one["second"]) / 2)
