"""What the figures of error patterns draw."""

import numpy as np
import pandas as pd

from core.figures import patterns
from core.figures.theme import HUES, NEUTRAL
from core.metrics.slices import Slice, compare


def table(count: int = 3) -> pd.DataFrame:
    wrong = np.arange(60) < 20
    slices = [Slice(f"C{at}", "part", np.arange(60) < 20 + at, np.ones(60, bool)) for at in range(count)]
    found = compare(wrong, range(60), slices)
    found.insert(0, "key", found["column"] + ": " + found["slice"])
    return found


def test_the_worst_slice_stands_on_top_and_a_click_says_its_key() -> None:
    drawn = patterns.differences(table(), color="#0072B2", noun="errors").data[0]
    assert "C0: part" == drawn.customdata[-1][0]
    assert 100.0 == drawn.x[-1]


def test_a_whisker_ends_at_the_interval() -> None:
    rows, drawn = table().iloc[::-1], patterns.differences(table(), color="#0072B2", noun="errors").data[0]
    ends = np.asarray(drawn.x) - np.asarray(drawn.error_x.arrayminus)
    assert np.allclose(100 * rows["difference_low"], ends)


def test_a_slice_that_could_be_chance_is_gray() -> None:
    rows = table().assign(holm=[0.01, 0.2, 0.04])
    assert ["#0072B2", NEUTRAL, "#0072B2"] == list(
        patterns.differences(rows, color="#0072B2", noun="errors").data[0].marker.color
    )


def test_no_slice_at_all_is_an_empty_figure() -> None:
    assert 0 == len(patterns.differences(table().head(0), color="#0072B2", noun="errors").data[0].x)


def points() -> pd.DataFrame:
    rows = [
        ("a", 0.0, 0.0, "damaged", "test", "Escape", True),
        ("b", 1.0, 0.0, "intact", "test", "Passed", True),
        ("c", 0.0, 1.0, None, "train", None, False),
    ]
    return pd.DataFrame(rows, columns=["package", "x", "y", "label", "split", "outcome", "here"])


def test_a_mistake_is_a_cross_of_the_color_of_what_it_truly_is() -> None:
    by_name = {trace.name: trace for trace in patterns.scatter(points(), by="Outcome").data}
    escape = by_name["Escape 1"]
    assert (HUES["damaged"], ("x",), "a") == (escape.marker.color, tuple(escape.marker.symbol), escape.customdata[0][0])


def test_packages_of_another_split_stand_back_and_can_be_chosen_too() -> None:
    away = patterns.scatter(points()).data[0]
    assert "not in the chosen split 1" == away.name
    assert "c" == away.customdata[0][0]


def test_many_packages_are_drawn_by_the_graphics_card() -> None:
    many = pd.concat([points().iloc[[1]]] * 5001)
    assert "scattergl" == patterns.scatter(many).data[0].type


def test_nearness_counts_every_picture_once() -> None:
    usual, across = patterns.nearness([4, 4, 6], [10, 12], bits=2).data
    assert (100.0, 100.0) == (round(sum(usual.y), 6), round(sum(across.y), 6))
    assert 4 == usual.x[int(np.argmax(usual.y))]
