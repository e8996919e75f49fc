"""Explain through the frame: any choice of models, methods and views, and what a change of it computes."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch import nn

from app import resources, sentences
from app.components import explained, mapfiles
from app.components.mapfiles import Shown
from app.explaining import Asked
from core.attribution.method import METHODS, Map, Task
from core.contracts import Progress, silent
from core.domain import Attribution, Cut
from core.errors import BadInput
from core.studies.consensus import together
from core.studies.shares import Shares
from tests.conftest import draw_rendered
from tests.screens import calm, drawn_study, named, opened, words
from tests.tiny_models import save_tiny_models


class Counting:
    """The picture itself, and how often it was asked for."""

    title = "Counting"
    signed = False
    steps: int | None = None
    baseline = False
    reference = "Nobody"
    asked: list[int] = []  # noqa: RUF012 - what the tests read

    def fits(self, module: nn.Module) -> str | None:
        return None

    def __call__(self, task: Task, *, progress: Progress = silent) -> Map:
        self.asked.append(1)
        return Map(task.batch[0].abs().sum(dim=0), note="Counted.")


class Choosy(Counting):
    """Applies to nothing."""

    title = "Choosy"

    def fits(self, module: nn.Module) -> str | None:
        return "The network has no opinion."


class Failing(Counting):
    """Fails."""

    title = "Failing"

    def __call__(self, task: Task, *, progress: Progress = silent) -> Map:
        raise BadInput("The map fell down.", "Pick it up.")


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder with `data` (4 drawn packages) and `models` (two tiny networks); three more methods to explain by."""
    for name, method in (("counting", Counting), ("choosy", Choosy), ("failing", Failing)):
        monkeypatch.setitem(METHODS._members, name, method)
    Counting.asked.clear()
    return drawn_study(tmp_path, monkeypatch, per_class=2)


QUICK = {"package": "01000", "counting": "true", "integrated_gradients": "false"}


def tiles(app: AppTest) -> list[dict[str, Any]]:
    """What every picture and map on the page was drawn with."""
    parts = [one.proto for one in app.get("bidi_component")]
    found = [json.loads(one.json) for one in parts if one.component_name.endswith("secondlook_map")]
    return [{key: value for key, value in one.items() if key != "given"} for one in found]


def states(app: AppTest) -> list[str]:
    return [one["state"] for one in tiles(app)]


def test_the_first_look_is_the_picture_and_a_map_a_model(study: Path) -> None:
    app = calm(opened("explain", package="01000"))
    assert ["alone", "shown", "shown"] == states(app)
    assert ["first", "second"] == [one["name"] for one in tiles(app)[1:]]


def test_methods_are_rows_and_models_are_columns(study: Path) -> None:
    app = calm(opened("explain", package="01000", counting="true", saliency="true"))
    assert 1 + 3 * 2 == len(tiles(app))
    assert "**Counting**" in words(app) and "**Saliency**" in words(app) and "**Integrated Gradients**" in words(app)


def test_each_view_is_a_block_with_its_picture(study: Path) -> None:
    app = opened("explain", **QUICK, view=["side", "top"])  # type: ignore[arg-type]  # several values
    assert ["alone", "shown", "shown"] * 2 == states(calm(app))
    assert ["side view", "top view"] == [one["name"] for one in tiles(app) if one["state"] == "alone"]


def test_a_picture_is_sent_once_for_all_of_its_maps(study: Path) -> None:
    every = tiles(opened("explain", **QUICK))
    assert 1 == len({one["picture"] for one in every})


def test_a_method_that_does_not_fit_says_why_in_its_place(study: Path) -> None:
    app = calm(opened("explain", **QUICK, choosy="true"))
    refused = [one for one in tiles(app) if one["state"] == "refused"]
    assert ["The network has no opinion."] * 2 == [one["reason"] for one in refused]
    assert 3 == len(states(app)) - len(refused)


def test_where_no_method_fits_the_page_says_so(study: Path) -> None:
    app = calm(opened("explain", package="01000", choosy="true", integrated_gradients="false"))
    assert "None of these methods applies here." in words(app)


def test_a_map_that_fails_says_so_and_the_others_come(study: Path) -> None:
    app = opened("explain", **QUICK, failing="true")
    assert ["**The map fell down.**  \nPick it up."] * 2 == [one.value for one in app.error]
    assert 2 == states(app).count("shown")


def test_no_choice_of_display_asks_a_network(study: Path) -> None:
    app = calm(opened("explain", **QUICK))
    before = len(Counting.asked)
    assert 2 == before
    app.slider(key="sigma").set_value(5.0).run()
    app.slider(key="opacity").set_value(0.4).run()
    app.toggle(key="common").set_value(True).run()
    for form in ("map", "contour", "slider"):
        calm(app.segmented_control(key="form").set_value(form).run())
    calm(app.segmented_control(key="part").set_value("signed").run())
    assert before == len(Counting.asked)


def test_a_choice_of_display_changes_what_is_drawn(study: Path) -> None:
    app = opened("explain", **QUICK)
    drawn = [{one["map"] for one in tiles(app)[1:]}]
    for form in ("map", "contour"):
        app.segmented_control(key="form").set_value(form).run()
        drawn.append({one["map"] for one in tiles(app)[1:]})
    assert not drawn[0] & drawn[1] and not drawn[1] & drawn[2]


def test_another_baseline_asks_only_methods_that_have_one(study: Path) -> None:
    app = opened("explain", package="01000", counting="true", steps="8")
    before = len(resources._maps())
    calm(app.segmented_control(key="baseline").set_value("black").run())
    assert 2 == len(Counting.asked)
    assert before + 2 == len(resources._maps())


def test_steps_are_automatic_until_somebody_names_a_number() -> None:
    asked = Asked("data", "01000", ("first",), ("integrated_gradients",))
    assert asked.question("top", "first", "integrated_gradients").steps is None


def test_the_address_brings_the_whole_screen_back(study: Path) -> None:
    app = opened("explain", **QUICK, form="contour", top="20", sigma="4.0", part="signed", steps="16", baseline="mean")
    assert ("contour", 20, 4.0, "signed", "16", "mean") == tuple(
        app.session_state[key] for key in ("form", "top", "sigma", "part", "steps", "baseline")
    )


def test_what_stands_under_a_map_is_how_exact_it_is_and_what_it_took(study: Path) -> None:
    tile = tiles(opened("explain", **QUICK))[1]
    assert ["completeness", "map error", "steps", "time"] == [label for _, label, _ in tile["numbers"]]
    assert "Counted." == tile["quiet"]


def test_a_number_that_a_method_does_not_promise_is_a_dash() -> None:
    known = attribution(completeness=0.0123, pixel_error=None)
    assert ("1.23 %", "\u2013", "64", "1.5 s") == tuple(fact.value for fact in explained.facts(known))


def test_agreement_comes_on_demand_and_holds_three_maps(study: Path) -> None:
    app = calm(opened("explain", **QUICK, agreement="true"))
    assert ["consensus", "dissent", "top 5 % of how many of 2"] == [one["name"] for one in tiles(app)[3:]]
    assert "are in that of both" in words(app)


def test_one_model_has_nobody_to_agree_with(study: Path) -> None:
    app = calm(opened("explain", **QUICK, models="first", agreement="true"))
    assert ["alone", "shown"] == states(app)
    assert app.toggle(key="agreement").disabled


def test_both_views_say_how_they_share_the_evidence(study: Path) -> None:
    app = calm(opened("explain", package="01000", view=["side", "top"], steps="8"))  # type: ignore[arg-type]
    assert "Share of the evidence for damaged that each view brings" in words(app)
    drawn = str(app.get("html")[-1].proto.body)
    assert "first" in drawn and "second" in drawn and "log-odds" in drawn


def test_one_view_shares_with_nobody(study: Path) -> None:
    assert "Share of the evidence" not in words(opened("explain", package="01000", steps="8"))


def test_a_view_that_is_missing_leaves_the_other_in_peace(study: Path) -> None:
    (study / "data" / "damage" / "side" / "01000_side.png").unlink()
    app = calm(opened("explain", **QUICK, view=["side", "top"]))  # type: ignore[arg-type]
    assert "No side view: that camera has no picture of this package." in words(app)
    assert ["alone", "shown", "shown"] == states(app)


def test_a_picture_that_cannot_be_read_leaves_the_other_in_peace(study: Path) -> None:
    (study / "data" / "damage" / "side" / "01000_side.png").write_bytes(b"no picture")
    app = opened("explain", **QUICK, view=["side", "top"])  # type: ignore[arg-type]
    assert "01000_side.png is not a picture" in words(app)
    assert ["alone", "shown", "shown"] == states(app)


def test_the_twin_is_a_baseline_where_there_is_one(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_rendered(tmp_path / "rendered", train=1, test=2)
    save_tiny_models(tmp_path / "one", "tiny")
    named(monkeypatch, data=tmp_path / "rendered", models=tmp_path / "one")
    assert "twin" in opened("explain", package="01001", steps="8").segmented_control(key="baseline").options
    assert "twin" not in opened("explain", package="02001", steps="8").segmented_control(key="baseline").options


def test_a_zip_holds_picture_and_array_of_every_map() -> None:
    every = [Shown(attribution(model=name), np.zeros((4, 6, 3), np.uint8)) for name in ("first", "second")]
    with zipfile.ZipFile(io.BytesIO(mapfiles.archive(every))) as file:
        assert ["01_top_first_ig.npz", "01_top_first_ig.png", "01_top_second_ig.npz", "01_top_second_ig.png"] == sorted(
            file.namelist()
        )
        with np.load(io.BytesIO(file.read("01_top_first_ig.npz"))) as array:
            assert (4, 6) == array["values"].shape
            assert np.isnan(array["pixel_error"])


def test_a_single_model_is_called_by_its_name() -> None:
    known = {"a": attribution(model="first")}
    assert "first calls it damaged; it is intact." == sentences.explained(known, {"first": Cut.at(0.5)}, "intact")


def test_a_model_that_was_asked_twice_counts_once() -> None:
    known = {0: attribution(model="first"), 1: attribution(model="first"), 2: attribution(model="second")}
    limits = dict.fromkeys(("first", "second"), Cut.at(0.5))
    assert "All 2 models call it damaged." == sentences.explained(known, limits, None)


@pytest.mark.parametrize(
    ("shares", "says"),
    [
        ([(0.9, 0.1)], "For m0, the side view carries most of the evidence for damaged."),
        ([(0.9, 0.1), (0.6, 0.4)], "The side view carries most of the evidence for damaged in all 2 models."),
        (
            [(0.9, 0.1), (0.2, 0.8)],
            "Not every model takes most of its evidence for damaged from the same view.",
        ),
        ([(float("nan"), float("nan"))], "No view has evidence for damaged."),
    ],
)
def test_which_view_carries_the_decision(shares: list[tuple[float, float]], says: str) -> None:
    every = [Shares(f"m{at}", {"side": one, "top": two}, {}, 0.0, 0.0) for at, (one, two) in enumerate(shares)]
    assert says == sentences.carried(every)


def attribution(
    *, model: str = "first", completeness: float | None = None, pixel_error: float | None = None
) -> Attribution:
    values = torch.arange(24).reshape(4, 6).float().numpy()
    return Attribution(
        "01", "top", model, "ig", "damaged", values, completeness, 0.9, 1.5, pixel_error=pixel_error, steps=64
    )


@pytest.mark.parametrize(
    ("count", "says"), [(2, "of both (places drawn at random: 2.56 %)"), (6, "of all 6 (places drawn at random: under")]
)
def test_agreement_stands_beside_chance(count: int, says: str) -> None:
    every = [attribution(model=f"m{at}") for at in range(count)]
    assert says in sentences.agreed(together(every))
