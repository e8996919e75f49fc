"""Live scores, suggestions and the brush."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.domain import DAMAGED, INTACT, SUGGESTED, AnnotatedRegion, Annotation, Attribution, Mask
from core.errors import BadInput
from core.metrics.localisation.ranked import Ranked
from core.regions import boxed, pixels_of
from core.studies.marking import (
    LIVE,
    Evidence,
    along,
    evidence,
    live,
    marks_of_others,
    package_box,
    painted,
    suggestions,
    united,
)
from core.study import open_dataset, open_models
from tests.tiny_models import save_tiny_models

SHAPE = (40, 60)


def box(left: float, top: float, right: float, bottom: float) -> AnnotatedRegion:
    return AnnotatedRegion(polygon=boxed(left / 60, top / 40, right / 60, bottom / 40))


def attribution(values: np.ndarray, model: str = "one") -> Attribution:
    return Attribution("p", "top", model, "saliency", DAMAGED, values.astype(np.float32), None, 0.9, 0.0)


def spot(rows: slice, columns: slice, value: float = 1.0) -> np.ndarray:
    values = np.full(SHAPE, 1e-3)
    values[rows, columns] = value
    return values


def held(values: np.ndarray, within: Mask | None = None) -> Evidence:
    counted = np.ones(SHAPE, bool) if within is None else within
    return Evidence(SHAPE, counted, {"one": Ranked.of(values, within=counted)})


def test_a_map_that_is_all_on_the_area_scores_one_and_its_chance_is_the_share_of_the_frame() -> None:
    values = np.zeros(SHAPE)
    values[10:20, 12:24] = 1
    found = live(held(values), [box(12, 10, 24, 20)]).scores["one"]
    assert [1.0, 1.0, 1.0] == [found[name].value for name in LIVE]
    assert 120 / 2400 == pytest.approx(found["relevance_mass"].chance)


def test_half_of_the_evidence_on_the_area_is_a_mass_of_a_half() -> None:
    values = np.zeros(SHAPE)
    values[10:20, 12:36] = 1
    assert 0.5 == pytest.approx(live(held(values), [box(12, 10, 24, 20)]).scores["one"]["relevance_mass"].value)


def test_without_a_mark_there_is_no_score_and_a_reason() -> None:
    found = live(held(spot(slice(1, 3), slice(1, 3))), [])
    assert not found.scores and "Mark some damage" in found.empty


def test_a_mark_off_the_package_has_no_score() -> None:
    within = np.zeros(SHAPE, bool)
    within[:, :30] = True
    found = live(held(spot(slice(1, 3), slice(1, 3)), within), [box(40, 5, 50, 9)])
    assert not found.scores and "off the package" in found.empty


def test_the_ceiling_is_what_the_marks_of_other_people_score() -> None:
    mine, others = [box(12, 10, 24, 20)], [[box(18, 10, 30, 20)]]
    found = live(held(spot(slice(10, 20), slice(12, 24))), mine, others)
    assert 1 == found.people and 0.5 == pytest.approx(found.ceiling["relevance_mass"])


def test_without_other_people_there_is_no_ceiling() -> None:
    assert not live(held(spot(slice(10, 20), slice(12, 24))), [box(12, 10, 24, 20)], [[]]).ceiling


def test_only_people_who_call_the_package_damaged_are_a_ceiling(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    area = box(1, 1, 9, 9)
    said = [
        Annotation(f"{at:032d}", "d", "p", {"top": (area,)}, verdict, "x", datetime(2026, 1, 1, tzinfo=UTC))
        for at, verdict in enumerate((DAMAGED, INTACT))
    ]
    assert [(area,)] == marks_of_others(said, "top") and [] == marks_of_others(said, "side")


def test_a_suggestion_surrounds_the_strongest_pixels() -> None:
    values = spot(slice(10, 20), slice(12, 24)) + spot(slice(30, 36), slice(40, 46), 0.95)
    first, second = suggestions([attribution(values), attribution(values, "two")], share=0.06)
    assert SUGGESTED == first.origin == second.origin
    wanted = np.zeros(SHAPE, bool)
    wanted[10:20, 12:24] = True
    overlap = (pixels_of(first, SHAPE) & wanted).sum() / (pixels_of(first, SHAPE) | wanted).sum()
    assert overlap > 0.7
    assert pixels_of(second, SHAPE)[33, 43]


def test_one_map_alone_suggests_too() -> None:
    (found,) = suggestions([attribution(spot(slice(10, 20), slice(12, 24)))], share=0.05)
    assert pixels_of(found, SHAPE)[15, 18]


def test_a_suggestion_without_maps_is_refused() -> None:
    with pytest.raises(BadInput, match="needs maps"):
        suggestions([], share=0.05)


@pytest.mark.parametrize("width", [1, 3, 7])
def test_a_brush_covers_its_width_and_no_more(width: int) -> None:
    line = np.array([[10.5 / 60, 20.5 / 40], [40.5 / 60, 20.5 / 40]])
    column = along(line, width, SHAPE)[:, 25]
    assert width == column.sum() and column[20]


def test_a_dab_is_a_disk() -> None:
    found = along(np.array([[30.5 / 60, 20.5 / 40]]), 9, SHAPE)
    assert found[20, 30] and found[20, 26] and not found[16, 26] and 50 < found.sum() < 80


def test_areas_together_are_counted_once() -> None:
    mask = np.zeros(SHAPE, bool)
    mask[0:10, 0:10] = True
    assert 150 == united([painted(mask), box(5, 0, 15, 10)], SHAPE).sum()


def test_the_evidence_of_a_view_counts_the_pixels_that_leaderboards_count(
    rendered_dataset: Path, tmp_path: Path
) -> None:
    dataset = open_dataset(rendered_dataset)
    models, _ = open_models(save_tiny_models(tmp_path / "models", "first", "second"))
    height, width = dataset.view("01001", "top").pixels.shape[:2]
    maps = {name: attribution(np.random.default_rng(0).random((height, width)), name) for name in models}
    found = evidence(dataset, "01001", "top", models, maps)
    assert (height, width) == found.shape and {"first", "second"} == set(found.ranked)
    assert found.within[height // 2, width // 2] and not found.within[0, 0]  # the silhouette is 0.2 to 0.8


def test_without_a_model_the_package_is_the_frame(rendered_dataset: Path) -> None:
    dataset = open_dataset(rendered_dataset)
    assert (0, 0, 64, 48) == package_box(dataset, "01001", "top", None)
