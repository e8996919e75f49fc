"""Every rule of fusion over stored answers, and the packages that it rescues and breaks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from core.domain import Cut
from core.studies import fusion
from core.studies.fusion import ALONE, OWN, STACKED, fused, models_with_views

ODDS = {  # package: truth, side, top, fused
    "1": ("damaged", 2.0, 1.0, 1.5),
    "2": ("damaged", -1.0, 3.0, 1.0),
    "3": ("damaged", 1.0, -4.0, -1.5),
    "4": ("intact", -2.0, -1.0, -1.5),
    "5": ("intact", -0.5, 0.2, -0.1),
    "6": ("intact", np.nan, 0.4, 0.4),
}


def frame(odds: dict[str, tuple[str, float, float, float]] = ODDS) -> pd.DataFrame:
    rows = [
        {"package": package, "view": view, "model": "one", "label": label, "logit": value, "probability": expit(value),
         "split": "train" if package < "4" else "test", "source": "unseen", "framing": 1.0}
        for package, (label, *values) in odds.items()
        for view, value in zip(("side", "top", "package"), values, strict=True)
        if value == value
    ]  # fmt: skip
    return pd.DataFrame(rows)


def many(n: int = 120) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    truth = np.arange(n) % 2 == 0
    views = np.where(truth, 2.0, -2.0)[:, None] + rng.normal(0, 2, (n, 2))
    odds = {f"{at:04d}": ("damaged" if truth[at] else "intact", *views[at], views[at].mean()) for at in range(n)}
    return frame(odds).assign(split=lambda rows: np.where(rows["package"] < "0080", "train", "test"))


def test_rescued_and_broken_packages_are_named_by_view() -> None:
    found = fused(frame(), model="one")
    assert {"side": ("2",), "top": ("5",)} == dict(found.rescued)
    assert {"side": ("3",), "top": ()} == dict(found.broken)


def test_the_conflict_queue_starts_with_the_largest() -> None:
    assert ("3", "2", "5") == fused(frame(), model="one").queue


def test_the_gain_is_over_the_best_view_of_the_packages_with_both() -> None:
    gain = fused(frame(), model="one").gain
    assert gain is not None
    assert (0, 0, 5) == (gain.best, gain.more, gain.n)  # side right on 1 3 4 5, fused on 1 2 4 5, top on 1 2 4


def test_every_rule_and_every_view_alone_has_a_row() -> None:
    table = fused(many(), model="one").table
    assert [(ALONE, "side"), (ALONE, "top")] == list(zip(table["rule"], table["view"], strict=True))[:2]
    assert [OWN, "maximum", "noisy-or", "mean logit", STACKED] == table["rule"].tolist()[2:]
    assert (table["accuracy_low"] <= table["accuracy"]).all()
    assert (table["accuracy"] <= table["accuracy_high"]).all()


def test_the_own_decision_is_the_one_that_was_stored() -> None:
    rows = fused(frame(), model="one").table.set_index("rule")
    assert (2, 1, 1, 2) == tuple(rows.loc[OWN, ["tp", "fn", "fp", "tn"]])
    assert (3, 0, 2, 1) == tuple(rows.loc["maximum", ["tp", "fn", "fp", "tn"]])


def test_a_view_alone_is_measured_where_it_is() -> None:
    table = fused(frame(), model="one").table
    assert [5, 6] == table.loc[table["rule"] == ALONE, "n"].tolist()


def test_everything_is_cut_where_the_cut_says() -> None:
    found = fused(frame(), model="one", cut=Cut(0.8, 0.9))
    assert 0.8 == found.threshold
    assert (1, 2, 0, 3) == tuple(found.table.set_index("rule").loc[OWN, ["tp", "fn", "fp", "tn"]])


def test_a_split_is_measured_alone_and_stacking_learns_from_the_others() -> None:
    everything = many()
    found = fused(everything, model="one", split="test")
    assert {40} == set(found.table["n"])
    spoiled = everything.assign(
        label=np.where(everything["split"] == "test",
                       np.where(everything["label"] == "damaged", "intact", "damaged"), everything["label"])
    )  # fmt: skip
    stacked = fused(spoiled, model="one", split="test").table.set_index("rule").loc[STACKED]
    before = found.table.set_index("rule").loc[STACKED]
    assert (before["tp"], before["tn"]) == (stacked["fp"], stacked["fn"])  # the same answers to other truths


def test_stacking_with_too_few_packages_is_left_out_with_the_reason() -> None:
    found = fused(frame(), model="one")
    assert STACKED not in set(found.table["rule"])
    assert "10 packages of each class" in found.missing[STACKED]


def test_packages_that_a_network_was_trained_on_teach_no_weights() -> None:
    assert STACKED in fused(many().assign(source="training"), model="one").missing


def test_one_view_leaves_nothing_to_fuse() -> None:
    rows = many()
    found = fused(rows[rows["view"] != "top"], model="one")
    assert (("side",), None, ()) == (found.views, found.gain, found.queue)
    assert [ALONE, OWN] == found.table["rule"].tolist()


def test_one_class_has_no_auroc_and_no_stacking() -> None:
    rows = many()
    found = fused(rows[rows["label"] == "damaged"], model="one")
    assert found.table["auroc"].isna().all()
    assert found.table["false_rejects"].isna().all()
    assert STACKED in found.missing


def test_packages_of_unknown_class_take_no_part() -> None:
    rows = frame()
    rows["label"] = rows["label"].where(rows["package"] != "1", None)
    assert "1" not in fused(rows, model="one").packages.index


def test_the_ensemble_has_no_views() -> None:
    rows = frame()
    together = rows[rows["view"] == "package"].assign(model="ensemble")
    assert ["one"] == models_with_views(pd.concat([rows, together]))


def test_the_stored_columns_may_be_categories() -> None:
    rows = many()
    as_categories = rows.astype(dict.fromkeys(("view", "model", "label", "split", "source"), "category"))
    pd.testing.assert_frame_equal(fused(rows, model="one").table, fused(as_categories, model="one").table)


@pytest.mark.parametrize("name", [OWN, "maximum", "noisy-or", "mean logit", STACKED])
def test_every_rule_says_what_it_means(name: str) -> None:
    assert fusion.MEANINGS[name].endswith(".")
