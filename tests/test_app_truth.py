"""What the pages show of a data set that knows more than the class: masks, twins, kinds of damage, a test split."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app import resources, sentences
from app.components import gallery, picture
from core.domain import Cut, Damage, Truth
from tests.conftest import draw_packages, draw_rendered
from tests.screens import named, opened, press, words
from tests.tiny_models import save_tiny_models


@pytest.fixture
def rendered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder with `data` (2 training and 32 test packages, masks, twins) and `models`, which the settings name."""
    draw_rendered(tmp_path / "data", train=1, test=16)
    save_tiny_models(tmp_path / "models", "first", "second")
    named(monkeypatch, data=tmp_path / "data", models=tmp_path / "models")
    return tmp_path


def components(app: AppTest) -> list[str]:
    """Names of the components on the page that Streamlit does not know by itself."""
    return [str(one.proto.component_name).rpartition(".")[2] for one in app.get("bidi_component")]


def test_a_large_test_split_is_chosen_first_and_no_address_needs_to_say_so(rendered: Path) -> None:
    app = opened("browse")
    assert "test" == app.session_state["split"]
    assert "32 of 34 packages in the test split." in words(app)
    assert "split" not in app.query_params


def test_all_packages_can_be_asked_for_in_the_address(rendered: Path) -> None:
    app = opened("browse", split="all")
    assert "##### 34 packages." in words(app)


def test_all_packages_stay_chosen_when_another_page_is_opened(rendered: Path) -> None:
    app = opened("overview", split="all")
    app.switch_page("../pages/browse.py").run()
    assert "all" == app.session_state["split"]


def test_a_small_test_split_is_not_chosen_first(rendered: Path) -> None:
    small = draw_rendered(rendered / "small", train=1, test=2)
    assert "##### 6 packages." in words(opened("browse", data=str(small)))


def test_another_data_set_starts_with_its_own_split(rendered: Path) -> None:
    draw_packages(rendered / "other", per_class=2, split="train")
    draw_packages(rendered / "other", per_class=3, split="validation")
    app = opened("overview")
    app.text_input(key="folder").set_value(str(rendered / "other")).run()
    assert "all" == app.session_state["split"]
    app.text_input(key="folder").set_value(str(rendered / "data")).run()
    assert "test" == app.session_state["split"]


def test_another_data_set_starts_with_its_own_package(rendered: Path) -> None:
    other = draw_packages(rendered / "other", per_class=2)
    app = opened("inspect", package="01016", within="truth=damaged")
    app.text_input(key="folder").set_value(str(other)).run()
    assert "01000" == app.text_input(key="package").value and "chosen" not in words(app)
    assert str(other) in (app.query_params["data"], app.query_params["data"][0])


def test_a_link_to_a_package_that_is_not_there_has_a_way_to_the_first(rendered: Path) -> None:
    app = opened("inspect", package="nobody")
    assert "No package nobody" in words(app)
    app = press(app, "Show the first package")
    assert "01001" == app.text_input(key="package").value


def test_the_overview_counts_masks_and_twins(rendered: Path) -> None:
    assert "Pixel-exact masks for 32 pictures, twins without the damage for 32." in words(opened("overview"))


def test_a_kind_of_damage_in_the_address_filters_the_gallery(rendered: Path) -> None:
    assert "8 of 34 packages in the test split with a stain." in words(opened("browse", damage="stain"))


def test_kinds_of_damage_are_no_choice_where_none_is_known(rendered: Path) -> None:
    app = opened("browse", data=str(draw_packages(rendered / "plain", per_class=2)))
    assert "Damage" not in [one.label for one in app.selectbox]


def test_a_tile_says_what_is_damaged_and_whether_it_was_seen_in_training(rendered: Path) -> None:
    root, names = str(rendered / "data"), ("first", "second")
    resources.compute_predictions(root, progress=lambda share, text: None)
    facts = resources.table(root, names).loc["01001"].to_dict()
    tile = gallery._tile(("01001", facts), (), {}, names, dict.fromkeys(names, Cut.at(0.5)), "package")
    assert "damaged · dent + stain" == tile["truth"]
    assert ("unseen", "○ not seen in training") == (tile["seen"]["source"], tile["seen"]["words"])
    assert "not seen in training" in tile["says"]


@pytest.mark.parametrize("source", [None, float("nan"), "now"])
def test_a_tile_is_silent_where_nobody_knows_what_was_seen(source: object) -> None:
    assert gallery._seen(source) is None


def test_inspect_outlines_the_damage_and_says_what_it_is(rendered: Path) -> None:
    app = opened("inspect", package="01001")
    count = int(resources.known(str(rendered / "data"), "01001", "top").truth.mask.sum())
    assert f"rendered truth: dent, severity 0.35; stain, severity 0.60; {count:,} px" in words(app)
    app.toggle(key="outline").set_value(False).run()
    assert "rendered truth" not in words(app)


def test_inspect_says_what_the_models_think_of_the_package_without_its_damage(rendered: Path) -> None:
    text = words(opened("inspect", package="01001"))
    assert "Without the damage: first" in text
    assert "→" in text


def test_before_and_after_are_drawn_on_top_of_each_other(rendered: Path) -> None:
    app = opened("inspect", package="01001", pictures="Before and after")
    assert [] == list(app.exception)
    assert 4 == components(app).count("secondlook_comparison")
    assert "secondlook_picture" not in components(app)


def test_an_intact_package_has_nothing_to_compare(rendered: Path) -> None:
    app = opened("inspect", package="02001", pictures="Before and after")
    assert [] == [error.value for error in app.error]
    assert "secondlook_comparison" not in components(app)
    assert "Without the damage" not in words(app)
    assert app.toggle(key="outline").disabled


def test_a_mask_that_cannot_be_read_says_so_under_its_picture(rendered: Path) -> None:
    (rendered / "data" / "masks" / "01001_top.png").write_bytes(b"no picture")
    app = opened("inspect", package="01001")
    assert "01001_top.png is not a picture" in words(app)
    assert [] == [error.value for error in app.error]


def test_explain_outlines_the_damage_when_asked(rendered: Path) -> None:
    app = opened("explain", package="01001")
    assert app.toggle(key="contour").value is False
    app.toggle(key="contour").set_value(True).run()
    assert [] == list(app.exception)


@pytest.mark.parametrize(
    ("damages", "pixels", "says"),
    [
        ((Damage("dent", 0.35),), 4, "rendered truth: dent, severity 0.35; 4 px"),
        ((Damage("dent", 0.35),), 0, "rendered truth: dent, severity 0.35; not visible here"),
        ((), 4, "damage mask: 4 px"),
        ((), 0, ""),
    ],
)
def test_an_outline_says_what_it_is(damages: tuple[Damage, ...], pixels: int, says: str) -> None:
    mask = np.zeros((4, 4), bool)
    mask[0, :pixels] = True
    assert says == sentences.marked(Truth(mask, damages=damages))


def test_an_outline_is_one_path() -> None:
    square = np.array([[0, 0], [0.5, 0], [0.5, 0.5]], np.float32)
    assert "M0.00000 0.00000L0.50000 0.00000L0.50000 0.50000Z" == picture.path([square])
