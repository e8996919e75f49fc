"""Where the evidence lies: areas of a crop, shares of a map, figures over packages."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.errors import BadInput
from core.models.classifier import TrainedClassifier
from core.models.framing import Placement
from core.rendering.places import places_of
from core.studies import areas, shortcuts
from core.studies.areas import Areas, areas_of
from core.study import open_dataset, open_models
from tests.conftest import draw_packages, draw_rendered
from tests.tiny_models import SIZE, save_tiny_models

FRAME = (48, 64)
WHOLE = Placement(np.diag([SIZE[1] / FRAME[1], SIZE[0] / FRAME[0], 1.0]), SIZE, 1.0, "")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_rendered(tmp_path_factory.mktemp("shortcuts") / "data")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, TrainedClassifier]:
    return open_models(save_tiny_models(tmp_path_factory.mktemp("models"), "first", "second"))[0]


def found(data: Path, model: TrainedClassifier, package: str = "01001", view: str = "side") -> Areas:
    return areas_of(open_dataset(data), package, view, model, WHOLE, FRAME)


def test_the_outline_parts_the_crop_into_package_and_background(
    data: Path, models: Mapping[str, TrainedClassifier]
) -> None:
    one = found(data, models["first"])
    assert areas.TRUTH == one.basis
    assert pytest.approx(0.36, abs=0.04) == one.masks["package"].mean()  # drawn from 0.2 to 0.8 of either side
    assert np.array_equal(one.masks["package"], ~one.masks["background"])


def test_the_border_reaches_to_either_side(data: Path, models: Mapping[str, TrainedClassifier]) -> None:
    on = np.zeros((200, 200), bool)
    on[50:150, 50:150] = True
    edge = areas._edge(on)
    assert [True] * 12 == edge[100, 44:56].tolist() and edge[100].sum() == 24 and not edge[100, 100]
    assert not areas._edge(np.ones((10, 10), bool)).any()


def test_the_serial_is_where_the_manifest_says(data: Path, models: Mapping[str, TrainedClassifier]) -> None:
    rows, columns = np.nonzero(found(data, models["first"]).masks["serial"])
    assert pytest.approx((0.4, 0.65), abs=0.03) == (columns.mean() / SIZE[1], rows.mean() / SIZE[0])


def test_of_a_foreign_design_only_the_serial_is_known(data: Path, models: Mapping[str, TrainedClassifier]) -> None:
    assert {"package", "background", "edge", "serial", "damage"} == set(found(data, models["first"]).masks)
    assert "serial" not in found(data, models["first"], view="top").masks


def test_without_a_truth_and_a_framing_nothing_is_known(
    models: Mapping[str, TrainedClassifier], tmp_path: Path
) -> None:
    plain = draw_packages(tmp_path / "plain", per_class=2)
    assert ({}, areas.NOTHING) == tuple(getattr(found(plain, models["first"], "01000"), name)
                                        for name in ("masks", "basis"))  # fmt: skip


def test_without_a_truth_the_framing_says_where_the_face_is(
    models: Mapping[str, TrainedClassifier], tmp_path: Path
) -> None:
    plain, model = draw_packages(tmp_path / "plain", per_class=2), models["first"]
    card = model.card.model_copy(update={"framing": {"kind": "pattern"}})
    framed = TrainedClassifier(card, model.module, model.framer)
    one = found(plain, framed, "01000")
    assert areas.FRAMING == one.basis
    assert pytest.approx(1 / 1.24**2, abs=0.03) == one.masks["package"].mean()  # a margin of 12 % around the face
    unsure = Placement(WHOLE.transform, SIZE, 0.2, "lost")
    assert areas.NOTHING == areas_of(open_dataset(plain), "01000", "side", framed, unsure, FRAME).basis


@pytest.mark.parametrize("product", ["quelvora", "pelluvane", "zandrova"])
def test_print_and_band_are_known_of_every_design(product: str) -> None:
    known = places_of(product)
    assert known is not None and 0.05 < known.text.mean() < 0.3 < known.band.mean() < 0.45
    assert known.band[:, -1].all() and not known.band[:, : known.band.shape[1] // 20].any()  # it wraps the right end


def test_an_unknown_design_has_no_places() -> None:
    assert places_of("lumeris") is None


def test_the_parts_of_a_rendered_package_make_it_whole(models: Mapping[str, TrainedClassifier], tmp_path: Path) -> None:
    root = draw_rendered(tmp_path / "data")
    manifest = json.loads((root / "manifest.json").read_text())
    for package in manifest["packages"].values():
        package["product"] = "quelvora"
        for view in package["views"].values():
            view["face"] = [[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8]]
    (root / "manifest.json").write_text(json.dumps(manifest))
    masks = found(root, models["first"]).masks
    parts = [masks[name] for name in ("text", "band", "plain", "serial")]
    assert np.array_equal(sum(part.astype(int) for part in parts), masks["package"].astype(int))


def test_the_shares_of_a_map_are_sums_over_areas() -> None:
    values = np.zeros((16, 16), np.float32)
    values[4, 4], values[12, 12], values[12, 4] = 3.0, 1.0, -2.0
    left, top = np.zeros((16, 16), bool), np.zeros((16, 16), bool)
    left[:, :8], top[:8] = True, True
    rows = list(shortcuts._shares(values, Areas({"package": top, "background": ~top, "text": left & top}, "truth")))
    got = {(str(row["speaks"]), str(row["area"])): row["share"] for row in rows}
    assert got["damaged", "package"] > 0.7 and pytest.approx(1.0) == got["damaged", "package"] + got[
        "damaged", "background"
    ]  # fmt: skip
    assert pytest.approx(1.0, abs=0.05) == got["intact", "background"]
    assert {0.5, 0.25} == {row["covers"] for row in rows}


def test_an_empty_map_has_no_shares() -> None:
    rows = list(shortcuts._shares(np.zeros((16, 16), np.float32), Areas({"package": np.ones((16, 16), bool)}, "truth")))
    assert all(np.isnan(float(str(row["share"]))) for row in rows)


def table(rows: Sequence[tuple[str, str, str, float, float]]) -> pd.DataFrame:
    """Of one model: (package, view, area, share, covers)."""
    known = {"label": "damaged", "model": "m", "method": "x", "speaks": "damaged", "basis": "truth", "odds": 1.0,
             "odds_without": np.nan}  # fmt: skip
    names = ("package", "view", "area", "share", "covers")
    return pd.DataFrame([dict(zip(names, row, strict=True)) | known for row in rows])


def test_a_package_counts_once_and_what_is_out_of_sight_does_not() -> None:
    frame = table([
        ("p", "side", "serial", 0.2, 0.1), ("p", "top", "serial", np.nan, np.nan), ("q", "side", "serial", 0.4, 0.1),
        ("r", "side", "serial", np.nan, np.nan),
    ])  # fmt: skip
    row = shortcuts.shares(frame).iloc[0]
    assert pytest.approx((0.3, 0.1, 3.0)) == tuple(row[["share", "covers", "lift"]])
    assert (2, 1) == (row["n"], row["unseen"])
    assert 0 <= row["share_low"] < 0.3 < row["share_high"] <= 1


def test_packages_are_ranked_by_evidence_off_them() -> None:
    frame = table([("p", "top", "background", 0.1, 0.4), ("q", "top", "background", 0.6, 0.4),
                   ("q", "side", "background", 0.2, 0.4), ("q", "side", "package", 0.8, 0.6)])  # fmt: skip
    ranked = shortcuts.elsewhere(frame)
    assert (["q", "p"], [0.4, 0.1]) == (ranked["package"].tolist(), pytest.approx(ranked["off"].tolist()))


def test_a_model_that_says_damaged_of_the_twin_is_told() -> None:
    frame = table([(name, "top", "package", 1.0, 0.5) for name in "pqr"])
    frame["odds"], frame["odds_without"] = [3.0, 2.0, -1.0], [-1.0, 1.0, -2.0]
    row = shortcuts.without_damage(frame).iloc[0]
    assert (2, 1, pytest.approx(2.5)) == (row["n"], row["still"], row["drop"])  # r was not called damaged


def test_a_run_is_stored_and_goes_on_where_it_was(data: Path, models: Mapping[str, TrainedClassifier]) -> None:
    dataset, ids = open_dataset(data), ("01001", "01002", "02001")

    def stop(share: float, text: str) -> None:
        if text.startswith("package 3"):
            raise InterruptedError

    with pytest.raises(InterruptedError):
        shortcuts.shortcuts(dataset, models, packages=ids, progress=stop)
    seen: list[str] = []
    frame = shortcuts.shortcuts(dataset, models, packages=ids, progress=lambda share, text: seen.append(text))
    assert seen and all(text.startswith("package 3") for text in seen)
    assert (list(ids), {"side", "top"}) == (frame["package"].unique().tolist(), set(frame["view"]))
    assert frame.loc[frame["label"] == "damaged", "odds_without"].notna().all()
    stored = shortcuts.last(dataset, models)
    assert stored is not None
    pd.testing.assert_frame_equal(frame, stored)


def test_package_and_background_make_the_whole(data: Path, models: Mapping[str, TrainedClassifier]) -> None:
    frame = shortcuts.shortcuts(open_dataset(data), models, packages=("01001",))
    both = frame[frame["area"].isin(("package", "background"))].groupby(["view", "model", "speaks"])["share"].sum()
    assert np.allclose(both, 1)


def test_no_package_is_refused(data: Path, models: Mapping[str, TrainedClassifier]) -> None:
    with pytest.raises(BadInput, match="No package"):
        shortcuts.shortcuts(open_dataset(data), models, packages=())
