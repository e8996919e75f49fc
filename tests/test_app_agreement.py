"""The pages Agreement, Right for the wrong reasons and Causal check, as a person would use them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from app import agreeing, cli, resources
from app.resources import Filling
from core.contracts import Dataset
from core.domain import DAMAGED, PACKAGE, AnnotatedRegion, Cut
from core.figures import agreement as figures
from core.regions import boxed
from core.studies import annotation
from core.studies import reasons as reasoning
from core.studies.agreement import TRIVIAL, agreement, differences, latest, leaderboard
from core.studies.causes import Effect
from core.studies.regions import of_masks, of_store
from core.study import open_dataset, open_models
from tests.conftest import draw_packages, draw_rendered
from tests.screens import calm, named, opened, words
from tests.tiny_models import save_tiny_models


@pytest.fixture
def rendered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder with `data` (2 training and 4 test packages, masks, twins) and `models`, which the settings name."""
    draw_rendered(tmp_path / "data", train=1, test=2)
    save_tiny_models(tmp_path / "models", "first", "second")
    named(monkeypatch, data=tmp_path / "data", models=tmp_path / "models")
    return tmp_path


@pytest.fixture
def held(rendered: Path) -> Path:
    """The same after the maps of both models were held against the masks, by two methods."""
    data, models = open_dataset(rendered / "data"), open_models(rendered / "models")[0]
    for method in ("integrated_gradients", "saliency"):
        agreement(data, models, source=of_masks(data), method=method, packages=["01001", "01002"])
    return rendered


def draw(data: Dataset, annotator: str, *, left: float = 0.25) -> None:
    """Somebody marks a box in the top view of a damaged package."""
    region = AnnotatedRegion(polygon=boxed(left, 0.25, left + 0.25, 0.6))
    annotation.save(
        resources.annotations(), data, "01001", {"top": (region,)}, verdict=DAMAGED, annotator=annotator,
        made_at=datetime(2026, 1, 2, tzinfo=UTC),
    )  # fmt: skip


def test_maps_that_were_not_held_yet_are_offered(rendered: Path) -> None:
    app = calm(opened("agreement"))
    assert "Not computed yet" in words(app) and "secondlook agree" in words(app)
    assert "Start" in [button.label for button in app.button]


def test_one_button_holds_the_default_maps(rendered: Path) -> None:
    app = opened("agreement")
    next(button for button in app.button if button.label == "Start").click().run()
    assert "n = 2 packages, 4 pictures; truth: masks." in words(calm(app))


def test_without_a_known_region_the_pages_say_what_to_do(rendered: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw_packages(rendered / "plain", per_class=2)
    named(monkeypatch, data=rendered / "plain", models=rendered / "models")
    for page in ("agreement", "reasons", "causes"):
        assert "Where the damage is, is not known" in words(calm(opened(page)))


def test_the_leaderboard_has_every_model_method_and_trivial_map(held: Path) -> None:
    app = calm(opened("agreement"))
    said = words(app)
    assert "Relevance mass: " in said and "Chance is" in said and "Holm over" in said
    maps = set(app.dataframe[1].value["map"])
    assert {"first, Integrated Gradients", "second, Saliency", *agreeing.TRIVIALS.values()} <= maps
    assert 1 == len(app.get("plotly_chart"))


@pytest.mark.parametrize("metric", [agreeing.BOXES_TITLE, "Pointing game"])
def test_another_metric_and_view_stand_in_the_address(metric: str, held: Path) -> None:
    said = words(calm(opened("agreement", metric=metric, view="side")))
    assert f"##### {metric}: " in said and "n = 2 packages, 2 pictures" in said


def test_one_model_alone_stands_on_the_leaderboard(held: Path) -> None:
    assert "second" not in words(calm(opened("agreement", models="first"))).split("of 2")[0].split("#####")[1]


def test_the_account_is_chosen_where_people_drew_too(held: Path) -> None:
    draw(open_dataset(held / "data"), "ann")
    app = calm(opened("agreement", regions="own annotations"))
    assert "Not computed yet" in words(app)
    next(button for button in app.button if button.label == "Start").click().run()
    assert "n = 1 package, 1 pictures; truth: own annotations." in words(calm(app))


def test_what_several_people_say_together_is_offered_once_there_are_several(rendered: Path) -> None:
    data, root = open_dataset(rendered / "data"), str(rendered / "data")
    for name, known in (("ann", ("store",)), ("bob", ("store", "majority")), ("cyd", ("store", "majority", "staple"))):
        draw(data, name)
        assert ("masks", *known) == resources.accounts(root)
    assert {("01001", "top")} == resources.account(root, "staple").known


def test_the_ceiling_is_what_two_people_reach_among_themselves(rendered: Path) -> None:
    data = open_dataset(rendered / "data")
    draw(data, "ann")
    assert resources.ceiling(str(rendered / "data"), "auroc", PACKAGE) is None
    draw(data, "bob", left=0.3)
    found = resources.ceiling(str(rendered / "data"), "auroc", PACKAGE)
    assert found is not None and 0.5 < found <= 1


def test_the_latest_run_of_every_method_is_found_and_trivial_maps_once(held: Path) -> None:
    data, models = open_dataset(held / "data"), open_models(held / "models")[0]
    found = latest(data, models, source=of_masks(data))
    assert found is not None and {"integrated_gradients", "saliency", ""} == set(found["method"])
    assert not found.duplicated(["package", "view", "model", "method", "metric", "at"]).any()
    agreement(data, models, source=of_masks(data), method="saliency", packages=["01000"])
    again = latest(data, models, source=of_masks(data))
    assert again is not None and {"01000"} == set(again.loc[again["method"] == "saliency", "package"])
    assert {"01000", "01001", "01002"} == set(again.loc[again["model"] == "random", "package"])


def test_what_was_computed_against_other_marks_is_not_found(rendered: Path) -> None:
    data, models = open_dataset(rendered / "data"), open_models(rendered / "models")[0]
    draw(data, "ann")
    agreement(data, models, source=of_store(data, resources.annotations()), method="saliency")
    assert latest(data, models, source=of_store(data, resources.annotations())) is not None
    draw(data, "bob")
    assert latest(data, models, source=of_store(data, resources.annotations())) is None


@pytest.mark.parametrize("view", ["top", PACKAGE])
def test_four_groups_of_packages_are_shown(view: str, held: Path) -> None:
    said = words(calm(opened("reasons", view=view)))
    assert all(title in said for title in agreeing.GROUP_TITLES.values())
    assert "n = 2 packages, damaged; truth: masks" in said and "Intact packages: not looked yet" in said


def test_tau_moves_packages_and_computes_nothing(held: Path) -> None:
    app = calm(opened("reasons", view="top"))
    for share in (0.0, 0.9):
        app.slider(key="tau").set_value(share).run()
        assert f"tau is {share:.2f}" in words(calm(app))
    assert "✓ Right, and grounded: 0 of 2" in words(app)


def test_every_package_can_be_read_as_a_table(held: Path) -> None:
    app = calm(opened("reasons", listed="true", view="top", maps="Saliency"))
    assert ["01001", "01002"] == sorted(app.dataframe[1].value["package"])


def test_filling_the_damage_is_drawn_for_every_model(rendered: Path) -> None:
    app = calm(opened("causes", package="01001"))
    said = words(app)
    assert "Filling the damage lowers" in said or "cannot be shown to move" in said
    assert "of the package as seen" in said and agreeing.FILLED["twin"] in said
    assert ["first", "second"] == app.dataframe[0].value["model"].tolist()
    assert 1 == len(app.get("plotly_chart"))


@pytest.mark.parametrize("fill", ["inpainted", "blurred"])
def test_every_filling_can_be_chosen(fill: str, rendered: Path) -> None:
    name = next(key for key, title in agreeing.FILL_TITLES.items() if title == fill)
    assert agreeing.FILLED[name] in words(calm(opened("causes", package="01001", fill=fill, models="first")))


def test_an_intact_package_has_nothing_to_fill(rendered: Path) -> None:
    assert "No region" in words(calm(opened("causes", package="02001")))


def test_an_effect_is_remembered(rendered: Path) -> None:
    asked = Filling(str(rendered / "data"), "01001", "top", "first", "masks", "blur")
    assert resources.remembered_effect(asked) is None
    found = resources.effect(asked)
    assert found is resources.remembered_effect(asked)


def scores(values: Sequence[float], *, model: str = "a", chance: float = 0.2) -> pd.DataFrame:
    """Relevance mass of one model on so many packages, one view."""
    return pd.DataFrame([
        {"package": f"{at:02d}", "view": "top", "model": model, "method": "" if model in TRIVIAL else "m",
         "metric": "relevance_mass", "at": np.nan, "value": value, "chance": chance, "n": 100, "reason": "",
         "p": 0.01 if value > 0.5 else 0.5, "probability": np.nan if model in TRIVIAL else 0.9}
        for at, value in enumerate(values)
    ])  # fmt: skip


def two(first: Sequence[float], second: Sequence[float], trivial: Sequence[float]) -> pd.DataFrame:
    return pd.concat([scores(first), scores(second, model="b"), scores(trivial, model="edges")], ignore_index=True)


GOOD, FAIR, POOR = np.linspace(0.7, 0.9, 12), np.linspace(0.4, 0.55, 12), np.linspace(0.1, 0.3, 12)


def rows(frame: pd.DataFrame) -> pd.DataFrame:
    board = leaderboard(frame)
    return board[board["view"] == "top"]


def test_the_best_is_named_beside_chance_and_the_best_trivial_map() -> None:
    found = rows(two(GOOD, FAIR, POOR))
    assert (
        "Relevance mass: both lie above chance; highest is a with 0.80 (95 %: 0.77 to 0.84). Chance is 0.20; the best "
        "map that asks no network, the edges of the picture, reaches 0.20."
    ) == agreeing.board(found, agreeing.labels(found, {}), "relevance_mass")


def test_above_chance_is_told_picture_by_picture() -> None:
    varied = scores(np.linspace(0.1, 0.9, 12) + 0.02).assign(chance=np.linspace(0.1, 0.9, 12))
    found = rows(varied)
    assert found["low"].iloc[0] < found["chance"].iloc[0] < found["mean"].iloc[0]
    assert 0 < found["gain_low"].iloc[0] <= found["gain"].iloc[0]
    assert "the maps lie above chance" in agreeing.board(found, ["a"], "relevance_mass")


def test_where_all_packages_score_one_the_interval_is_wilsons() -> None:
    found = rows(scores([1.0] * 16)).iloc[0]
    assert (1.0, pytest.approx(0.806, abs=0.001), 1.0) == (found["mean"], found["low"], found["high"])


def test_large_regions_are_said_to_leave_little_room() -> None:
    found = rows(two(GOOD, FAIR, POOR))
    assert "cover 30 % of that" in agreeing.sample(found, "masks", mass=0.3)
    assert "cover" not in agreeing.sample(found, "masks", mass=0.02)


def test_pairs_are_concluded_with_their_interval_and_holm() -> None:
    pairs = differences(two(GOOD, FAIR, POOR), "relevance_mass", view="top")
    assert "a is above b by 0.33 (95 %: 0.32 to 0.33), beyond chance." == agreeing.paired(pairs, {})
    assert "All rows beat every map that asks no network, beyond chance. n = 12 packages;" in agreeing.power(pairs, {})


def test_pairs_that_chance_explains_are_called_so() -> None:
    pairs = differences(two(FAIR, FAIR[::-1], POOR), "relevance_mass", view="top")
    assert "The two do not differ beyond chance." == agreeing.paired(pairs, {})


def test_so_few_packages_that_nothing_can_show_are_called_so() -> None:
    pairs = differences(two(GOOD[:4], FAIR[:4], POOR[:4]), "relevance_mass", view="top")
    assert "the smallest p that can be had is 0.125" in agreeing.power(pairs, {})


def test_a_trivial_map_that_wins_is_said() -> None:
    pairs = differences(two(POOR, FAIR, GOOD), "relevance_mass", view="top")
    assert "Of the maps that ask no network, a beats 0 of 1 and loses to 1, b beats 0 of 1 and loses to 1." in (
        agreeing.power(pairs, {})
    )


def test_right_reasons_are_counted_in_words() -> None:
    found = reasoning.rates(reasoning.reasons(scores([0.9, 0.8, 0.1, 0.1])))
    assert (
        "a is right, and shown to be for the right reason, on 2 of 4 (50 %; 95 %: 15 to 85); of 4 called damaged, 2 "
        "may be luck (50 %; 95 %: 15 to 85)."
    ) == agreeing.grounded(found, "a")


def test_a_package_is_as_grounded_as_its_best_view() -> None:
    top, side = scores([0.15]).assign(p=0.01), scores([0.9]).assign(view="side", p=0.5)
    fused = pd.DataFrame({"package": ["00"], "model": ["a"], "view": [PACKAGE], "probability": [0.9]})
    every = reasoning.reasons(pd.concat([top, side]), fused=fused)
    found = every[every["view"] == PACKAGE].iloc[0]
    assert (0.01, False) == (found["p"], bool(found["grounded"])) and found["skill"] < 0  # no mix of two views


def effect(drop: float, placebos: Sequence[float], reason: str | None = None) -> Effect:
    others, known = np.array(placebos, float), len(placebos) >= 10
    z = (drop - others.mean()) / others.std(ddof=1) if known else np.nan
    p = (1 + (others >= drop).sum()) / (len(others) + 1) if known else np.nan
    blank, places = np.zeros((4, 4, 3), np.uint8), np.zeros((len(others), 2), np.int64)
    return Effect(2.0, drop, others, z, p, blank, None, places, np.ones((4, 4), bool), reason)


def spread() -> NDArray[np.float64]:
    return np.linspace(-1, 1, 50)


def test_a_drop_beyond_all_placebos_is_concluded() -> None:
    assert (
        "Filling the damage lowers the log-odds of a by 3.0 (p = 0.02), more than other places of its shape; of b that "
        "cannot be shown."
    ) == agreeing.caused({"a": effect(3.0, spread()), "b": effect(0.1, spread())})


def test_a_filling_that_itself_looks_damaged_is_called_so() -> None:
    assert (
        "This filling itself looks damaged: it raises the log-odds of a by 1.6, though less than at other places."
    ) == agreeing.caused({"a": effect(-1.6, spread() - 5)})


def test_without_placebos_nothing_is_concluded_but_the_drop() -> None:
    alone = {"a": effect(3.0, [], "No other places of that shape fit on the package; 10 are needed.")}
    assert "What other places would do is not known." in agreeing.caused(alone)
    assert "covers 100 % of the package as seen. Other places of its shape: 0. So large" in (
        agreeing.placebos(alone, np.ones((4, 4), bool))
    )


def test_the_board_is_drawn_best_first_with_chance_and_people() -> None:
    found = rows(two(FAIR, GOOD, POOR))
    drawn = figures.board(found, labels=["a", "b", "edges"], colors={"a": "#000000", "b": "#111111"}, title="Mass",
                          ceiling=0.95)  # fmt: skip
    assert ("edges", "a", "b") == drawn.layout.yaxis.categoryarray
    assert ["chance", "people"] == [one.text for one in drawn.layout.annotations]
    assert ["diamond", "#111111"] == [drawn.data[1].marker.symbol, drawn.data[3].marker.color]


def test_the_strip_has_a_row_a_model_and_every_placebo() -> None:
    drawn = figures.strip({"a": (3.0, spread()), "b": (1.0, spread()[:20])}, colors={"a": "#000000", "b": "#111111"},
                          words={"a": "z", "b": ""})  # fmt: skip
    assert [20, 1, 50, 1] == [len(trace.x) for trace in drawn.data]
    assert ("b", "a") == drawn.layout.yaxis.ticktext


def test_the_command_compares_pairs(rendered: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["agree", "--data", str(rendered / "data"), "--models", str(rendered / "models"), "--method", "saliency"]
    assert 0 == cli.run([*command, "--differences", "auroc"])
    assert "Pairs by auroc" in capsys.readouterr().out
    assert 2 == cli.run([*command, "--differences", "tea_leaves"])


def test_a_cut_is_said() -> None:
    table = reasoning.reasons(scores([0.9, 0.1]), {"a": Cut.at(0.3)})
    assert "damaged from 0.30 on. 50 % have p" in agreeing.basis(table, "masks", tau=0.1, view="top", limit=Cut.at(0.3))
