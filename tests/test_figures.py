"""Figures against small hand-made predictions and maps."""

from io import BytesIO

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from PIL import Image

from core.domain import Cut, Region
from core.figures import curves, maps, matrix, scores, theme
from core.figures.maps import Display
from core.metrics.classification import summary
from core.metrics.curves import precision_recalls, rocs
from core.metrics.rates import rates

THRESHOLDS = {"a": 0.5, "b": 0.5, "ensemble": 0.5}
COLORS = theme.hues(["a", "b"])


def predictions() -> pd.DataFrame:
    """Two models on four packages: a separates them, b has one escape and one false reject."""
    answers = {"a": (0.9, 0.8, 0.2, 0.1), "b": (0.9, 0.3, 0.7, 0.1)}
    rows = [
        {"package": f"00{at}", "view": "package", "model": model, "label": label, "probability": probability}
        for model, probabilities in answers.items()
        for at, (label, probability) in enumerate(
            zip(("damaged", "damaged", "intact", "intact"), probabilities, strict=True)
        )
    ]
    return pd.DataFrame(rows)


def performance() -> dict[str, object]:
    frame = predictions()
    models = {
        str(model): {
            "views": {},
            "package": summary((rows["label"] == "damaged").to_numpy(), rows["probability"].to_numpy(), Cut.at(0.5)),
        }
        for model, rows in frame.groupby("model")
    }
    return {"models": models, "ensemble": {"package": models["a"]["package"]}}


def test_a_model_keeps_its_hue_when_it_is_drawn_alone() -> None:
    everyone = theme.hues(["resnet18", "mobilenetv2", "ensemble"])
    assert theme.ARCHITECTURES[0] == everyone["mobilenetv2"]
    assert theme.ARCHITECTURES[1] == everyone["resnet18"]
    assert theme.NEUTRAL == everyone["ensemble"]


def test_no_architecture_has_the_hue_of_a_class() -> None:
    assert set(theme.ARCHITECTURES).isdisjoint(theme.HUES.values())


def test_the_ensemble_has_the_same_name_here_and_in_study() -> None:
    study = pytest.importorskip("core.study")
    assert study.ENSEMBLE == theme.ENSEMBLE


def test_the_cells_of_a_matrix_stand_in_reading_order_with_row_rates() -> None:
    cells = matrix.cells({"tp": 3, "fn": 1, "fp": 0, "tn": 4})
    assert [(cell.key, cell.count, cell.of, cell.rate) for cell in cells] == [
        ("found", 3, 4, "75 %"),
        ("escape", 1, 4, "25 %"),
        ("false_reject", 0, 4, "0 %"),
        ("passed", 4, 4, "100 %"),
    ]


def test_a_row_without_packages_has_no_rate() -> None:
    assert ["", "", "50 %", "50 %"] == [cell.rate for cell in matrix.cells({"tp": 0, "fn": 0, "fp": 1, "tn": 1})]


def test_a_share_just_under_one_is_not_rounded_up_to_everything() -> None:
    assert "99 %" == matrix.percent(0.9999)
    assert "1 %" == matrix.percent(0.0001)
    assert "100 %" == matrix.percent(1.0)


def test_the_table_of_rates_has_one_row_a_model_and_view_and_the_ensemble_last() -> None:
    table = rates(performance())
    assert ["a", "b", "ensemble"] == list(table["model"])
    assert [1.0, 0.5, 1.0] == list(table["recall"])


def test_a_model_alone_is_not_shown_again_as_the_ensemble() -> None:
    measured = performance()
    table = rates({"models": {"a": measured["models"]["a"]}, "ensemble": measured["ensemble"]})  # type: ignore[index]
    assert ["a"] == list(table["model"])


def test_the_interval_of_a_rate_counts_its_own_denominator() -> None:
    row = rates(performance()).iloc[0]
    assert (row["recall_low"], row["recall_high"]) == (pytest.approx(0.342, abs=1e-3), 1.0)


def test_a_rate_without_denominator_is_missing() -> None:
    nothing = summary(np.array([False]), np.array([0.1]), Cut.at(0.5))
    table = rates({"models": {"a": {"views": {}, "package": nothing}}})
    assert pd.isna(table.iloc[0]["recall"])


def test_the_roc_figure_stands_each_model_at_its_threshold() -> None:
    figure = curves.roc(rocs(predictions()), thresholds=THRESHOLDS, colors=COLORS)
    stands = [(trace.x[0], trace.y[0]) for trace in figure.data if trace.mode == "markers"]
    assert [(0.0, 1.0), (0.5, 0.5)] == stands


def test_the_roc_figure_names_the_area_of_each_model() -> None:
    figure = curves.roc(rocs(predictions()), thresholds=THRESHOLDS, colors=COLORS)
    assert [trace.name for trace in figure.data if trace.mode == "lines"] == ["1.000  a", "0.750  b"]


def test_curves_that_hug_the_corner_are_shown_from_near() -> None:
    frame = predictions()
    near = curves.roc(rocs(frame[frame["model"] == "a"]), thresholds=THRESHOLDS, colors=COLORS)
    far = curves.roc(rocs(frame), thresholds=THRESHOLDS, colors=COLORS)
    assert near.layout.xaxis.range[1] < 0.5 < far.layout.xaxis.range[1]


def test_the_precision_recall_figure_stands_each_model_at_its_threshold() -> None:
    figure = curves.precision_recall(precision_recalls(predictions()), thresholds=THRESHOLDS, colors=COLORS)
    stands = [(trace.x[0], trace.y[0]) for trace in figure.data if trace.mode == "markers"]
    assert [(1.0, 1.0), (0.5, 0.5)] == stands


def test_one_class_alone_draws_an_empty_square() -> None:
    frame = predictions()
    figure = curves.roc(rocs(frame[frame["label"] == "intact"]), thresholds=THRESHOLDS, colors=COLORS)
    assert 0 == len(figure.data)


def test_a_package_on_the_wrong_side_is_a_cross() -> None:
    frame = predictions()
    figure = scores.dots(frame[frame["model"] == "b"], cut=Cut.at(0.5))
    drawn = {
        package: trace.marker.symbol
        for trace in figure.data
        for package, _ in trace.customdata
    }
    assert {"000": "circle", "001": "x", "002": "x", "003": "circle"} == drawn


def test_dots_that_would_overlap_are_piled_up() -> None:
    assert [1, 2, 1, 3] == list(scores.heights(np.array([0.0, 0.0, 5.0, 0.0])))


def test_a_certain_probability_stays_inside_the_figure() -> None:
    assert [-scores.REACH, 0.0, scores.REACH] == list(scores.log_odds(np.array([0.0, 0.5, 1.0])))


def test_every_wrong_answer_is_drawn_however_many_packages_there_are() -> None:
    rows = pd.DataFrame({"probability": np.linspace(0, 1, 10_000), "right": np.arange(10_000) % 100 != 0})
    kept = scores.thinned(rows)
    assert 100 == (~kept["right"]).sum()
    assert kept["right"].sum() <= scores.MOST


@pytest.mark.parametrize("color", [*theme.HUES.values(), theme.UNSURE, *theme.ARCHITECTURES, theme.NEUTRAL])
def test_every_hue_can_be_seen_on_light_and_on_dark(color: str) -> None:
    def luminance(code: str) -> float:
        channels = [int(code[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))

    own = luminance(color)
    assert 1.05 / (own + 0.05) > 2
    assert (own + 0.05) / (luminance("#14181B") + 0.05) > 3


def test_figures_leave_the_text_to_the_theme_of_the_app() -> None:
    figure = theme.dress(go.Figure(), height=100)
    assert figure.layout.font.color is None
    assert "rgba(0, 0, 0, 0)" == figure.layout.paper_bgcolor


PIXELS = np.full((6, 8, 3), (200, 40, 40), np.uint8)
VALUES = np.zeros((6, 8), np.float32)
VALUES[2, 3], VALUES[3, 4] = 1.0, -1.0
PLAIN = Display(sigma=0, opacity=1)


def test_the_positive_part_drops_what_spoke_against() -> None:
    assert 0 == maps.shown(VALUES, PLAIN).min()


def test_the_absolute_part_counts_both_sides() -> None:
    assert maps.shown(VALUES, Display(part="absolute", sigma=0)).sum() == 2


def test_smoothing_keeps_the_sum_of_a_signed_map() -> None:
    wide = np.zeros((41, 41), np.float32)
    wide[20, 20] = 3
    assert maps.shown(wide, Display(part="signed", sigma=2)).sum() == pytest.approx(3, rel=1e-4)


def test_a_pixel_without_evidence_shows_the_gray_picture() -> None:
    over = maps.overlay(PIXELS, maps.shown(VALUES, PLAIN), PLAIN, limit=1)
    assert (88, 88, 88) == tuple(over[0, 0])


def test_the_strongest_pixel_has_the_last_color_of_the_scale() -> None:
    over = maps.overlay(PIXELS, maps.shown(VALUES, PLAIN), PLAIN, limit=1)
    assert tuple(maps.palette("positive")[-1]) == tuple(over[2, 3])


def test_a_signed_map_has_the_hue_of_damaged_for_and_of_intact_against() -> None:
    display = Display(part="signed", sigma=0, opacity=1)
    over = maps.overlay(PIXELS, maps.shown(VALUES, display), display, limit=1)
    assert over[2, 3][0] > over[2, 3][1]
    assert over[3, 4][1] > over[3, 4][0]


def test_a_map_of_zeros_is_the_gray_picture() -> None:
    zeros = np.zeros((6, 8), np.float32)
    over = maps.overlay(PIXELS, zeros, PLAIN, limit=maps.limit([zeros]))
    assert [88] == np.unique(over).tolist()


def test_a_common_scale_ends_where_the_strongest_map_ends() -> None:
    assert 4 * maps.limit([VALUES]) == maps.limit([VALUES, 4 * VALUES])


def test_the_window_holds_every_value_in_the_proportions_of_the_frame() -> None:
    values = np.zeros((90, 160), np.float32)
    values[40:50, 100:110] = 1
    window = maps.window([values])
    assert window is not None
    cut = maps.cut(np.repeat(values[..., None], 3, axis=2).astype(np.uint8), window)
    assert 300 == cut.sum()
    assert cut.shape[1] / cut.shape[0] == pytest.approx(16 / 9, rel=0.1)


def test_a_window_at_the_edge_stays_in_the_frame() -> None:
    values = np.zeros((90, 160), np.float32)
    values[0, 0] = values[9, 19] = 1
    window = maps.window([values])
    assert window is not None
    assert (0, 0) == (window.top, window.left)


def test_a_map_of_zeros_has_no_window() -> None:
    assert maps.window([np.zeros((6, 8), np.float32)]) is None


def test_known_damage_is_outlined_in_another_color_than_what_a_person_marked() -> None:
    ground = np.full((20, 20, 3), 128, np.uint8)
    square = np.array([[0.25, 0.25], [0.75, 0.25], [0.75, 0.75], [0.25, 0.75]], np.float32)
    drawn = maps.contoured(ground, (square,), width=1)
    red, green, blue = drawn.reshape(-1, 3)[drawn[..., 0].argmax()].astype(int)
    assert red > green > blue
    assert (128, 128, 128) == tuple(drawn[10, 10])


def test_a_region_is_outlined_and_its_inside_left_alone() -> None:
    square = Region("damage", np.array([[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8]], np.float32))
    ground = np.full((50, 50, 3), 120, np.uint8)
    drawn = maps.outlined(ground, (square,))
    assert (255, 255, 255) == tuple(drawn[10, 25])
    assert (120, 120, 120) == tuple(drawn[25, 25])
    assert 120 == ground.max()


def test_a_png_holds_the_same_pixels() -> None:
    assert np.array_equal(np.asarray(Image.open(BytesIO(maps.png(PIXELS)))), PIXELS)


def test_an_npz_holds_the_values_and_the_facts() -> None:
    with np.load(BytesIO(maps.npz(VALUES, model="resnet18", seconds=1.5))) as file:
        assert np.array_equal(file["values"], VALUES)
        assert (str(file["model"]), float(file["seconds"])) == ("resnet18", 1.5)
