"""Several people and one reviewer: who agrees with whom, what stands, what they say together, how good each is."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.contracts import AnnotationStore, Dataset
from core.domain import ACCEPTED, DAMAGED, INTACT, PACKAGE, REJECTED, UNSURE, AnnotatedRegion, Annotation
from core.errors import BadInput, UnknownName
from core.metrics.annotators.consensus import staple
from core.regions import boxed, filled, painted
from core.studies import annotation, annotators, honeypots, jointly, reviewing
from core.studies.regions import source_of
from core.study import open_dataset
from tests.conftest import draw_packages, draw_rendered

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LEFT, RIGHT = boxed(0.0, 0.0, 0.5, 1.0), boxed(0.5, 0.0, 1.0, 1.0)
WIDE = boxed(0.0, 0.0, 0.75, 1.0)


@pytest.fixture
def dataset(tiny_dataset: Path) -> Dataset:
    return open_dataset(tiny_dataset)


@pytest.fixture
def store() -> AnnotationStore:
    return annotation.open_annotations()


def says(
    store: AnnotationStore, dataset: Dataset, name: str, package: str = "01000", *boxes: np.ndarray, **changes: object
) -> Annotation:
    """A person marks the side of a package, and calls it damaged where they mark anything."""
    regions = {"side": [AnnotatedRegion(one) for one in boxes]}
    plain = {"verdict": DAMAGED if boxes else INTACT, "annotator": name, "made_at": NOON, "regions": regions}
    return annotation.save(store, dataset, package, **plain | changes).annotation  # type: ignore[arg-type]  # arguments


def reviewed(store: AnnotationStore, one: Annotation, outcome: str, by: str = "Eve") -> None:
    reviewing.review(store, one, outcome, reviewer=by, made_at=NOON)


def agreement(store: AnnotationStore, dataset: Dataset) -> dict[tuple[str, str], dict[Any, Any]]:
    opinions = reviewing.gathered(store, dataset)
    table = annotators.agreement(opinions, annotators.overlaps(opinions))
    return {(row["figure"], row["view"]): row for row in table.to_dict("records")}


def test_marks_are_held_against_each_other(store: AnnotationStore, dataset: Dataset) -> None:
    says(store, dataset, "Ann", "01000", LEFT)
    says(store, dataset, "Bob", "01000", WIDE)
    (row,) = annotators.overlaps(reviewing.gathered(store, dataset)).to_dict("records")
    assert ("side", "Ann", "Bob", 32 * 48, 48 * 48, 1, 0, 0) == tuple(
        row[name] for name in ("view", "one", "other", "both", "either", "found", "only_one", "only_other")
    )
    assert (pytest.approx(2 / 3), pytest.approx(0.8), True) == (row["iou"], row["dice"], row["marked"])


def test_strokes_of_a_brush_that_touch_are_one_damage(store: AnnotationStore, dataset: Dataset) -> None:
    strokes = np.zeros((4, 48, 64), bool)
    for stroke, columns in zip(strokes, (slice(0, 10), slice(20, 31), slice(10, 20), slice(40, 50)), strict=True):
        stroke[8:16, columns] = True
    one = says(store, dataset, "Ann", regions={"side": list(map(painted, strokes))})
    first, second = reviewing.marked(reviewing.gathered(store, dataset), one, "side")
    assert {8 * 31, 8 * 10} == {int(first.sum()), int(second.sum())}


def test_a_view_that_one_did_not_look_at_is_no_disagreement(store: AnnotationStore, dataset: Dataset) -> None:
    says(store, dataset, "Ann", "01000", LEFT)
    says(store, dataset, "Bob", "01000", regions={"top": []})
    assert annotators.overlaps(reviewing.gathered(store, dataset)).empty


def test_who_sees_nothing_where_another_marks_shares_nothing(store: AnnotationStore, dataset: Dataset) -> None:
    says(store, dataset, "Ann", "01000", LEFT)
    says(store, dataset, "Bob")
    (row,) = annotators.overlaps(reviewing.gathered(store, dataset)).to_dict("records")
    assert (0.0, False, 1) == (row["iou"], row["marked"], row["only_one"])


def test_the_figures_of_agreement_are_those_of_the_cases(store: AnnotationStore, dataset: Dataset) -> None:
    for package, other in (("01000", LEFT), ("01001", WIDE), ("01002", LEFT)):
        says(store, dataset, "Ann", package, LEFT)
        says(store, dataset, "Bob", package, other)
    says(store, dataset, "Ann", "02000")
    says(store, dataset, "Bob", "02000")
    found = agreement(store, dataset)
    assert (1.0, 4) == (found["alpha", PACKAGE]["value"], found["alpha", PACKAGE]["n"])
    assert pytest.approx((1 + 2 / 3 + 1) / 3) == found["iou", PACKAGE]["value"] == found["iou_marked", "side"]["value"]
    assert (1.0, 3, 3) == tuple(found["f1", "side"][name] for name in ("value", "n", "pictures"))
    assert 0 < found["region_alpha", "side"]["value"] < 1
    assert found["iou", "side"]["chance"] > 0.8


def test_who_corrects_another_is_no_second_witness(store: AnnotationStore, dataset: Dataset) -> None:
    ann = says(store, dataset, "Ann", "01000", LEFT)
    eve = says(store, dataset, "Eve", "01000", WIDE, replaces=[ann.id])
    opinions = reviewing.gathered(store, dataset)
    assert {"Ann": ann} == opinions.said["01000"]
    assert (eve,) == opinions.standing["01000"]
    assert {ann.id: reviewing.CORRECTED, eve.id: reviewing.CORRECTION} == opinions.states
    assert reviewing.queue(opinions).empty


def test_the_last_word_of_each_counts(store: AnnotationStore, dataset: Dataset) -> None:
    first = says(store, dataset, "Ann", "01000", LEFT)
    last = says(store, dataset, "Ann", "01000", WIDE, replaces=[first.id])
    opinions = reviewing.gathered(store, dataset)
    assert ({"Ann": last}, {last.id: reviewing.OPEN}) == (opinions.said["01000"], opinions.states)


def test_what_is_rejected_no_longer_stands_and_still_counts_for_agreement(
    store: AnnotationStore, dataset: Dataset
) -> None:
    ann, bob = says(store, dataset, "Ann", "01000", LEFT), says(store, dataset, "Bob", "01000", RIGHT)
    reviewed(store, bob, REJECTED)
    opinions = reviewing.gathered(store, dataset)
    assert ((ann,), (ann,)) == (opinions.standing["01000"], annotation.current(store, dataset, "01000"))
    assert 1 == len(annotators.overlaps(opinions))
    assert np.array_equal(filled([LEFT], (48, 64)), jointly.together(opinions, "01000", "side"))


def test_the_last_review_counts(store: AnnotationStore, dataset: Dataset) -> None:
    ann = says(store, dataset, "Ann", "01000", LEFT)
    for outcome in (REJECTED, ACCEPTED):
        reviewed(store, ann, outcome)
    opinions = reviewing.gathered(store, dataset)
    assert ({ann.id: ACCEPTED}, 0) == (opinions.states, len(reviewing.queue(opinions)))


def test_a_new_word_after_a_review_waits_again(store: AnnotationStore, dataset: Dataset) -> None:
    ann = says(store, dataset, "Ann", "01000", LEFT)
    reviewed(store, ann, ACCEPTED)
    says(store, dataset, "Ann", "01000", WIDE, replaces=[ann.id])
    assert ["01000"] == reviewing.queue(reviewing.gathered(store, dataset))["package"].tolist()


def test_nobody_reviews_their_own(store: AnnotationStore, dataset: Dataset) -> None:
    ann = says(store, dataset, "Ann", "01000", LEFT)
    with pytest.raises(BadInput, match="somebody else"):
        reviewed(store, ann, ACCEPTED, by="Ann ")


def test_what_is_disputed_comes_first(store: AnnotationStore, dataset: Dataset) -> None:
    for package, other in (("01000", WIDE), ("01001", RIGHT)):
        says(store, dataset, "Ann", package, LEFT)
        says(store, dataset, "Bob", package, other)
    says(store, dataset, "Ann", "01002", LEFT)
    says(store, dataset, "Bob", "01002")
    reviewed(store, says(store, dataset, "Ann", "01003", LEFT), ACCEPTED)
    found = reviewing.queue(reviewing.gathered(store, dataset))
    assert ["01002", "01001", "01000"] == found["package"].tolist()
    assert ([True, False, False], [False, True, False]) == (found["split"].tolist(), found["apart"].tolist())
    assert pytest.approx([0, 2 / 3]) == found["iou"].tolist()[1:]


def test_a_rejection_settles_a_dispute(store: AnnotationStore, dataset: Dataset) -> None:
    ann, bob = says(store, dataset, "Ann", "01000", LEFT), says(store, dataset, "Bob")
    reviewed(store, ann, ACCEPTED)
    reviewed(store, bob, REJECTED)
    assert reviewing.queue(reviewing.gathered(store, dataset)).empty


def test_the_table_of_people(store: AnnotationStore, dataset: Dataset) -> None:
    for package in ("01000", "01001"):
        says(store, dataset, "Ann", package, LEFT)
    reviewed(store, says(store, dataset, "Bob", "01000", WIDE), ACCEPTED)
    reviewed(store, says(store, dataset, "Bob", "01001", verdict=UNSURE), REJECTED)
    opinions = reviewing.gathered(store, dataset)
    ann, bob = annotators.annotators(opinions, annotators.overlaps(opinions)).to_dict("records")
    assert (2, 2, 0, 2, 0) == tuple(ann[name] for name in ("packages", "damaged", "unsure", "open", "accepted"))
    assert (1, 1, 1, 1) == tuple(bob[name] for name in ("damaged", "unsure", "accepted", "rejected"))
    assert (0.5, 2, pytest.approx((2 / 3 + 0) / 2)) == (ann["same"], ann["shared"], ann["iou"])


def test_one_person_alone_agrees_with_nobody(store: AnnotationStore, dataset: Dataset) -> None:
    says(store, dataset, "Ann", "01000", LEFT)
    opinions = reviewing.gathered(store, dataset)
    found = annotators.overlaps(opinions)
    (ann,) = annotators.annotators(opinions, found).to_dict("records")
    assert (0, True, True) == (ann["shared"], np.isnan(ann["same"]), np.isnan(ann["iou"]))
    assert (0, 0) == (annotators.agreement(opinions, found)["n"].max(), len(annotators.pairs(opinions, found)))
    assert annotators.ceilings(opinions).empty


def test_every_two_people_are_held_against_each_other(store: AnnotationStore, dataset: Dataset) -> None:
    for name in ("Ann", "Bob", "Cem"):
        says(store, dataset, name, "01000", LEFT)
    says(store, dataset, "Ann", "02000")
    says(store, dataset, "Bob", "02000", LEFT)
    opinions = reviewing.gathered(store, dataset)
    found = annotators.pairs(opinions, annotators.overlaps(opinions)).set_index(["one", "other"])
    assert [("Ann", "Bob"), ("Ann", "Cem"), ("Bob", "Cem")] == list(found.index)
    assert (2, 0.5, 0.5) == tuple(found.loc[("Ann", "Bob"), ["n", "same", "iou"]])


def test_the_consensus_is_the_majority_of_all_who_looked(store: AnnotationStore, dataset: Dataset) -> None:
    for name, marks in (("Ann", LEFT), ("Bob", WIDE), ("Cem", RIGHT)):
        says(store, dataset, name, "01000", marks)
    says(store, dataset, "Dan", "01001", LEFT)
    says(store, dataset, "Eve", "01001")
    source = source_of("majority", dataset, store=lambda: store)
    assert {("01000", "side")} == source.known  # of 01001 as many say that it is damaged as that it is not
    assert np.array_equal(filled([WIDE], (48, 64)), source.region("01000", "side"))


def test_the_consensus_by_staple_is_that_of_the_metric(store: AnnotationStore, dataset: Dataset) -> None:
    rng = np.random.default_rng(0)
    masks = [rng.random((48, 64)) < share for share in (0.2, 0.3, 0.4)]
    for name, mask in zip(("Ann", "Bob", "Cem"), masks, strict=True):
        says(store, dataset, name, "01000", verdict=DAMAGED, regions={"side": [painted(mask)]})
    opinions = reviewing.gathered(store, dataset)
    assert np.array_equal(staple(masks).region, jointly.consensus(opinions, "staple").region("01000", "side"))
    found = jointly.qualities(opinions, "01000", "side")
    assert found is not None and set(found[0]) == {"Ann", "Bob", "Cem"}


def test_the_mark_of_a_consensus_changes_with_what_stands(store: AnnotationStore, dataset: Dataset) -> None:
    says(store, dataset, "Ann", "01000", LEFT)
    bob = says(store, dataset, "Bob", "01000", WIDE)
    before = source_of("staple", dataset, store=lambda: store).mark
    reviewed(store, bob, REJECTED)
    assert before != source_of("staple", dataset, store=lambda: store).mark


def test_there_is_no_consensus_where_nobody_drew(store: AnnotationStore, dataset: Dataset) -> None:
    with pytest.raises(BadInput, match="No package is called damaged"):
        source_of("majority", dataset, store=lambda: store)
    with pytest.raises(UnknownName):
        jointly.consensus(reviewing.gathered(store, dataset), "loudest")


def test_the_ceiling_of_people_who_agree_is_near_to_the_best(store: AnnotationStore, dataset: Dataset) -> None:
    for package in ("01000", "01001"):
        for name in ("Ann", "Bob"):
            says(store, dataset, name, package, boxed(0.25, 0.25, 0.5, 0.5))
        says(store, dataset, "Cem", package)
    found = annotators.ceilings(reviewing.gathered(store, dataset)).set_index(["metric", "view"])
    assert pytest.approx(1, abs=1e-3) == found.loc[("auroc", PACKAGE), "value"]  # a region is smoothed as every map is
    assert pytest.approx(1) == found.loc[("pointing_game", "side"), "value"]
    assert (2, 2) == tuple(found.loc[("relevance_rank", PACKAGE), ["n", "pictures"]])
    assert pytest.approx(1 / 16) == found.loc[("relevance_rank", "side"), "chance"]


def test_packages_of_one_split_alone(store: AnnotationStore, dataset: Dataset) -> None:
    ann = says(store, dataset, "Ann", "01000", LEFT)
    bob = says(store, dataset, "Bob", "01001", LEFT)
    for one in (ann, bob):
        reviewed(store, one, ACCEPTED)
    found = reviewing.gathered(store, dataset).only({"01001", "nobody"})
    assert (("Bob",), {bob.id: ACCEPTED}, ["01001"]) == (found.people, found.states, list(found.said))


def test_pictures_of_two_sizes_are_compared_by_their_place_in_the_frame(store: AnnotationStore, tmp_path: Path) -> None:
    draw_packages(tmp_path / "mixed", per_class=1, views=("side",))
    for path in (tmp_path / "mixed").rglob("02000*"):
        draw_packages(tmp_path / "large", per_class=1, views=("side",), size=(128, 96))
        path.write_bytes((tmp_path / "large" / path.relative_to(tmp_path / "mixed")).read_bytes())
    mixed = open_dataset(tmp_path / "mixed")
    for name in ("Ann", "Bob"):
        says(store, mixed, name, "01000", LEFT)
        says(store, mixed, name, "02000", LEFT)
    assert pytest.approx(1) == agreement(store, mixed)["iou", "side"]["chance"]


@pytest.fixture
def truthful(tmp_path: Path) -> Dataset:
    """Packages with masks: damaged 01000 to 01002, intact 02000 to 02002."""
    return open_dataset(draw_rendered(tmp_path / "rendered"))


def test_honeypots_are_half_damaged(truthful: Dataset) -> None:
    found = honeypots.drawn(truthful, count=4)
    assert ["01", "01", "02", "02"] == sorted(one[:2] for one in found)
    assert found == honeypots.drawn(truthful, count=4)
    assert 6 == len(set(honeypots.drawn(truthful, count=50)))
    assert {"02001", "02002"} == set(honeypots.drawn(truthful, count=4, among=["02001", "02002"]))


def test_a_data_set_without_masks_has_no_honeypots(dataset: Dataset) -> None:
    assert () == honeypots.drawn(dataset)


def test_a_queue_of_known_and_unknown_packages_has_its_honeypots_spread(truthful: Dataset) -> None:
    queue = [f"q{at:02d}" for at in range(12)] + list(truthful.ids)
    found = honeypots.mixed(truthful, queue, labeled={"q00", "q01"}, annotator="anna", every=4)
    pots = [one for one in found[:-2] if one in honeypots.known(truthful)]
    assert sorted(queue) == sorted(found) and ("q00", "q01") == found[-2:]
    assert found == honeypots.mixed(truthful, queue, labeled={"q00", "q01"}, annotator="anna", every=4)
    assert all(any(one in pots for one in found[at : at + 4]) for at in range(0, 16, 4))


def test_where_the_damage_of_every_package_is_known_the_queue_stays(truthful: Dataset) -> None:
    queue = list(honeypots.known(truthful))
    assert tuple(queue) == honeypots.mixed(truthful, queue, labeled=set(), annotator="anna")


def test_honeypots_are_hidden_one_in_every_run() -> None:
    queue = [f"q{at:02}" for at in range(30)]
    found = honeypots.hidden(queue, ["a", "b", "q05"], every=10)
    assert set(queue) | {"a", "b"} == set(found) and len(found) == 32
    assert [1, 1, 1] == [sum(one in ("a", "b", "q05") for one in found[at : at + 10]) for at in (0, 10, 20)]
    assert [one for one in queue if one != "q05"] == [one for one in found if one not in ("a", "b", "q05")]


def test_labelers_are_measured_where_the_truth_is_known(store: AnnotationStore, truthful: Dataset) -> None:
    for package in ("01000", "01001"):
        truth = truthful.truth(package, "side")
        assert truth is not None
        says(store, truthful, "Ann", package, verdict=DAMAGED, regions={"side": [painted(truth.mask)]})
        says(store, truthful, "Bob", package)
    says(store, truthful, "Ann", "02000")
    says(store, truthful, "Bob", "02000", verdict=UNSURE)
    found = honeypots.measured(reviewing.gathered(store, truthful))
    ann, bob = honeypots.figures(found).to_dict("records")
    assert (3, 3, 1.0, 1.0, 1.0, 2, 2) == tuple(
        ann[name] for name in ("n", "right", "iou", "covered", "precise", "pictures", "damaged")
    )
    assert (0, 2, 1, 0, 0.0) == tuple(bob[name] for name in ("right", "missed", "unsure", "alarms", "iou"))
    assert (pytest.approx(2 / 3), True) == (ann["chance"], ann["iou_chance"] < 1)
    assert 0.4 < ann["low"] < 0.5 and ann["high"] == 1


def test_an_alarm_on_an_intact_package_is_counted(store: AnnotationStore, truthful: Dataset) -> None:
    says(store, truthful, "Ann", "02000", LEFT)
    (ann,) = honeypots.figures(honeypots.measured(reviewing.gathered(store, truthful))).to_dict("records")
    assert (1, 0, 0) == (ann["alarms"], ann["right"], ann["pictures"])


def test_where_nobody_judged_a_honeypot_there_are_no_figures(store: AnnotationStore, dataset: Dataset) -> None:
    says(store, dataset, "Ann", "01000", LEFT)
    assert honeypots.figures(honeypots.measured(reviewing.gathered(store, dataset))).empty
