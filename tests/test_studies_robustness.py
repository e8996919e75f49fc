"""Networks asked about spoiled pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core import study
from core.contracts import Dataset
from core.domain import PACKAGE, Cut
from core.errors import BadInput, UnknownName
from core.metrics.intervals import wilson
from core.settings import settings
from core.studies.robustness import COLUMNS, curves, drawn, robustness, spoiled, stored_robustness
from core.study import Classifier
from tests.conftest import draw_packages
from tests.stopping import Stopped, stop_after
from tests.tiny_models import save_tiny_models

IDS = ("01000", "02000")


@pytest.fixture
def dataset(tiny_dataset: Path) -> Dataset:
    return study.open_dataset(tiny_dataset)


@pytest.fixture
def models(tmp_path: Path) -> dict[str, Classifier]:
    return study.open_models(save_tiny_models(tmp_path / "models", "first", "second"))[0]


def test_every_package_view_model_and_strength_has_its_row(dataset: Dataset, models: dict[str, Classifier]) -> None:
    found = robustness(dataset, models, packages=IDS, corruptions=["jpeg"])
    assert COLUMNS == tuple(found.columns)
    assert len(found) == 2 * 6 * (2 * 3 + 1)  # packages, strengths with the clean one, models by views, the ensemble
    assert not found.duplicated(["package", "view", "model", "corruption", "strength"]).any()


def test_clean_answers_are_those_of_the_line(dataset: Dataset, models: dict[str, Classifier]) -> None:
    found = robustness(dataset, models, packages=IDS, corruptions=["jpeg"])
    clean = found[found["strength"] == 0].set_index(["package", "view", "model"])["probability"]
    for package in IDS:
        for one in study.predict(models, dataset.load(package)):
            assert pytest.approx(one.probability("damaged"), abs=1e-5) == clean[package, one.view, one.model]


def test_spoiled_answers_are_those_to_the_spoiled_pictures(dataset: Dataset, models: dict[str, Classifier]) -> None:
    found = robustness(dataset, models, packages=IDS, corruptions=["shift"])
    package = dataset.load("02000")
    views = {name: spoiled(view, "02000", "shift", 4) for name, view in package.views.items()}
    said = study.predict(models, type(package)("02000", views))
    rows = found[(found["package"] == "02000") & (found["corruption"] == "shift") & (found["strength"] == 4)]
    stored = rows.set_index(["view", "model"])["probability"]
    assert all(pytest.approx(one.probability("damaged"), abs=1e-5) == stored[one.view, one.model] for one in said)


def test_several_processes_that_were_stopped_have_said_the_same_as_one(
    dataset: Dataset, models: dict[str, Classifier], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = robustness(dataset, models, packages=IDS, corruptions=["noise"])
    monkeypatch.setenv("SECONDLOOK_CACHE", str(tmp_path / "other"))
    settings.cache_clear()
    with pytest.raises(Stopped):
        robustness(dataset, models, packages=IDS, corruptions=["noise"], workers=2, progress=stop_after(0.9))
    together = robustness(dataset, models, packages=IDS, corruptions=["noise"])
    pd.testing.assert_frame_equal(alone, together, atol=1e-4)


def test_a_stopped_run_goes_on_where_it_was(dataset: Dataset, models: dict[str, Classifier]) -> None:
    with pytest.raises(Stopped):
        robustness(dataset, models, packages=IDS, corruptions=["blur"], progress=stop_after(0.6))
    assert stored_robustness(dataset, models, packages=IDS, corruptions=["blur"]) is None
    said: list[str] = []
    robustness(dataset, models, packages=IDS, corruptions=["blur"], progress=lambda _, text: said.append(text))
    assert not any("clean" in text for text in said) and 0 < len(said) < 12


def test_a_finished_run_is_read_back(dataset: Dataset, models: dict[str, Classifier]) -> None:
    first = robustness(dataset, models, packages=IDS, corruptions=["blur"])
    again = robustness(dataset, models, packages=IDS, corruptions=["blur"], progress=stop_after(-1))
    pd.testing.assert_frame_equal(first, again)


def test_one_corruption_is_found_in_the_run_of_all(dataset: Dataset, models: dict[str, Classifier]) -> None:
    every = robustness(dataset, models, packages=IDS)
    found = stored_robustness(dataset, models, packages=IDS, corruptions=["shift"])
    assert found is not None
    assert {"clean", "shift"} == set(found["corruption"]) and 9 == every["corruption"].nunique()


def test_other_packages_are_another_run(dataset: Dataset, models: dict[str, Classifier]) -> None:
    robustness(dataset, models, packages=IDS, corruptions=["blur"])
    assert stored_robustness(dataset, models, packages=("01001", "02000"), corruptions=["blur"]) is None


def test_a_new_temperature_needs_no_new_run(dataset: Dataset, models: dict[str, Classifier]) -> None:
    cold = robustness(dataset, models, packages=IDS, corruptions=["blur"])
    card = models["first"].card.model_copy(update={"temperatures": {"side": 2.0}})
    warm = {**models, "first": Classifier(card, models["first"].module, models["first"].framer, models["first"].folder)}
    found = robustness(dataset, warm, packages=IDS, corruptions=["blur"], progress=stop_after(-1))
    side = (cold["model"] == "first") & (cold["view"] == "side")
    np.testing.assert_allclose(cold.loc[side, "logit"] / 2, found.loc[side, "logit"], rtol=1e-5)


def test_an_unknown_corruption_is_refused(dataset: Dataset, models: dict[str, Classifier]) -> None:
    with pytest.raises(UnknownName, match="fog"):
        robustness(dataset, models, packages=IDS, corruptions=["fog"])


def test_the_test_split_is_taken_where_there_is_one(tmp_path: Path, models: dict[str, Classifier]) -> None:
    draw_packages(tmp_path / "both", per_class=4, split="train")
    for path in sorted((tmp_path / "both").rglob("*003_*.png")):
        target = Path(str(path).replace("/train/", "/test/"))
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)
    both = study.open_dataset(tmp_path / "both")
    assert ("01003", "02003") == drawn(both, models)
    assert 6 == len(drawn(both, models, split="train"))


def test_a_draw_keeps_the_shares_of_the_classes(dataset: Dataset, models: dict[str, Classifier]) -> None:
    ids = drawn(dataset, models, count=5, seed=1)
    assert 5 == len(set(ids)) and {2, 3} == {sum(one.startswith(start) for one in ids) for start in ("01", "02")}
    assert ids == drawn(dataset, models, count=5, seed=1) != drawn(dataset, models, count=5, seed=2)


def test_fewer_packages_than_classes_are_refused(dataset: Dataset, models: dict[str, Classifier]) -> None:
    with pytest.raises(BadInput, match="fewer than there are classes"):
        drawn(dataset, models, count=1)


def test_a_split_that_is_not_there_is_refused(dataset: Dataset, models: dict[str, Classifier]) -> None:
    with pytest.raises(UnknownName, match="nowhere"):
        drawn(dataset, models, split="nowhere")


def said(clean: list[float], spoilt: list[float], framing: float = 1.0) -> pd.DataFrame:
    """Answers of one model to packages of which the first half is damaged, clean and under blur of strength 1."""
    rows = [
        {"package": f"p{at}", "view": PACKAGE, "model": "a", "corruption": corruption, "strength": strength,
         "label": "damaged" if at < len(clean) / 2 else "intact", "probability": chance,
         "logit": np.log(chance / (1 - chance)), "framing": framing if strength else 1.0, "source": "unseen"}
        for corruption, strength, chances in (("clean", 0, clean), ("blur", 1, spoilt))
        for at, chance in enumerate(chances)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_four_packages_by_hand() -> None:
    found = curves(said([0.9, 0.9, 0.1, 0.1], [0.9, 0.2, 0.8, 0.1], framing=0.3), {}).set_index("strength")
    assert [1.0, 0.5] == found["accuracy"].tolist()
    assert [0.0, 0.5] == found["escapes"].tolist()
    assert [0.0, 0.5] == found["false_rejects"].tolist()
    assert [0.0, 1.0] == found["lost"].tolist()
    assert wilson(2, 4) == (found.at[1, "accuracy_low"], found.at[1, "accuracy_high"])
    assert wilson(1, 2) == (found.at[1, "escapes_low"], found.at[1, "escapes_high"])
    assert pytest.approx(-np.log([0.9, 0.2, 0.2, 0.9]).mean()) == found.at[1, "nll"]
    assert (0.5, 0.5) == (found.at[1, "drop"], found.at[1, "p"])


def test_a_package_for_review_counts_as_stopped() -> None:
    found = curves(said([0.5, 0.5], [0.3, 0.3]), {"a": Cut(0.4, 0.8)}).set_index("strength")
    assert [0.0, 1.0] == found["escapes"].tolist() and [1.0, 0.0] == found["false_rejects"].tolist()


def test_a_drop_that_is_surely_one_is_told_from_chance() -> None:
    found = curves(said([0.9] * 20 + [0.1] * 20, [0.1] * 40), {}).set_index("strength")
    assert pytest.approx(2 * 0.5**20) == found.at[1, "p"] == found.at[1, "p_holm"]
    assert found.at[1, "drop_low"] > 0


def test_one_class_alone_has_no_escapes() -> None:
    only = said([0.9, 0.9, 0.1, 0.1], [0.9, 0.2, 0.8, 0.1])
    assert curves(only[only["label"] == "intact"], {})["escapes"].isna().all()


def test_a_view_nobody_judged_has_no_curves() -> None:
    assert curves(said([0.9, 0.1], [0.9, 0.1]), {}, view="side").empty
