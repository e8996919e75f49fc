"""Rendered packages: the truth fits the picture, and the same seed gives the same pixels."""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.cli import run
from core.datasets.readers import open_dataset
from core.errors import BadInput, CoreError, UnknownName
from core.rendering.artwork import PRODUCTS, draw
from core.rendering.bundle import WORK, Order, render
from core.rendering.camera import CAMERAS
from core.rendering.carton import carton, displaced
from core.rendering.damage import DEPTH, KINDS, Stroke, together
from core.rendering.package import Samples, Shot, models, shoot
from core.rendering.variation import vary

SMALL = (36, 64)
FEW = Samples(2, 4, 1)


@cache
def shot(camera: str, kind: str | None, size: tuple[int, int] = SMALL, samples: Samples = FEW) -> Shot:
    """A package with one kind of damage, or intact."""
    label, kinds = ("damaged", [kind]) if kind else ("intact", list(KINDS))
    return shoot(vary(5, label, kinds), camera, size=size, samples=samples)


def test_a_pulled_stroke_is_as_deep_as_it_says() -> None:
    curve = np.stack([np.linspace(-20, 20, 41), np.zeros(41)], axis=1).astype(np.float32)
    stroke = Stroke(curve, 12.0, DEPTH * 0.35**2, (120.0, 62.0, 45.0), np.zeros((5, 4), np.float32))
    moved = stroke(np.array([[0, 0, 45], [0, 12.5, 45], [0, 0, 0]], np.float32))
    assert pytest.approx(-DEPTH * 0.35**2, rel=0.01) == moved[0, 2]
    assert 0 == moved[1, 2]
    assert abs(moved[2, 2]) < 0.2


def test_a_dented_carton_stays_closed() -> None:
    size = (120.0, 62.0, 45.0)
    brushes = vary(3, "damaged", ["dent"]).harms[0].field
    faces = displaced(carton(size), together([brushes]))
    rest = np.concatenate([patch.rest for patch in faces.values()])
    points = np.concatenate([patch.points for patch in faces.values()])
    _, first, where = np.unique(np.round(rest, 3), axis=0, return_index=True, return_inverse=True)
    assert np.abs(points - points[first][where.ravel()]).max() < 0.01


def test_a_projected_point_lies_where_the_ray_tracer_sees_it() -> None:
    variation = vary(5, "intact")
    model, _ = models(variation, draw(variation.product, variation.print))
    points = np.concatenate([model.world(patch.points) for patch in model.carton.values()])
    for camera in CAMERAS:
        rows, columns = np.nonzero(shot(camera, None, (180, 320)).silhouette)
        ends = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
        places = CAMERAS[camera].project(points) * [320, 180]
        assert np.abs(np.concatenate([places.min(axis=0), places.max(axis=0)]) - ends).max() < 1


@pytest.mark.parametrize("camera", CAMERAS)
def test_an_intact_package_has_an_empty_mask_and_no_twin(camera: str) -> None:
    seen = shot(camera, None)
    assert 0 == seen.mask.sum()
    assert seen.silhouette.sum() > 20
    assert seen.twin is None


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_damage_is_seen_from_above(kind: str) -> None:
    seen = shot("top", kind, (180, 320))
    assert seen.mask.sum() > 10
    assert seen.twin is not None


def test_the_mask_is_where_picture_and_twin_differ() -> None:
    seen = shot("top", "stain", (180, 320), Samples(4, 28, 4))
    assert seen.twin is not None
    differ = np.abs(seen.picture.astype(int) - seen.twin).max(axis=2) > 16
    differ = cv2.morphologyEx(differ.astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8)) > 0
    near = cv2.dilate(seen.mask.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    assert (differ & near).sum() / differ.sum() > 0.95
    assert (differ & seen.mask).sum() / seen.mask.sum() > 0.75


def test_outside_the_surroundings_of_the_package_the_twin_is_the_same() -> None:
    seen = shot("top", "puncture", (180, 320))
    assert seen.twin is not None
    far = cv2.dilate(seen.silhouette.astype(np.uint8), np.ones((41, 41), np.uint8)) == 0
    assert (seen.picture == seen.twin)[far].all()


def test_the_corners_of_the_serial_hold_the_print() -> None:
    seen = shot("side", None, (540, 960), Samples(0, 8, 2))
    assert seen.serial is not None
    tall, wide = 24, 260
    frame = np.array([[0, 0], [wide, 0], [wide, tall], [0, tall]], np.float32)
    upright = cv2.getPerspectiveTransform(seen.serial * np.array([960, 540], np.float32), frame)
    shift = np.array([[1, 0, 0], [0, 1, tall], [0, 0, 1]], np.float32)
    lines = cv2.cvtColor(cv2.warpPerspective(seen.picture, shift @ upright, (wide, 3 * tall)), cv2.COLOR_RGB2GRAY)
    paper = np.median(lines)
    ink = (lines[tall : 2 * tall] < 0.8 * paper).mean(axis=0)
    assert (lines[: tall // 2] < 0.8 * paper).mean() < 0.02  # the paper above the digits
    assert (ink.reshape(13, -1).mean(axis=1) > 0.05).all()  # thirteen digits side by side


def test_from_above_there_is_no_serial() -> None:
    assert shot("top", None).serial is None


def test_the_same_seed_gives_the_same_pixels() -> None:
    again = shoot(vary(5, "damaged", ["dent"]), "side", size=SMALL, samples=FEW)
    assert (shot("side", "dent").picture == again.picture).all()
    assert (shot("side", "dent").mask == again.mask).all()


def test_another_seed_gives_another_package() -> None:
    assert vary(1, "intact").print.serial != vary(2, "intact").print.serial
    assert {"damaged", "intact"} == {vary(seed, label).label for seed, label in ((1, "damaged"), (1, "intact"))}


def test_every_product_occurs() -> None:
    assert set(PRODUCTS) == {vary(seed, "intact").product.name for seed in range(20)}


def test_a_rendered_data_set_opens_like_any_other(tmp_path: Path) -> None:
    order = Order(packages=4, seed=3, width=64, test=0.5)
    render(order, tmp_path / "set", workers=2)
    dataset = open_dataset(tmp_path / "set")
    assert 4 == len(dataset.ids)
    assert {"test": 4, "train": 4} == dataset.index["split"].value_counts().to_dict()
    truth = dataset.truth(dataset.index.loc[dataset.index["label"] == "damaged", "package"].iloc[0], "top")
    assert truth is not None and truth.damages and truth.mask.shape == SMALL
    assert not (tmp_path / "set" / WORK).exists()


def test_a_stopped_rendering_goes_on_and_comes_to_the_same(tmp_path: Path) -> None:
    order = Order(packages=3, seed=4, width=64, quality="draft")
    whole = render(order, tmp_path / "whole", workers=1).read_text()

    def stop(share: float, text: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render(order, tmp_path / "stopped", workers=1, progress=stop)
    done = {path: path.stat().st_mtime_ns for path in (tmp_path / "stopped").rglob("*.jpg")}
    assert done
    assert whole == render(order, tmp_path / "stopped", workers=1).read_text()
    assert done == {path: path.stat().st_mtime_ns for path in done}


def test_an_unfinished_rendering_of_another_order_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / WORK).mkdir()
    (tmp_path / WORK / "order.json").write_text("{}")
    with pytest.raises(BadInput, match="another order"):
        render(Order(packages=1, width=64), tmp_path)


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(BadInput, match="not empty"):
        render(Order(packages=1, width=64), tmp_path)


@pytest.mark.parametrize(
    ("order", "kind"),
    [
        (Order(packages=0), BadInput),
        (Order(width=100), BadInput),
        (Order(width=16000), BadInput),
        (Order(test=1.0), BadInput),
        (Order(quality="best"), UnknownName),
        (Order(kinds=("rust",)), UnknownName),
        (Order(kinds=()), UnknownName),
    ],
)
def test_what_cannot_be_rendered_is_refused(order: Order, kind: type[CoreError], tmp_path: Path) -> None:
    with pytest.raises(kind):
        render(order, tmp_path / "set")
    assert not (tmp_path / "set").exists()


def test_without_mitsuba_the_command_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "mitsuba", None)
    assert 2 == run(["render", "--packages", "1", "--size", "64", "--out", str(tmp_path / "set")])
    assert "requirements-render.txt" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "set").exists()


def test_a_preview_is_one_picture(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    order = ["--packages", "2", "--size", "64", "--quality", "draft"]
    assert 0 == run(["render", "--preview", *order, "--out", str(sheet)])
    height, width = cv2.imread(str(sheet)).shape[:2]
    assert (2 * (36 + 22), 4 * 64) == (height, width)


def test_the_manifest_says_how_it_was_made(tmp_path: Path) -> None:
    manifest = json.loads(render(Order(packages=1, width=64, quality="draft"), tmp_path / "set", workers=1).read_text())
    assert "secondlook render" == manifest["made_by"]["command"]
    assert 1.0 == manifest["made_by"]["damaged_where"]["moved_mm"]
