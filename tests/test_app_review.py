"""The page Review, its words and the command, as a reviewer would use them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from app import annotating, cli, reviewing
from core.contracts import Dataset
from core.domain import ACCEPTED, DAMAGED, INTACT, PACKAGE, REJECTED, AnnotatedRegion, Annotation
from core.errors import BadInput
from core.regions import boxed
from core.studies import annotation
from core.studies import reviewing as question
from core.study import open_dataset
from tests.screens import calm, named, opened, press, words
from tests.test_app_pages import study

__all__ = ["study"]

ASKED = ("package", "annotator")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LEFT, RIGHT = AnnotatedRegion(boxed(0.1, 0.1, 0.5, 0.9)), AnnotatedRegion(boxed(0.6, 0.1, 0.9, 0.9))


def says(dataset: Dataset, name: str, package: str, *regions: AnnotatedRegion, note: str = "") -> Annotation:
    """A person marks the side, and calls the package damaged where they mark anything."""
    return annotation.save(
        annotation.open_annotations(), dataset, package, {"side": regions, "top": ()}, note=note,
        verdict=DAMAGED if regions else INTACT, annotator=name, made_at=NOON,
    ).annotation  # fmt: skip


@pytest.fixture
def judged(study: Path) -> Dataset:
    """Ann and Bob judged three packages: they differ in the verdict, in the place, in nothing."""
    dataset = open_dataset(study / "data")
    for package, bob in (("01000", ()), ("01001", (RIGHT,)), ("01002", (LEFT,))):
        says(dataset, "Ann", package, LEFT, note="by the *flap*")
        says(dataset, "Bob", package, *bob)
    return dataset


def states_of(dataset: Dataset, package: str) -> list[str]:
    opinions = question.gathered(annotation.open_annotations(), dataset)
    return [opinions.states[one.id] for one in opinions.history[package]]


def test_without_annotations_the_page_says_where_to_begin(study: Path) -> None:
    app = calm(opened("review"))
    assert "Nothing annotated yet" in words(app) and "secondlook regions import" in words(app)


def test_the_empty_page_leads_to_annotate(study: Path) -> None:
    assert ["Annotate"] == [one.value for one in press(calm(opened("review")), "Annotate").title]


def test_the_most_disputed_package_comes_first(judged: Dataset) -> None:
    app = calm(opened("review"))
    assert "3 packages wait for review; 2 of them are disputed." in words(app)
    assert ["01000", "01001", "01002"] == app.selectbox(key="packages to review").options
    assert "Verdicts differ: damaged, intact." in words(app)
    assert r"by the \*flap\*" in words(app)


def test_without_a_name_nobody_decides(judged: Dataset) -> None:
    app = calm(opened("review"))
    found = [button for button in app.button if button.label in ("Accept", "Reject", "Correct")]
    assert (6, True) == (len(found), all(button.disabled for button in found))


def test_nobody_decides_about_their_own(judged: Dataset) -> None:
    app = calm(opened("review", annotator="Ann"))
    assert [True, False] == [button.disabled for button in app.button if button.label == "Accept"]


def test_a_decision_is_kept_with_its_reason(judged: Dataset) -> None:
    app = opened("review", annotator="Eve", package="01000")
    app.text_input(key="reason").set_value("a shadow").run()
    app = calm(press(press(app, "Accept", 0), "Reject", 1))
    assert [ACCEPTED, REJECTED] == states_of(judged, "01000")
    assert "Eve: a shadow" in words(app) and "2 packages wait for review" in words(app)
    assert "01000" == app.selectbox(key="packages to review").value


def test_a_rejection_can_be_taken_back(judged: Dataset) -> None:
    app = opened("review", annotator="Eve", package="01000")
    app = press(press(app, "Reject", 1), "Accept", 1)
    assert [question.OPEN, ACCEPTED] == states_of(judged, "01000")
    assert calm(app)


def test_correcting_opens_the_package_where_it_is_drawn(judged: Dataset) -> None:
    app = press(opened("review", annotator="Eve", package="01001"), "Correct", 1)
    assert [] == list(app.exception)
    assert (["Annotate"], "01001", "Eve") == ([one.value for one in app.title], *map(app.query_params.get, ASKED))
    (draft,) = (one for one in app.session_state[annotating.DRAFTS].values() if one.package == "01001")
    opinions = question.gathered(annotation.open_annotations(), judged)
    bob = opinions.said["01001"]["Bob"]
    assert (draft.regions["side"], draft.verdict) == (bob.regions["side"], DAMAGED)
    assert bob.id in draft.base or opinions.states[bob.id] == question.CORRECTED  # it saves by itself


def test_the_next_package_follows(judged: Dataset) -> None:
    app = press(opened("review", package="01000"), "Next")
    assert "01001" == app.selectbox(key="packages to review").value
    assert "Marks lie apart: lowest IoU 0.00." in words(calm(app))
    assert "01001" == str(app.query_params["package"])


def test_a_settled_package_can_still_be_looked_at(judged: Dataset) -> None:
    for package in ("01000", "01001", "01002"):
        opinions = question.gathered(annotation.open_annotations(), judged)
        for one in opinions.history[package]:
            outcome = REJECTED if one.annotator == "Bob" else ACCEPTED
            question.review(annotation.open_annotations(), one, outcome, reviewer="Eve", made_at=NOON)
    app = calm(opened("review"))
    assert "Nothing waits for review: all 3 packages are settled." in words(app)
    app = calm(opened("review", which="All"))
    assert ["01000", "01001", "01002"] == app.selectbox(key="packages to review").options


def test_a_package_that_nobody_annotated_gives_way_to_one_that_waits(judged: Dataset) -> None:
    assert "01000" == calm(opened("review", package="02000")).selectbox(key="packages to review").value


def test_one_annotator_alone_is_told_that_agreement_needs_two(study: Path) -> None:
    says(open_dataset(study / "data"), "Ann", "01000", LEFT)
    app = calm(opened("review"))
    assert "Only Ann has annotated" in words(app)
    assert "Nobody has judged a package whose damage is known beyond doubt." in words(app)


def test_five_people_stand_beside_each_other(study: Path) -> None:
    dataset = open_dataset(study / "data")
    for name in ("Ann", "Bob", "Cem", "Dan", "a_very_long_name_" * 6):
        says(dataset, name, "01000", LEFT)
    assert 5 == len([button for button in calm(opened("review")).button if button.label == "Accept"])


def test_a_split_without_annotations_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.conftest import draw_rendered

    data = draw_rendered(tmp_path / "data")
    named(monkeypatch, data=data, models=tmp_path / "none")
    says(open_dataset(data), "Ann", "01001", LEFT)
    assert "Nothing annotated in train yet" in words(calm(opened("review", split="train")))
    app = calm(opened("review", split="test"))
    assert "Ann is right on 1 of 1 package whose damage is known." in words(app)


def row(figure: str, **changes: object) -> dict[str, object]:
    """One figure of agreement."""
    plain = {"figure": figure, "view": PACKAGE, "value": 0.9, "low": 0.85, "high": 0.95, "chance": 0.0, "n": 40}
    return plain | {"pictures": 40} | changes


@pytest.mark.parametrize(("changes", "says"), [
    ({}, "People agree on what is damaged: alpha 0.90 (95 %: 0.85 to 0.95)."),
    ({"low": 0.7}, "beyond chance, but not surely enough to build on"),
    ({"value": 0.4, "low": 0.2}, "beyond chance, but not enough to build on"),
    ({"value": 0.1, "low": -0.1}, "may be chance"),
    ({"value": float("nan"), "low": float("nan")}, "beyond chance cannot be told"),
    ({"n": 0}, "agreement cannot be told"),
    ({"low": float("nan"), "high": float("nan")}, "may be chance: alpha 0.90."),
])  # fmt: skip
def test_agreement_is_called_what_its_interval_allows(changes: dict[str, object], says: str) -> None:
    assert says in reviewing.agreed(pd.DataFrame([row("alpha", **changes)]), ["Ann", "Bob"])


def test_the_command_writes_everything(judged: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "annotators.json"
    assert 0 == cli.run(["annotators", "--data", str(judged.root), "--json", str(out)])
    found = json.loads(out.read_text())
    assert {"Ann", "Bob"} == set(found["annotators"])
    assert 3 == found["agreement"][PACKAGE]["alpha"]["n"] == found["pairs"][0]["n"]
    assert {"relevance_mass", "auroc"} <= set(found["ceiling"]["side"])
    assert ["01000", "01001", "01002"] == [one["package"] for one in found["waiting"]]
    assert "3 packages wait for review" in " ".join(capsys.readouterr().err.split())


def test_the_command_refuses_a_data_set_that_nobody_annotated(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert 2 == cli.run(["annotators", "--data", str(study / "data")])
    assert "Nobody has annotated anything" in " ".join(capsys.readouterr().err.split())


def test_words_need_something_said(study: Path) -> None:
    with pytest.raises(BadInput):
        reviewing.need(question.gathered(annotation.open_annotations(), open_dataset(study / "data")))
