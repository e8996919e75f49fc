"""Maps of tiny networks against known regions, what is made of the scores, and fillings of regions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from core import study
from core.contracts import Dataset
from core.domain import DAMAGED, INTACT, PACKAGE, AnnotatedRegion, Annotation, Cut
from core.errors import BadInput, UnknownName
from core.metrics.intervals import wilson
from core.metrics.localisation.metric import METRICS
from core.regions import boxed
from core.studies import pace
from core.studies.agreement import (
    AREAS,
    BOXES,
    COLUMNS,
    FIGURES,
    TRIVIAL,
    agreement,
    by_methods,
    differences,
    drawn,
    leaderboard,
    stored_agreement,
)  # fmt: skip
from core.studies.causes import FILLS, cause
from core.studies.reasons import GROUPS, rates, reasons
from core.studies.regions import of_boxes, of_masks, of_people, of_store, source_of
from core.study import Classifier
from tests.stopping import Stopped, stop_after
from tests.tiny_models import save_tiny_models

IDS = ("01001", "01002")


@pytest.fixture
def dataset(rendered_dataset: Path) -> Dataset:
    return study.open_dataset(rendered_dataset)


@pytest.fixture
def models(tmp_path: Path) -> dict[str, Classifier]:
    return study.open_models(save_tiny_models(tmp_path / "models", "first", "second"))[0]


def run(dataset: Dataset, models: Mapping[str, Classifier], **choices: object) -> pd.DataFrame:
    return agreement(dataset, models, **({"source": of_masks(dataset), "packages": IDS[:1]} | choices))  # type: ignore[arg-type]


def test_every_view_model_and_trivial_map_is_scored_by_every_metric(
    dataset: Dataset, models: dict[str, Classifier]
) -> None:
    found = run(dataset, models)
    assert COLUMNS == tuple(found.columns)
    assert {"first", "second", *TRIVIAL} == set(found["model"])
    per = found.groupby(["package", "view", "model"])["metric"].agg(lambda names: set(names) - {"box"})
    assert 2 * 6 == len(per) and all(set(METRICS) == names for names in per)
    assert found["chance"].between(0, 1).all() and found["value"].between(0, 1).all() and found["p"].between(0, 1).all()
    assert found["probability"].isna().eq(found["model"].isin(list(TRIVIAL))).all()


def test_intact_packages_have_no_region_and_no_row(dataset: Dataset, models: dict[str, Classifier]) -> None:
    found = run(dataset, models, packages=["01002", "02001"])
    assert {"01002"} == set(found["package"])
    with pytest.raises(BadInput, match="known region"):
        run(dataset, models, packages=["02001"])


def test_a_stopped_run_goes_on_where_it_was_and_is_then_read_back(
    dataset: Dataset, models: dict[str, Classifier]
) -> None:
    choices = {"packages": ("01000", "01001", "01002")}
    with pytest.raises(Stopped):
        run(dataset, models, progress=stop_after(0.9), **choices)
    source = of_masks(dataset)
    assert stored_agreement(dataset, models, source=source, packages=choices["packages"]) is None
    said: list[str] = []
    whole = run(dataset, models, progress=lambda _, text: said.append(text), **choices)
    assert ["package 3 of 3"] == said
    pd.testing.assert_frame_equal(whole, run(dataset, models, progress=stop_after(-1), **choices))
    stored = stored_agreement(dataset, models, source=source, packages=choices["packages"])
    pd.testing.assert_frame_equal(whole, stored)


def test_other_regions_are_another_run(dataset: Dataset, models: dict[str, Classifier]) -> None:
    first = of_masks(dataset)
    run(dataset, models)
    path = Path(str(dataset.index["mask_path"].dropna().iloc[0]))
    path.write_bytes(path.read_bytes() + b"\0")
    assert first.mark != of_masks(dataset).mark
    assert stored_agreement(dataset, models, source=of_masks(dataset), packages=IDS[:1]) is None


@pytest.mark.parametrize("area", AREAS)
def test_the_areas_count_fewer_and_fewer_pixels(area: str, dataset: Dataset, models: dict[str, Classifier]) -> None:
    found = run(dataset, models, packages=["01001"], area=area)
    silhouette = (0.6 * 64 - 1, 0.6 * 48 + 1)
    assert 64 * 48 == found["n"].max() if area == "frame" else found["n"].max() <= silhouette[0] * silhouette[1] * 1.2


def test_a_border_does_not_count(dataset: Dataset, models: dict[str, Classifier]) -> None:
    assert run(dataset, models, area="frame", border=1.0)["n"].max() < 64 * 48


def test_bad_questions_are_refused(dataset: Dataset, models: dict[str, Classifier]) -> None:
    with pytest.raises(UnknownName, match="no area"):
        run(dataset, models, area="sky")
    with pytest.raises(UnknownName, match="integrated_gradients"):
        run(dataset, models, method="integrated_gradient")
    with pytest.raises(UnknownName, match="99999"):
        run(dataset, models, packages=["99999"])
    with pytest.raises(BadInput, match="no model"):
        run(dataset, {})
    with pytest.raises(UnknownName, match="masks"):
        source_of("mask", dataset)
    with pytest.raises(BadInput, match="no Pascal VOC boxes"):
        source_of("voc", dataset)
    with pytest.raises(BadInput, match="Nobody has drawn"):
        source_of("store", dataset, store=lambda: Kept({}))


def test_the_test_split_is_taken_where_there_is_one(dataset: Dataset, models: dict[str, Classifier]) -> None:
    source = of_masks(dataset)
    assert IDS == drawn(dataset, models, source)
    assert ("01000",) == drawn(dataset, models, source, split="train")
    one = drawn(dataset, models, source, count=1, seed=1)
    assert 1 == len(one) and set(one) < set(IDS) and one == drawn(dataset, models, source, count=1, seed=1)


def test_boxes_beside_the_pictures_are_regions(tiny_dataset: Path) -> None:
    picture = tiny_dataset / "damage" / "top" / "01000_top.png"
    picture.with_suffix(".xml").write_text(
        "<annotation><size><width>64</width><height>48</height></size><object><name>damage</name><bndbox>"
        "<xmin>8</xmin><ymin>12</ymin><xmax>16</xmax><ymax>24</ymax></bndbox></object></annotation>"
    )
    source = source_of(None, study.open_dataset(tiny_dataset))
    assert ("voc", {("01000", "top")}) == (source.name, source.known)
    rows, columns = np.nonzero(source.region("01000", "top"))
    assert (12, 23, 8, 15, 96) == (rows.min(), rows.max(), columns.min(), columns.max(), len(rows))
    assert source.name == of_boxes(study.open_dataset(tiny_dataset)).name


def said_by(name: str, dataset: Dataset, left: float, right: float, verdict: str = DAMAGED) -> Annotation:
    region = AnnotatedRegion(polygon=boxed(left, 0.25, right, 0.75))
    regions = {"top": (region,)} if verdict == DAMAGED else {"top": ()}
    return Annotation(name * 32, dataset.name, "01001", regions, verdict, name, datetime(2026, 1, 1, tzinfo=UTC))


class Kept:
    """Annotations in memory, as far as agreement asks for them."""

    def __init__(self, standing: dict[str, tuple[Annotation, ...]]) -> None:
        self.kept = standing

    def standing(self, dataset: str) -> dict[str, tuple[Annotation, ...]]:
        return self.kept


def test_of_several_drawings_the_majority_is_the_region(dataset: Dataset) -> None:
    three = tuple(
        said_by(name, dataset, left, right) for name, left, right in (("a", 0, 0.5), ("b", 0.25, 0.75), ("c", 0.5, 1))
    )
    source = of_people(dataset, {"01001": three})
    assert {("01001", "top")} == source.known
    rows, columns = np.nonzero(source.region("01001", "top"))
    assert (16, 47, 12, 35) == (columns.min(), columns.max(), rows.min(), rows.max())
    assert source.mark != of_people(dataset, {"01001": three[:2]}).mark


def test_a_drawing_of_somebody_who_calls_the_package_intact_is_no_region(dataset: Dataset) -> None:
    assert not of_store(dataset, Kept({"01001": (said_by("a", dataset, 0, 0.5, INTACT),)})).known  # type: ignore[arg-type]


def test_drawings_can_be_scored_against(dataset: Dataset, models: dict[str, Classifier]) -> None:
    source = of_people(dataset, {"01001": (said_by("a", dataset, 0.25, 0.5),)})
    found = agreement(dataset, models, source=source)
    assert {("01001", "top")} == set(zip(found["package"], found["view"], strict=True))


def made(
    values: Mapping[str, Sequence[float]], *, chance: float = 0.2, views: Sequence[str] = ("top",)
) -> pd.DataFrame:
    """Relevance mass of made-up models: one value a package (and view)."""
    rows = []
    for model, every in values.items():
        known = {"model": model, "metric": "relevance_mass", "at": np.nan, "chance": chance, "n": 100, "reason": ""}
        known |= {"method": "", "probability": np.nan} if model in TRIVIAL else {"method": "m", "probability": 0.9}
        for at, value in enumerate(every):
            place = {"package": f"p{at // len(views)}", "view": views[at % len(views)]}
            rows.append(known | place | {"value": value, "p": 0.01})
    return pd.DataFrame(rows, columns=list(COLUMNS))


def test_a_leaderboard_by_hand() -> None:
    board = leaderboard(made({"a": [0.4, 0.6, 0.8, 1.0]}, views=("side", "top"))).set_index("view")
    assert [pytest.approx(0.6), pytest.approx(0.8), pytest.approx(0.7)] == board.loc[
        ["side", "top", PACKAGE], "mean"
    ].tolist()
    assert [2, 2, 2] == board["n"].tolist() and 4 == board.loc[PACKAGE, "pictures"]
    assert pytest.approx((0.7 - 0.2) / 0.8) == board.loc[PACKAGE, "skill"]
    assert pytest.approx(0.5) == board.loc[PACKAGE, "low"] and pytest.approx(0.9) == board.loc[PACKAGE, "high"]


def test_the_interval_resamples_packages_not_pictures() -> None:
    values = np.repeat(np.random.default_rng(0).random(12), 2)
    both = leaderboard(made({"a": values.tolist()}, views=("side", "top"))).set_index("view")
    assert pytest.approx(both.loc["top", "high"] - both.loc["top", "low"]) == (
        both.loc[PACKAGE, "high"] - both.loc[PACKAGE, "low"]
    )


def test_the_interval_is_that_of_plain_resampling() -> None:
    values = np.random.default_rng(1).random(40)
    (row,) = leaderboard(made({"a": values.tolist()})).query("view == 'top'").to_dict("records")
    rng = np.random.default_rng(5)
    draws = [values[rng.integers(0, 40, 40)].mean() for _ in range(4000)]
    np.testing.assert_allclose(np.quantile(draws, [0.025, 0.975]), [row["low"], row["high"]], atol=0.02)


def test_one_package_has_no_interval() -> None:
    (row,) = leaderboard(made({"a": [0.5]})).query("view == 'top'").to_dict("records")
    assert (0.5, 1) == (row["mean"], row["n"]) and np.isnan(row["low"]) and np.isnan(row["high"])


def test_a_view_without_a_region_is_counted_as_missing_and_a_map_of_zeros_as_flagged() -> None:
    frame = made({"a": [0.5, np.nan, 0.0]})
    frame["reason"] = ["", "The region is empty.", "The map is zero everywhere."]
    (row,) = leaderboard(frame).query("view == 'top'").to_dict("records")
    assert (0.25, 2, 1, 1) == (row["mean"], row["n"], row["missing"], row["flagged"])


def test_max_box_accuracy_takes_the_threshold_that_is_best_for_all() -> None:
    rows = [
        {"package": f"p{at}", "view": "top", "model": "a", "method": "m", "metric": "box", "at": share, "value": value,
         "chance": 0.1 * share, "n": 9, "reason": "", "p": 1.0, "probability": 0.5}
        for share, values in ((0.25, (0.9, 0.1, 0.2)), (0.75, (0.6, 0.5, 0.1))) for at, value in enumerate(values)
    ]  # fmt: skip
    (row,) = leaderboard(pd.DataFrame(rows)).query("view == 'top'").to_dict("records")
    assert (BOXES, pytest.approx(2 / 3), 3, 3) == (row["metric"], row["mean"], row["n"], row["pictures"])
    assert pytest.approx(0.075) == row["chance"] and row["low"] <= row["mean"] <= row["high"]


def test_the_leaderboard_of_a_run_has_every_figure(dataset: Dataset, models: dict[str, Classifier]) -> None:
    board = leaderboard(run(dataset, models))
    assert set(FIGURES) == set(board["metric"]) and 6 * 3 * len(FIGURES) == len(board)
    assert board["chance"].notna().all() and set(TRIVIAL) == set(board.loc[board["trivial"], "model"])


def test_differences_by_hand() -> None:
    table = differences(made({"a": [0.5, 0.7, 0.9], "b": [0.4, 0.5, 0.6], "random": [0.2, 0.2, 0.2]}), "relevance_mass")
    row = table.set_index(["one", "other"]).loc[("a", "b")]
    assert pytest.approx(0.2) == row["difference"] and 3 == row["n"]
    assert pytest.approx(2 / 8) == row["p"]  # all signs alike, or all turned
    assert 3 == len(table) and (table["p_holm"] == 0.75).all()


def test_trivial_maps_are_not_compared_with_each_other() -> None:
    table = differences(made({"a": [0.5, 0.7], "random": [0.2, 0.2], "edges": [0.1, 0.3]}), "relevance_mass")
    assert [("a", "random"), ("a", "edges")] == list(zip(table["one"], table["other"], strict=True))


def test_the_p_of_a_difference_holds_its_level() -> None:
    rng, found = np.random.default_rng(3), []
    for _ in range(80):
        values = {"a": rng.random(8).tolist(), "b": rng.random(8).tolist()}
        found.append(differences(made(values), "relevance_mass")["p"].item())
    assert abs(np.mean(np.array(found) <= 0.1) - 0.1) < 3.5 * (0.09 / 80) ** 0.5


def test_several_methods_stand_below_each_other(dataset: Dataset, models: dict[str, Classifier]) -> None:
    frame = by_methods(
        dataset,
        models,
        methods=["integrated_gradients", "input_x_gradient"],
        source=of_masks(dataset),
        packages=IDS[:1],
    )
    assert {"integrated_gradients", "input_x_gradient", ""} == set(frame["method"])
    assert not frame.duplicated(["package", "view", "model", "method", "metric", "at"]).any()
    names = set(differences(frame, "relevance_mass")["one"])
    assert {"first, integrated_gradients", "second, input_x_gradient"} <= names


def verdicts() -> pd.DataFrame:
    """Four packages, one in each group; chance 0.2, so that a mass of 0.6 has skill 0.5."""
    frame = made({"a": [0.6, 0.2, 0.6, 0.2]})
    return frame.assign(probability=[0.9, 0.9, 0.1, 0.1])


def test_the_four_groups_by_hand() -> None:
    found = reasons(verdicts())
    assert list(GROUPS) == found["group"].tolist()
    (row,) = rates(found).to_dict("records")
    assert (0.25, 0.5, 4) == (row["grounded_accuracy"], row["lucky"], row["n"])
    assert wilson(1, 4) == (row["grounded_accuracy_low"], row["grounded_accuracy_high"])
    assert wilson(1, 2) == (row["lucky_low"], row["lucky_high"])


def test_a_threshold_and_a_tau_move_the_groups() -> None:
    assert ["right_grounded", "right_ungrounded"] * 2 == reasons(verdicts(), {"a": Cut.at(0.05)})["group"].tolist()
    assert not reasons(verdicts(), tau=0.51)["grounded"].any()


def test_evidence_that_could_lie_anywhere_is_not_grounded() -> None:
    assert not reasons(verdicts().assign(p=0.06))["grounded"].any()


def test_a_package_is_grounded_where_a_view_is() -> None:
    frame = made({"a": [0.2, 0.6]}, views=("side", "top"))
    fused = pd.DataFrame({"package": ["p0"], "view": [PACKAGE], "model": ["a"], "probability": [0.4]})
    found = reasons(frame, fused=fused).set_index("view")["group"]
    assert ("right_ungrounded", "right_grounded", "wrong_grounded") == (found["side"], found["top"], found[PACKAGE])


def test_a_view_without_a_region_and_trivial_maps_have_no_verdict() -> None:
    found = reasons(made({"a": [0.5, np.nan], "random": [0.2, 0.2]}))
    assert [("p0", "a")] == list(zip(found["package"], found["model"], strict=True))


class Darkness(torch.nn.Module):
    """Log-odds of damaged: how many dark pixels there are."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(()))

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        dark = (batch.mean(dim=1) < 0.0).float()[:, 6:26, 10:38].sum(dim=(1, 2)) * self.weight
        return torch.stack([dark, torch.zeros_like(dark)], dim=1)


@pytest.fixture
def darkness(models: dict[str, Classifier]) -> Classifier:
    model = models["first"]
    return Classifier(model.card, Darkness().eval(), model.framer, model.folder)


@pytest.mark.parametrize("fill", FILLS)
def test_filling_the_damage_lowers_the_log_odds_more_than_filling_other_places(
    fill: str, dataset: Dataset, darkness: Classifier
) -> None:
    mask = of_masks(dataset).region("01001", "top")
    found = cause(dataset, "01001", "top", darkness, mask, fill=fill, placebos=20)
    assert found.drop > max(3, found.placebos.max()) and pytest.approx(1 / (len(found.placebos) + 1)) == found.p
    assert found.reason is not None if np.isnan(found.z) else found.z > 2
    assert (found.filled != dataset.view("01001", "top").pixels).any(axis=2)[~mask].sum() < 400


def test_placebos_lie_on_the_package_and_off_the_damage(dataset: Dataset, darkness: Classifier) -> None:
    mask = of_masks(dataset).region("01001", "top")
    found = cause(dataset, "01001", "top", darkness, mask, placebos=12, seed=2)
    for down, right in found.places:
        moved = np.roll(mask, (down, right), axis=(0, 1))
        assert (moved & mask).sum() <= 0.3 * mask.sum()
    assert 12 == len(found.places) == len(found.placebos) == len({tuple(place) for place in found.places})


def test_the_same_seed_draws_the_same_places(dataset: Dataset, darkness: Classifier) -> None:
    mask = of_masks(dataset).region("01001", "top")
    drawn_twice = [cause(dataset, "01001", "top", darkness, mask, placebos=12, seed=3).places for _ in range(2)]
    np.testing.assert_array_equal(*drawn_twice)


def test_a_region_that_fits_nowhere_else_is_not_compared(dataset: Dataset, darkness: Classifier) -> None:
    mask = np.zeros((48, 64), bool)
    mask[12:36, 15:49] = True
    found = cause(dataset, "01001", "top", darkness, mask)
    assert np.isnan(found.z) and np.isnan(found.p) and found.reason and "fit on the package" in found.reason


def test_bad_fillings_are_refused(dataset: Dataset, darkness: Classifier) -> None:
    mask = of_masks(dataset).region("01001", "top")
    with pytest.raises(UnknownName, match="blur"):
        cause(dataset, "01001", "top", darkness, mask, fill="blurr")
    with pytest.raises(BadInput, match="no region"):
        cause(dataset, "01001", "top", darkness, np.zeros_like(mask))
    with pytest.raises(BadInput, match="too few"):
        cause(dataset, "01001", "top", darkness, mask, placebos=9)
    with pytest.raises(BadInput, match="no twin"):
        cause(dataset, "02001", "top", darkness, mask, fill="twin")


def test_the_values_are_those_of_plain_loops_or_of_quantus() -> None:
    found = pace.compare(maps=2, size=(60, 90), repeats=1)
    assert set(pace.QUANTUS) == set(found.metrics) and found.together.apart < 1e-6 and found.together.ratio > 0
